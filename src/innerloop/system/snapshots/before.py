"""Files as they were before an acceptance: copies to have them back, and what has changed since."""

from __future__ import annotations

import hashlib
import os
import time

from innerloop.core.snapshots import Replaced, Tool, dropped, kept
from innerloop.system import files, state
from innerloop.system.snapshots.tools import tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from innerloop.core.model import Loop
    from innerloop.system.ground import Ground

_COPIED = 64 << 20
"""bytes of a file up to which it is copied"""
_KEPT = 20
"""acceptances whose copies are kept"""
_AMBER = ".ambr"
"""the end of a file of syrupy's, with the snapshots of a whole file of tests"""
_OUTSIDE = ".inline-snapshot"
"""where inline-snapshot keeps what does not stand in the tests"""


class Before:
    """The files that an acceptance may write, looked at before it does."""

    def __init__(self, ground: Ground, loop: Loop, tools: Sequence[Tool]) -> None:
        self._ground = ground
        self._loop = loop
        self._tools = tools
        self.place = fresh(ground)
        """where the copies are, from the root"""
        self._were = {path: self._copied(path) for path in self._able()}

    def now(self) -> dict[str, str]:
        """Each of the files that is there, or was, with its sha256."""
        root = self._ground.root
        return {path: _digest(f"{root}/{path}") for path in sorted({*self._were, *self._able()})}

    def replaced(self) -> tuple[Replaced, ...]:
        """What has changed by now; only of that the copies stay."""
        replaced = [
            Replaced(path, self._were.get(path, ""), digest)
            for path, digest in self.now().items()
            if self._were.get(path, "") != digest
        ]
        self._forget(frozenset(one.path for one in replaced))
        return tuple(replaced)

    def deleted(self, replaced: Sequence[Replaced]) -> tuple[str, ...]:
        """What was accepted and is there no more: files, and snapshots within them."""
        found, root = [], self._ground.root
        for one in replaced:
            if not one.new:
                found.append(one.path)
            elif one.old and one.path.endswith(_AMBER):
                before = _content(f"{root}/{self.place}/{one.path}")
                lost = dropped(before, _content(f"{root}/{one.path}"))
                found += [f"{name} in {one.path}" for name in lost]
        return tuple(found)

    def copied(self) -> bool:
        """Whether there is a copy of anything."""
        return os.path.isdir(f"{self._ground.root}/{self.place}")

    def _able(self) -> list[str]:
        """What the tools write: accepted files, and the tests themselves for those inside them.

        Of a command of the user's own nothing is known but what its loop depends on.
        """
        ground, loop = self._ground, self._loop
        ground.tree.stale()
        there = ground.tree.paths()
        found = {path for path in there if kept(path) or f"/{_OUTSIDE}/" in f"/{path}"}
        found |= _ignored(ground, loop)
        if Tool.INLINE in self._tools:
            found.update(tests(ground, loop))
        if loop.accept is not None:
            found.update(ground.inputs.of(loop))
        return sorted(found)

    def _copied(self, path: str) -> str:
        place = f"{self._ground.root}/{path}"
        digest = _digest(place)
        if digest and os.path.getsize(place) <= _COPIED:
            import shutil  # noqa: PLC0415 - only where something is accepted

            to = f"{self._ground.root}/{self.place}/{path}"
            os.makedirs(os.path.dirname(to), mode=0o700, exist_ok=True)
            shutil.copy2(place, to, follow_symlinks=True)
        return digest

    def _forget(self, changed: frozenset[str]) -> None:
        folder = f"{self._ground.root}/{self.place}"
        for place, folders, names in os.walk(folder, topdown=False):
            for name in names:
                if os.path.relpath(f"{place}/{name}", folder) not in changed:
                    os.unlink(f"{place}/{name}")
            for name in folders:
                if not os.listdir(f"{place}/{name}"):
                    os.rmdir(f"{place}/{name}")
        if os.path.isdir(folder) and not os.listdir(folder):
            os.rmdir(folder)


def _ignored(ground: Ground, loop: Loop) -> set[str]:
    """Accepted files that git does not see, beside where the tests run."""
    base = os.path.join(loop.cwd, "__snapshots__")
    return set(files.scan(ground.root, base)) if os.path.isdir(f"{ground.root}/{base}") else set()


def fresh(ground: Ground) -> str:
    """A folder for copies that is nobody's yet; the oldest of the others go."""
    home = f"{ground.state}/replaced"
    os.makedirs(home, mode=0o700, exist_ok=True)
    for name in sorted(os.listdir(home))[:-_KEPT]:
        state.remove(f"{home}/{name}")
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime())
    number = 1
    while os.path.exists(f"{home}/{stamp}-{number}"):
        number += 1
    os.makedirs(f"{home}/{stamp}-{number}", mode=0o700)
    return f".loop/replaced/{stamp}-{number}"


def _content(place: str) -> bytes:
    try:
        with open(place, "rb") as file:
            return file.read()
    except OSError:
        return b""


def _digest(place: str) -> str:
    """The file's sha256; empty where there is no file that can be read."""
    try:
        with open(place, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
