"""Who is at the keyboard: as git calls them, else as the system does."""

from __future__ import annotations

import os

from innerloop.system import git


def who(folder: str) -> str:
    """A name and an address for the record; never empty."""
    told = {name: os.environ.get(f"GIT_AUTHOR_{name.upper()}", "") for name in ("name", "email")}
    if not all(told.values()):
        known = _settings(folder)
        told = {name: value or known.get(name, "") for name, value in told.items()}
    name, email = told["name"], told["email"]
    if name:
        return f"{name} <{email}>" if email else name
    return f"{login()}@{os.uname().nodename}"


def _settings(folder: str) -> dict[str, str]:
    """`name` and `email`, as far as somebody told git."""
    words = ("config", "-z", "--get-regexp", "^user\\.(name|email)$")
    try:
        _, said, _ = git.finish(git.start(folder, *words))
    except OSError:
        return {}  # there is no git
    rows = (row.partition("\n") for row in said.split("\0") if row)
    return {key.removeprefix("user."): value for key, _, value in rows}


def login() -> str:
    """What the system calls us; a user of a container may have a number, and no name."""
    import pwd  # noqa: PLC0415 - only where git knows nobody

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return os.environ.get("LOGNAME", "") or str(os.getuid())
