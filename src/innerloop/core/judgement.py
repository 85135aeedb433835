"""A gate, as loops.yaml has it, and what it says of the numbers of a run."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

BASELINE = "baseline"
"""what `no_worse_than` names beside the number of a run"""


ASK, PASS, FAIL = UNSURE = ("ask", "pass", "fail")
"""what becomes of a gate that the numbers do not decide"""


class Gate(NamedTuple):
    """A rule over the numbers of one loop."""

    metric: str = ""
    """empty only where nothing but the data is looked at"""
    min: float | None = None
    max: float | None = None
    no_worse_than: str = ""
    """`baseline`, or the number of a run; empty: not compared"""
    margin: float = 0.0
    """how much worse it may be, in the metric's own units"""
    confidence: float | None = None
    """of the two-sided interval; None: `min` and `max` judge the point, comparisons have 0.95"""
    lower: bool = False
    """less is better"""
    slice: tuple[tuple[str, str], ...] = ()
    """only examples of all of these, by dimension"""
    pinned: tuple[str, ...] = ()
    """examples that must never fail"""
    distinct_from: str = ""
    """a loop that must not have been run on the same data"""
    on_inconclusive: str = ASK
    """one of `UNSURE`"""

    @property
    def compares(self) -> bool:
        """Whether it needs an interval."""
        return bool(self.no_worse_than) or self.confidence is not None


class Decision(StrEnum):
    """What a gate comes to."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


class Judgement(NamedTuple):
    """What one rule of a gate says of one run's numbers."""

    rule: str
    """`min`, `max`, `no_worse_than`, `pinned`, `distinct_from`, or `results`: they mean nothing"""
    metric: str
    """with its slice: `f1 [lang=da]`"""
    verdict: Decision
    said: str
    """a sentence for people, with every number in it"""
    value: float | None = None
    """the metric; of `no_worse_than`, how much better it is than what it is compared with"""
    n: int | None = None
    """examples that it was judged on, repetitions counted once"""
    low: float | None = None
    high: float | None = None
    bound: float | None = None
    """what the value, or the end of its interval, is held against"""


def worst(judgements: tuple[Judgement, ...]) -> Judgement | None:
    """The first judgement of the worst kind; None where all passed."""
    for verdict in (Decision.FAIL, Decision.INCONCLUSIVE):
        for one in judgements:
            if one.verdict is verdict:
                return one
    return None
