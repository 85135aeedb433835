"""The pipe or terminal between a child's output and us."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from typing import NamedTuple

ROOMY = 1 << 20
"""bytes: no pipe of ours holds more"""
_OFLAG = 1
_LFLAG = 3


class Channel(NamedTuple):
    """Two ends: we read, the child writes."""

    reader: int
    writer: int


def channel(tty: tuple[int, int] | None) -> Channel:
    """A terminal of that size where one is wanted and allowed, else a pipe."""
    if tty is not None:
        try:
            return _terminal(tty)
        except OSError:
            # A sandbox without ptys: colours are lost, the verdict is not.
            pass
    return _pipe()


class Heard(NamedTuple):
    """How much came, and whether more may."""

    size: int
    over: bool


def listen(reader: int, room: memoryview) -> Heard:
    """Take what is there, as far as there is room for it. Never waits."""
    size = 0
    # A terminal hands out 4 KiB at a time: what follows costs more than asking again.
    while size < len(room):
        try:
            came = os.readv(reader, [room[size:]])
        except BlockingIOError:
            return Heard(size, over=False)
        except OSError as error:
            # EIO is Linux's way of saying that the last writer has closed a terminal.
            if error.errno != errno.EIO:
                raise
            came = 0
        if not came:
            return Heard(size, over=True)
        size += came
    return Heard(size, over=False)


def _pipe() -> Channel:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    if sys.platform == "linux":
        import fcntl  # noqa: PLC0415 - only Linux can make a pipe roomy

        # Refused when the user's share of pipe memory is spent; 64 KiB do as well.
        with suppress(OSError):
            fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, ROOMY)
    return Channel(reader, writer)


def _terminal(size: tuple[int, int]) -> Channel:
    import termios  # noqa: PLC0415 - a pipe needs none of it

    reader, writer = os.openpty()
    try:
        modes = termios.tcgetattr(writer)
        modes[_OFLAG] &= ~termios.OPOST
        modes[_LFLAG] &= ~termios.ECHO
        termios.tcsetattr(writer, termios.TCSANOW, modes)
        termios.tcsetwinsize(writer, size)
    except (OSError, termios.error) as error:
        os.close(reader)
        os.close(writer)
        raise OSError(str(error)) from error
    os.set_blocking(reader, False)
    return Channel(reader, writer)
