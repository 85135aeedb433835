"""What is ranked: of every row its rank, its stratum, and where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from innerloop.core.sampling import BETWEEN
from innerloop.system.data.faults import absent, headers, nameless, unlabelled, unreadable
from innerloop.system.data.picks import Wholes, cells, fields, ranked
from innerloop.system.data.records import Csv, Jsonl
from innerloop.system.data.source import Format

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator
    from typing import BinaryIO

    from innerloop.core.sampling import DataError, Rule
    from innerloop.system.data.picks import Pick, Rank
    from innerloop.system.data.source import Source


class Units:
    """The rows of a source of text, in order: read once from the beginning."""

    def __init__(self, source: Source, rule: Rule, alive: Callable[[], None]) -> None:
        self.head = b""
        """what stands before the rows of every file"""
        self.rows = 0
        self._source = source
        self._rule = rule
        self._alive = alive
        self._reader: Csv | Jsonl | None = None
        self._columns: tuple[str, ...] = ()
        self._wholes = Wholes(rule)
        self._labelled = not rule.by

    @property
    def raw(self) -> bytes:
        """The record that was read last; only of a pipe, or where all are wanted."""
        return self._reader.raw if self._reader else b""

    def where(self) -> str:
        return self._reader.where() if self._reader else self._source.shown

    def __iter__(self) -> Iterator[tuple[bytes, str, int]]:
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

    def _units(self, reader: Csv | Jsonl) -> Iterator[tuple[bytes, str, int]]:
        if isinstance(reader, Csv) and not reader.columns:
            return  # not a byte: some tools leave such a part
        rank, label = self._picks(reader)
        labelled = self._labelled
        for row, at in reader:
            hashed = rank(row)
            if not hashed:
                raise self._nameless(row)
            stratum = label(row)
            if not labelled and stratum.strip(BETWEEN):
                self._labelled = labelled = True
            yield hashed, stratum, at
        self.rows += reader.row

    def _opened(self, file: BinaryIO, shown: str, base: int) -> Csv | Jsonl:
        if self._source.format is Format.JSONL:
            self._reader = Jsonl(file, shown, base, alive=self._alive)
            return self._reader
        delimiter = "\t" if self._source.format is Format.TSV else ","
        keep = self._source.pipe is not None or self._rule.amount.all
        reader = Csv(file, shown, base, delimiter=delimiter, keep=keep, alive=self._alive)
        if reader.columns and self._columns and reader.columns != self._columns:
            raise headers(shown, reader.columns, self._columns)
        if reader.columns:
            self._columns, self.head = reader.columns, self.head or reader.head
        self._reader = reader
        return reader

    def _picks(self, reader: Csv | Jsonl) -> tuple[Rank, Pick]:
        """How a row's rank and its stratum are found in it."""
        pick, label = self._pick(reader), self.labelling(reader)
        if pick is not None:
            return ranked(self._rule, pick), label
        if isinstance(reader, Csv):
            return self._wholes.cells(reader.columns), label
        return self._wholes.fields(), label

    def _pick(self, reader: Csv | Jsonl) -> Pick | None:
        """What a row is known by; None where that is all that it holds."""
        named = self._rule.group or self._rule.key
        if not named:
            return None
        if isinstance(reader, Csv):
            return cells(_places(reader, named), named, complete=True)
        return fields(named, complete=True)

    def labelling(self, reader: Csv | Jsonl) -> Pick:
        by = self._rule.by
        if isinstance(reader, Csv):
            return cells(_places(reader, by), by, complete=False)
        return fields(by, complete=False)

    def found(self, spans: Container[int]) -> Iterator[tuple[str, str]]:
        """Where these records stand, and what they are known by."""
        for reader in self.readers():
            pick = self._pick(reader) or (lambda _row: "")
            yield from ((reader.where(), pick(row)) for row, at in reader if at in spans)

    def _nameless(self, row: object) -> DataError:
        columns = self._rule.group or self._rule.key
        if isinstance(row, dict) and self.rows == 0 and self._reader and self._reader.row == 1:
            for name in columns:
                if name not in row:
                    return absent(self._reader.shown, name, list(row))
        return nameless(self.where(), self._rule)


def _places(reader: Csv, names: tuple[str, ...]) -> dict[str, int]:
    """Which column each of these is."""
    for name in names:
        if name not in reader.columns:
            raise absent(reader.shown, name, reader.columns)
    return {name: reader.columns.index(name) for name in names}
