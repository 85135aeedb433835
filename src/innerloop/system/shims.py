"""Shims: the stand-ins by which version managers decide, at each start, what a name means."""

from __future__ import annotations

import os
from functools import lru_cache

from innerloop.system.python import which

_MANAGERS = ("pyenv", "asdf", "mise")


def shim(place: str) -> bool:
    """Whether a program only stands for another: its own text says nothing of that one."""
    return "/shims/" in place


def deciding(place: str, folder: str) -> tuple[str, ...] | None:
    """The files that decide what a shim stands for in a folder; None where they are not known."""
    root = os.path.dirname(os.path.dirname(place))
    if not root.endswith("pyenv"):
        return None
    # https://github.com/pyenv/pyenv#understanding-python-version-selection
    found = [f"{root}/version"]
    while True:
        found.append(os.path.join(folder, ".python-version"))
        if folder == os.path.dirname(folder):
            return tuple(found)
        folder = os.path.dirname(folder)


@lru_cache(maxsize=64)
def behind(place: str, folder: str) -> str:
    """What a shim started in `folder` stands for; empty where its manager does not say.

    Asked once: a version manager takes tens of milliseconds to answer.
    """
    import subprocess  # noqa: PLC0415 - only behind a shim

    name = next((name for name in _MANAGERS if name in place), _MANAGERS[0])
    own = os.path.join(os.path.dirname(os.path.dirname(place)), "bin", name)
    manager = own if os.access(own, os.X_OK) else which(name, os.environ.get("PATH", os.defpath))
    if not manager:
        return ""
    said = subprocess.run(
        [manager, "which", os.path.basename(place)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return said.stdout.strip() if said.returncode == 0 else ""
