"""Pairs: what snappylapy's tests came to, beside what was accepted; bytes, never decoded."""

from __future__ import annotations

import hashlib
import os

from innerloop.core.errors import LoopError
from innerloop.core.snapshots import ACCEPTED, RESULTS, Pair, State, module
from innerloop.core.unified import Diff, alike, unified
from innerloop.system import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from innerloop.system.tree import Tree

_SHOWN = 4 << 20
"""bytes of a file up to which it is laid beside the other"""
_DEEPEST = 64


def pairs(tree: Tree) -> tuple[Pair, ...]:
    """Every pair below the project, by path; caches, environments, ignored folders left out."""
    found = [pair for folder in _folders(tree) for pair in _beside(tree.root, folder)]
    return tuple(sorted(found))


def pair(root: str, path: str, result: str) -> Pair:
    """One pair as it stands now; either file may be missing, not both."""
    old, new = _digest(f"{root}/{path}"), _digest(f"{root}/{result}")
    at = os.stat(f"{root}/{result}").st_mtime if new else 0.0
    if not new:
        return Pair(path, result, State.UNSEEN, old)
    if not old:
        return Pair(path, result, State.NEW, "", new, at, _diff(root, "", result))
    if old == new:
        return Pair(path, result, State.UNCHANGED, old, new, at)
    diff = _diff(root, path, result)
    return Pair(path, result, State.CHANGED if diff else State.UNCHANGED, old, new, at, diff)


def _folders(tree: Tree) -> list[str]:
    """The folders that hold results, or what was accepted, a level of the tree at a time."""
    found: list[str] = []
    level = [""]
    for _ in range(_DEEPEST):
        below: list[str] = []
        for folder in level:
            names = [entry.name for entry in _within(tree.root, folder)]
            if ACCEPTED in names or RESULTS in names:
                found.append(folder)
            below += [f"{folder}/{name}" if folder else name for name in names]
        able = [one for one in below if not files.never(one)]
        able = [one for one in able if not files.environment(f"{tree.root}/{one}")]
        ignored = tree.ignored(able)
        level = [one for one in able if one not in ignored]
        if not level:
            break
    return found


def _within(root: str, folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(f"{root}/{folder}") as entries:
            return [entry for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def _beside(root: str, folder: str) -> Iterator[Pair]:
    head = f"{folder}/" if folder else ""
    results = _files(f"{root}/{head}{RESULTS}")
    accepted = _files(f"{root}/{head}{ACCEPTED}")
    for name in results:
        yield pair(root, f"{head}{ACCEPTED}/{name}", f"{head}{RESULTS}/{name}")
    # What another tool keeps in a folder of that name is none of ours.
    mine = (name for name in accepted if module(f"{ACCEPTED}/{name}"))
    for name in sorted({*mine}.difference(results)):
        yield pair(root, f"{head}{ACCEPTED}/{name}", f"{head}{RESULTS}/{name}")


def _files(folder: str) -> list[str]:
    """The files below, as paths from there: the id of a parametrised test may hold a slash."""
    found = []
    for place, _, names in os.walk(folder):
        inner = os.path.relpath(place, folder)
        found += [name if inner == "." else f"{inner}/{name}" for name in names]
    return sorted(found)


def _digest(place: str) -> str:
    try:
        with open(place, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise LoopError(f"cannot read {place!r}: {error.strerror}") from error


def _diff(root: str, path: str, result: str) -> Diff | None:
    """How the result differs; None where only line endings do."""
    sizes = [os.path.getsize(f"{root}/{one}") for one in (path, result) if one]
    if max(sizes) > _SHOWN:
        return Diff((), f"too large to show: {max(sizes):,} bytes")
    old, new = (_read(root, one) for one in (path, result))
    return None if path and alike(old, new) else unified(old, new)


def _read(root: str, path: str) -> bytes:
    if not path:
        return b""
    with open(f"{root}/{path}", "rb") as file:
        return file.read()


def named(found: Iterable[Pair], name: str) -> tuple[Pair, ...]:
    """Those that are meant by a path from the root to either file, or by the file's name alone."""
    return tuple(one for one in found if name in {one.path, one.result, os.path.basename(one.path)})
