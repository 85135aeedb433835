"""What is picked of a row: the rank of what it is known by, and its stratum.

Called once for each row, so each way to know one is a function of its own.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from innerloop.core.sampling import BETWEEN, END, text
from innerloop.system.data.rank import again, md5, rank

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from innerloop.core.sampling import Rule

    Fields = dict[str, Any]
    Pick = Callable[[Any], str]
    Rank = Callable[[Any], bytes]

_TEXTS = frozenset({str})
_SHAPES = 1000
"""sets of columns that are remembered, where every row may have its own"""
_REMEMBERED = 1 << 16
"""entities whose rank is remembered: they come again and again"""


def cells(places: Mapping[str, int], names: Sequence[str], *, complete: bool) -> Pick:
    """The value of these columns in a row of CSV; `complete`: nothing where one is empty."""
    if not names:
        return lambda _row: ""
    if len(names) == 1:
        only = places[names[0]]
        return lambda row: row[only]
    join = joined if complete else BETWEEN.join
    return lambda row: join([row[places[name]] for name in names])


def fields(names: Sequence[str], *, complete: bool) -> Pick:
    """The same in an object of JSON."""
    if not names:
        return lambda _row: ""
    if len(names) > 1:
        join = joined if complete else BETWEEN.join
        return lambda row: join([text(row.get(name)) for name in names])
    (only,) = names

    def one(row: Fields) -> str:
        value = row.get(only)
        return value if value.__class__ is str else text(value)

    return one


def joined(values: list[str]) -> str:
    """Several columns as one; nothing where one of them is empty."""
    return BETWEEN.join(values) if all(values) else ""


def ranked(rule: Rule, pick: Pick) -> Rank:
    """The rank of what is picked; empty where there is nothing to pick."""
    seed = f"{rule.seed}:"
    known: dict[str, bytes] = {}

    def row(row: Any) -> bytes:
        value = pick(row)
        try:
            return md5((seed + value).encode()).digest() if value else b""
        except UnicodeEncodeError:
            return rank(seed + value)

    def entity(row: Any) -> bytes:
        value = pick(row)
        found = known.get(value)
        if found is None:
            found = rank(seed + value) if value else b""
            if len(known) < _REMEMBERED:
                known[value] = found
        return found

    return entity if rule.group else row


class Shape(NamedTuple):
    """The columns of a row, and how it is written as one text where none of them is empty."""

    values: Callable[[Any], Any]
    heads: tuple[str, ...]
    template: str


def _shape(names: Sequence[str], places: Sequence[Any]) -> Shape:
    order = sorted(range(len(names)), key=names.__getitem__)
    heads = tuple(f"{names[at]}{BETWEEN}" for at in order)
    keys = [places[at] for at in order]
    if len(keys) == 1:
        (only,) = keys
        return Shape(lambda row: (row[only],), heads, f"{_plain(heads[0])}%s{END}")
    values = itemgetter(*keys) if keys else lambda _row: ()
    return Shape(values, heads, "".join(f"{_plain(head)}%s{END}" for head in heads))


def _plain(head: str) -> str:
    return head.replace("%", "%%")


class Wholes:
    """Rows without a key: known by all that they hold, and of copies by which one they are."""

    def __init__(self, rule: Rule) -> None:
        self._seed = f"{rule.seed}:"
        self._seen: set[int] = set()
        """every row that was met, by half of its rank: some 70 bytes each"""
        self._copies: dict[int, int] = {}

    def cells(self, columns: Sequence[str]) -> Rank:
        """The rank of a row of CSV."""
        shape = _shape(columns, range(len(columns)))
        return lambda row: self._rank(shape, shape.values(row))

    def fields(self) -> Rank:
        """The rank of an object of JSON."""
        shapes: dict[tuple[str, ...], Shape] = {}

        def ranked(row: Fields) -> bytes:
            columns = tuple(row)
            shape = shapes.get(columns)
            if shape is None:
                shape = _shape(columns, columns)
                if len(shapes) < _SHAPES:
                    shapes[columns] = shape
            values = shape.values(row)
            if not _TEXTS.issuperset(map(type, values)):
                values = tuple(map(text, values))
            return self._rank(shape, values)

        return ranked

    def _rank(self, shape: Shape, values: tuple[str, ...]) -> bytes:
        """The rank of a row: what is empty in it is as if it were not there."""
        if all(values):
            whole = shape.template % values
        else:
            pairs = zip(shape.heads, values, strict=True)
            whole = "".join([f"{head}{value}{END}" for head, value in pairs if value])
        found = rank(self._seed + whole)
        short = int.from_bytes(found[:8]) >> 4
        seen = self._seen
        before = len(seen)
        seen.add(short)
        if len(seen) != before:
            return found
        number = self._copies[short] = self._copies.get(short, 1) + 1
        return again(found, number)
