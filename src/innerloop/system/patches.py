"""Patches, kept by their content below `.loop/patches`, each once however many runs were of it."""

from __future__ import annotations

import os
import time
import zlib
from contextlib import suppress
from threading import get_ident

from innerloop.core.digest import blake
from innerloop.core.errors import LoopError
from innerloop.core.patch import Patch, parsed, written
from innerloop.system import state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

FOLDER = "patches"
_SCRATCH = "patch-"
_YOUNG = 86_400.0
"""seconds for which a patch may be of a run that is not recorded yet"""


def keep(place: str, patch: Patch) -> str:
    """Keep a patch in the state folder `place`; its digest."""
    data = written(patch)
    digest = blake(data)
    path = f"{place}/{FOLDER}/{digest}"
    if os.path.exists(path):
        with suppress(OSError):
            os.utime(path)
        return digest
    os.makedirs(f"{place}/{FOLDER}", mode=0o700, exist_ok=True)
    state.put(path, zlib.compress(data))
    return digest


def fetch(place: str, digest: str) -> Patch:
    """A patch again; a `LoopError` where it is gone, or is not what it was."""
    path = f"{place}/{FOLDER}/{digest}"
    try:
        with open(path, "rb") as file:
            data = zlib.decompress(file.read())
    except FileNotFoundError:
        raise LoopError(
            f"the patch {path} is gone", "without it nobody knows what was changed then"
        ) from None
    except (OSError, zlib.error) as error:
        raise LoopError(f"the patch {path} cannot be read: {error}") from error
    found = parsed(data) if blake(data) == digest else None
    if found is None:
        raise LoopError(f"the patch {path} is damaged: it is not what was written")
    return found


def scratch(place: str) -> str:
    """A folder to make a patch in, that nobody else has."""
    return f"{place}/cache/{_SCRATCH}{os.getpid()}-{get_ident()}"


def prune(place: str, keep: Container[str]) -> None:
    """Drop the patches that no run is of any more, and what was left of those never made."""
    with suppress(OSError):
        for entry in os.scandir(f"{place}/{FOLDER}"):
            if entry.name not in keep and _old(entry):
                os.unlink(entry.path)
    with suppress(OSError):
        for entry in os.scandir(f"{place}/cache"):
            if entry.name.startswith(_SCRATCH) and _old(entry):
                state.remove(entry.path)


def _old(entry: os.DirEntry[str]) -> bool:
    return time.time() - entry.stat().st_mtime > _YOUNG
