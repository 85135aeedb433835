"""Figures for people: as many digits as say something, with n and interval beside them."""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.results import Metric

MOST = 3
"""metrics that a line has room for"""


def figure(value: float, *, sign: bool = False) -> str:
    """`0.912`, `-0.0031`, `1250`: three digits that say something, or every whole one."""
    if value == 0:
        return "0"
    text = f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"  # noqa: PLR2004 - whole from there
    text = text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text
    return f"+{text}" if sign and value > 0 else text


def apart(value: float, bound: float) -> tuple[str, str]:
    """Both as figures; with all their digits where they would look alike and are not."""
    shown = figure(value), figure(bound)
    return shown if shown[0] != shown[1] or value == bound else (repr(value), repr(bound))


class Spread(NamedTuple):
    """How many examples a number is made of, and how sure it is."""

    n: int | None
    low: float | None
    high: float | None
    of: int | None = None
    """where not all examples carry it: how many there were"""
    how: str = ""
    """what the interval is made of, where that is not examples"""

    def __str__(self) -> str:
        among = f" of {self.of}" if self.of is not None and self.of != self.n else ""
        parts = [f"n={self.n}{among}"] if self.n is not None else []
        if self.low is not None and self.high is not None:
            how = f" {self.how}" if self.how else ""
            parts.append(f"{figure(self.low)}..{figure(self.high)}{how}")
        return f"({', '.join(parts)})" if parts else "(no interval available)"


def surely(metric: Metric) -> Spread:
    """What is known of a metric beside its value."""
    how = "by its standard error" if metric.error else ""
    return Spread(metric.n, metric.low, metric.high, metric.of, how)


def told(metric: Metric) -> str:
    """`f1 0.912 (n=500, 0.89..0.93)`."""
    spread = surely(metric) if metric.n is not None else ""
    return f"{metric.name} {figure(metric.value)} {spread}".rstrip()
