"""What a loop runs with here: which Python, and which lock files."""

from __future__ import annotations

import os
import subprocess

from innerloop.core.lineage import Setting

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


def setting(tree: Tree, interpreter: str, known: str = "") -> Setting:
    """The setting of a project as it is now, whoever may look; `known`: its Python's version."""
    looked = ((name, tree.look(name)) for name in LOCKS)
    locks = tuple((name, entry.value.partition(" ")[2]) for name, entry in looked if entry)
    return Setting("", os.uname().nodename, interpreter, known or version(interpreter), locks)


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
