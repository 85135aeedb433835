"""Gates, judged: what each rule says of one run's numbers.

Nothing passes that was not measured. `on_inconclusive` decides only what numbers leave open; what
could not be compared at all is never a pass.
"""

from __future__ import annotations

from typing import NamedTuple

from innerloop.core.figures import Spread, apart, figure, surely, told
from innerloop.core.judgement import ASK, FAIL, Decision, Gate, Judgement
from innerloop.core.metrics import AUC, inside
from innerloop.core.paired import Difference, Unlike, certain, difference, more, scaled
from innerloop.core.statistics import CONFIDENCE, Interval, Missing, interval, normal
from innerloop.core.subject import Subject, subject
from innerloop.core.text import listing, plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from innerloop.core.results import Measured, Metric

SLACK = 1e-9
"""by which sums of floats may miss a bound they would meet on paper"""


class Reference(NamedTuple):
    """What a run is compared with."""

    name: str
    """as it is said: `the baseline`, `run #12`"""
    measured: Measured | None = None
    why: str = ""
    """where there is nothing: why, and what to do"""


class Overlap(NamedTuple):
    """What two loops are both handed."""

    mine: bool
    """whether the one has data at all"""
    theirs: bool
    """whether the other has"""
    same: str = ""
    """where it is: a file, or the first row that is in both"""
    unread: str = ""
    """why rows are not compared, as is said of such data; whole files are"""
    unknown: str = ""
    """why nobody can tell whether rows are the same"""


class Beside(NamedTuple):
    """What gates look at beside the run itself."""

    reference: Callable[[str], Reference]
    """what `no_worse_than` names"""
    overlap: Callable[[str], Overlap]
    """what of its data is data of that other loop, too"""


def judge(gates: Sequence[Gate], measured: Measured, beside: Beside) -> tuple[Judgement, ...]:
    """What every rule of every gate says."""
    if measured.problems:
        said = f"{measured.problems[0]}{' (and more)' if measured.problems[1:] else ''}"
        return (Judgement("results", "", Decision.FAIL, f"unmeasured: {said}"),)
    return tuple(one for gate in gates for one in _judged(gate, measured, beside))


def _judged(gate: Gate, measured: Measured, beside: Beside) -> Iterator[Judgement]:
    if gate.distinct_from:
        yield _softened(gate, _distinct(gate, beside))
    if not gate.metric:
        return
    found = subject(gate, measured)
    for rule, bound in (("min", gate.min), ("max", gate.max)):
        if bound is not None:
            yield _softened(gate, _bounded(gate, found, rule, bound))
    if gate.no_worse_than:
        yield _softened(gate, _compared(gate, found, measured, beside))
    if gate.pinned:
        yield _pinned(gate, found)


class _Open(NamedTuple):
    """A judgement, and whether it is one that `on_inconclusive` may decide."""

    judgement: Judgement
    undecided: bool = False


def _softened(gate: Gate, found: _Open) -> Judgement:
    one = found.judgement
    if one.verdict is not Decision.INCONCLUSIVE or gate.on_inconclusive == ASK:
        return one
    if gate.on_inconclusive == FAIL:
        return one._replace(verdict=Decision.FAIL, said=f"{one.said} (on_inconclusive: fail)")
    if not found.undecided:
        return one
    return one._replace(verdict=Decision.PASS, said=f"{one.said} (on_inconclusive: pass)")


# -- rules -----------------------------------------------------------------------------------


def _bounded(gate: Gate, found: Subject, rule: str, bound: float) -> _Open:
    """`min` or `max`: of the point, or of the end of the interval where `confidence` is given."""
    blank = Judgement(rule, found.name, Decision.FAIL, "", bound=bound)
    metric = found.metric
    if metric is None:
        return _Open(blank._replace(said=f"unmeasured: {found.why}"))
    # Upwards is good from here on: less is what a maximum asks for.
    up = 1.0 if rule == "min" else -1.0
    sure = gate.confidence or CONFIDENCE
    try:
        known = gate.confidence is None and metric.low is not None
        spread = None if known else _interval(found, metric, sure)
    except Missing as missing:
        if gate.confidence is not None:
            return _inconclusive(blank, found, f"{missing.message}: {missing.hint}")
        spread = None
    low, high = (spread.low, spread.high) if spread else (metric.low, metric.high)
    full = metric._replace(name=found.name, low=low, high=high)
    judged = blank._replace(value=metric.value, n=metric.n, low=low, high=high)
    value, limit = apart(metric.value, bound)
    shown = f"{found.name} {value} {surely(full)}"
    if gate.confidence is None:
        good = up * (metric.value - bound) >= -SLACK
        verb = _VERBS[rule][0 if good else 1]
        verdict = Decision.PASS if good else Decision.FAIL
        return _Open(judged._replace(verdict=verdict, said=f"{shown} {verb} {limit}"))
    if spread is None:
        return _inconclusive(judged, found, _no_interval(found))
    return _held(judged, spread, up, sure, shown)


