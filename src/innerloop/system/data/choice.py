"""Which rows are taken, found in one pass: of every stratum no more is held than may be needed."""

from __future__ import annotations

from collections import defaultdict
from heapq import heappop, heappush, heappushpop
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from innerloop.core.sampling import MOST_STRATA, DataError
from innerloop.core.shares import shares
from innerloop.system.data.rank import SIZE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from innerloop.core.sampling import Rule
    from innerloop.system.data.units import Units

RANK = 96
"""bits of a span, below those of the rank: one number holds both, and is in order by the rank"""
_SPAN = (1 << RANK) - 1
_LAST = b"\xff" * 17
"""behind every rank"""
FLOOR = 256
"""rows of each stratum that are held whatever their rank, where a fraction is asked for"""
_REACH = 2
"""ranks up to so many times the fraction are held: which part of them it is, is known at the end"""


class TooFewError(Exception):
    """Fewer rows were held than are needed: they have to be read again, and all be held."""


class Chosen(NamedTuple):
    """What is taken."""

    spans: list[int]
    """where the rows stand, in order"""
    taken: Mapping[str, int]
    """stratum -> rows"""
    counts: Mapping[str, int]
    twice: tuple[int, int] | None = None
    """two rows of one rank, where there are any"""


class Stratum:
    """The rows of one value of `by`."""

    __slots__ = ("count", "held", "limit", "near")

    def __init__(self, limit: bytes) -> None:
        self.count = 0
        self.limit = limit
        """ranks from here on are not needed"""
        self.held: list[int] = []
        """a heap, the largest first, as negative numbers"""
        self.near: list[int] = []
        """every row within reach of the fraction that is asked for"""


def rows(units: Units, rule: Rule, kept: dict[int, bytes] | None, *, all_held: bool) -> Chosen:
    """The rows of the smallest ranks; `kept` is given the records themselves, of a pipe."""
    reach = _reach(rule, all_held=all_held)
    most = FLOOR if rule.amount.fraction else rule.amount.rows or 0
    strata: dict[str, Stratum] = {}
    known = strata.get
    for hashed, label, span in units:
        found = known(label)
        if found is None:
            found = strata[label] = Stratum(_LAST)
            bounded(len(strata), rule)
        found.count += 1
        if hashed < found.limit:
            entry = int.from_bytes(hashed) << RANK | span
            lost = _held(found, entry, hashed, most, reach)
            if kept is not None:
                kept[span] = units.raw
                if lost is not None:
                    del kept[lost & _SPAN]
    counts = {label: one.count for label, one in strata.items()}
    quotas = shares(counts, rule.amount)
    chosen: list[int] = []
    for label, one in strata.items():
        held = sorted([*one.near, *(-entry for entry in one.held)])
        if len(held) < quotas[label]:
            raise TooFewError
        chosen += held[: quotas[label]]
    return Chosen(sorted(e & _SPAN for e in chosen), quotas, counts, _twice(chosen))


def bounded(strata: int, rule: Rule) -> None:
    """Refuse to stratify by what has too many values."""
    if strata > MOST_STRATA:
        named = " and ".join(f"'{name}'" for name in rule.by)
        raise DataError(
            f"{named} has more than {MOST_STRATA:,} values, too many to stratify by",
            "stratify 'by' a column with few values, such as a label",
        )


def _reach(rule: Rule, *, all_held: bool) -> bytes:
    """The rank up to which every row is held."""
    if not rule.amount.fraction:
        return b""
    part = min(1.0, _REACH * float(rule.amount.fraction))
    if all_held or part == 1.0:
        return _LAST
    return int(part * (1 << 8 * SIZE)).to_bytes(SIZE)


def _held(found: Stratum, entry: int, hashed: bytes, most: int, reach: bytes) -> int | None:
    """Hold a row; the one that is not needed any more for it."""
    if hashed < reach:
        found.near.append(entry)
        return None
    if len(found.held) < most:
        heappush(found.held, -entry)
        lost = None
    else:
        lost = -heappushpop(found.held, -entry)
    if len(found.held) == most:
        top = -found.held[0] >> RANK if found.held else 0
        found.limit = max(top.to_bytes(SIZE), reach)
    return lost


def _twice(chosen: list[int]) -> tuple[int, int] | None:
    """Two rows of one rank: they have the same key."""
    order = sorted(chosen)
    for one, other in pairwise(order):
        if one >> RANK == other >> RANK:
            return one & _SPAN, other & _SPAN
    return None


class Entities:
    """The entities of one stratum, with how many of its rows each has."""

    __slots__ = ("count", "limit", "order", "rows", "total")

    def __init__(self) -> None:
        self.count = 0
        self.limit = _LAST
        self.rows: dict[bytes, int] = defaultdict(int)
        self.order: list[int] = []
        """a heap of the ranks, the largest first"""
        self.total = 0

    def add(self, hashed: bytes, most: int | None) -> None:
        """Another row; what is behind `most` rows of smaller ranks is let go."""
        if hashed not in self.rows:
            heappush(self.order, -int.from_bytes(hashed))
        self.rows[hashed] += 1
        self.total += 1
        while most is not None and self.order:
            last = (-self.order[0]).to_bytes(SIZE)
            if self.total - self.rows[last] < most:
                break
            heappop(self.order)
            self.total -= self.rows.pop(last)
            self.limit = last

    def first(self, wanted: int) -> set[bytes]:
        """The entities of the smallest ranks that have so many rows together."""
        found: set[bytes] = set()
        for hashed in sorted(self.rows):
            if wanted <= 0:
                break
            found.add(hashed)
            wanted -= self.rows[hashed]
        return found


def entities(
    units: Iterable[tuple[bytes, str, int]], rule: Rule
) -> tuple[set[bytes], Mapping[str, int]]:
    """The ranks of the entities that are taken, and how many rows each stratum has."""
    strata: dict[str, Entities] = {}
    most = rule.amount.rows
    for hashed, label, _ in units:
        found = strata.get(label)
        if found is None:
            found = strata[label] = Entities()
            bounded(len(strata), rule)
        found.count += 1
        if hashed < found.limit:
            found.add(hashed, most)
    counts = {label: one.count for label, one in strata.items()}
    quotas = shares(counts, rule.amount)
    chosen: set[bytes] = set()
    for label, one in strata.items():
        chosen |= one.first(quotas[label])
    return chosen, counts


def members(
    units: Iterable[tuple[bytes, str, int]], chosen: set[bytes]
) -> tuple[list[int], Mapping[str, int]]:
    """Where the rows of these entities stand, and how many there are of each stratum."""
    spans: list[int] = []
    taken: dict[str, int] = defaultdict(int)
    for hashed, label, span in units:
        if hashed in chosen:
            spans.append(span)
            taken[label] += 1
    return spans, taken
