"""The gate: of all that was written, what holds something else than before."""

from __future__ import annotations

import os
from typing import NamedTuple

from innerloop.system import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from innerloop.core.model import Loop
    from innerloop.system.files import Entry
    from innerloop.system.ground import Ground

_SETTINGS = ("loops.yaml", "loops.local.yaml")
_PROBE = "4913"
"""vim makes it to see whether it may, and takes it away again"""
_MOST_STRANGERS = 10_000


class Change(NamedTuple):
    """Paths from the root that hold something else, came, or went."""

    paths: frozenset[str]
    at: float
    """when the last of them was written, by the filesystem's clock; 0: not known"""
    elsewhere: bool = False
    """inputs may lie in other folders than before: a link leads elsewhere, other rules ignore"""


NOTHING = Change(frozenset(), 0.0)


class Gate:
    """What each input held when it was last looked at, here and apart from any walk.

    Whatever is taken for new here is touched in the tree: what a walk sees is never older.
    """

    def __init__(self, ground: Ground, loops: Sequence[Loop]) -> None:
        self.tree = ground.tree
        self.loops = tuple(loops)
        self.known: dict[str, Entry | None] = {}
        self._inputs = ground.inputs
        self._settings = (*_SETTINGS, *([ground.config.env_file] * bool(ground.config.env_file)))
        self._strangers: set[str] = set()
        """files that are no inputs, so that nobody asks again each time they are written"""
        self._ruled: dict[str, files.Stat | None] = {}
        """ignore files that are no inputs either, as they stood when they were last heeded"""
        self.begin()

    def begin(self) -> None:
        """Take everything for what it is now, as the tree sees it."""
        paths = self._paths()
        self.known = dict(zip(paths, self.tree.looks(paths), strict=True))
        self._strangers.clear()

    def since(self, before: Gate) -> Change:
        """What differs from what another gate knew of the same paths."""
        both = self.known.keys() & before.known.keys()
        moved = [path for path in both if _differ(before.known[path], self.known[path])]
        return Change(frozenset(moved), 0.0)

    def doubtful(self, paths: Iterable[str]) -> set[str]:
        """Those that are gone or empty and were not, or are new: half of what an editor does."""
        found = set()
        for path in paths:
            known = self.known.get(path)
            if known is None:
                doubt = not files.ignoring(path) and path not in self.known and self._stranger(path)
            else:
                there = files.stat(self._place(path))
                doubt = bool(known.stat.size) and not (there and there.size)
            if doubt:
                found.add(path)
        return found

    def look(self, paths: Iterable[str], *, anew: bool = False) -> Change:
        """What of these changed; `anew`: whatever may be an input has to be found out again."""
        asked = [*paths]
        old = [path for path in asked if path in self.known]
        strange = [path for path in asked if path not in self.known and self._stranger(path)]
        self._ruled.update({p: files.stat(self._place(p)) for p in strange if files.ignoring(p)})
        written = {
            path: entry
            for path, entry in zip(old, self.tree.glances(old), strict=True)
            if _written(entry, self.known[path])
        }
        if not written and not strange and not anew:
            return NOTHING
        if anew or any(files.ignoring(path) for path in (*written, *strange)):
            self._strangers.clear()
        moved = {path for path in written if _differ(written[path], self.known[path])}
        plain = all(_plain(entry, self.known[path]) for path, entry in written.items())
        if anew:
            self.tree.stale()
        else:
            self.tree.touch([*written, *strange], self.known)
        leads = _links(self.known[path] for path in written)
        self.known.update(written)
        rules = anew or any(files.ignoring(path) for path in (*written, *strange))
        if rules or strange or not plain:
            moved |= self._again(strange)
        leads = leads or _links(self.known.get(path) for path in moved)
        return Change(frozenset(moved), self._at(moved), rules or leads)

    def found(self, folder: str, names: Iterable[str]) -> list[str]:
        """Files in a folder, by their paths from the root, that are known or might count."""
        paths = (f"{folder}/{name}" if folder else name for name in names)
        return [path for path in paths if path in self.known or self._stranger(path)]

    def _paths(self) -> tuple[str, ...]:
        every = {path for loop in self.loops for path in self._inputs.every(loop)}
        every.update(path for loop in self.loops for path in self._inputs.beside(loop))
        return tuple(sorted({*every, *self._settings}))

    def _again(self, strange: Iterable[str]) -> set[str]:
        """Take up another set of inputs; those that came, and those that are none any more."""
        before = self.known
        paths = self._paths()
        self.known = {path: before[path] for path in paths if path in before}
        came = [path for path in paths if path not in before]
        self.known.update(zip(came, self.tree.looks(came), strict=True))
        if len(self._strangers) > _MOST_STRANGERS:
            self._strangers.clear()
        self._strangers.update(
            path for path in strange if path not in self.known and not files.ignoring(path)
        )
        went = {path for path, entry in before.items() if entry and path not in self.known}
        told = {*(path for path in came if self.known[path]), *went}
        return {path for path in told if os.path.basename(path) != _PROBE}

    def _stranger(self, path: str) -> bool:
        """Whether a path that is no input so far may have become one."""
        if path in self._strangers or os.path.basename(path) == _PROBE or files.never(path):
            return False
        found = files.stat(self._place(path))
        if files.ignoring(path):
            return found != self._ruled.get(path)
        if not any(self._inputs.touched(loop, [path]) for loop in self.loops):
            return False
        return found is not None and not files.folder(found)

    def _at(self, paths: Iterable[str]) -> float:
        entries = (self.known.get(path) for path in paths)
        return max((entry.stat.ctime for entry in entries if entry), default=0) / 1e9

    def _place(self, path: str) -> str:
        return os.path.join(self.tree.root, path)


def _written(one: Entry | None, other: Entry | None) -> bool:
    if one is None or other is None:
        return one is not other
    return one.stat != other.stat or one.value != other.value


def _differ(one: Entry | None, other: Entry | None) -> bool:
    return _content(one) != _content(other)


def _content(entry: Entry | None) -> str | None:
    # Whether it may be executed is no content; whether it is a link is.
    return entry and entry.value.replace("100755 ", "100644 ", 1)


def _plain(one: Entry | None, other: Entry | None) -> bool:
    return one is not None and other is not None and files.plain(one.stat, other.stat)


def _links(entries: Iterable[Entry | None]) -> bool:
    return any(entry is not None and files.link(entry.stat) for entry in entries)