def _interval(found: Subject, metric: Metric, sure: float) -> Interval | None:
    """By its examples; where there are none, by the standard error that its tool has written."""
    if found.column:
        return interval(found.column, sure)
    reach = (metric.error or 0.0) * normal(sure)
    return Interval(metric.value - reach, metric.value + reach) if reach else None


_VERBS = {"min": ("is at least", "is below"), "max": ("is at most", "is above")}


def _held(judged: Judgement, spread: Interval, up: float, sure: float, shown: str) -> _Open:
    """The interval against the bound: on the one side, on the other, or on both."""
    bound, value, n = judged.bound or 0.0, judged.value or 0.0, judged.n or 0
    worse, better = (spread.low, spread.high) if up > 0 else (spread.high, spread.low)
    good, bad = _VERBS[judged.rule]
    certainty = f"with {sure:.3g} confidence"
    if up * (worse - bound) >= -SLACK:
        said = f"{shown} {good} {figure(bound)} {certainty}"
        return _Open(judged._replace(verdict=Decision.PASS, said=said))
    if up * (better - bound) < -SLACK:
        return _Open(judged._replace(said=f"{shown} {bad} {figure(bound)} {certainty}"))
    reach = abs(value - worse) if up * (value - bound) > 0 else abs(better - value)
    said = f"{shown} is on neither side of {figure(bound)} {certainty}"
    said += f": {_settling(scaled(n, reach, abs(value - bound)))}" if n else ""
    return _Open(judged._replace(verdict=Decision.INCONCLUSIVE, said=said), undecided=True)


def _settling(count: int | None) -> str:
    if count is None:
        return "no number of examples would settle it, if it stays so close"
    return f"about {plural(count, 'more example')} would settle it, if it stays as it is"


def _no_interval(found: Subject) -> str:
    if found.column is None and found.metric and found.metric.error is not None:
        return "its standard error is 0, which says nothing of how sure it is"
    if found.column is None:
        return "no examples were left, so no interval is available"
    if len(found.column.ids) == 1:
        return "one example says nothing of others"
    return "no interval can be given of so few examples of a kind"


def _inconclusive(judged: Judgement, found: Subject, why: str) -> _Open:
    shown = f"{told(found.metric)}: " if found.metric else ""
    return _Open(judged._replace(verdict=Decision.INCONCLUSIVE, said=f"{shown}{why}"))


def _compared(gate: Gate, found: Subject, measured: Measured, beside: Beside) -> _Open:
    """`no_worse_than`: the paired difference on shared examples, against the margin."""
    bound = 0.0 - gate.margin
    blank = Judgement("no_worse_than", found.name, Decision.FAIL, "", bound=bound)
    if found.metric is None:
        return _Open(blank._replace(said=f"unmeasured: {found.why}"))
    reference = beside.reference(gate.no_worse_than)
    if reference.measured is None:
        return _inconclusive(blank, found, reference.why)
    against = f"not comparable with {reference.name}"
    if reference.measured.data != measured.data:
        return _inconclusive(blank, found, f"{against}: it was measured on other data")
    if found.column is None:
        why = "no examples were left, so there is nothing to compare one by one"
        return _inconclusive(blank, found, f"{against}: {why}")
    sure = gate.confidence or CONFIDENCE
    others = inside(reference.measured.examples, gate.slice)
    try:
        made = difference(others, found.examples, gate.metric, confidence=sure, lower=gate.lower)
    except Missing as missing:
        return _inconclusive(blank, found, f"{missing.message}: {missing.hint}")
    if isinstance(made, Unlike):
        return _inconclusive(blank, found, f"{against}: {made.why}")
    judged = blank._replace(value=made.value, n=made.n, low=made.low, high=made.high)
    return _decided(judged, made, gate, reference.name, found.metric.of)


