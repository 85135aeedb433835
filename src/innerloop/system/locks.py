"""Turns, across terminals: a lock file each, held by the kernel and so given back by a crash."""

from __future__ import annotations

import fcntl
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def named(kind: str, text: str) -> str:
    """The name of a lock file for any text."""
    return f"{kind}-{text.replace('%', '%25').replace('/', '%2F')}"


def take(path: str) -> Callable[[], None] | None:
    """Hold the lock at `path` without waiting: how to give it back, or None where it is held."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return None
        if _still_there(descriptor, path):
            return lambda: _give_back(descriptor, path)
        # Its last holder took the file away between our opening and our locking it.
        os.close(descriptor)


def _still_there(descriptor: int, path: str) -> bool:
    try:
        return os.stat(path).st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False


def _give_back(descriptor: int, path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    finally:
        os.close(descriptor)
