"""Tools that say it in a line: ruff, mypy, pyright, flake8, pylint, compilers."""

from __future__ import annotations

import re

from innerloop.core.reading.sighting import ERROR, NOTE, WARNING, Sighting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# Each of these is anchored and reads up to the next colon: the time is that of the line's length.
_ARROW = re.compile(r"\s*--> ([^:]+):(\d+):(\d+)$")
_PYRIGHT = re.compile(r"\s*([^\s:][^:]*):(\d+):(\d+) - (error|warning|information|hint): (.*)")
_GROUP = re.compile(r"([^\s:][^:]*\.\w+):$")
_MEMBER = re.compile(r"\s+(\d+):(\d+)\s+(\S.*)")
_KIND = re.compile(
    r"([^\s:][^:]*)(?::(\d+))?(?::(\d+))?(?::\d+:\d+)?: (fatal error|error|warning|note): (.*)"
)
_PLAIN = re.compile(r"([^\s:][^:]*):(\d+):(?:(\d+):)? (\S.*)")
_UNREAD = re.compile(r"error: Failed to (?:parse|format) ([^:]+):(\d+):(\d+): (.*)")
_REFORMAT = re.compile(r"[Ww]ould reformat:? (\S.*)")
_PYLINT = re.compile(r"([CRWEFI])\d{4}: .*\([\w-]+\)$")
_RUFF = re.compile(r"[A-Z]+\d+ \[\*\] |\[[A-Z]+\d+\] |invalid-syntax: ")
_WARNING = re.compile(r"\w*Warning: ")
_SOURCE = re.compile(r"\.(?:pyi?|pyx|ipynb|toml|ya?ml|json|cfg|ini|md|rst|sh|c|cc|cpp|h|rs|js|ts)$")
_KINDS = {"warning": WARNING, "note": NOTE, "information": NOTE, "hint": NOTE}
_PYLINTS = {"W": WARNING, "C": WARNING, "R": WARNING, "I": NOTE}
_WRAPPED = 8
"""lines that mypy may wrap a message over"""


class Lines:
    """Reads lines that name a place, and the few that only do so with their neighbours."""

    def __init__(self) -> None:
        self._before = ""
        self._group = ""
        self._open: Sighting | None = None
        """mypy's, when its message may go on in the next line"""
        self._more: list[str] = []

    def take(self, at: int, line: str) -> Iterator[Sighting]:
        """What this line tells of; what is open still is told with the next."""
        seen = self._read(at, line) if ":" in line or "reformat" in line else None
        if self._open is not None:
            yield from self._goes_on(line, ended=seen is not None)
        if seen is not None and seen.tool == "mypy" and not seen.message.endswith("]"):
            self._open, self._more = seen, []
        elif seen is not None:
            yield seen
        if not line or not line[0].isspace():
            group = _GROUP.match(line)
            self._group = group.group(1) if group else ""
        self._before = line

    def end(self) -> Iterator[Sighting]:
        yield from self._goes_on("", ended=True)

    def _goes_on(self, line: str, *, ended: bool) -> Iterator[Sighting]:
        """A message wrapped by `mypy --pretty` ends with its code, before the line it is about."""
        seen = self._open
        if seen is None:
            return
        if not ended and line and not line[0].isspace() and len(self._more) < _WRAPPED:
            self._more.append(line)
            if not line.endswith("]"):
                return
            seen = seen._replace(message=" ".join((seen.message.rstrip(), *self._more)))
        self._open = None
        yield seen

    def _read(self, at: int, line: str) -> Sighting | None:
        if line[:1].isspace():
            return self._indented(at, line)
        return _kind(at, line) or _unread(at, line) or _pyright(at, line) or _plain(at, line)

    def _indented(self, at: int, line: str) -> Sighting | None:
        if arrow := _ARROW.match(line):
            path, row, column = arrow.groups()
            message = self._before
            kind = WARNING if message.startswith("warning") else ERROR
            return Sighting(at - 1, path, int(row), int(column), message, kind, "ruff")
        if seen := _pyright(at, line):
            return seen
        if self._group and (member := _MEMBER.match(line)):
            row, column, message = member.groups()
            return Sighting(at, self._group, int(row), int(column), message, ERROR, "ruff")
        return None


def _kind(at: int, line: str) -> Sighting | None:
    found = _KIND.match(line)
    if not found:
        return None
    path, row, column, kind, message = found.groups()
    python = path.endswith((".py", ".pyi"))
    if not python and not (row and _file(path)):
        return None
    kind = _KINDS.get(kind, ERROR)
    tool = "mypy" if python else ""
    return Sighting(at, path, int(row or 0), int(column or 0), message, kind, tool)


def _pyright(at: int, line: str) -> Sighting | None:
    if found := _PYRIGHT.match(line):
        path, row, column, kind, message = found.groups()
        kind = _KINDS.get(kind, ERROR)
        return Sighting(at, path, int(row), int(column), message, kind, "pyright")
    return None


def _unread(at: int, line: str) -> Sighting | None:
    if found := _UNREAD.match(line):
        path, row, column, message = found.groups()
        return Sighting(at, path, int(row), int(column), message, ERROR, "ruff")
    if found := _REFORMAT.match(line):
        return Sighting(at, found.group(1), 0, 0, "would be reformatted")
    return None


def _plain(at: int, line: str) -> Sighting | None:
    found = _PLAIN.match(line)
    if not found or not _file(found.group(1)):
        return None
    path, row, column, message = found.groups()
    if (column is None or " " in path) and not _SOURCE.search(path):
        return None
    if pylint := _PYLINT.match(message):
        # Its columns begin with zero.
        place = int(column) + 1 if column else 0
        kind = _PYLINTS.get(pylint.group(1), ERROR)
        return Sighting(at, path, int(row), place, message, kind, "pylint")
    ruff = _RUFF.match(message)
    kind = WARNING if _WARNING.match(message) else ERROR
    return Sighting(at, path, int(row), int(column or 0), message, kind, "ruff" if ruff else "")


def _file(path: str) -> bool:
    """Whether it looks like a file, and not like a time, a host or an address."""
    last = path.rpartition("/")[2]
    return ("." in last or "/" in path) and not last.replace(".", "").isdigit()
