"""Where a tool's output says that something is wrong: files, lines, and what is said of them."""

from __future__ import annotations

import re
from typing import NamedTuple

from innerloop.core.reading.lines import Lines
from innerloop.core.reading.pytest import Pytest
from innerloop.core.reading.sighting import ERROR, NOTE, WARNING, own
from innerloop.core.reading.tracebacks import Tracebacks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.core.reading.sighting import Sighting

__all__ = ["ERROR", "NOTE", "WARNING", "Location", "found"]

MOST = 500
"""places in one text; who has more to mend begins with these"""
_SIZE = 1 << 20
"""characters that are read, the last ones: a verdict stands at the end"""
_LINE = 1000
_MESSAGE = 300
# Colours and the like, links and titles; what is unfinished ends with its line.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]?|[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?|\(B|.?)")


class Location(NamedTuple):
    """A place that a tool's output is about."""

    path: str
    """from the root where it is below it, else absolute"""
    line: int
    """counted from one, and one where only the file is known"""
    column: int
    """counted from one; 0: not known"""
    message: str
    kind: str = ERROR
    """`error`, `warning` or `note`"""
    tool: str = ""
    """who said so; empty where that cannot be told"""
    at: int = 0
    """the index of the line of output that says so"""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column or 1}: {self.message}"


def found(text: str, folder: str = "", root: str = "") -> tuple[Location, ...]:
    """The places in the output of a command, in order, each once.

    `folder` is where the command ran, from the root; `root` is known where it may have written
    absolute paths.
    """
    skipped = max(0, len(text) - _SIZE)
    before = text.count("\n", 0, skipped)
    places: dict[tuple[str, int, int, str], Location] = {}
    for one in _sightings(_ESCAPES.sub("", text[skipped:]), before):
        path = _placed(one.path, folder, root)
        if not path:
            continue
        key = (path, one.line or 1, one.column, " ".join(one.message.split())[:_MESSAGE])
        places.setdefault(key, Location(*key, one.kind, one.tool, one.at))
        if len(places) >= MOST:
            break
    return tuple(sorted(places.values(), key=lambda place: place.at))


def _sightings(text: str, at: int) -> Iterator[Sighting]:
    pytest, tracebacks, lines = Pytest(), Tracebacks(), Lines()
    before = ""
    for number, whole in enumerate(text.split("\n"), at):
        line = whole[:_LINE].rstrip("\r").rpartition("\r")[2]
        if line == before:
            continue  # it says nothing more
        before = line
        native = pytest.native
        yield from pytest.take(number, line)
        if native:
            raised = tracebacks.take(number, line) if pytest.native else tracebacks.end()
            yield from map(pytest.raised, raised)
        elif not pytest.inside:
            yield from tracebacks.take(number, line)
            yield from lines.take(number, line)
    yield from pytest.end()
    yield from tracebacks.end()
    yield from lines.end()


def _placed(path: str, folder: str, root: str) -> str:
    """The path from the root; empty where it is none of the project's."""
    if not own(path):
        return ""
    if path.startswith("/"):
        return path.removeprefix(f"{root}/") if root else path
    parts: list[str] = []
    for part in f"{folder}/{path}".split("/"):
        if part == ".." and not parts:
            return ""
        if part == "..":
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)
