"""Flips: the examples that went from right to wrong between two results, and those that came back.

Right is a score of at least a half where the scores lie between nought and one, as those of a yes
or no do; where an example has no such score, it is right where it was taken for what it is.
"""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from innerloop.core.results import Example, Measured

HALF = 0.5
TAKEN = "as labelled"
"""the score of an example that has none, but says what it is and what it was taken for"""


class Flip(NamedTuple):
    """One example, by one score: the mean of its repetitions on either side."""

    id: str
    score: str
    before: float
    after: float


class Flips(NamedTuple):
    """What became of the examples that both sides have."""

    lost: tuple[Flip, ...] = ()
    """right before, wrong after; what fell furthest first"""
    won: tuple[Flip, ...] = ()
    both: int = 0
    """examples that both sides have"""
    only_before: int = 0
    only_after: int = 0


def flips(before: Measured | None, after: Measured | None) -> Flips | None:
    """What flipped; None where a side has no examples at all."""
    if before is None or after is None or not (before.examples and after.examples):
        return None
    old, new = _means(before.examples), _means(after.examples)
    ids = {one.id for one in before.examples}, {one.id for one in after.examples}
    every = [Flip(*key, value, new[key]) for key, value in old.items() if key in new]
    binary = _binary(every)
    judged = [one for one in every if one.score in binary]
    lost = [one for one in judged if one.before >= HALF > one.after]
    won = [one for one in judged if one.after >= HALF > one.before]
    return Flips(
        tuple(sorted(lost, key=lambda one: (one.after - one.before, one.id, one.score))),
        tuple(sorted(won, key=lambda one: (one.before - one.after, one.id, one.score))),
        len(ids[0] & ids[1]),
        len(ids[0] - ids[1]),
        len(ids[1] - ids[0]),
    )


def _means(examples: Iterable[Example]) -> Mapping[tuple[str, str], float]:
    """Example and score -> the mean of its repetitions."""
    found: dict[tuple[str, str], list[float]] = {}
    for one in examples:
        for name, value in _scores(one):
            found.setdefault((one.id, name), []).append(value)
    return {key: sum(values) / len(values) for key, values in found.items()}


def _scores(example: Example) -> Iterator[tuple[str, float]]:
    yield from example.scores
    if not example.scores and example.y is not None and example.pred is not None:
        yield TAKEN, float(example.y == example.pred)


def _binary(every: Iterable[Flip]) -> frozenset[str]:
    """The scores that lie between nought and one wherever they are given."""
    beyond, seen = set(), set()
    for one in every:
        seen.add(one.score)
        if not (0 <= one.before <= 1 and 0 <= one.after <= 1):
            beyond.add(one.score)
    return frozenset(seen - beyond)
