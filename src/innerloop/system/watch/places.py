"""Which folders can hold what the loops depend on, links followed."""

from __future__ import annotations

import os
from typing import NamedTuple

from innerloop.system import files
from innerloop.system.watch.mounts import remote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from innerloop.core.model import Loop
    from innerloop.system.files import Entry
    from innerloop.system.tree import Tree

_MOST_LINKS = 40


class Places(NamedTuple):
    """Where to watch, and what is meant by what happens there."""

    folders: Mapping[str, tuple[str, ...]]
    """folder without links in it -> its names from the root, one for each way that leads there"""
    targets: Mapping[str, tuple[str, ...]]
    """a file, or a link on the way to one, outside those -> the inputs that lead to it"""
    left: frozenset[str]
    """folders, by name, in which nothing counts"""
    linked: frozenset[str]
    """folders, by name, that lie behind a link or are one"""
    silent: frozenset[str]
    """folders, as in `folders`, of which the kernel tells nothing: these are looked at in turn"""

    def armed(self) -> list[str]:
        """Every folder that the kernel is to tell of."""
        outside = {os.path.dirname(target) for target in self.targets}
        every = {*self.folders, *outside} - self.silent
        return sorted(folder for folder in every if os.path.isdir(folder))

    def named(self, place: str) -> list[str]:
        """What stands at an absolute path, by its names from the root."""
        folder, _, name = place.rpartition("/")
        found = [f"{one}/{name}" if one else name for one in self.folders.get(folder, ())]
        return found + list(self.targets.get(place, ()))


def places(tree: Tree, loops: Sequence[Loop], known: Mapping[str, Entry | None]) -> Places:
    """The places of these loops' inputs, which are `known` as they were last looked at."""
    bases, anywhere = _bases(loops)
    names = _above([*known, *(f"{base}/" for base in bases)])
    left = _spread(tree, names, bases, anywhere=anywhere)
    folders: dict[str, tuple[str, ...]] = {}
    linked: set[str] = set()
    home = os.path.realpath(tree.root)
    for name in sorted(names):
        place = os.path.join(tree.root, name) if name else tree.root
        real = os.path.realpath(place)
        if os.path.isdir(real):
            folders[real] = (*folders.get(real, ()), name)
            if real != (f"{home}/{name}" if name else home):
                linked.add(name)
    targets = _targets(tree.root, known)
    outside = {os.path.dirname(target) for target in targets}
    every = {*folders, *outside}
    silent = remote(every) | {one for one in every if _mute(one)}
    return Places(folders, targets, left, frozenset(linked), silent)


def _mute(folder: str) -> bool:
    # The kernel takes any name, watchfiles only what is UTF-8; and neither what cannot be read.
    try:
        folder.encode()
    except UnicodeEncodeError:
        return True
    return not os.access(folder, os.R_OK)


def _above(paths: Iterable[str]) -> set[str]:
    found = {""}
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found


def _bases(loops: Sequence[Loop]) -> tuple[frozenset[str], bool]:
    """What the patterns name up to their first wildcard, and whether one counts anywhere."""
    globs = [g for loop in loops for g in (*(loop.inputs or ()), *loop.files) if g.include]
    globs += [data.glob for loop in loops for data in loop.data if data.glob is not None]
    named = frozenset(glob.literal or glob.folder for glob in globs)
    loose = any(not glob.folder and "/" not in glob.literal for glob in globs)
    return named - {""}, loose or any(loop.inputs is None for loop in loops)


def _spread(
    tree: Tree, names: set[str], bases: frozenset[str], *, anywhere: bool
) -> frozenset[str]:
    """Add the folders in which nothing is yet, but might be; those where nothing can count."""
    # Of what is not there git cannot tell whether it is a folder.
    named = tree.ignored([base for base in bases if os.path.isdir(f"{tree.root}/{base}")])
    left: set[str] = set()
    seen: set[str] = set()
    while fresh := sorted(names - seen):
        seen.update(fresh)
        able = [name for name in fresh if anywhere or _below(name, bases)]
        found = {folder for name in able for folder in _folders(tree.root, name)} - names
        never = {folder for folder in found if files.never(folder)}
        ignored = tree.ignored(sorted(found - never))
        nothing = {folder for folder in ignored if not _below(folder, named)}
        nothing |= {one for one in found - never if files.environment(f"{tree.root}/{one}")}
        names |= found - never - nothing
        left |= never | nothing
    return frozenset(left)


def _below(name: str, bases: Collection[str]) -> bool:
    return any(f"{name}/".startswith(f"{base}/") for base in bases)


def _folders(root: str, name: str) -> list[str]:
    try:
        with os.scandir(f"{root}/{name}") as found:
            entries = list(found)
    except OSError:
        return []
    return [
        f"{name}/{entry.name}" if name else entry.name
        for entry in entries
        if entry.is_dir(follow_symlinks=False)
    ]


def _targets(root: str, known: Mapping[str, Entry | None]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for path, entry in known.items():
        if entry is None or not files.link(entry.stat):
            continue
        for place in _hops(os.path.join(root, path)):
            if path not in found.get(place, ()):
                found[place] = (*found.get(place, ()), path)
    return found


def _hops(place: str) -> list[str]:
    """Every file that a link leads to in turn, its folders without links in them."""
    found: list[str] = []
    while len(found) < _MOST_LINKS:
        try:
            place = os.path.join(os.path.dirname(place), os.readlink(place))
        except OSError:
            break  # no link, or none any more
        folder, name = os.path.split(os.path.normpath(place))
        place = os.path.join(os.path.realpath(folder), name)
        found.append(place)
    return found
