"""Metrics of examples: the mean of each score, and what `y` and `pred` make of one another.

An example counts once, however often it was repeated: each of k repetitions weighs 1/k.
Definitions: docs/guide/evaluation.md; those of `y` and `pred` are scikit-learn's, with
`zero_division=0`, but that a number without a meaning is left out instead of being 0.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from innerloop.core.results import Example, Label, Metric

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MEAN, AUC = "mean", "auc"
_MEASURES = ("precision", "recall", "f1")
LABELLED = (
    "accuracy",
    *_MEASURES,
    *(f"{name}_{how}" for how in ("macro", "micro") for name in _MEASURES),
    AUC,
)
"""what is computed of `y` and `pred`, where they are of a kind that it means something for"""
MOST_LABELS = 200
"""more are no classes but answers: then only accuracy is computed"""

Pair = tuple[Label, Label]
Cell = tuple[Any, ...]
"""one example: of each repetition the score, or `y` with `pred`, as the column's kind says"""


class Column(NamedTuple):
    """What one metric is made of, an example a cell."""

    kind: str
    """`mean`, `auc`, or one of precision, recall and f1 with `_macro`, `_micro` or `_positive`"""
    ids: tuple[str, ...]
    cells: tuple[Cell, ...]


def inside(examples: Sequence[Example], slice_: Sequence[tuple[str, str]]) -> tuple[Example, ...]:
    """Those that belong to a slice; all of them where it names nothing."""
    wanted = set(slice_)
    return tuple(one for one in examples if wanted <= set(one.slice))


def column(examples: Sequence[Example], metric: str) -> Column | None:
    """The cells that a metric is made of; None where these examples do not have it."""
    scores = [(one.id, dict(one.scores)) for one in examples if one.scores]
    scored = [(id_, found[metric]) for id_, found in scores if metric in found]
    if scored:
        return _column(MEAN, scored)
    if metric not in LABELLED:
        return None
    pairs = [(one.id, (one.y, one.pred)) for one in examples if one.y is not None]
    kind = _kind(metric, [pair for _, pair in pairs])
    if kind == MEAN:
        return _column(MEAN, [(id_, float(y == pred)) for id_, (y, pred) in pairs])
    return _column(kind, pairs) if kind else None


def computed(examples: Sequence[Example]) -> Iterator[tuple[str, Column, float]]:
    """Every metric that the examples have, in order: scores as they came, then those of `y`."""
    names = dict.fromkeys(name for one in examples for name, _ in one.scores)
    for name in (*names, *(name for name in LABELLED if name not in names)):
        found = column(examples, name)
        value = point(found) if found else None
        if found is not None and value is not None:
            yield name, found, value


def metrics(examples: Sequence[Example]) -> tuple[Metric, ...]:
    """Every metric that the examples have, without intervals."""
    return tuple(Metric(name, value, len(c.ids)) for name, c, value in computed(examples))


def binary(cells: Iterable[Cell]) -> tuple[int, ...] | None:
    """The cells as zeros and ones; None where a mean of repetitions is anything between."""
    found = []
    for cell in cells:
        first = cell[0]
        if first not in {0, 1} or any(one != first for one in cell):
            return None
        found.append(int(first))
    return tuple(found)


def mean(cell: Cell) -> float:
    """The mean of an example's repetitions."""
    return sum(float(one) for one in cell) / len(cell)


def point(column: Column) -> float | None:
    """The metric itself; None where it has no meaning: no example, one class only."""
    if not column.cells:
        return None
    if column.kind == MEAN:
        return sum(map(mean, column.cells)) / len(column.cells)
    if column.kind == AUC:
        return _auc(column.cells)
    return _of_labels(column.kind, column.cells)


# -- which of them mean something ------------------------------------------------------------


def _column(kind: str, found: Sequence[tuple[str, float | Pair]]) -> Column:
    cells: dict[str, list[float | Pair]] = {}
    for id_, value in found:
        cells.setdefault(id_, []).append(value)
    return Column(kind, tuple(cells), tuple(map(tuple, cells.values())))


def _kind(metric: str, pairs: Sequence[Pair]) -> str:
    """How the metric is computed of these pairs; empty where it would mean nothing."""
    if not pairs:
        return ""
    truths, guesses = {y for y, _ in pairs}, {pred for _, pred in pairs}
    halves = truths <= {0, 1}
    if metric == AUC:
        ranked = halves and all(isinstance(one, (int, float)) for one in guesses)
        return AUC if ranked and len(truths) > 1 else ""
    labels = truths | guesses
    if not all(map(_label, labels)) or (halves and not labels <= {0, 1} and _numbers(guesses)):
        return ""  # measurements, or how sure it is: nothing to be equal to
    if metric == "accuracy":
        return MEAN
    if len(labels) > MOST_LABELS:
        return ""
    name, _, how = metric.partition("_")
    return f"{name}_{how or ('positive' if labels <= {0, 1} else 'macro')}"


def _label(one: Label) -> bool:
    return not isinstance(one, float) or one.is_integer()


def _numbers(labels: Iterable[Label]) -> bool:
    return all(isinstance(one, (int, float)) for one in labels)


# -- numbers of labels -----------------------------------------------------------------------


class _Tally(NamedTuple):
    """Of one label: examples that were rightly taken for it, wrongly, and not."""

    hit: float = 0.0
    false: float = 0.0
    missed: float = 0.0


def _of_labels(kind: str, cells: Sequence[Cell]) -> float | None:
    measure, _, how = kind.partition("_")
    tallies = _tallies(cells)
    if how == "positive":
        return _measure(measure, tallies.get(1, _Tally()))
    if how == "micro":
        parts = (sum(part) for part in zip(*tallies.values(), strict=True))
        return _measure(measure, _Tally(*parts))
    found = [_measure(measure, one) for one in tallies.values()]
    return sum(one for one in found if one is not None) / len(found)


def _tallies(cells: Sequence[Cell]) -> dict[Label, _Tally]:
    found: dict[Label, _Tally] = {}
    for cell in cells:
        share = 1 / len(cell)
        for y, pred in cell:
            mine, theirs = found.get(y, _Tally()), found.get(pred, _Tally())
            if y == pred:
                found[y] = mine._replace(hit=mine.hit + share)
            else:
                found[y] = mine._replace(missed=mine.missed + share)
                found[pred] = theirs._replace(false=theirs.false + share)
    return found


def _measure(name: str, one: _Tally) -> float | None:
    """Precision, recall or F1; 0 where nothing was hit, None where there was nothing to hit."""
    if not any(one):
        return None
    beside = {
        "precision": one.false,
        "recall": one.missed,
        "f1": (one.false + one.missed) / 2,
    }[name]
    return one.hit / (one.hit + beside) if one.hit + beside else 0.0


def _auc(cells: Sequence[Cell]) -> float | None:
    """The chance that a positive is ranked above a negative, ties counted as half of one."""
    ranked: dict[float, list[float]] = {}
    for cell in cells:
        for y, pred in cell:
            at = ranked.setdefault(float(pred), [0.0, 0.0])
            at[bool(y)] += 1 / len(cell)
    below = above = wins = 0.0
    for _, (negative, positive) in sorted(ranked.items()):
        wins += positive * (below + negative / 2)
        below, above = below + negative, above + positive
    return wins / (below * above) if below and above else None
