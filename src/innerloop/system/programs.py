"""Which executable a command would start, and whose environment it would run in."""

from __future__ import annotations

import os
from typing import NamedTuple

from innerloop.system.python import which

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from innerloop.system.tree import Tree

_SHEBANG = 512


class Program(NamedTuple):
    """An executable as found: its place, what stands there, and the Python it is of."""

    place: str
    """absolute; empty where there is none"""
    value: str
    interpreter: str
    """the Python whose packages it would import; empty where it is none's"""


def resolve(tree: Tree, name: str, folder: str, environ: Mapping[str, str]) -> Program:
    """The program that `name` would start in `folder`."""
    path = environ.get("PATH", os.defpath)
    place = os.path.join(folder, name) if "/" in name else sought(tree, name, path)
    if not place or not os.path.exists(place):
        return Program("", "not found", "")
    place = os.path.normpath(os.path.join(folder, place))
    tree.rests(place)
    entry = tree.look(os.path.realpath(place))
    value = f"{place} {entry.value if entry else ''}"
    return Program(place, value, _interpreter(tree, place, path))


def sought(tree: Tree, name: str, path: str) -> str:
    """Where PATH has it. One that appears in an earlier folder would be started instead."""
    place = which(name, path)
    for before in path.split(os.pathsep):
        earlier = f"{before}/{name}"
        if before.startswith("/"):
            tree.rests(earlier)
        if earlier == place:
            break
    return place


def _interpreter(tree: Tree, place: str, path: str) -> str:
    if _is_python(place):
        return place if "/shims/" not in place else _behind_shim(tree, place)
    first = _first_line(place)
    if not first.startswith("#!"):
        return ""
    words = first[2:].split()
    if not words:
        return ""
    if os.path.basename(words[0]) == "env":
        names = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
        words = [sought(tree, names[0], path)] if names else [""]
    if "/shims/" in place and not _is_python(words[0]):
        return _behind_shim(tree, place)
    return words[0] if _is_python(words[0]) else ""


def _is_python(place: str) -> bool:
    name = os.path.basename(place)
    return name.startswith(("python", "pypy")) and not name.endswith((".py", "-config"))


def _first_line(place: str) -> str:
    try:
        with open(place, "rb") as file:
            return os.fsdecode(file.read(_SHEBANG).split(b"\n", 1)[0])
    except OSError:
        return ""


def _behind_shim(tree: Tree, place: str) -> str:
    """What a version manager's shim stands for; the shim's own text says nothing of it."""
    import subprocess  # noqa: PLC0415 - only behind a shim

    manager = os.path.join(os.path.dirname(os.path.dirname(place)), "bin", "pyenv")
    if not os.access(manager, os.X_OK):
        manager = which("pyenv", os.environ.get("PATH", os.defpath))
    if not manager:
        return ""
    said = subprocess.run(
        [manager, "which", os.path.basename(place)], capture_output=True, text=True, check=False
    )
    found = said.stdout.strip()
    if said.returncode or not found:
        return ""
    return found if _is_python(found) else _interpreter(tree, found, "")
