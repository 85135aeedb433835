"""How often a loop passes and how long that takes, by its latest verdicts."""

from __future__ import annotations

from statistics import median
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.system.history.store import Store

RECENT = 100


class Rates(NamedTuple):
    """Counted over the latest results of one loop."""

    passed: int
    failed: int
    timed_out: int
    flaky: int
    cached: int
    """times it need not run, since it had passed on that content before"""
    median: float | None
    """seconds of those passes; None: there was none"""
    longest: float | None

    @property
    def rate(self) -> float | None:
        """Of the runs that came to a verdict, how many passed."""
        ended = self.passed + self.failed + self.timed_out
        return self.passed / ended if ended else None


def of(store: Store, loop: str) -> Rates:
    """The rates of a loop that history may know nothing of."""
    query = "SELECT outcome, seconds, flaky FROM results WHERE loop = ? ORDER BY id DESC LIMIT ?"
    rows = store.rows(query, loop, RECENT)
    outcomes = [str(outcome) for outcome, _, _ in rows]
    took = [float(str(seconds)) for outcome, seconds, _ in rows if outcome == "passed"]
    return Rates(
        passed=len(took),
        failed=outcomes.count("failed"),
        timed_out=outcomes.count("timed out"),
        flaky=sum(1 for _, _, flaky in rows if flaky),
        cached=outcomes.count("cached"),
        median=median(took) if took else None,
        longest=max(took, default=None),
    )
