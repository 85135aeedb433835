"""What stages leave, kept by its content: what was tested is what is deployed."""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import suppress

from innerloop.core.book import Kept
from innerloop.core.errors import LoopError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from innerloop.system.journal.place import Room

_PIECE = 1 << 20


def keep(room: Room, root: str, stage: str, paths: Iterable[str]) -> tuple[Kept, ...]:
    """Copy files and folders into the room; LoopError where one is not there."""
    kept = []
    for named in paths:
        found = sorted(_files(root, named))
        if not found:
            raise LoopError(f"{stage} has left no {named!r}", "its 'outputs' name it")
        for path in found:
            known = digest(f"{root}/{path}")
            target = f"{room.make('artifacts')}/{known}"
            if os.path.exists(target):
                with suppress(PermissionError):  # somebody else's
                    os.utime(target)  # it is young again: nobody prunes it
            else:
                _copy(f"{root}/{path}", target)
                if room.shared:
                    os.chmod(target, os.stat(target).st_mode | 0o040)
            kept.append(Kept(stage, path, known))
    return tuple(kept)


def lay(room: Room, root: str, kept: Iterable[Kept]) -> str:
    """Put back what is gone of it; how something was changed since, or nothing."""
    for one in kept:
        place = f"{root}/{one.path}"
        if not os.path.lexists(place):
            source = f"{room.folder}/artifacts/{one.digest}"
            if not os.path.exists(source):
                return f"{one.path!r}, which {one.stage} left, is gone"
            os.makedirs(os.path.dirname(place), exist_ok=True)
            _copy(source, place)
        # A link to nowhere is no file.
        if not os.path.isfile(place) or digest(place) != one.digest:
            return f"{one.path!r} is no longer what {one.stage} left"
    return ""


def added(root: str, paths: Iterable[str], known: Container[str], own: tuple[str, ...] = ()) -> str:
    """A file in these folders that is neither known nor below an `own`; empty: there is none."""
    every = {path for named in paths for path in _files(root, named)}
    for path in sorted(every):
        below = any(path == one or path.startswith(f"{one}/") for one in own)
        if path not in known and not below:
            return path
    return ""


def _files(root: str, named: str) -> Iterator[str]:
    if os.path.isfile(f"{root}/{named}"):
        yield named
    for folder, _, names in os.walk(f"{root}/{named}"):
        for name in names:
            if os.path.isfile(f"{folder}/{name}"):
                yield os.path.relpath(f"{folder}/{name}", root)


def digest(path: str) -> str:
    """Of the bytes, and of whether it may be run."""
    found = hashlib.sha256(b"x" if os.access(path, os.X_OK) else b"-")
    with open(path, "rb") as file:
        while data := file.read(_PIECE):
            found.update(data)
    return found.hexdigest()


def _copy(source: str, target: str) -> None:
    """Whole, or not at all."""
    staged = f"{target}.{os.getpid()}"
    shutil.copy(source, staged)
    with open(staged, "rb") as file:
        os.fsync(file.fileno())
    os.replace(staged, target)
