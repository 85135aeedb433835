"""Who runs a loop here, and with what."""

from __future__ import annotations

import os
import subprocess

from innerloop.core.lineage import Setting
from innerloop.system import git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.system.tree import Tree

LOCKS = (  # noqa: SIM905 - reads as words
    "uv.lock poetry.lock pdm.lock pylock.toml Pipfile.lock pixi.lock conda-lock.yml "
    "environment.yml requirements.txt requirements-dev.txt package-lock.json pnpm-lock.yaml "
    "yarn.lock Cargo.lock go.sum"
).split()
_PATIENCE = 5.0
_VERSION = "import sys; print('.'.join(map(str, sys.version_info[:3])))"


def setting(tree: Tree, interpreter: str) -> Setting:
    """The setting of a project, as it is now."""
    looked = ((name, tree.look(name)) for name in LOCKS)
    return Setting(
        who(tree.root, in_git=tree.in_git),
        os.uname().nodename,
        interpreter,
        version(interpreter),
        tuple((name, entry.value.partition(" ")[2]) for name, entry in looked if entry),
    )


def who(root: str, *, in_git: bool) -> str:
    """The name that git would put on a commit, if somebody told it one; else the login name."""
    told = {name: os.environ.get(f"GIT_AUTHOR_{name.upper()}", "") for name in ("name", "email")}
    if in_git and not all(told.values()):
        words = ("config", "-z", "--get-regexp", "^user\\.(name|email)$")
        _, said, _ = git.finish(git.start(root, *words))
        for row in said.split("\0"):
            key, _, value = row.partition("\n")
            name = key.removeprefix("user.")
            if name in told:
                told[name] = os.environ.get(f"GIT_AUTHOR_{name.upper()}", "") or value
    name, email = told["name"], told["email"]
    if name or email:
        return f"{name} <{email}>".strip() if email else name
    return f"{_login()}@{os.uname().nodename}"


def _login() -> str:
    import pwd  # noqa: PLC0415 - only where git knows nobody

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return os.environ.get("LOGNAME", "") or str(os.getuid())


def version(interpreter: str) -> str:
    """Which Python it is; empty where it does not say."""
    if not interpreter:
        return ""
    place = os.path.dirname(os.path.dirname(interpreter))
    with_name = {"version", "version_info"}
    try:
        with open(f"{place}/pyvenv.cfg", encoding="utf-8", errors="replace") as file:
            pairs = [line.partition("=") for line in file]
        found = [value.strip() for key, _, value in pairs if key.strip() in with_name]
    except OSError:
        found = []
    return ".".join(found[0].split(".")[:3]) if found else _asked(interpreter)


def _asked(interpreter: str) -> str:
    try:
        said = subprocess.run(
            [interpreter, "-I", "-S", "-c", _VERSION],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=True,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return said.stdout.strip()
