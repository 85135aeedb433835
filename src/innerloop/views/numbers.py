"""Numbers as they are read: never without how many examples they are made of, and how sure."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.results import Metric


def number(value: float) -> str:
    """Four figures of it."""
    return f"{value:.4g}"


def difference(metric: Metric | None) -> str:
    """A difference with its sign, and its interval where there is one."""
    if metric is None:
        return ""
    return f"{'+' if metric.value > 0 else ''}{number(metric.value)}{_interval(metric)}"


def metric(one: Metric | None) -> str:
    """`0.842 [0.81, 0.87] n 400`; nothing where it was not measured."""
    if one is None:
        return "-"
    return f"{number(one.value)}{_interval(one)}{f' n {one.n}' if one.n is not None else ''}"


def _interval(one: Metric) -> str:
    if one.low is None or one.high is None:
        return ""
    return f" [{number(one.low)}, {number(one.high)}]"
