"""Locks on files: who has one is at work, whatever its process id; the kernel frees it."""

from __future__ import annotations

import fcntl
import os
import time

from innerloop.core.errors import LoopError

_LOOKS = 0.2
"""seconds for which somebody may have a lock who only looks whether it is free"""


def held(path: str) -> bool:
    """Whether somebody has the lock of a file; LoopError where that cannot be seen."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError as error:
        # Not to be able to look is not to have seen that nobody is there.
        raise LoopError(
            f"whether something is at work cannot be seen: {path}: {error.strerror}",
            "make it readable: nothing was done",
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def take(handle: int) -> None:
    """Take a lock for oneself; BlockingIOError where somebody has it, and does not only look."""
    deadline = time.monotonic() + _LOOKS
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise
        time.sleep(0.005)
