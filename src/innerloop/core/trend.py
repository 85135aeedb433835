"""A trend: one loop over its runs, with the number that it is followed by."""

from __future__ import annotations

from typing import NamedTuple, Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from innerloop.core.model import Result, Run
    from innerloop.core.results import Measured, Metric


class Numbers(Protocol):
    """What history knows of the numbers that loops left."""

    def of(self, run: str, loop: str) -> Measured | None:
        """All that a loop left in a run; None where it left nothing."""

    def metrics(self, loop: str, name: str, runs: tuple[str, ...]) -> dict[str, Metric]:
        """One metric of a loop in each of these runs that measured it."""


class Point(NamedTuple):
    """A loop in one run: what came of it, and of what."""

    run: Run
    """without its results"""
    result: Result
    metric: Metric | None = None


def headline(measured: Measured | None, wanted: str = "", gates: Sequence[str] = ()) -> str:
    """The name of the metric a loop is followed by; empty where it has none.

    `gates`: the metrics that it is judged by, which are what is followed where nobody asks.
    """
    if measured is None or not measured.metrics:
        return ""
    names = [one.name for one in measured.metrics]
    if wanted:
        return wanted if wanted in names else ""
    return next((name for name in gates if name in names), names[0])


class Row(NamedTuple):
    """A point as a program reads it: flat, empty where nothing is known."""

    run: str
    at: float
    """seconds since the epoch"""
    loop: str
    outcome: str
    seconds: float
    metric: str
    value: float | None
    n: int | None
    low: float | None
    high: float | None
    commit: str
    branch: str
    dirty: bool | None
    command: str
    why: str


def row(point: Point) -> Row:
    run, result, one = point
    return Row(
        run.id,
        result.at,
        result.loop,
        str(result.outcome),
        round(result.seconds, 3),
        one.name if one else "",
        one.value if one else None,
        one.n if one else None,
        one.low if one else None,
        one.high if one else None,
        run.commit,
        run.branch,
        run.dirty,
        run.command,
        run.why,
    )


def values(points: tuple[Point, ...]) -> tuple[float | None, ...]:
    """What a trend is drawn of, oldest first: the metric, else the seconds it took."""
    measured = any(one.metric for one in points)
    if measured:
        return tuple(one.metric.value if one.metric else None for one in reversed(points))
    return tuple(one.result.seconds for one in reversed(points))
