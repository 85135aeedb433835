"""What a reader reports: a place as the tool wrote it."""

from __future__ import annotations

from typing import NamedTuple

ERROR = "error"
WARNING = "warning"
NOTE = "note"

# What is nobody's own code: installed, of the interpreter, or made up as it ran.
_FOREIGN = ("/site-packages/", "/dist-packages/", "/lib/python3", "/lib64/python3", "lib/pypy3")


class Sighting(NamedTuple):
    """A place that was named."""

    at: int
    """the index of the line that says so"""
    path: str
    line: int
    column: int
    message: str
    kind: str = ERROR
    tool: str = ""


def own(path: str) -> bool:
    """Whether a file may be the project's: neither installed nor the interpreter's."""
    return not path.startswith("<") and not any(part in path for part in _FOREIGN)
