"""The `{out}` folders of loops that passed on the current content, for those that read them."""

from __future__ import annotations

import os

from innerloop.core.digest import blake
from innerloop.core.errors import LoopError
from innerloop.core.ladder import feeding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from innerloop.core.fingerprint import Proof
    from innerloop.core.model import Loop
    from innerloop.system.tree import Tree


class Outs:
    """Where each loop's pass on the current content left its `{out}`."""

    def __init__(self, tree: Tree, loops: Sequence[Loop], passed: Callable[[Loop], str]) -> None:
        self.now: dict[str, str] = {}
        """those of loops that passed in this walk, remembered or not"""
        self._tree = tree
        self._loops = {loop.name: loop for loop in loops}
        self._passed = passed
        self._read: dict[tuple[str, str], str] = {}
        """(loop, ladder) -> the rung whose folder the loop was started with in this walk"""

    def anew(self) -> None:
        """Another walk begins."""
        self.now.clear()
        self._read.clear()

    def of(self, name: str) -> str:
        """The folder of that loop's pass, from the root; the empty text where it has none."""
        return self.now[name] if name in self.now else self._passed(self._loops[name])

    def digest(self, loop: Loop, name: str) -> str:
        """What is in the folder that `{out.NAME}` is for this loop; empty where there is none."""
        source, out = self._source(loop, name)
        if not out:
            return ""
        skip = len(out) + 1
        parts = []
        for path in self.inside(out):
            entry = self._tree.look(path)
            parts.append(f"{path[skip:]}\0{entry.value if entry else ''}")
        digest = blake("\0".join(parts).encode("utf-8", "surrogateescape"))
        return digest if source == name else f"{source} {digest}"

    def needed(self, loop: Loop, name: str, proof: Proof) -> str:
        """The folder itself, of a loop that is about to run on what was proven."""
        said = proof.ingredients.folders.get(name, "").partition(" ")
        source = said[0] if said[1] else self._source(loop, name)[0]
        out = self.of(source)
        if not out:
            raise LoopError(
                f"there is no {{out.{name}}}: {source!r} has not passed on this content",
                f"loop inner {source}",
            )
        # A higher rung may pass while this runs: it is a verdict on the one it was given.
        self._read[loop.name, name] = source
        return out

    def _source(self, loop: Loop, name: str) -> tuple[str, str]:
        """Which loop's folder it is, and where: of a ladder that of the highest rung there is."""
        sources = feeding(self._loops.values(), loop, name)
        read = self._read.get((loop.name, name), "")
        for source in (read, *sources) if read else sources:
            if out := self.of(source):
                return source, out
        return sources[0], ""

    def inside(self, folder: str) -> list[str]:
        """Every file below an `{out}` folder, as paths from the root."""
        if not folder:
            return []
        found = []
        for place, _, names in os.walk(f"{self._tree.root}/{folder}"):
            relative = os.path.relpath(place, self._tree.root)
            self._tree.rests(relative)
            found += [f"{relative}/{name}" for name in names]
        return sorted(found)
