"""What git does not have, and the loops need all the same, put into the shadow.

A path may lead out of the shadow: through a link that git has, or one of ours. Nothing is written
or taken away there, since it is the user's own.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from itertools import chain

from innerloop.core.globs import matcher
from innerloop.core.sealed import opened, seal
from innerloop.system import files, state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from innerloop.core.model import Glob, Loop
    from innerloop.system.ground import Ground

_MOST = 64 << 20
"""bytes of a file that is copied; a larger one is linked to"""
_HEAD = b"innerloop copies 1\n"


def linked(ground: Ground, staged: Collection[str]) -> tuple[str, ...]:
    """The folders, from the root, that the shadow links to: our state, environments, and others."""
    found = [".loop"]
    prefix = os.path.dirname(ground.python.folder) if ground.python.folder else ""
    if prefix.startswith(f"{ground.root}/"):
        found.append(prefix[len(ground.root) + 1 :])
    named = (glob.literal.rstrip("/") for glob in ground.config.hook_needs if glob.include)
    found += [name for name in named if name and os.path.isdir(f"{ground.root}/{name}")]
    # Of a folder in which git has something, the other files are copied.
    above = {folder for path in staged for folder in _above(path)}
    return tuple(dict.fromkeys(name for name in found if name not in above))


def needed(
    ground: Ground, loops: Sequence[Loop], staged: Collection[str], links: Collection[str]
) -> tuple[str, ...]:
    """The files, from the root, that are copied: inputs that git ignores, and what is named."""
    listed = set(ground.tree.paths())
    found = {path for loop in loops for path in ground.inputs.every(loop) if path not in listed}
    if ground.config.hook_needs:
        chosen = matcher(ground.config.hook_needs)
        found.update(path for path in (*ground.tree.ignored_files(), *listed) if chosen(path))
    if ground.config.env_file:
        found.add(ground.config.env_file)
    kept = (path for path in found.difference(staged) if not path.startswith("/"))
    return tuple(sorted(path for path in kept if _own(ground.root, path, links)))


def idle(ground: Ground, staged: Collection[str]) -> tuple[str, ...]:
    """What is to be said of each pattern of `needs` that has nothing put into the shadow."""
    links = linked(ground, staged)
    written = [glob for glob in ground.config.hook_needs if glob.include]
    said = ((glob, _idle(ground, glob, staged, links)) for glob in written)
    return tuple(f"'needs' of 'hook': {glob.text!r} {why}" for glob, why in said if why)


def _idle(ground: Ground, glob: Glob, staged: Collection[str], links: Collection[str]) -> str:
    if glob.literal in links or _stands(ground.root, glob.literal, staged):
        return ""
    fits = matcher((glob,))
    # What git ignores is long to list where it can be anywhere.
    below = files.scan(ground.root, glob.folder) if glob.folder else ground.tree.ignored_files()
    if any(fits(path) and path not in staged for path in chain(ground.tree.paths(), below)):
        return ""
    if any(map(fits, staged)):
        return "is only what git has anyway: take it out"
    return "matches no file: mend it, or take it out"


def _stands(root: str, path: str, staged: Collection[str]) -> bool:
    return bool(path) and path not in staged and os.path.isfile(f"{root}/{path}")


def _own(root: str, path: str, links: Collection[str]) -> bool:
    """Whether it lies where its name says, and not behind a link."""
    folders = _above(path)
    return not any(one in links or os.path.islink(f"{root}/{one}") for one in folders)


def _above(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]


def clear(root: str, note: str) -> None:
    """Take our links away again, and no more than the links."""
    for name, stat in _noted(note).items():
        if stat is None and _inside(root, name) and os.path.islink(f"{root}/{name}"):
            os.unlink(f"{root}/{name}")


def furnish(home: str, root: str, links: Iterable[str], copies: Sequence[str], note: str) -> None:
    """Link and copy from `home` to `root`; what an earlier `note` names and no later one, goes."""
    before = _noted(note)
    for path in before.keys() - set(copies):
        if before[path] is not None and _inside(root, path):
            _unlinked(f"{root}/{path}")
    now: dict[str, tuple[int, ...] | None] = {}
    for name in links:
        if _inside(root, name):
            _link(f"{home}/{name}", f"{root}/{name}")
            now[name] = None
    for path in copies:
        if _inside(root, path):
            now[path] = _copied(f"{home}/{path}", f"{root}/{path}", before.get(path))
    state.put(note, seal(_HEAD, tuple(now.items())))


def _inside(root: str, path: str) -> bool:
    if ".git" in path.split("/"):
        return False  # the shadow's own: behind a link there, git would write into the real one
    real = os.path.realpath(root)
    folder = os.path.realpath(os.path.dirname(f"{root}/{path}"))
    return f"{folder}/".startswith(f"{real}/")


def _link(source: str, target: str) -> None:
    with suppress(OSError):
        if os.readlink(target) == source:
            return
    if _unlinked(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.symlink(source, target)


def _copied(source: str, target: str, before: tuple[int, ...] | None) -> tuple[int, ...]:
    """Have the target be as the source is; what the source was then."""
    there = files.stat(source)
    if there is None:
        _unlinked(target)
        return ()
    if before == tuple(there) and os.path.lexists(target):
        return before
    if files.link(there) or there.size > _MOST:
        _link(os.path.realpath(source), target)
    elif _unlinked(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy2(source, target)
    return tuple(there)


def _unlinked(place: str) -> bool:
    """Whether nothing stands there any more; a folder is left as it is."""
    with suppress(OSError):
        if os.path.islink(place) or os.path.isfile(place):
            os.unlink(place)
    return not os.path.lexists(place)


def _noted(note: str) -> dict[str, tuple[int, ...] | None]:
    """Each path that was put there, with what its source was; None: a link to a folder."""
    try:
        with open(note, "rb") as file:
            return dict(opened(_HEAD, file.read()))
    except OSError:
        return {}