def _decided(judged: Judgement, made: Difference, gate: Gate, name: str, of: int | None) -> _Open:
    sure, bound = gate.confidence or CONFIDENCE, 0.0 - gate.margin
    head = f"{judged.metric} {figure(made.after)}, {name} {figure(made.before)}"
    if made.same:
        said = f"{head}: the same on {_each(made.n)}{f' of {of}' if of else ''}"
        return _Open(judged._replace(verdict=Decision.PASS, said=said))
    margin = f"by more than {figure(gate.margin)}" if gate.margin else "at all"
    spread = Spread(made.n, made.low, made.high, of)
    head += f": {figure(made.value, sign=True)} {spread}"
    if made.low is None or made.high is None:
        few = "one example says nothing of others" if made.n == 1 else "no interval can be given"
        return _Open(judged._replace(verdict=Decision.INCONCLUSIVE, said=f"{head}: {few}"))
    if made.low >= bound - SLACK:
        said = f"{head}, not worse {margin}"
        return _Open(judged._replace(verdict=Decision.PASS, said=said))
    if made.high < bound - SLACK and _surely(made, sure):
        return _Open(judged._replace(said=f"{head}, worse {margin}"))
    said = f"{head}, which may be worse {margin} or not: {_settling(more(made, bound, sure))}"
    return _Open(judged._replace(verdict=Decision.INCONCLUSIVE, said=said), undecided=True)


def _surely(made: Difference, sure: float) -> bool:
    """Whether it is worse by the exact test, too, which no approximation can deceive."""
    worse = made.table[1] if made.table else made.differ
    return certain(made.differ, worse, sure)


def _each(n: int) -> str:
    return "the one example" if n == 1 else f"each of {plural(n, 'example')}"


def _pinned(gate: Gate, found: Subject) -> Judgement:
    """Every pinned example was measured, and none of its repetitions failed."""
    blank = Judgement("pinned", found.name, Decision.FAIL, "", n=len(gate.pinned))
    if found.column is None or found.column.kind == AUC:
        why = found.why or f"{found.name} says nothing of a single example, so none can be pinned"
        return blank._replace(said=f"unmeasured: {why}")
    cells = dict(zip(found.column.ids, found.column.cells, strict=True))
    gone = [name for name in gate.pinned if name not in cells]
    if gone:
        said = f"unmeasured: pinned and not among the examples: {listing(gone, 5)}"
        return blank._replace(said=said)
    broken = [name for name in gate.pinned if not all(_holds(gate, one) for one in cells[name])]
    if broken:
        return blank._replace(said=f"{found.name}: pinned and failed: {listing(broken, 5)}")
    said = f"{found.name}: all of {plural(len(gate.pinned), 'pinned example')} hold"
    return blank._replace(verdict=Decision.PASS, said=said)


def _holds(gate: Gate, one: object) -> bool:
    """Whether one repetition is right: above `min` where that is given, else as good as can be."""
    if isinstance(one, tuple):
        return bool(one[0] == one[1])
    score = float(str(one))
    if gate.lower:
        return score <= (gate.max if gate.max is not None else 0.0) + SLACK
    return score >= (gate.min if gate.min is not None else 1.0) - SLACK


def _distinct(gate: Gate, beside: Beside) -> _Open:
    """`distinct_from`: no row of its data is data of the other loop."""
    other = gate.distinct_from
    blank = Judgement("distinct_from", "data", Decision.INCONCLUSIVE, "")
    found = beside.overlap(other)
    if not found.mine:
        return _Open(blank._replace(said="it declares no data, so it may be the same"))
    if not found.theirs:
        said = f"{other!r} declares no data, so it may be the same"
        return _Open(blank._replace(said=said))
    if found.same:
        return _Open(blank._replace(verdict=Decision.FAIL, said=f"{found.same} of {other!r}"))
    if found.unknown:
        said = f"nobody can tell whether its rows are those of {other!r}: {found.unknown}"
        return _Open(blank._replace(said=said))
    said = f"no row of its data is in that of {other!r}"
    if found.unread:
        said = f"no file of its data is one of {other!r} (no rows were compared: {found.unread})"
    return _Open(blank._replace(verdict=Decision.PASS, said=said))
