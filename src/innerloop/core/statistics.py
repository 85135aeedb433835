"""Intervals: Wilson's of a share, a bootstrap of everything else. numpy and scipy do the sums.

What is resampled are examples, never their repetitions: those of one example say little that is
new about another. The bootstrap draws with a seed, so that the same numbers are judged alike.
"""

from __future__ import annotations

from math import sqrt
from typing import Any, NamedTuple

from innerloop.core.errors import LoopError
from innerloop.core.metrics import AUC, MEAN, binary, mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from innerloop.core.metrics import Cell, Column

    Array = Any  # numpy is only there with the extra
    Statistic = Callable[[Array], Array]
    """takes weights, kinds of example x resamples, to a value for each resample"""

CONFIDENCE = 0.95
RESAMPLES = 2000
_SEED = 20_260_101
_FEW = 4
"""examples of a kind, on average, from which on it is drawn at once how many of each there are"""
_BLOCK = 1 << 21
"""numbers that one block of resamples may hold"""
_LEAST = 0.95
"""share of the resamples in which a statistic must mean something"""


class Interval(NamedTuple):
    """A two-sided interval."""

    low: float
    high: float


class Missing(LoopError):  # noqa: N818 - as LoopError's others, it says what is so
    """The extra that does the statistics is not installed."""

    def __init__(self) -> None:
        super().__init__("intervals need scipy", "pip install 'innerloop[eval]'")


def present() -> bool:
    """Whether the extra is installed, without loading it."""
    from importlib.util import find_spec  # noqa: PLC0415 - only for loops with gates

    try:
        return all(find_spec(name) is not None for name in ("numpy", "scipy"))
    except (ImportError, ValueError):  # it is there, and kept from being imported
        return False


def normal(confidence: float) -> float:
    """How many standard deviations a two-sided interval reaches to each side."""
    from statistics import NormalDist  # noqa: PLC0415 - 15 ms, and only for numbers

    return NormalDist().inv_cdf((1 + confidence) / 2)


def wilson(hits: float, n: int, confidence: float = CONFIDENCE) -> Interval:
    """The score interval of a share of n examples (Wilson 1927); n at least 1."""
    z = normal(confidence)
    share, z2 = hits / n, z * z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = z / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    # At the ends the rounding of a root must not leave the scale, nor the share itself.
    return Interval(
        0.0 if hits == 0 else min(max(0.0, middle - half), share),
        1.0 if hits == n else max(min(1.0, middle + half), share),
    )


def interval(column: Column, confidence: float = CONFIDENCE) -> Interval | None:
    """The interval of a metric; None where one example, or none, says nothing of others.

    Raises `Missing` where it takes the extra and that is not installed.
    """
    n = len(column.cells)
    hits = binary(column.cells) if column.kind == MEAN else None
    if hits is not None and n:
        return wilson(sum(hits), n, confidence)
    return bootstrap(column.cells, lambda kinds: statistic(column.kind, kinds), confidence)


def bootstrap(
    cells: Sequence[Any],
    make: Callable[[Sequence[Any]], Statistic],
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
) -> Interval | None:
    """The percentile interval of a statistic of examples, as wide as Student's t would have it.

    `make` is given the kinds of cell there are, and returns what takes weights (kinds x resamples)
    to values. The percentiles are Hesterberg's expanded ones (2015, section 5.2): of few examples,
    plain ones are too narrow. Bounded in memory, whatever the number of examples.
    """
    np, sp = numpy(), special()
    n = len(cells)
    if n < 2:  # noqa: PLR2004 - one varies by nothing
        return None
    kinds = list(dict.fromkeys(cells))
    at = {kind: number for number, kind in enumerate(kinds)}
    values = make(kinds)
    drawn = [values(weights) for weights in _resampled([at[one] for one in cells], resamples)]
    found = np.concatenate(drawn)
    found = found[np.isfinite(found)]
    if found.size < _LEAST * resamples:
        return None
    spread = sqrt(n / (n - 1)) * sp.stdtrit(n - 1, (1 - confidence) / 2)
    tail = float(sp.ndtr(spread))
    low, high = np.quantile(found, (tail, 1 - tail))
    return Interval(float(low), float(high))


