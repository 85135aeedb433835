"""Two runs over the same examples: how much better one is than the other, and how sure that is.

Binary scores have Tango's score interval for the difference of paired shares (1998): it is the
score test of non-inferiority turned inside out, so that a margin is passed exactly where that
test rejects, and it stands where no pair is discordant, which Newcombe's does as well, and Wald's
does not. Everything else has the paired bootstrap.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, sqrt
from typing import NamedTuple

from innerloop.core.metrics import MEAN, binary, column, point
from innerloop.core.statistics import (
    CONFIDENCE,
    Interval,
    Missing,
    bootstrap,
    normal,
    present,
    special,
    statistic,
)
from innerloop.core.text import plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from innerloop.core.metrics import Cell, Column
    from innerloop.core.results import Example
    from innerloop.core.statistics import Statistic

_STEPS = 60
"""halvings of an interval of length 2: beyond what a float can tell"""
_MOST = 1 << 20
"""times as many examples: nobody would run that many"""


class Unlike(NamedTuple):
    """Two runs that cannot be compared, and why."""

    why: str


class Difference(NamedTuple):
    """How much better the second run is than the first, on the examples of both."""

    value: float
    n: int
    differ: int
    """examples on which the two runs differ in this metric"""
    before: float
    after: float
    low: float | None = None
    """None: no interval can be given"""
    high: float | None = None
    same: bool = False
    """everything that is known of each example is the same in both"""
    table: tuple[int, int] | None = None
    """of binary scores, how many became better and how many worse"""


def difference(
    before: Sequence[Example],
    after: Sequence[Example],
    metric: str,
    *,
    confidence: float = CONFIDENCE,
    lower: bool = False,
) -> Difference | Unlike:
    """Compare by example, repetitions averaged; with `lower`, less is better.

    Raises `Missing` where the extra is not installed.
    """
    if not present():
        raise Missing
    old, new = column(before, metric), column(after, metric)
    told = _unlike(metric, old, new)
    if old is None or new is None or told:
        return Unlike(told)
    if changed := _truths(before, after):
        which = f"{plural(len(changed), 'example')}, such as {min(changed)!r}"
        return Unlike(f"what is right is another thing for {which}")
    new = _as(new, old.ids)
    here, there = point(old), point(new)
    if here is None or there is None:
        return Unlike(f"{metric} means nothing on one of them")
    sign = -1.0 if lower else 1.0
    differ = sum(_shares(a) != _shares(b) for a, b in zip(old.cells, new.cells, strict=True))
    plain = Difference(sign * (there - here), len(old.ids), differ, here, there)
    if differ == 0 and _same(before, after):
        return plain._replace(value=0.0, low=0.0, high=0.0, same=True)
    ones = (binary(old.cells), binary(new.cells)) if old.kind == MEAN else (None, None)
    if ones[0] is not None and ones[1] is not None:
        return _of_shares(plain, ones[0], ones[1], sign, confidence)
    return _of_means(plain, old, new, sign, confidence)


def _unlike(metric: str, old: Column | None, new: Column | None) -> str:
    if old is None or new is None:
        where = "neither has" if old is new else "one of them does not have"
        return f"{where} the metric {metric}"
    if old.kind != new.kind:
        return f"{metric} is computed of other labels"
    mine, theirs = set(new.ids), set(old.ids)
    if mine == theirs:
        return ""
    more, less = len(mine - theirs), len(theirs - mine)
    parts = [f"{more} are new"] * bool(more) + [f"{less} are gone"] * bool(less)
    return f"its examples are not the same ones: {' and '.join(parts)}"


def _truths(before: Sequence[Example], after: Sequence[Example]) -> set[str]:
    """Examples that by now are another thing (`y`) than they were."""
    then = {(one.id, repr(one.y)) for one in before if one.y is not None}
    now = {(one.id, repr(one.y)) for one in after if one.y is not None}
    known = {name for name, _ in then} & {name for name, _ in now}
    return {name for name, _ in then ^ now} & known


def _as(column: Column, ids: tuple[str, ...]) -> Column:
    """The same cells in another order."""
    cells = dict(zip(column.ids, column.cells, strict=True))
    return column._replace(ids=ids, cells=tuple(cells[id_] for id_ in ids))


def _shares(cell: Cell) -> frozenset[tuple[object, Fraction]]:
    """What an example came to, and in which share of its repetitions."""
    found: dict[object, int] = {}
    for one in cell:
        found[one] = found.get(one, 0) + 1
    return frozenset((one, Fraction(count, len(cell))) for one, count in found.items())


def _same(before: Sequence[Example], after: Sequence[Example]) -> bool:
    return _whole(before) == _whole(after)


def _whole(examples: Sequence[Example]) -> dict[str, frozenset[tuple[object, Fraction]]]:
    rows: dict[str, list[object]] = {}
    for one in examples:
        rows.setdefault(one.id, []).append((frozenset(one.scores), one.y, one.pred))
    return {id_: _shares(tuple(found)) for id_, found in rows.items()}


def _of_shares(
    plain: Difference,
    old: tuple[int, ...],
    new: tuple[int, ...],
    sign: float,
    confidence: float,
) -> Difference:
    up = sum(b > a for a, b in zip(old, new, strict=True))
    down = sum(b < a for a, b in zip(old, new, strict=True))
    better, worse = (up, down) if sign > 0 else (down, up)
    low, high = tango(better, worse, plain.n, confidence)
    value = (better - worse) / plain.n
    return plain._replace(value=value, low=low, high=high, table=(better, worse))


def _of_means(
    plain: Difference, old: Column, new: Column, sign: float, confidence: float
) -> Difference:
    def make(kinds: Sequence[tuple[Cell, Cell]]) -> Statistic:
        here = statistic(old.kind, [kind[0] for kind in kinds])
        there = statistic(old.kind, [kind[1] for kind in kinds])
        return lambda weights: sign * (there(weights) - here(weights))

    pairs = tuple(zip(old.cells, new.cells, strict=True))
    found = bootstrap(pairs, make, confidence)
    return plain if found is None else plain._replace(low=found.low, high=found.high)


# -- paired shares ---------------------------------------------------------------------------


def tango(better: float, worse: float, n: float, confidence: float = CONFIDENCE) -> Interval:
    """The score interval of (better - worse) / n (Tango, Statistics in Medicine 17:891, 1998).

    `better` and `worse` are the discordant pairs among n. Equation 8 gives the score of a
    difference, with the constrained maximum likelihood of the share that became worse; the limits
    are where it is as unlikely as the confidence says.
    """
    z = normal(confidence)
    value = (better - worse) / n

    def beyond(limit: float) -> float:
        return abs(_score(better, worse, n, limit)) - z

    low = -1.0 if value == -1 else _root(beyond, -1.0, value)
    high = 1.0 if value == 1 else _root(beyond, 1.0, value)
    return Interval(low, high)


def _score(better: float, worse: float, n: float, limit: float) -> float:
    """How many standard deviations the difference is from `limit`, were that the true one."""
    first = (2 * n - better + worse) * limit - better - worse
    last = -worse * limit * (1 - limit)
    share = (sqrt(max(first * first - 8 * n * last, 0.0)) - first) / (4 * n)
    variance = n * (2 * share + limit * (1 - limit))
    distance = better - worse - n * limit
    if variance <= 0:
        return 0.0 if distance == 0 else float("inf")
    return distance / sqrt(variance)


def _root(beyond: Callable[[float], float], outer: float, inner: float) -> float:
    """Where it is just as likely as asked for, between a limit that is not and one that is."""
    for _ in range(_STEPS):
        middle = (outer + inner) / 2
        if beyond(middle) > 0:
            outer = middle
        else:
            inner = middle
    return inner


def certain(differ: int, worse: int, confidence: float) -> bool:
    """Whether so many of the differing pairs are worse that they are not so by chance.

    The exact sign test, one-sided (McNemar's, where scores are binary). Of fewer than six pairs
    that differ none is sure enough at 0.95, whatever they say: 0.5 ** 5 is more than 0.025.
    """
    if differ == 0:
        return False
    tail = 1.0 if worse == 0 else float(special().bdtrc(worse - 1, differ, 0.5))
    return tail <= (1 - confidence) / 2


# -- how many more ---------------------------------------------------------------------------


def more(found: Difference, bound: float, confidence: float = CONFIDENCE) -> int | None:
    """About how many more examples would settle on which side of `bound` the difference is.

    Provided that it stays what it is; None where that is the bound itself, or nobody would run
    as many.
    """
    if found.low is None or found.high is None or found.value == bound:
        return None
    if found.table is not None:
        return _more_pairs(found, bound, confidence)
    reach = found.value - found.low if found.value > bound else found.high - found.value
    return scaled(found.n, reach, abs(found.value - bound))


def scaled(n: int, reach: float, distance: float) -> int | None:
    """Examples beside the n that bring an interval's end nearer: it goes with the root of n."""
    if distance <= 0 or reach <= 0:
        return None
    wanted = n * (reach / distance) ** 2
    return _rounded(wanted - n) if wanted < n * float(_MOST) else None


def _more_pairs(found: Difference, bound: float, confidence: float) -> int | None:
    better, worse = found.table or (0, 0)

    def settles(times: float) -> bool:
        up, down = better * times, worse * times
        low, high = tango(up, down, found.n * times, confidence)
        if low >= bound:
            return True
        return high < bound and certain(round(up + down), round(down), confidence)

    low, high = 1.0, 2.0
    while not settles(high):
        low, high = high, high * 2
        if high > _MOST:
            return None
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (low, middle) if settles(middle) else (middle, high)
    return _rounded(found.n * (high - 1))


def _rounded(value: float) -> int:
    """Two digits, upwards: it is a guess."""
    whole = max(ceil(value), 1)
    unit = int(10 ** max(len(str(whole)) - 2, 0))
    return -(-whole // unit) * unit
