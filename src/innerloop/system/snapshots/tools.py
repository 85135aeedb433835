"""Which snapshot tools a loop's tests use: installed for them, and named in their files."""

from __future__ import annotations

import os
import re

from innerloop.core.snapshots import Tool, arguments, below, runs_pytest
from innerloop.system.snapshots.plugins import installed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.model import Loop
    from innerloop.system.ground import Ground

_PACKAGES = {
    "snappylapy": Tool.SNAPPYLAPY,
    "syrupy": Tool.SYRUPY,
    "inline_snapshot": Tool.INLINE,
}
_SIGNS = {
    Tool.SNAPPYLAPY: re.compile(
        rb"\bsnappylapy\b|\bload_snapshot\b|^\s*def \w+\([^)]*\bexpect\b", re.MULTILINE
    ),
    Tool.SYRUPY: re.compile(rb"\bsyrupy\b|^\s*def \w+\([^)]*\bsnapshot\b", re.MULTILINE),
    Tool.INLINE: re.compile(rb"\binline_snapshot\b"),
}
_MOST = 5_000
"""test files that are read"""


def used(ground: Ground, loop: Loop) -> tuple[Tool, ...]:
    """The tools that are installed where the loop's pytest runs, and that its tests ask for."""
    if not runs_pytest(loop.run):
        return ()
    there = installed(ground, ground.prover.prove(loop))
    tools = [tool for package, tool in _PACKAGES.items() if package in there]
    if not tools:
        return ()
    texts = [_read(f"{ground.root}/{path}") for path in tests(ground, loop)[:_MOST]]
    return tuple(tool for tool in tools if any(_SIGNS[tool].search(text) for text in texts))


def tests(ground: Ground, loop: Loop) -> tuple[str, ...]:
    """The Python files among its inputs that lie where its command looks for tests."""
    files = [path for path in ground.inputs.of(loop) if path.endswith(".py")]
    places = selected(ground.root, loop)
    if not places:
        return tuple(path for path in files if below(path, loop.cwd))
    # What stands above the selected tests, such as a conftest.py, is part of them.
    return tuple(path for path in files if any(_within(path, place) for place in places))


def selected(root: str, loop: Loop) -> tuple[str, ...]:
    """The folders and files, from the root, that its command names; none: it looks everywhere."""
    words = arguments(loop.run)
    named = (word.partition("::")[0] for word in words if not word.startswith("-"))
    found = []
    for name in named:
        path = os.path.normpath(os.path.join(loop.cwd, name))
        if os.path.isdir(f"{root}/{path}") or (path.endswith(".py") and _there(root, path)):
            found.append("" if path == "." else path)
    return tuple(found)


def _there(root: str, path: str) -> bool:
    return os.path.isfile(f"{root}/{path}")


def _within(path: str, place: str) -> bool:
    above = path.rpartition("/")[0]
    beside = path.endswith("/conftest.py") and below(place, above)
    return path == place or below(path, place) or beside


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