def _resampled(numbers: Sequence[int], resamples: int) -> Iterator[Array]:
    """Resamples of examples, block by block: how many there are of each kind."""
    np = numpy()
    random = np.random.default_rng(_SEED)
    n, kinds = len(numbers), max(numbers) + 1
    counts = np.bincount(numbers, minlength=kinds)
    few = kinds * _FEW <= n
    size = max(1, min(resamples, _BLOCK // (kinds if few else n)))
    numbered = np.asarray(numbers, dtype=np.int32)
    for start in range(0, resamples, size):
        columns = min(size, resamples - start)
        if few:
            yield random.multinomial(n, counts / n, size=columns).T.astype(np.float64)
            continue
        # A kind's row is whole in memory: what sorts kinds copies rows, and not single numbers.
        picked = numbered[random.integers(0, n, size=(n, columns), dtype=np.int32)]
        picked *= columns
        picked += np.arange(columns, dtype=np.int32)
        found = np.bincount(picked.ravel(), minlength=kinds * columns)
        yield found.reshape(kinds, columns).astype(np.float64)


# -- statistics of weighted examples ---------------------------------------------------------


def statistic(kind: str, cells: Sequence[Cell]) -> Statistic:
    """What a metric is of these cells, as a function of how often each is there."""
    np = numpy()
    if kind == MEAN:
        means = np.array([mean(cell) for cell in cells])
        return lambda weights: means @ weights / weights.sum(axis=0)
    return _ranked(cells) if kind == AUC else _labelled(kind, cells)


def _labelled(kind: str, cells: Sequence[Cell]) -> Statistic:
    np = numpy()
    measure, _, how = kind.partition("_")
    found = dict.fromkeys(one for cell in cells for pair in cell for one in pair)
    at = {label: number for number, label in enumerate(found)}
    hit, false, missed = (np.zeros((len(at), len(cells))) for _ in range(3))
    for number, cell in enumerate(cells):
        for y, pred in cell:
            share = 1 / len(cell)
            if y == pred:
                hit[at[y], number] += share
            else:
                missed[at[y], number] += share
                false[at[pred], number] += share

    def values(weights: Array) -> Array:
        hits, falses, misses = hit @ weights, false @ weights, missed @ weights
        if how == "positive":
            row = at.get(1)
            if row is None:
                return np.full(weights.shape[1], np.nan)
            hits, falses, misses = (part[[row]] for part in (hits, falses, misses))
        elif how == "micro":
            hits, falses, misses = (p.sum(axis=0, keepdims=True) for p in (hits, falses, misses))
        there = hits + falses + misses > 0
        beside = {"precision": falses, "recall": misses, "f1": (falses + misses) / 2}[measure]
        each = _shared(hits, hits + beside, 0.0)
        return _shared(np.where(there, each, 0.0).sum(axis=0), there.sum(axis=0), np.nan)

    return values


def _ranked(cells: Sequence[Cell]) -> Statistic:
    np = numpy()
    rows = [
        (float(pred), bool(y), number, 1 / len(cell))
        for number, cell in enumerate(cells)
        for y, pred in cell
    ]
    rows.sort(key=lambda row: row[0])
    up, down = ([row for row in rows if row[1] is side] for side in (True, False))
    highs, lows = (np.array([row[0] for row in side]) for side in (up, down))
    ups, downs = (np.array([row[2] for row in side], dtype=np.intp) for side in (up, down))
    alike = all(row[3] == 1 for row in rows)
    shares = [np.array([[row[3]] for row in side]) for side in (up, down)]
    below = np.searchsorted(lows, highs, side="left")
    within = np.searchsorted(lows, highs, side="right")
    tied = bool((below != within).any())

    def values(weights: Array) -> Array:
        higher, lower = weights[ups], weights[downs]
        if not alike:
            higher, lower = higher * shares[0], lower * shares[1]
        passed = np.zeros((len(lower) + 1, weights.shape[1]))
        np.cumsum(lower, axis=0, out=passed[1:])
        beaten = passed[below]
        if tied:
            beaten = (beaten + passed[within]) / 2
        wins = np.einsum("ij,ij->j", higher, beaten)
        return _shared(wins, higher.sum(axis=0) * passed[-1], np.nan)

    return values


def _shared(part: Array, whole: Array, nothing: float) -> Array:
    """One by the other; `nothing` where there is none of the other."""
    np = numpy()
    return np.divide(part, whole, out=np.full(part.shape, nothing), where=whole > 0)


# -- the extra -------------------------------------------------------------------------------


def numpy() -> Any:
    try:
        import numpy as np  # noqa: PLC0415 - an extra, and 0.1 s
    except ImportError:
        raise Missing from None
    return np


def special() -> Any:
    try:
        from scipy import special as functions  # noqa: PLC0415 - an extra; scipy.stats would take a second
    except ImportError:
        raise Missing from None
    return functions
