"""What is ranked: of every row the name of its unit, its stratum, and where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from innerloop.core.sampling import BETWEEN, copy, text, whole
from innerloop.system.data.faults import absent, headers, nameless, unlabelled, unreadable
from innerloop.system.data.rank import encoded, md5
from innerloop.system.data.records import Csv, Jsonl
from innerloop.system.data.source import Format

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, BinaryIO

    from innerloop.core.sampling import DataError, Rule
    from innerloop.system.data.source import Source

    Pick = Callable[[Any], str]
    Join = Callable[[list[str]], str]

_POLL = 4096
"""rows between two looks at whether anybody still waits"""


class Units:
    """The rows of a source of text, in order, each as its unit: read once from the beginning."""

    def __init__(self, source: Source, rule: Rule, alive: Callable[[], None]) -> None:
        self.head = b""
        """what stands before the rows of every file"""
        self.rows = 0
        self._source = source
        self._rule = rule
        self._alive = alive
        self._reader: Csv | Jsonl | None = None
        self._columns: tuple[str, ...] = ()
        self._seen: set[int] = set()
        """every row without a key that was met: 70 bytes each"""
        self._copies: dict[int, int] = {}
        self._labelled = not rule.by

    @property
    def raw(self) -> bytes:
        """The record that was read last; only of a pipe, or where all are wanted."""
        return self._reader.raw if self._reader else b""

    def where(self) -> str:
        return self._reader.where() if self._reader else self._source.shown

    def __iter__(self) -> Iterator[tuple[str, str, int]]:
        for reader in self.readers():
            yield from self._units(reader)
        if self.rows and not self._labelled:
            raise unlabelled(self._source.shown, self._rule)

    def readers(self) -> Iterator[Csv | Jsonl]:
        """Each file in turn, opened: to be read to its end before the next."""
        pipe, base = self._source.pipe, 0
        if pipe is not None:
            yield self._opened(pipe, self._source.shown, 0)
        for part in self._source.parts:
            try:
                with open(part.place, "rb", buffering=1 << 18) as file:
                    yield self._opened(file, part.shown, base)
                    base += file.tell()
            except OSError as error:
                raise unreadable(part.shown, error) from error

    def _units(self, reader: Csv | Jsonl) -> Iterator[tuple[str, str, int]]:
        if isinstance(reader, Csv) and not reader.columns:
            return  # not a byte: some tools leave such a part
        name, label = self._picks(reader)
        keyed = self._rule.group or self._rule.key
        labelled, count, alive = self._labelled, 0, self._alive
        for row, at in reader:
            count += 1
            if not count % _POLL:
                alive()
            unit = name(row)
            if not unit:
                raise self._nameless(row, keyed)
            stratum = label(row)
            if not labelled and stratum.strip(BETWEEN):
                self._labelled = labelled = True
            yield unit, stratum, at
        self.rows += count

    def _opened(self, file: BinaryIO, shown: str, base: int) -> Csv | Jsonl:
        if self._source.format is Format.JSONL:
            self._reader = Jsonl(file, shown, base)
            return self._reader
        delimiter = "\t" if self._source.format is Format.TSV else ","
        keep = self._source.pipe is not None or self._rule.amount.all
        reader = Csv(file, shown, base, delimiter=delimiter, keep=keep)
        if reader.columns and self._columns and reader.columns != self._columns:
            raise headers(shown, reader.columns, self._columns)
        if reader.columns:
            self._columns, self.head = reader.columns, self.head or reader.head
        self._reader = reader
        return reader

    def _picks(self, reader: Csv | Jsonl) -> tuple[Pick, Pick]:
        """How a row's unit and its stratum are found in it."""
        pick = _cells(reader) if isinstance(reader, Csv) else _fields
        named = self._rule.group or self._rule.key
        label = pick(self._rule.by, BETWEEN.join) if self._rule.by else _no_label
        return (pick(named, _joined) if named else self._whole(reader)), label

    def _whole(self, reader: Csv | Jsonl) -> Pick:
        """All that a row holds as its key, each copy of it under a number of its own."""
        columns = reader.columns
        order = sorted(range(len(columns)), key=columns.__getitem__)
        names = [columns[at] for at in order]

        def cells(row: list[str]) -> str:
            return self._counted(whole(names, [row[at] for at in order]))

        def fields(row: dict[str, Any]) -> str:
            names = sorted(row)
            return self._counted(whole(names, [text(row[name]) for name in names]))

        return cells if isinstance(reader, Csv) else fields

    def _counted(self, row: str) -> str:
        digest = md5(encoded(row)).digest()
        short = int.from_bytes(digest[:8]) >> 4
        unit = str(digest.hex())
        if short in self._seen:
            number = self._copies[short] = self._copies.get(short, 1) + 1
            return copy(unit, number)
        self._seen.add(short)
        return unit

    def _nameless(self, row: object, columns: tuple[str, ...]) -> DataError:
        if isinstance(row, dict) and self.rows == 0 and self._reader and self._reader.row == 1:
            for name in columns:
                if name not in row:
                    return absent(self._reader.shown, name, list(row))
        return nameless(self.where(), self._rule)


def _no_label(_row: object) -> str:
    return ""


def _cells(reader: Csv) -> Callable[[tuple[str, ...], Join], Pick]:
    def pick(names: tuple[str, ...], join: Join) -> Pick:
        for name in names:
            if name not in reader.columns:
                raise absent(reader.shown, name, reader.columns)
        places = [reader.columns.index(name) for name in names]
        if len(places) == 1:
            (only,) = places
            return lambda row: row[only]
        return lambda row: join([row[place] for place in places])

    return pick


def _fields(names: tuple[str, ...], join: Join) -> Pick:
    if len(names) > 1:
        return lambda row: join([text(row.get(name)) for name in names])
    (only,) = names

    def one(row: dict[str, Any]) -> str:
        value = row.get(only)
        return value if value.__class__ is str else text(value)

    return one


def _joined(values: list[str]) -> str:
    """Several columns as one; nothing where one of them is empty."""
    return BETWEEN.join(values) if all(values) else ""
