"""What a monitor has seen, judged: bad, good, or nothing that anybody could tell."""

from __future__ import annotations

import re
from enum import StrEnum
from math import ceil
from typing import NamedTuple

from innerloop.core.outer import Deploy
from innerloop.core.stages import upstream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from innerloop.core.book import Sample
    from innerloop.core.outer import Monitor, Outer, Stage

GOOD, BAD, NOTHING = "good", "bad", "nothing"
GRACE = 2.0
"""seconds that a machine under load may be late: no turn is missing for them"""
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


def turns(monitor: Monitor) -> int:
    """How many checks are due in its window."""
    return max(1, ceil(round(monitor.lasts / monitor.every, 6)))


def missing(monitor: Monitor, samples: Sequence[Sample]) -> int:
    """How many turns nobody took because nobody was there: no check was under way at them."""
    count, free = 0, 0
    for one in samples:
        count += _absent(monitor, one.number - free)
        busy = max(0, int((one.at - one.due) // monitor.every))
        free = one.number + busy + 1
    return count + _absent(monitor, turns(monitor) - free)


def _absent(monitor: Monitor, count: int) -> int:
    return count if count * monitor.every > GRACE else 0


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
    every, lacking = turns(monitor), missing(monitor, samples)
    said = f"{len(samples)} of {every} samples"
    if not monitor.min_samples and lacking * 2 > every:
        return Judgement.INCONCLUSIVE, f"{said}, {lacking} missing"
    telling = sum(1 for one in samples if one.verdict != NOTHING)
    least = max(1, monitor.min_samples)
    if telling < least:
        return Judgement.INCONCLUSIVE, f"{telling} samples said something, {least} are needed"
    return Judgement.GOOD, f"{said}, {bad} bad"


def rivals(outer: Outer, stage: Stage) -> tuple[str, ...]:
    """Where the deploys just before a stage go, which says of none that it is about that one."""
    before = upstream(outer, stage.name)
    found = [one for one in outer.stages if one.name in before and isinstance(one.doing, Deploy)]
    above = {name for one in found for name in upstream(outer, one.name)}
    places = (one.environment for one in found if one.name not in above)
    return () if stage.environment else tuple(dict.fromkeys(places))


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
