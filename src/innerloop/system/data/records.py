"""Text with a row in every record: CSV and JSONL, read once from the beginning, byte for byte."""

from __future__ import annotations

import csv
import json
import sys
from typing import TYPE_CHECKING

from innerloop.core.sampling import DataError
from innerloop.core.text import listing, plural
from innerloop.system.data.faults import not_utf8

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any, BinaryIO

LENGTH = 32
"""bits of a span, one number that is in order: how long a record is; above them, where it begins"""
LONGEST = 1 << LENGTH
_AT_ONCE = 1 << 18
"""bytes that are read before anybody is asked whether to go on"""
BOM = b"\xef\xbb\xbf"
_DECODER = json.JSONDecoder()
_ENDS = frozenset({"\n", "", "\r\n"})


class Jsonl:
    """A file of JSON objects, one a line; blank lines are nothing."""

    def __init__(
        self, file: BinaryIO, shown: str, base: int = 0, *, alive: Callable[[], None] = lambda: None
    ) -> None:
        self.shown = shown
        self.line = 0
        self.raw = b""
        """the record that was read last"""
        self.head = b""
        self.columns: tuple[str, ...] = ()
        """nothing says which there are but the rows themselves"""
        self._file = file
        self._at = base
        self._blank = 0
        self._alive = alive

    @property
    def row(self) -> int:
        return self.line - self._blank

    def __iter__(self) -> Iterator[tuple[dict[str, Any], int]]:
        # The scanner alone: `json.loads` looks for white space around each value, which is half
        # of the time. Whatever is not plainly an object in its line goes the long way.
        scan, at = json.scanner.make_scanner(_DECODER), self._at  # type: ignore[attr-defined]
        while lines := self._file.readlines(_AT_ONCE):
            self._alive()
            for raw in lines:
                self.line += 1
                try:
                    text = raw.decode()
                    found, end = scan(text, 0)
                    whole = text[end:] in _ENDS and found.__class__ is dict
                except (StopIteration, ValueError, RecursionError):
                    whole = False
                if not whole:
                    found = self._slowly(raw)
                length = len(raw)
                if found is not None:
                    self.raw = raw
                    yield found, at << LENGTH | length
                at += length

    def _slowly(self, raw: bytes) -> dict[str, Any] | None:
        """An object that does not fill its line; None for a blank one."""
        where = self.where()
        try:
            text = raw.removeprefix(BOM if self.line == 1 else b"").decode()
            if not text.strip():
                self._blank += 1
                return None
            found = json.loads(text.rstrip())
        except UnicodeDecodeError as error:
            raise not_utf8(where, error) from error
        except RecursionError as error:
            raise DataError(f"{where} is nested too deep", "mend the row") from error
        except json.JSONDecodeError as error:
            said = f"{error.msg} (column {error.colno})"
            raise DataError(f"{where} is not JSON: {said}", _ONE_A_LINE) from error
        if not isinstance(found, dict):
            raise DataError(f"{where} is not an object: {text.strip()[:40]}", _ONE_A_LINE)
        return found

    def where(self) -> str:
        return f"{self.shown}: row {self.row} (line {self.line})"


_ONE_A_LINE = "write one JSON object a line"


class Csv:
    """A file of values with a header; a value in quotes may hold a newline."""

    def __init__(
        self,
        file: BinaryIO,
        shown: str,
        base: int = 0,
        *,
        delimiter: str = ",",
        keep: bool = False,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        # A text of any length is a value.
        csv.field_size_limit(sys.maxsize)
        self.shown = shown
        self.row = 0
        self._file = file
        self._base = base
        self._at = base
        self._keep = True
        self._alive = alive
        self._held: list[bytes] = []
        self._lines = 0
        self._read = csv.reader(self._texts(), delimiter=delimiter, strict=True)
        self.columns = self._header()
        self.head = self.raw.removeprefix(BOM).lstrip(b"\r\n")
        """the header, byte for byte"""
        self.begins = self._at - base
        """where the rows begin"""
        self._held.clear()
        self._keep = keep

    @property
    def line(self) -> int:
        return self._lines

    @property
    def raw(self) -> bytes:
        """The record that was read last, where all are kept."""
        return b"".join(self._held)

    def __iter__(self) -> Iterator[tuple[list[str], int]]:
        width, start, row = len(self.columns), self._at, 0
        held, keep = self._held, self._keep
        try:
            for found in self._read:
                end = self._at
                if len(found) == width:
                    self.row = row = row + 1
                    yield found, start << LENGTH | (end - start)
                elif found:
                    self._ragged(found)
                start = end
                if keep:
                    held.clear()
        except UnicodeDecodeError as error:
            raise not_utf8(self._next(), error) from error
        except csv.Error as error:
            raise DataError(f"{self._next()} is not CSV: {error}", _QUOTES) from error

    def _texts(self) -> Iterator[str]:
        while lines := self._file.readlines(_AT_ONCE):
            self._alive()
            for raw in lines:
                self._at += len(raw)
                self._lines += 1
                if self._keep:
                    self._held.append(raw)
                yield raw.decode()

    def _header(self) -> tuple[str, ...]:
        """The names of the columns; none in a file without a byte."""
        try:
            found = next((row for row in self._read if row), [])
        except UnicodeDecodeError as error:
            raise not_utf8(f"{self.shown}: the header", error) from error
        except csv.Error as error:
            raise DataError(f"{self.shown}: the header is not CSV: {error}", _QUOTES) from error
        names = tuple(found)
        if names:
            names = (names[0].removeprefix("\ufeff"), *names[1:])
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise DataError(
                f"{self.shown}: the header names {listing([repr(n) for n in twice], 3)} twice",
                "give every column a name of its own",
            )
        return names

    def _ragged(self, found: Sequence[str]) -> None:
        width = len(self.columns)
        raise DataError(
            f"{self._next()} has {plural(len(found), 'value')}, and the header {width}",
            "mend the row: a value with a comma or a newline needs quotes",
        )

    def _next(self) -> str:
        """Where the record stands that was read after the last good one."""
        return f"{self.shown}: row {self.row + 1} (line {self._lines})"

    def where(self) -> str:
        return f"{self.shown}: row {self.row} (line {self._lines})"


_QUOTES = "mend the row: a quote inside quotes is written twice"


def ended(raw: bytes) -> bytes:
    """A record with its newline: the last of a file may lack one."""
    return raw if not raw or raw.endswith(b"\n") else raw + b"\n"
