"""What a monitor has seen, judged: bad, good, or nothing that anybody could tell."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from innerloop.core.book import Sample
    from innerloop.core.outer import Monitor

GOOD, BAD, NOTHING = "good", "bad", "nothing"
_HEAD = "--- sample "
_BOUND = re.compile(r"\s*(>=|<=|==|!=|>|<)\s*(-?[0-9]+(?:\.[0-9]+)?)\s*")


class Judgement(StrEnum):
    """What all the samples say together."""

    GOOD = "good"
    BAD = "bad"
    INCONCLUSIVE = "inconclusive"


class Bound(NamedTuple):
    """What is asked of a value: `>= 0.99`."""

    sign: str
    limit: float

    def holds(self, value: float) -> bool:
        limit = self.limit
        return {
            ">=": value >= limit,
            "<=": value <= limit,
            ">": value > limit,
            "<": value < limit,
            "==": value == limit,
            "!=": value != limit,
        }[self.sign]


def bound(text: str) -> Bound | None:
    """What a text such as `>= 0.99` says; None where it says nothing of the kind."""
    found = _BOUND.fullmatch(text)
    return Bound(found[1], float(found[2])) if found else None


def seen(monitor: Monitor, rc: int, value: float | None) -> str:
    """What one check saw: by its exit code, and where bounds are given, by its value."""
    if rc == 1:
        return BAD
    if rc:
        return NOTHING
    fails, suits = bound(monitor.failure), bound(monitor.success)
    if fails is None and suits is None:
        return GOOD
    if value is None or value != value:  # noqa: PLR0124 - it is no number
        return NOTHING
    if fails and fails.holds(value):
        return BAD
    if suits:
        return GOOD if suits.holds(value) else NOTHING if fails else BAD
    return GOOD


def due(monitor: Monitor, since: float, samples: Sequence[Sample], now: float) -> tuple[int, float]:
    """The next sample: its number, and when it is due. What was missed is never made up for."""
    first = since + monitor.warmup
    index = samples[-1].number + 1 if samples else 0
    if now > first:
        missed = int((now - first) // monitor.every)
        index = max(index, missed)
    return index, first + index * monitor.every


def over(monitor: Monitor, since: float) -> float:
    """When its window ends."""
    return since + monitor.warmup + monitor.lasts


def judged(
    monitor: Monitor, samples: Sequence[Sample], *, ended: bool
) -> tuple[Judgement, str] | None:
    """What it comes to, and why; None where the window has to be waited for.

    It may fail early, and never passes early.
    """
    bad = sum(1 for one in samples if one.verdict == BAD)
    if bad > monitor.max_failures:
        return Judgement.BAD, f"{bad} of {len(samples)} samples bad, {monitor.max_failures} borne"
    blind = _in_a_row(samples)
    if blind > monitor.max_consecutive_errors:
        return Judgement.INCONCLUSIVE, f"{blind} samples in a row said nothing"
    if not ended:
        return None
    telling = sum(1 for one in samples if one.verdict != NOTHING)
    if telling < monitor.min_samples:
        return (
            Judgement.INCONCLUSIVE,
            f"{telling} samples said something, {monitor.min_samples} are needed",
        )
    return Judgement.GOOD, f"{telling} samples, {bad} bad"


def entry(number: int, verdict: str, output: str) -> str:
    """What is kept of a check that was not good."""
    end = "" if not output or output.endswith("\n") else "\n"
    return f"{_HEAD}{number}: {verdict}\n{output}{end}"


def latest(log: str) -> str:
    """What the latest of the checks that are kept said."""
    return log.rpartition(_HEAD)[2].partition("\n")[2]


def _in_a_row(samples: Sequence[Sample]) -> int:
    count = 0
    for one in reversed(samples):
        if one.verdict != NOTHING:
            break
        count += 1
    return count
