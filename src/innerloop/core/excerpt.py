"""What matters of a command's output: bounded, in its order, saying what was left out."""

from __future__ import annotations

import re

from innerloop.core.text import plural, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from innerloop.core.locations import Location

LINES = 60
CHARACTERS = 6000
LONGEST = 300
"""characters of a line"""
_MARK = 40
"""characters of the line that says how much was left out, at most"""
_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
_SUMMARY = re.compile(r"={3,} short test summary info ={3,}$")
_HEAD, _TAIL = 3, 12
_BEFORE, _AFTER = 12, 4
"""lines around the one that names a place: pytest says what went wrong before it, others after"""


def plain(text: str) -> list[str]:
    """The lines of an output, with nothing in them that a terminal would obey."""
    lines = _COLOUR.sub("", text).split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [visible(_last(line)).rstrip() for line in lines]


def clipped(line: str, most: int = LONGEST) -> str:
    """A line, with an end to it."""
    return line if len(line) <= most else f"{line[: most - 3]}..."


def excerpt(lines: Sequence[str], places: Sequence[Location] = ()) -> tuple[str, ...]:
    """At most `LINES` lines and `CHARACTERS` characters: the places that failed, head and tail."""
    kept = [clipped(line) for line in lines]
    if len(kept) <= LINES and _size(kept) <= CHARACTERS:
        return tuple(kept)
    return tuple(_joined(kept, _chosen(kept, places)))


def _size(lines: Iterable[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _chosen(lines: Sequence[str], places: Sequence[Location]) -> set[int]:
    """Which lines, the weightiest first for as long as there is room."""
    chosen: set[int] = set()
    # Before the first of them and after the last one there may be a gap, too.
    room, size = LINES - 1, CHARACTERS - _MARK
    for at in _weighed(lines, places):
        if at in chosen or not 0 <= at < len(lines):
            continue
        apart = at - 1 not in chosen and at + 1 not in chosen
        cost = len(lines[at]) + 1 + (_MARK if apart else 0)
        if room < 1 + apart or size < cost:
            continue
        chosen.add(at)
        room -= 1 + apart
        size -= cost
    return chosen


def _weighed(lines: Sequence[str], places: Sequence[Location]) -> Iterator[int]:
    end = len(lines)
    summary = next((at for at in range(end - 1, -1, -1) if _SUMMARY.match(lines[at])), None)
    yield from range(end - 1, end - 4, -1)
    if places:
        yield from _around(places[0].at)
    if summary is not None:
        yield from range(summary, min(summary + _TAIL, end))
    for place in places[1:]:
        yield from _around(place.at)
    yield from range(_HEAD)
    yield from range(end - 4, end - _TAIL - 1, -1)
    yield from (at for at, line in enumerate(lines) if line.startswith("E  "))
    yield from range(end - _TAIL - 1, -1, -1)


def _around(at: int) -> Iterator[int]:
    """The line, then those that belong to it, the nearest first."""
    yield at
    for far in range(1, _BEFORE + 1):
        yield at - far
        if far <= _AFTER:
            yield at + far


def _joined(lines: Sequence[str], chosen: set[int]) -> Iterator[str]:
    before = -1
    for at in (*sorted(chosen), len(lines)):
        if left := at - before - 1:
            yield f"[... {plural(left, 'line')} left out ...]"
        if at < len(lines):
            yield lines[at]
        before = at


def _last(line: str) -> str:
    """What is left of a line that was written over, as progress bars do."""
    return line.rstrip("\r").rpartition("\r")[2]
