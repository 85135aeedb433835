"""Who is at the keyboard: as git calls them, else as the system does."""

from __future__ import annotations

import getpass
import os
import socket

from innerloop.core.errors import LoopError
from innerloop.system import git


def who(folder: str) -> str:
    """A name and an address for the record; never empty."""
    try:
        # `Ada <ada@example.org> 1750000000 +0200`, by git's own rules of who that is.
        said = git.ask(folder, "var", "GIT_COMMITTER_IDENT").strip()
    except (LoopError, OSError):
        said = ""
    return said.rpartition(" ")[0].rpartition(" ")[0] or _user()


def _user() -> str:
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"
