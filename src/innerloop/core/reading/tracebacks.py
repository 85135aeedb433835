"""Python's tracebacks: the innermost frame that is the project's, and what was raised."""

from __future__ import annotations

import re
from typing import NamedTuple

from innerloop.core.reading.sighting import ERROR, NOTE, Sighting, own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_BEGIN = re.compile(r"([\s|+]*)(?:Exception Group )?Traceback \(most recent call last\):$")
# In a group of exceptions, bars and crosses stand where spaces do elsewhere.
_FRAME = re.compile(r'([\s|]*)File "([^"]+)", line (\d+)(, in )?')
_RAISED = re.compile(r"[A-Za-z_][\w.]*(?:: .*)?$")
_CHAINED = ("During handling of the above exc", "The above exception was the direct c")
_TOOL = "python"


class _Frame(NamedTuple):
    at: int
    path: str
    line: int


class Tracebacks:
    """Reads tracebacks, each told when it is known whether it led to another."""

    def __init__(self) -> None:
        self._margin = -1
        """how far in the traceback stands that is being read; -1: there is none"""
        self._frames: list[_Frame] = []
        self._done: Sighting | None = None

    def take(self, at: int, line: str) -> Iterator[Sighting]:
        """What is known by this line: the traceback before."""
        if self._margin < 0 and not line:
            return
        begin = _BEGIN.match(line)
        if begin:
            yield from self.end()
            self._margin = len(begin.group(1))
        elif frame := _FRAME.match(line):
            if self._margin < 0:
                if frame.group(4):
                    return  # a frame of what is no traceback, as in a dump of threads
                # A broken file is told of without a traceback.
                yield from self.end()
                self._margin = max(0, len(frame.group(1)) - 2)
            self._frames.append(_Frame(at, frame.group(2), int(frame.group(3))))
        elif self._margin >= 0:
            self._inside(line)
        elif self._done and line.lstrip(" |").startswith(_CHAINED):
            self._done = self._done._replace(kind=NOTE)

    def end(self) -> Iterator[Sighting]:
        """What was read to its end."""
        done, self._done = self._done, None
        self._margin, self._frames = -1, []
        if done:
            yield done

    def _inside(self, line: str) -> None:
        rest = line[self._margin :]
        if not rest or rest[0].isspace():
            return
        if _RAISED.match(rest) and self._frames:
            mine = [frame for frame in self._frames if own(frame.path)]
            if mine:
                at, path, row = mine[-1]
                self._done = Sighting(at, path, row, 0, rest, ERROR, _TOOL)
        self._margin, self._frames = -1, []
