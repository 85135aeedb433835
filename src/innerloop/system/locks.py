"""Turns, across terminals: a lock file each, held by the kernel and so given back by a crash."""

from __future__ import annotations

import fcntl
import os

from innerloop.core.digest import blake
from innerloop.core.errors import LoopError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def named(kind: str, text: str) -> str:
    """The name of a lock file for any text, however long or odd."""
    return f"{kind}-{blake(text.encode('utf-8', 'surrogateescape'))}"


def take(path: str) -> Callable[[], None] | None:
    """Hold the lock at `path` without waiting: how to give it back, or None where it is held."""
    while True:
        descriptor = _open(path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except OSError as error:
            os.close(descriptor)
            raise LoopError(
                f"cannot lock {path}: {error.strerror}",
                "keep the project where files can be locked",
            ) from error
        if _still_there(descriptor, path):
            return lambda: _give_back(descriptor, path)
        # Its last holder took the file away between our opening and our locking it.
        os.close(descriptor)


def _open(path: str) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
    try:
        return os.open(path, flags, 0o600)
    except FileNotFoundError:
        # A loop that cleans up may have taken the folder away.
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        return os.open(path, flags, 0o600)


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
