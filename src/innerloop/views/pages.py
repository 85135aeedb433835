"""A log as a page: rows of a width, in its colours, and the places in it that can be gone to."""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from typing import NamedTuple

from innerloop.views.board import Part, Tone
from innerloop.views.problems import SGR, columns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.core.locations import Location
    from innerloop.views.board import Row

MOST = 20_000
"""lines of a log that are shown: its last ones"""
_OFF = re.compile(r"\x1b\[(?:0*|[0-9;:]*;0*)m")
_COLOURS = 64
"""characters of colours that are carried on to the next row"""


class Piece(NamedTuple):
    """A row of a page, and which line of the log it is of."""

    text: str
    line: int


class Page(NamedTuple):
    """A log, folded to a width."""

    loop: str
    command: str
    pieces: tuple[Piece, ...]
    locations: tuple[Location, ...] = ()
    root: str = ""
    old: bool = False

    def where(self, location: Location | None) -> int:
        """The piece that a location begins at."""
        line = location.at if location else len(self.pieces)
        return bisect_left(self.pieces, line, key=lambda piece: piece.line)

    def row(self, piece: Piece, *, colour: bool) -> Row:
        if self.old:
            return (Part(bare(piece.text), Tone.DIM),)
        text = piece.text if colour else bare(piece.text)
        return tuple(self._linked(text, piece.line))

    def _linked(self, text: str, line: int) -> Iterator[Part]:
        for location in self.locations:
            found = _place(location).search(text) if location.at == line else None
            if found:
                yield Part(text[: found.start()], Tone.LOG)
                yield Part(found[0], Tone.LOG, link(self.root, location.path))
                text = text[found.end() :]
                break
        yield Part(text, Tone.LOG)


def _place(location: Location) -> re.Pattern[str]:
    name = re.escape(os.path.basename(location.path))
    return re.compile(rf"[^\s\x1b\"'(]*{name}(?:\", line |:){location.line}(?::\d+)?")


def link(root: str, path: str) -> str:
    """Where a click on a path leads."""
    from urllib.parse import quote  # noqa: PLC0415 - only where there is something to click on

    return f"file://{quote(os.path.join(root, path), errors='surrogateescape')}"


def bare(text: str) -> str:
    """The text without its colours."""
    return SGR.sub("", text)


def folded(text: str, width: int) -> tuple[Piece, ...]:
    """The text's lines, those that are wider than it may be as several pieces."""
    lines = text.removesuffix("\n").split("\n")
    first = max(len(lines) - MOST, 0)
    pieces, colours = [], ""
    for at, line in enumerate(lines[first:], first):
        rows, colours = _rows(line.expandtabs(), width, colours)
        pieces += [Piece(row, at) for row in rows]
    return tuple(pieces)


def _rows(line: str, width: int, colours: str) -> tuple[list[str], str]:
    """A line as rows, each with the colours it begins in, and those it ends in."""
    if len(line) <= width and line.isascii() and "\x1b" not in line:
        return [colours + line], colours
    rows, row, left = [], [colours], width
    for token in SGR.split(line):
        if token.startswith("\x1b["):
            colours = "" if _OFF.fullmatch(token) else (colours + token)
            colours = colours if len(colours) <= _COLOURS else ""
            row.append(token)
            continue
        at = 0
        while at < len(token):
            end = _fitting(token, at, left)
            if end == at and left == width:
                end = at + 1  # wider than all there is
            if end < len(token):
                rows.append("".join((*row, token[at:end])))
                row, left = [colours], width
            else:
                row.append(token[at:end])
                left -= columns(token[at:end])
            at = end
    return [*rows, "".join(row)], colours


def _fitting(text: str, start: int, width: int) -> int:
    """Where to cut a text that begins at `start`, for the piece to have the width."""
    if text.isascii():
        return min(start + width, len(text))
    for at in range(start, len(text)):
        width -= columns(text[at])
        if width < 0:
            return at
    return len(text)
