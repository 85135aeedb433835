"""A terminal for tests: a command in a pty of a given size, and the screen a person would see."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Self

import pexpect
import pyte

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

LOOP = (sys.executable, "-m", "innerloop")
LIMIT = 20.0
_UNSET = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE")


def environment(**changes: str) -> dict[str, str]:
    """Ours, as a terminal with colours would have it."""
    kept = {name: value for name, value in os.environ.items() if name not in _UNSET}
    return {**kept, "TERM": "xterm-256color", **changes}


class Terminal:
    """A command, the screen it writes on, and what has scrolled off its top."""

    def __init__(
        self,
        argv: Sequence[str],
        cwd: Path,
        *,
        size: tuple[int, int] = (80, 24),
        env: Mapping[str, str] | None = None,
    ) -> None:
        columns, rows = size
        self.raw = b""
        self.screen = pyte.HistoryScreen(columns, rows, history=1000)
        self._stream = pyte.ByteStream(self.screen)
        self._child: pexpect.spawn[bytes] = pexpect.spawn(
            argv[0],
            list(argv[1:]),
            cwd=str(cwd),
            env={**environment(), **(env or {})},
            dimensions=(rows, columns),
            timeout=LIMIT,
        )
        self._child.delaybeforesend = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.close(force=True)

    @property
    def pid(self) -> int:
        return int(self._child.pid or 0)

    def hidden(self) -> bool:
        """Whether the cursor is."""
        return bool(self.screen.cursor.hidden)

    @property
    def lines(self) -> list[str]:
        """What is on the screen, blank lines at its end left out."""
        return _trimmed([line.rstrip() for line in self.screen.display])

    @property
    def everything(self) -> list[str]:
        """What has scrolled away, and what is on the screen."""
        width = self.screen.columns
        past = [
            "".join(row[at].data for at in range(width)).rstrip() for row in self.screen.history.top
        ]
        return _trimmed([*past, *(line.rstrip() for line in self.screen.display)])

    def send(self, keys: str) -> None:
        self._child.send(keys)

    def resize(self, columns: int, rows: int) -> None:
        self._child.setwinsize(rows, columns)
        self.screen.resize(rows, columns)

    def pump(self, seconds: float) -> bool:
        """Take what is written in so many seconds; False once there will be no more."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                data = self._child.read_nonblocking(65536, left)
            except pexpect.TIMEOUT:
                return True
            except pexpect.EOF:
                return False
            self.raw += data
            self._stream.feed(data)
        return True

    def until(self, seen: str | Callable[[list[str]], bool]) -> list[str]:
        """Wait until the screen has it; the screen."""
        end = time.monotonic() + LIMIT
        while not self._has(seen):
            more = self.pump(0.02)
            assert self._has(seen) or (more and time.monotonic() < end), self.lines
        return self.lines

    def _has(self, seen: str | Callable[[list[str]], bool]) -> bool:
        lines = self.lines
        return any(seen in line for line in lines) if isinstance(seen, str) else seen(lines)

    def finish(self) -> int:
        """Wait for its end; what a shell would call its exit code."""
        end = time.monotonic() + LIMIT
        while self.pump(0.02):
            assert time.monotonic() < end, self.lines
        self._child.close()
        if self._child.signalstatus is not None:
            return 128 + int(self._child.signalstatus)
        return int(self._child.exitstatus or 0)


def _trimmed(lines: list[str]) -> list[str]:
    while lines and not lines[-1]:
        lines.pop()
    return lines
