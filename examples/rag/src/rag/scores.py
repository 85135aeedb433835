"""Scores: what each example is worth, and floors under what they come to."""

from __future__ import annotations

import json
from collections import defaultdict
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

from rag import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


class Example(NamedTuple):
    """One thing that was tried: what should have come of it, what did, and what that is worth."""

    id: str
    scores: dict[str, float]
    y: str
    pred: str
    slice: dict[str, str]
    case: dict[str, object] | None = None
    """what it would be as a case of one ability: `loop case add` writes that"""


class Floor(NamedTuple):
    """A share that a score must reach, over all examples or over those of a slice."""

    metric: str
    slice: tuple[str, str] | None
    share: float

    @property
    def name(self) -> str:
        """As it is written: `mrr`, or `mrr/lang:da`."""
        return self.metric if self.slice is None else f"{self.metric}/{':'.join(self.slice)}"


def floor(text: str) -> Floor:
    """`mrr=0.9`, or `mrr/lang:da=0.9` for a slice."""
    name, _, share = text.partition("=")
    metric, slashed, dimension = name.partition("/")
    key, colon, value = dimension.partition(":")
    try:
        found = Floor(metric, (key, value) if slashed else None, float(share))
    except ValueError:
        raise ProblemError(f'"{text}": a number is missing, as in mrr=0.9') from None
    if not metric or (slashed and not (key and colon and value)) or not 0 <= found.share <= 1:
        raise ProblemError(f'"{text}": expected as mrr=0.9 or mrr/lang:da=0.9, from 0 to 1')
    return found


def mean(examples: Iterable[Example], metric: str) -> float | None:
    """The mean of a score over the examples that have it; None where none has."""
    found = [each.scores[metric] for each in examples if metric in each.scores]
    return round(fmean(found), 6) if found else None


def below(examples: Sequence[Example], floors: Iterable[Floor]) -> list[str]:
    """What is under its floor, a line each; what was not measured is."""
    lines = []
    for each in floors:
        found = mean([one for one in examples if _within(one, each.slice)], each.metric)
        if found is None:
            lines.append(f"{each.name} was not measured")
        elif found < each.share:
            lines.append(f"{each.name} is {found:.3f}, and {each.share:g} is needed")
    return lines


def _within(example: Example, wanted: tuple[str, str] | None) -> bool:
    return wanted is None or example.slice.get(wanted[0]) == wanted[1]


def by(examples: Iterable[Example], dimension: str) -> dict[str, list[Example]]:
    """The examples of each value of a dimension, in the order of the values."""
    found: dict[str, list[Example]] = defaultdict(list)
    for each in examples:
        found[each.slice[dimension]].append(each)
    return dict(sorted(found.items()))


def _said(one: Example) -> dict[str, object]:
    return {key: value for key, value in one._asdict().items() if value is not None}


def write(examples: Iterable[Example], folder: Path) -> None:
    """Write `examples.jsonl`: an example to a line."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(_said(each), ensure_ascii=False) + "\n" for each in examples]
    (folder / "examples.jsonl").write_text("".join(lines), encoding="utf-8")
