"""What stages leave, kept by its content: what was tested is what is deployed."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from contextlib import suppress

from innerloop.core.book import Kept
from innerloop.core.errors import LoopError
from innerloop.core.outputs import within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from innerloop.system.journal.place import Room

_PIECE = 1 << 20
_LONGEST = 4096
"""bytes of a link's target"""


def keep(room: Room, root: str, stage: str, paths: Iterable[str]) -> tuple[Kept, ...]:
    """Copy files, links and folders into the room; LoopError where one is not there, or neither."""
    kept = []
    for named in paths:
        found = sorted(set(_entries(root, named)))
        if not found:
            raise LoopError(f"{stage} has left no {named!r}", "its 'outputs' name it")
        for path in found:
            place = f"{root}/{path}"
            if not _known(place):
                said = f"{path!r}, which {stage} has left, is no file, folder or link"
                raise LoopError(said, "have it elsewhere: it cannot be kept")
            known = digest(place)
            target = f"{room.make('artifacts')}/{known}"
            if os.path.exists(target):
                with suppress(PermissionError):  # somebody else's
                    os.utime(target)  # it is young again: nobody prunes it
            else:
                _store(place, target)
                if room.shared:
                    os.chmod(target, os.stat(target).st_mode | 0o040)
            kept.append(Kept(stage, path, known))
    return tuple(kept)


def lay(room: Room, root: str, kept: Iterable[Kept], anew: Iterable[str] = ()) -> str:
    """Put back what is gone of it; how something was changed since, or nothing.

    In the places that are `anew` what was changed is put back as well.
    """
    again = tuple(anew)
    for one in kept:
        place = f"{root}/{one.path}"
        there = os.path.lexists(place)
        if there and _known(place) and within(one.path, again) and digest(place) != one.digest:
            os.unlink(place)
            there = False
        if not there:
            source = f"{room.folder}/artifacts/{one.digest}"
            if not os.path.exists(source):
                return f"{one.path!r}, which {one.stage} left, is gone"
            if not _inside(root, os.path.dirname(place)):
                return f"{one.path!r}, which {one.stage} left, is behind a link out of the project"
            os.makedirs(os.path.dirname(place), exist_ok=True)
            _bring(source, place, one.digest)
        if not _known(place) or digest(place) != one.digest:
            return f"{one.path!r} is no longer what {one.stage} left"
    return ""


def there(room: Room, root: str, one: Kept) -> bool:
    """Whether it can be put back, or stands where it was left."""
    place = f"{root}/{one.path}"
    kept = os.path.exists(f"{room.folder}/artifacts/{one.digest}")
    return kept or (os.path.lexists(place) and _known(place) and digest(place) == one.digest)


def added(root: str, paths: Iterable[str], known: Container[str], own: tuple[str, ...] = ()) -> str:
    """A file in these folders that is neither known nor below an `own`; empty: there is none."""
    every = {path for named in paths for path in _entries(root, named)}
    for path in sorted(every):
        if path not in known and not within(path, own):
            return path
    return ""


def _entries(root: str, named: str) -> Iterator[str]:
    """What is there but for folders; where it is a link, that, and all that it leads to.

    LoopError where that is out of the project. Links below it may lead anywhere.
    """
    path = os.path.normpath(named)
    seen: set[str] = set()
    while os.path.islink(f"{root}/{path}") and path not in seen:
        seen.add(path)
        yield path
        folder = os.path.realpath(os.path.dirname(f"{root}/{path}"))
        target = os.path.join(folder, os.readlink(f"{root}/{path}"))
        path = os.path.relpath(os.path.normpath(target), os.path.realpath(root))
        if path == "." or path.split("/")[0] == "..":
            said = f"{named!r} is a link out of the project: what it leads to cannot be kept"
            raise LoopError(said, "name a folder or a file")
    if os.path.lexists(f"{root}/{path}") and not os.path.isdir(f"{root}/{path}"):
        yield path
    for folder, folders, names in os.walk(f"{root}/{path}"):
        links = (name for name in folders if os.path.islink(f"{folder}/{name}"))
        for name in (*links, *names):
            yield os.path.relpath(f"{folder}/{name}", root)


def _known(path: str) -> bool:
    """Whether it is something that can be kept: a file, or a link to wherever."""
    mode = os.lstat(path).st_mode
    return stat.S_ISREG(mode) or stat.S_ISLNK(mode)


def _inside(root: str, folder: str) -> bool:
    top = os.path.realpath(root)
    return os.path.commonpath((top, os.path.realpath(folder))) == top


def digest(path: str) -> str:
    """Of the bytes, and of whether it may be run; of a link, of where it leads."""
    if os.path.islink(path):
        return _leading(os.fsencode(os.readlink(path)))
    found = hashlib.sha256(b"x" if os.access(path, os.X_OK) else b"-")
    with open(path, "rb") as file:
        while data := file.read(_PIECE):
            found.update(data)
    return found.hexdigest()


def leads(stored: str, known: str) -> bytes:
    """Where the link leads that is kept there; empty: what is kept there is no link."""
    with open(stored, "rb") as file:
        target = file.read(_LONGEST + 1)
    return target if _leading(target) == known else b""


def _leading(target: bytes) -> str:
    return hashlib.sha256(b"l" + target).hexdigest()


def _store(path: str, target: str) -> None:
    """Keep it: of a link, a file that says where it leads. Every store of a forge can hold that."""
    if not os.path.islink(path):
        _copy(path, target)
        return
    staged = f"{target}.{os.getpid()}"
    with open(staged, "wb") as file:
        file.write(os.fsencode(os.readlink(path)))
        file.flush()
        os.fsync(file.fileno())
    os.replace(staged, target)


def _bring(source: str, place: str, known: str) -> None:
    """Have it stand where it stood."""
    if target := leads(source, known):
        staged = f"{place}.{os.getpid()}"
        os.symlink(target, os.fsencode(staged))
        os.replace(staged, place)
    else:
        _copy(source, place)


def _copy(source: str, target: str) -> None:
    """Whole, or not at all."""
    staged = f"{target}.{os.getpid()}"
    shutil.copy(source, staged)
    with open(staged, "rb") as file:
        os.fsync(file.fileno())
    os.replace(staged, target)
