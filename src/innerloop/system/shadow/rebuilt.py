"""A run's tree, made again in a shadow: its commit, its patch, and all else by its digest."""

from __future__ import annotations

import os
from typing import NamedTuple

from innerloop.core.errors import LoopError
from innerloop.core.text import listing
from innerloop.system.changes import applied, asked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from innerloop.core.patch import Patch
    from innerloop.system.shadow.shadow import Shadow
    from innerloop.system.tree import Tree


class Checked(NamedTuple):
    """The inputs of a run against what stands in the shadow. Paths are from the root."""

    lacking: tuple[str, ...]
    """files that are not there, or not as they were"""
    beyond: tuple[str, ...]
    """files that are there and were not"""


def stand(shadow: Shadow, patch: Patch, links: Sequence[str]) -> None:
    """Let the shadow hold the tree of a patch and its commit, and nothing else at all.

    `links`, paths from the root, will be put there, and are no change of it.
    """
    shadow.make()
    extra = {"GIT_INDEX_FILE": f"{shadow.top}/.git/again"}
    try:
        tree = applied(shadow.top, extra, patch)
    finally:
        if os.path.exists(extra["GIT_INDEX_FILE"]):
            os.unlink(extra["GIT_INDEX_FILE"])
    shadow.stand(tree, patch.commit, tuple(f"{shadow.real.prefix}{one}" for one in links))
    # Ignored files as well: an earlier run may have left them, and this one is to find none.
    asked(shadow.top, {}, "clean", "-ffdxq")


def checked(tree: Tree, now: Sequence[str], wanted: Mapping[str, str]) -> Checked:
    """What the inputs that are there `now` lack of those a run had: path -> `MODE BLOB`."""
    looked = zip(wanted, tree.looks(wanted), strict=True)
    lacking = (path for path, entry in looked if not entry or entry.value != wanted[path])
    return Checked(tuple(lacking), tuple(path for path in now if path not in wanted))


def unchanged(tree: Tree, paths: Sequence[str], wanted: Mapping[str, str]) -> tuple[str, ...]:
    """Those of the paths that stand in the work tree today just as a run had them."""
    looked = zip(paths, tree.looks(paths), strict=True)
    return tuple(path for path, entry in looked if entry and entry.value == wanted[path])


def refuse(number: str, found: Checked, reasons: Mapping[str, str]) -> None:
    """A `LoopError` that names what cannot be made again, where there is anything."""
    if found.lacking:
        told = [f"{path} ({reasons[path]})" if path in reasons else path for path in found.lacking]
        raise LoopError(
            f"run {number} cannot be made again: nobody has the content any more of "
            f"{listing(told, 5)}",
            "what is kept by digest alone is taken from the work tree, where it is still the same: "
            "put it back",
        )
    if found.beyond:
        raise LoopError(
            f"run {number} cannot be made again: it did not have {listing(found.beyond, 5)}",
            "what its patch does not know of is as its commit has it",
        )
