"""What git does not have, and the loops need all the same, put into the shadow."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress

from innerloop.core.globs import matcher
from innerloop.system import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from innerloop.core.model import Glob, Loop
    from innerloop.system.ground import Ground

_MOST = 64 << 20
"""bytes of a file that is copied; a larger one is linked to"""


def linked(ground: Ground) -> tuple[str, ...]:
    """The folders, from the root, that the shadow links to: our state, environments, and others."""
    found = [".loop"]
    prefix = os.path.dirname(ground.python.folder) if ground.python.folder else ""
    if prefix.startswith(f"{ground.root}/"):
        found.append(prefix[len(ground.root) + 1 :])
    named = (glob.literal.rstrip("/") for glob in ground.config.hook_needs if glob.include)
    found += [name for name in named if name and os.path.isdir(f"{ground.root}/{name}")]
    return tuple(dict.fromkeys(found))


def needed(ground: Ground, loops: Sequence[Loop], staged: Iterable[str]) -> tuple[str, ...]:
    """The files, from the root, that are copied: inputs that git ignores, and what is named."""
    known = set(staged)
    listed = set(ground.tree.paths())
    found = {path for loop in loops for path in ground.inputs.of(loop) if path not in listed}
    globs: tuple[Glob, ...] = ground.config.hook_needs
    if globs:
        chosen = matcher(globs)
        others = (*ground.tree.ignored_files(), *listed)
        found.update(path for path in others if chosen(path))
    if ground.config.env_file:
        found.add(ground.config.env_file)
    return tuple(sorted(path for path in found - known if not path.startswith("/")))


def furnish(home: str, root: str, links: Iterable[str], copies: Sequence[str], note: str) -> None:
    """Link and copy from `home` to `root`; what an earlier `note` names and no later one, goes."""
    for name in links:
        _link(f"{home}/{name}", f"{root}/{name}")
    for path in set(_noted(note)) - set(copies):
        with suppress(OSError):
            os.unlink(f"{root}/{path}")
    for path in copies:
        _copy(f"{home}/{path}", f"{root}/{path}")
    with open(note, "wb") as file:
        file.write(b"\0".join(os.fsencode(path) for path in copies))


def _link(source: str, target: str) -> None:
    with suppress(OSError):
        if os.readlink(target) == source:
            return
    away(target)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    os.symlink(source, target)


def _copy(source: str, target: str) -> None:
    there, here = files.followed(source), files.stat(target)
    if there is None:
        away(target)
        return
    if here is not None and (here.size, here.mtime) == (there.size, there.mtime):
        return
    if there.size > _MOST:
        _link(source, target)
        return
    away(target)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copy2(source, target)


def away(place: str) -> None:
    """Take away a file, a link or a folder; nothing where there is none."""
    if os.path.islink(place) or os.path.isfile(place):
        os.unlink(place)
    elif os.path.isdir(place):
        shutil.rmtree(place)


def _noted(note: str) -> list[str]:
    try:
        with open(note, "rb") as file:
            return [os.fsdecode(part) for part in file.read().split(b"\0") if part]
    except OSError:
        return []
