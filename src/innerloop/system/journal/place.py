"""Where the journal is: with the repository, so that worktrees share it and cleaning leaves it."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from typing import NamedTuple

from innerloop.core.digest import blake
from innerloop.core.errors import LoopError
from innerloop.system import git

_GROUP = 0o020


class Room(NamedTuple):
    """The folder of the journal, and who may read and write in it."""

    folder: str
    files: int = 0o600
    folders: int = 0o700
    beside: str = ""
    """a folder that stays where this one is taken away: whose command is at work has it locked"""

    @property
    def journal(self) -> str:
        return f"{self.folder}/outer.db"

    def make(self, path: str = "") -> str:
        """A folder in it, there from now on."""
        place = f"{self.folder}/{path}".rstrip("/")
        if os.path.isdir(place):
            return place
        if path:
            self.make(os.path.dirname(path))
        with suppress(FileExistsError):
            (os.mkdir if path else os.makedirs)(place, self.folders)
            if self.shared:
                # What the umask took; and the group of the folder, where that is handed down.
                os.chmod(place, os.stat(place).st_mode | self.folders)
        return place

    def open(self, path: str, flags: int) -> int:
        """A file in a folder that was made, there from now on, and open; the group's, too."""
        handle = os.open(f"{self.folder}/{path}", flags | os.O_CREAT | os.O_CLOEXEC, self.files)
        if self.shared:
            with suppress(PermissionError):  # somebody else's, who has done so
                os.fchmod(handle, self.files)
        return handle

    def at_work(self, how: int) -> int | None:
        """Lock the folder beside it, or the folder itself; None where somebody keeps us from it."""
        handle = os.open(self.beside or self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, how)
        except BlockingIOError:
            os.close(handle)
            return None
        return handle

    @property
    def shared(self) -> bool:
        return bool(self.folders & _GROUP)


def room(root: str) -> Room:
    """The room of the project at `root`. Nothing is made."""
    top = git.repository(root)
    # Two projects in one repository have environments of their own.
    below = os.path.relpath(root, top) if top else "."
    own = "" if below == "." else f"/below-{blake(os.fsencode(below))[:16]}"
    if named := os.environ.get("LOOP_STATE"):
        folder = _named(named)
        shared = os.path.isdir(folder) and os.stat(folder).st_mode & _GROUP
        modes = (0o660, 0o770) if shared else (0o600, 0o700)
        return Room(f"{folder}{own}", *modes)
    if not top:
        return Room(f"{root}/.loop/outer", beside=root)
    place = _common(top)
    return Room(f"{place}/innerloop{own}", beside=root if own else place)


def _named(path: str) -> str:
    """The folder that LOOP_STATE names; LoopError where it can be none."""
    if not os.path.isabs(path):
        said = f"LOOP_STATE is {path!r}: that is another folder wherever a command is started"
        raise LoopError(said, "name it from the root on: /var/lib/loop, say")
    folder = os.path.normpath(path)
    if os.path.lexists(folder) and not os.path.isdir(folder):
        what = "a file" if os.path.isfile(folder) else "no folder"
        raise LoopError(f"LOOP_STATE is {path!r}, which is {what}", "name a folder in it")
    return folder


def _common(top: str) -> str:
    """The folder of git's that all worktrees share. Read, not asked: git takes milliseconds."""
    path = f"{top}/.git"
    if not os.path.isdir(path):
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            told = file.read().partition("gitdir:")[2].strip()
        path = os.path.normpath(os.path.join(top, told))
    try:
        with open(f"{path}/commondir", encoding="utf-8", errors="surrogateescape") as file:
            return os.path.normpath(os.path.join(path, file.read().strip()))
    except FileNotFoundError:
        return path
