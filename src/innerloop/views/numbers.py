"""Numbers as they are read: never without how many examples they are made of, and how sure."""

from __future__ import annotations

from innerloop.core.figures import figure, surely

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.results import Metric


def difference(metric: Metric | None) -> str:
    """A difference with its sign, and its interval where there is one."""
    if metric is None:
        return ""
    return f"{figure(metric.value, sign=True)}{_interval(metric)}"


def metric(one: Metric | None) -> str:
    """`0.842 (n=400, 0.81..0.87)`; nothing where it was not measured."""
    if one is None:
        return "-"
    spread = f" {surely(one)}" if one.n is not None else ""
    return f"{figure(one.value)}{spread}"


def _interval(one: Metric) -> str:
    if one.low is None or one.high is None:
        return ""
    return f" ({figure(one.low)}..{figure(one.high)})"
