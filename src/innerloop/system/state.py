"""The state folder `.loop/`, readable by its owner alone; losing it loses history only."""

from __future__ import annotations

import os
from contextlib import suppress

from innerloop.core.errors import LoopError

_FOLDERS = ("cache", "locks", "receipts", "runs")


def folder(root: str) -> str:
    return f"{root}/.loop"


def make(root: str) -> str:
    """The state folder of a project, there from now on."""
    place = folder(root)
    if all(os.path.exists(f"{place}/{name}") for name in _FOLDERS):
        return place
    try:
        os.makedirs(place, mode=0o700, exist_ok=True)
        with open(f"{place}/.gitignore", "w", encoding="utf-8") as file:
            file.write("*\n")
        for name in _FOLDERS:
            os.makedirs(f"{place}/{name}", mode=0o700, exist_ok=True)
    except OSError as error:
        raise LoopError(
            f"cannot keep state in {place}: {error.strerror}",
            "make the project's folder writable, or run in a copy of it",
        ) from error
    return place


def put(path: str, data: bytes, *, mode: int = 0o600) -> None:
    """Write a file whole: readers see the old one or the new one."""
    staged = f"{path}.{os.getpid()}"
    try:
        with open(staged, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
        os.replace(staged, path)
    except OSError:
        with suppress(OSError):
            os.unlink(staged)
        raise


def run_folder(root: str, run: str, loop: str) -> str:
    """An empty folder for one loop of one run, as a path from the root."""
    place = f".loop/runs/{run}/{loop}"
    # A history that was deleted counts from one again: what an older run left is not ours.
    remove(f"{root}/{place}")
    os.makedirs(f"{root}/{place}", mode=0o700, exist_ok=True)
    return place


def remove(folder: str) -> None:
    """Delete a folder with all that is in it; nothing where there is none."""
    if os.path.lexists(folder):
        import shutil  # noqa: PLC0415 - two milliseconds, and hardly ever needed

        shutil.rmtree(folder, ignore_errors=True)


def prune(root: str, keep: set[str], newest: int, most: int) -> None:
    """Drop the logs of runs older than the newest `most`, except those in `keep`."""
    with suppress(OSError):
        for name in os.listdir(f"{root}/.loop/runs"):
            if name.isdigit() and int(name) <= newest - most and name not in keep:
                remove(f"{root}/.loop/runs/{name}")
