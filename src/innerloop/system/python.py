"""The project's own Python: which interpreter, and why that one."""

from __future__ import annotations

import os
from typing import NamedTuple

from innerloop.core.errors import LoopError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Python(NamedTuple):
    """The interpreter loops are run with; its folder goes first on PATH."""

    interpreter: str
    """absolute; empty where there is none at all"""
    source: str
    """where it was found, as shown: `.venv`, `$VIRTUAL_ENV`, `PATH`"""

    @property
    def folder(self) -> str:
        return os.path.dirname(self.interpreter) if self.source != "PATH" else ""


def find(root: str, configured: str, environ: Mapping[str, str]) -> Python:
    """What loops.yaml says, else the project's environment, else the active one, else PATH."""
    if configured:
        return _configured(root, configured)
    for interpreter, source in _places(root, environ):
        if interpreter:
            return Python(interpreter, source)
    return Python("", "PATH")


def _places(root: str, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Where to look, in order; one that is not there has no interpreter."""
    for name in (".venv", "venv"):
        yield _inside(f"{root}/{name}"), name
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX", "UV_PROJECT_ENVIRONMENT"):
        value = environ.get(variable, "")
        yield _inside(os.path.join(root, value)) if value else "", f"${variable}"
    yield _inside(f"{root}/.pixi/envs/default"), "pixi"
    yield _poetry(root, environ), "poetry"
    for name in ("python3", "python"):
        yield which(name, environ.get("PATH", os.defpath)), "PATH"


def which(name: str, path: str) -> str:
    """The first executable of that name on PATH, or the empty text."""
    for folder in path.split(os.pathsep):
        place = f"{folder or '.'}/{name}"
        if os.access(place, os.X_OK) and not os.path.isdir(place):
            return place
    return ""


def _configured(root: str, text: str) -> Python:
    place = os.path.normpath(os.path.join(root, os.path.expanduser(text)))
    interpreter = _inside(place) or (place if os.access(place, os.X_OK) else "")
    if not interpreter or os.path.isdir(interpreter):
        raise LoopError(
            f"python: {text!r} is neither an interpreter nor an environment",
            "make it (python3 -m venv), or take the line out and one is looked for",
        )
    return Python(interpreter, text)


def _inside(environment: str) -> str:
    for name in ("python", "python3"):
        place = f"{environment}/bin/{name}"
        if os.access(place, os.X_OK):
            return place
    return ""


def _poetry(root: str, environ: Mapping[str, str]) -> str:
    # Only Poetry knows where it keeps environments, and it takes half a second to say so:
    # asked for only where the project is Poetry's.
    if not os.path.exists(f"{root}/poetry.lock"):
        return ""
    program = which("poetry", environ.get("PATH", os.defpath))
    if not program:
        return ""
    import subprocess  # noqa: PLC0415 - only for Poetry

    said = subprocess.run(
        [program, "env", "info", "--path"], cwd=root, capture_output=True, text=True, check=False
    )
    return _inside(said.stdout.strip()) if said.returncode == 0 else ""
