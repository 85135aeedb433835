"""Which executable a command would start, and whose environment it would run in."""

from __future__ import annotations

import os
from typing import NamedTuple

from innerloop.system.python import which
from innerloop.system.shims import behind, deciding, shim

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
    place = _own(tree, os.path.normpath(os.path.join(folder, place)))
    tree.rests(place)
    if shim(place):
        place = _behind(tree, place, folder) or place
    by = _interpreter(tree, place, path)
    # Of the project's own programs it is known where they are in the project.
    named = place.removeprefix(f"{tree.root}/").removeprefix(f"{tree.home}/")
    return Program(
        place, f"{named} {_stands(tree, place)}{_by(tree, place, by)}", _python(tree, by)
    )


def _own(tree: Tree, place: str) -> str:
    """In the shadow, the project's own folder where that is only linked to."""
    if tree.home == tree.root or not place.startswith(f"{tree.root}/"):
        return place
    own = tree.home + place[len(tree.root) :]
    same = os.path.realpath(os.path.dirname(place)) == os.path.realpath(os.path.dirname(own))
    return own if same else place


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


def _stands(tree: Tree, place: str) -> str:
    entry = tree.look(os.path.realpath(place))
    return entry.value if entry else ""


def _interpreter(tree: Tree, place: str, path: str) -> str:
    """What a script's first line has it run by; a Python is run by itself."""
    if _is_python(place):
        return place
    first = _first_line(place)
    words = first[2:].split() if first.startswith("#!") else []
    if words and os.path.basename(words[0]) == "env":
        names = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
        words = [sought(tree, names[0], path)] if names else []
    return words[0] if words else ""


def _by(tree: Tree, place: str, interpreter: str) -> str:
    # A Python is told apart by its environment; of another interpreter its bytes are all we know.
    if not interpreter or interpreter == place or _is_python(interpreter):
        return ""
    return f" by {interpreter} {_stands(tree, interpreter)}"


def _python(tree: Tree, place: str) -> str:
    """The place again, where it is a Python whose packages count."""
    if not _is_python(place):
        return ""
    if not shim(place):
        return place
    return _behind(tree, place, tree.root)


def _behind(tree: Tree, place: str, folder: str) -> str:
    files = deciding(place, folder)
    if files is None:
        tree.unsealed = True
    for file in files or ():
        tree.rests(file)
    return behind(place, folder)


def _is_python(place: str) -> bool:
    name = os.path.basename(place)
    return name.startswith(("python", "pypy")) and not name.endswith((".py", "-config"))


def _first_line(place: str) -> str:
    try:
        with open(place, "rb") as file:
            return os.fsdecode(file.read(_SHEBANG).split(b"\n", 1)[0])
    except OSError:
        return ""
