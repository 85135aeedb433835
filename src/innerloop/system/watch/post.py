"""The post: where the kernel's word comes in, for the folders that can hold inputs."""

from __future__ import annotations

import os
from typing import NamedTuple

from innerloop.system.watch.bell import ADDED, MODIFIED, Bell, Deaf, Garbled
from innerloop.system.watch.places import Places, places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.system.watch.bell import Heard
    from innerloop.system.watch.gate import Gate

_ATTEMPTS = 5


class News(NamedTuple):
    """What may have changed."""

    paths: set[str]
    """from the root"""
    folders: bool = False
    """a folder came or went: there are others to watch"""
    anything: bool = False
    """what was told cannot be named, or the root went: look at everything"""

    def any(self) -> bool:
        return bool(self.paths) or self.folders or self.anything

    def with_(self, other: News) -> News:
        return News(
            self.paths | other.paths,
            self.folders or other.folders,
            self.anything or other.anything,
        )


class Post:
    """Armed for the places of a gate's inputs; told anew where they are, it misses nothing."""

    def __init__(self, gate: Gate, *, poll: bool) -> None:
        self._gate = gate
        self._poll = poll
        self._root = os.path.realpath(gate.tree.root)
        self._bell: Bell | None = None
        self._times: dict[str, tuple[int, int]] = {}
        """time and inode of each folder when it was last looked into"""
        self.deaf = ""
        """why the kernel cannot be asked at all; empty where it can"""
        self.places = Places({}, {}, frozenset(), frozenset(), frozenset())

    def arm(self) -> set[str]:
        """Watch where there is something to watch by now; what may have changed meanwhile."""
        found: set[str] = set()
        for _ in range(_ATTEMPTS):
            before = self.places
            self.places = places(self._gate.tree, self._gate.loops, self._gate.known)
            fresh = self.places.folders.keys() - before.folders.keys()
            if before.folders and not fresh and self.places.armed() == before.armed():
                break
            found |= self._listen()
            found.update(path for folder in sorted(fresh) for path in self._inside(folder))
        return found

    def rearm(self) -> set[str]:
        """As `arm`, where folders of the same name may be other ones by now."""
        self.places = self.places._replace(folders={})
        return self.arm()

    def news(self) -> News:
        """What was told since this was last asked."""
        bell = self._bell  # another thread may arm anew meanwhile
        if bell is None:
            return News(set())
        try:
            heard = bell.heard()
        except Garbled:
            return News(set(), folders=True, anything=True)
        return self._read(heard) if heard else News(set())

    def silent(self) -> tuple[str, ...]:
        """The folders that have to be looked at in turn."""
        every = self.deaf or self._poll
        return tuple(self.places.folders if every else self.places.silent)

    def swept(self, folders: tuple[str, ...]) -> set[str]:
        """Every input in these, and every file that came; armed anew where a folder did."""
        names = {name for folder in folders for name in self.places.folders.get(folder, ())}
        found = {path for path in self._gate.known if path.rpartition("/")[0] in names}
        found.update(path for paths in self.places.targets.values() for path in paths)
        moved = [folder for folder in folders if self._moved(folder)]
        other = any(self._other(folder) for folder in moved)
        found.update(path for folder in moved for path in self._inside(folder))
        return found | (self.rearm() if other else set())

    def close(self) -> None:
        if self._bell is not None:
            self._bell.close()
            self._bell = None

    def _listen(self) -> set[str]:
        """Ring a new bell before the old one is silenced; what the old one had left to say."""
        old, self._bell = self._bell, None
        self.deaf = ""
        if not self._poll:
            try:
                self._bell = self._armed()
            except Deaf as error:
                self.deaf = str(error)
        if old is None:
            return set()
        try:
            return self._read(old.heard()).paths
        except Garbled:
            return set(self._gate.known)
        finally:
            old.close()

    def _armed(self) -> Bell:
        for _ in range(_ATTEMPTS):
            try:
                return Bell(self.places.armed())
            except (FileNotFoundError, PermissionError):
                continue  # one went since it was found
        raise Deaf("folders come and go too fast to be watched, so files are looked at in turn")

    def _read(self, heard: Heard) -> News:
        found: set[str] = set()
        folders = anything = False
        for change, place in heard:
            if place in self.places.folders:
                # Told of by the folder above as well, or gone itself, with all that was in it.
                folders = folders or change != MODIFIED or place in self.places.silent
                anything = anything or (place == self._root and change != MODIFIED)
                found |= self._known_below(place) if change != MODIFIED else set()
                continue
            names = self.places.named(place)
            found.update(names)
            anything = anything or not self.places.linked.isdisjoint(names)
            new = change == ADDED and any(name not in self.places.left for name in names)
            folders = folders or (new and os.path.isdir(place))
        return News(found, folders, anything)

    def _known_below(self, place: str) -> set[str]:
        heads = tuple(f"{name}/" for name in self.places.folders[place])
        return {path for path in self._gate.known if path.startswith(heads)}

    def _inside(self, folder: str) -> list[str]:
        """The files in a folder that are inputs or might be."""
        # Its time first: what comes in between makes it another one.
        self._times[folder] = _time(folder)
        names = _names(folder)
        return [
            path
            for name in self.places.folders.get(folder, ())
            for path in self._gate.found(name, names)
        ]

    def _moved(self, folder: str) -> bool:
        return self._times.get(folder) != _time(folder)

    def _other(self, folder: str) -> bool:
        """Whether it is another folder than before, or has one in it that was not seen yet."""
        before = self._times.get(folder)
        if before is None or before[1] != _time(folder)[1]:
            return True
        return any(
            os.path.isdir(f"{folder}/{name}") and self._unseen(f"{folder}/{name}")
            for name in _names(folder)
            if not self._gate.known.keys() & self.places.named(f"{folder}/{name}")
        )

    def _unseen(self, place: str) -> bool:
        known = place in self.places.folders or os.path.islink(place)
        return not known and not self.places.left.issuperset(self.places.named(place))


def _time(folder: str) -> tuple[int, int]:
    try:
        found = os.stat(folder)
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_ino)


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
