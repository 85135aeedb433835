"""The subject of a gate: its metric, in its slice, or why there is none."""

from __future__ import annotations

from typing import NamedTuple

from innerloop.core.carried import carried
from innerloop.core.figures import figure
from innerloop.core.metrics import LABELLED, column, computed, inside, point
from innerloop.core.results import Metric
from innerloop.core.text import listing, nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from innerloop.core.judgement import Gate
    from innerloop.core.metrics import Column
    from innerloop.core.results import Example, Measured

_ALIKE = 0.005
"""by which a metric that a tool has written may differ from the one its examples come to"""


class Subject(NamedTuple):
    """The metric of a gate, as far as there is one."""

    name: str
    """with its slice"""
    metric: Metric | None = None
    column: Column | None = None
    examples: tuple[Example, ...] = ()
    why: str = ""
    """why there is none"""


def subject(gate: Gate, measured: Measured) -> Subject:
    name = gate.metric + sliced(gate)
    written = next((m for m in measured.metrics if m.name == gate.metric and m.n is None), None)
    examples = inside(measured.examples, gate.slice)
    if gate.slice and not examples:
        return Subject(name, why=_no_slice(gate, measured))
    made = column(examples, gate.metric)
    value = point(made) if made else None
    if made is None or value is None:
        known = next((one for one in measured.metrics if one.name == gate.metric), None)
        if known is not None and not gate.slice and made is None:
            return Subject(name, known)
        return Subject(name, why=_no_metric(gate, measured, examples))
    among = carried(examples, gate.metric)
    if among.why:
        return Subject(name, why=among.why)
    whole = made if not gate.slice else column(measured.examples, gate.metric)
    stands = point(whole) if whole else None
    if written and stands is not None and abs(written.value - stands) > _ALIKE:
        said = f"is {figure(written.value)} as it is written, and {figure(stands)} by its examples"
        return Subject(name, why=f"{gate.metric} {said}: rename one of them")
    known = next((m for m in measured.metrics if m.name == gate.metric and m.n is not None), None)
    n = len(made.ids)
    fresh = Metric(gate.metric, value, n, of=among.of if among.of > n else None)
    return Subject(name, (known or fresh) if not gate.slice else fresh, made, examples)


def sliced(gate: Gate) -> str:
    return f" [{', '.join(f'{k}={v}' for k, v in gate.slice)}]" if gate.slice else ""


def _no_slice(gate: Gate, measured: Measured) -> str:
    if not measured.examples:
        return f"no example was measured, so there is no slice{sliced(gate)}"
    known = sorted({f"{k}={v}" for one in measured.examples for k, v in one.slice})
    wanted = [f"{k}={v}" for k, v in gate.slice]
    near = nearest(wanted[0], known) if len(wanted) == 1 else None
    hint = f"did you mean {near}?" if near else f"there are: {listing(known) or 'none'}"
    return f"no example is of the slice{sliced(gate)}: {hint}"


def _no_metric(gate: Gate, measured: Measured, examples: Sequence[Example]) -> str:
    known = dict.fromkeys(name for name, _, _ in computed(examples))
    if not gate.slice:
        known |= dict.fromkeys(one.name for one in measured.metrics)
    near = nearest(gate.metric, known)
    hint = f"did you mean {near!r}?" if near else f"there are: {listing(tuple(known)) or 'none'}"
    labelled = any(one.y is not None for one in examples)
    if gate.metric in LABELLED and labelled:
        return f"{gate.metric!r} means nothing of these y and pred: {hint}"
    return f"there is no metric {gate.metric!r}{sliced(gate)}: {hint}"
