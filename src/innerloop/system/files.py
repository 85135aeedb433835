"""Files and what is in them: raw git blob digests, with stat as an accelerator only."""

from __future__ import annotations

import os
import re
import time
from typing import NamedTuple

from innerloop.core.fingerprint import BY_STAT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_CACHES = (
    r"\.git|\.hg|\.svn|\.loop|\.venv|node_modules|__pycache__|__pypackages__|"
    r"\.pytest_cache|\.mypy_cache|\.ruff_cache|\.hypothesis|\.tox|\.nox|\.pytype|\.pyre|"
    r"__test_results__|"  # snappylapy's, emptied and written anew at each start of pytest
    r"\.ipynb_checkpoints|\.eggs|[^/]*\.egg-info|\.coverage(?:\.[^/]*)?|\.DS_Store|[^/]*\.py[co]"
)
# What vim, emacs and PyCharm keep beside a file while it is open, and the backup they leave. With
# such inputs no pass could be remembered while an editor is open: they are written at each key.
_EDITORS = r"\.[^/]*\.sw[a-p]|\.#[^/]*|#[^/]+#|[^/]+~|[^/]*___jb_(?:tmp|old)___"
# Our own: with it as an input, each walk in GitLab's CI would begin from the start.
_REPORTS = r"gl-code-quality-report\.json"
never = re.compile(rf"(?s)(?:.*/)?(?:{_CACHES}|{_EDITORS}|{_REPORTS})(?:/|\Z)").match
"""Whether a path lies in a cache or an environment, is an editor's own or ours: never an input."""

_ENVIRONMENT_MARKS = ("pyvenv.cfg", "conda-meta")
_REGULAR = 0o100000
_LINK = 0o120000
_FOLDER = 0o040000
_KIND = 0o170000
_EXECUTABLE = 0o100

# A file changed twice within one tick of its filesystem's clock keeps its time: what was
# hashed so soon after its last change is hashed again (git calls it racily clean).
_FINE_TICK = 50_000_000
_COARSE_TICK = 2_100_000_000
_SECOND = 1_000_000_000
_WAITS = 3


class Stat(NamedTuple):
    """What stat says of a file; equal means untouched, unless it was changed just now."""

    size: int
    mtime: int
    ctime: int
    inode: int
    mode: int


class Entry(NamedTuple):
    """A file as it stood when it was looked at."""

    stat: Stat
    value: str
    """`100644 <blob>`; a link's own text, and what it leads to where that is a file"""
    settled: bool
    """its times are old enough to be believed"""


def stat(path: str) -> Stat | None:
    """The file itself, links not followed; None where there is none."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return Stat(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_mode)


def followed(path: str) -> Stat | None:
    """What the path leads to, through every link; None where that is nothing."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return Stat(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_mode)


def link(found: Stat) -> bool:
    """Whether it is a symbolic link, whose target has times of its own."""
    return found.mode & _KIND == _LINK


def plain(*found: Stat) -> bool:
    """Whether all of them are files, neither links nor folders."""
    return all(one.mode & _KIND == _REGULAR for one in found)


def folder(found: Stat) -> bool:
    return found.mode & _KIND == _FOLDER


def ignoring(path: str) -> bool:
    """Whether it says what git leaves out."""
    return path == ".gitignore" or path.endswith("/.gitignore")


def settled(found: Stat, now: int) -> bool:
    """Whether the times are older than one tick of the filesystem that gave them."""
    return max(found.mtime, found.ctime) < now - _tick(found)


def _tick(found: Stat) -> int:
    return _FINE_TICK if found.ctime % _SECOND else _COARSE_TICK


def blob(data: bytes, *, sha256: bool = False) -> str:
    """The id git would give these bytes, no filter applied."""
    import hashlib  # noqa: PLC0415 - loads OpenSSL; a walk that is all cached never hashes

    kind = hashlib.sha256 if sha256 else hashlib.sha1
    return kind(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _file_blob(path: str, *, sha256: bool) -> str:
    import hashlib  # noqa: PLC0415 - as above

    kind = hashlib.sha256 if sha256 else hashlib.sha1
    with open(path, "rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        digest = kind(b"blob %d\0" % size, usedforsecurity=False)
        while data := file.read(1 << 20):
            digest.update(data)
    return digest.hexdigest()


def read(path: str, found: Stat, *, sha256: bool = False) -> str:
    """A file's mode and digest: `100644 <blob>`. Unreadable: said so, and never equal to a pass."""
    kind = found.mode & _KIND
    try:
        if kind == _LINK:
            return _read_link(path, sha256=sha256)
        if kind != _REGULAR:
            return f"{kind:06o} -"
        mode = "100755" if found.mode & _EXECUTABLE else "100644"
        return f"{mode} {_file_blob(path, sha256=sha256)}"
    except OSError as error:
        return f"unreadable {error.errno}"


def trusted(path: str, now: int) -> Entry | None:
    """A file known by what stat says of it, and of what it leads to; its bytes are not read.

    Changed just now it is waited for, until its times can tell another change; if it changes all
    the time, it is another file each time it is looked at.
    """
    for _ in range(_WAITS):
        found, behind = stat(path), followed(path)
        if found is None or behind is None or _ripe(found, behind, now):
            break
        time.sleep(_tick(behind) / _SECOND)
        now += _tick(behind)
    if found is None or behind is None:
        return Entry(found, read(path, found), settled=False) if found else None
    kind = "120000" if link(found) else "100755" if found.mode & _EXECUTABLE else "100644"
    said = f"{kind}{BY_STAT}{behind.size} {behind.mtime} {behind.ctime} {behind.inode}"
    ripe = _ripe(found, behind, now)
    return Entry(found, said if ripe else f"{said} at {now}", ripe)


def _ripe(found: Stat, behind: Stat, now: int) -> bool:
    return settled(found, now) and settled(behind, now)


def _read_link(path: str, *, sha256: bool) -> str:
    text = blob(os.fsencode(os.readlink(path)), sha256=sha256)
    if os.path.isfile(path):
        return f"120000 {text} {_file_blob(path, sha256=sha256)}"
    return f"120000 {text}"


def environment(folder: str) -> bool:
    """Whether the folder is a virtual or a conda environment."""
    return any(os.path.lexists(f"{folder}/{mark}") for mark in _ENVIRONMENT_MARKS)


def scan(root: str, below: str = "") -> Iterator[str]:
    """Every file below a folder, as paths from the root, caches and environments left out."""
    folders = [below]
    while folders:
        folder = folders.pop()
        try:
            entries = sorted(os.scandir(f"{root}/{folder}"), key=lambda entry: entry.name)
        except OSError:
            continue
        if any(entry.name in _ENVIRONMENT_MARKS for entry in entries):
            continue
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if never(path):
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(path)
            else:
                yield path
