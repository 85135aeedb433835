"""Who is at the keyboard: as git calls them, else as the system does."""

from __future__ import annotations

import getpass
import os
import socket

from innerloop.system import git


def who(folder: str) -> str:
    """A name and an address for the record; never empty."""
    name, mail = _setting(folder, "user.name"), _setting(folder, "user.email")
    if name:
        return f"{name} <{mail}>" if mail else name
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def _setting(folder: str, name: str) -> str:
    try:
        return git.ask(folder, "config", "--get", name).strip()
    except Exception:  # noqa: BLE001 - no git, no repository, no such setting: all one here
        return ""
