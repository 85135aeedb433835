"""The project as it is staged, in the shadow of its work tree."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import NamedTuple

from innerloop.cli.wiring import Project, streams
from innerloop.config.compiled import load
from innerloop.config.find import LOCAL, NAME
from innerloop.core.errors import LoopError
from innerloop.core.plan import Choice, chosen
from innerloop.system.ground import Ground
from innerloop.system.place import Place
from innerloop.system.runners.shadowed import Overlay, overlay
from innerloop.system.shadow.changes import changed
from innerloop.system.shadow.furnish import clear, furnish, idle, linked, needed
from innerloop.system.shadow.repository import place, repository
from innerloop.system.shadow.shadow import Shadow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from innerloop.cli.subjects import Subject


class Apart(NamedTuple):
    """A project in the shadow, and how what is staged is found there."""

    project: Project
    overlay: Overlay


@contextmanager
def shadow_of(found: Project) -> Iterator[Shadow]:
    """The shadow of the work tree around a project, ours alone while it lasts."""
    shadow = Shadow(repository(found.root, os.environ), place(found.root, os.environ))
    with shadow.held():
        yield shadow


def listed(shadow: Shadow, tree: str) -> dict[str, str]:
    """The project's files in a tree: path from its root -> `MODE BLOB`."""
    prefix = shadow.real.prefix
    every = shadow.listed(tree)
    return {path[len(prefix) :]: value for path, value in every.items() if path.startswith(prefix)}


def caution(found: Project, staged: Mapping[str, str], told: set[str]) -> None:
    """Say which of the files that are said to be needed there are none of; each once."""
    for text in idle(found.ground, staged):
        if text not in told:
            told.add(text)
            streams().err(f"warning: {text}")


@contextmanager
def apart(
    found: Project, shadow: Shadow, subject: Subject, staged: Mapping[str, str], *, cold: bool
) -> Iterator[Apart]:
    """The project with its own loops.yaml as staged, where that is, on the ground of the shadow."""
    links = linked(found.ground, staged)
    loops = chosen(found.ground.config.loops, Choice())
    copies = needed(found.ground, loops, staged, links)
    if os.path.isfile(f"{found.root}/{LOCAL}") and LOCAL not in staged:
        copies = (*copies, LOCAL)
    note = f"{shadow.folder}/copies"
    clear(shadow.root, note)
    below = tuple(f"{shadow.real.prefix}{path}" for path in (*links, *copies))
    shadow.stand(subject.tree, subject.head, below)
    furnish(found.root, shadow.root, links, copies, note)
    other = changed(shadow)
    if other:
        raise LoopError(
            f"what is needed stands in the way of what is staged: {other[0]}",
            "look at 'needs' under 'hook' in loops.yaml",
        )
    for path in shadow.missing:
        streams().err(f"warning: the submodule {path} lacks its commit here: it is left empty")
    root = shadow.root
    own = os.path.isfile(f"{root}/{NAME}")
    config = load(root, store=False).config if own else found.ground.config
    os.makedirs(f"{shadow.folder}/cache", mode=0o700, exist_ok=True)
    ground = Ground(root, config, write=True, place=Place(found.root, shadow.folder, cold))
    try:
        laid = overlay(found.root, root, ground.python.interpreter, shadow.folder)
        yield Apart(Project(root, ground), laid)
    finally:
        ground.store.close()
