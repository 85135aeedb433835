"""Whether git is at work: what it writes is waited for, and taken as one."""

from __future__ import annotations

import os
import time

from innerloop.system import git

_UNDERWAY = (
    "rebase-merge",
    "rebase-apply",
    "MERGE_HEAD",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
    "sequencer",
)
_JUST_NOW = 0.5
_MOMENT = 0.1


class Busy:
    """The repository around a project, or none."""

    def __init__(self, root: str) -> None:
        self._folder = _folder(root)

    def __bool__(self) -> bool:
        """Whether git is writing: it holds its lock, or wrote its index a moment ago.

        A rebase lets go of its lock between two commits. But while somebody resolves a conflict
        git does not run, and a save must not wait for it.
        """
        if not self._folder:
            return False
        if os.path.lexists(f"{self._folder}/index.lock"):
            return True
        try:
            age = time.time() - os.stat(f"{self._folder}/index").st_mtime
        except OSError:
            return False
        if 0 <= age < _MOMENT:
            return True
        underway = any(os.path.lexists(f"{self._folder}/{name}") for name in _UNDERWAY)
        return underway and 0 <= age < _JUST_NOW

    def rules(self) -> tuple[object, ...]:
        """What tells that git may list other files than before."""
        found: list[object] = []
        for name in ("index", "info/exclude"):
            try:
                stat = os.stat(f"{self._folder}/{name}")
                found.append((stat.st_mtime_ns, stat.st_size, stat.st_ino))
            except OSError:
                found.append(None)
        return tuple(found)


def _folder(root: str) -> str:
    """The folder of this work tree's index; empty outside a repository."""
    above = git.repository(root)
    place = f"{above}/.git"
    if not above or os.path.isdir(place):
        return place if above else ""
    try:
        with open(place, encoding="utf-8", errors="surrogateescape") as file:
            said = file.read().strip()
    except OSError:
        return ""
    return os.path.join(above, said.removeprefix("gitdir:").strip())
