"""loop run NAME --at RUN: the tree of a run, made again apart from the work tree, and run there."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import NamedTuple

from innerloop.cli.wiring import Project, streams
from innerloop.config.compiled import load
from innerloop.config.find import LOCAL, NAME
from innerloop.core.compared import Side, compared
from innerloop.core.errors import LoopError
from innerloop.core.fingerprint import BY_STAT
from innerloop.core.ladder import base
from innerloop.core.lineage import contents
from innerloop.core.patch import Patch
from innerloop.core.text import listing
from innerloop.system import git
from innerloop.system.ground import Ground
from innerloop.system.history import lineages, runs
from innerloop.system.patches import fetch
from innerloop.system.place import Place
from innerloop.system.runners.shadowed import overlay
from innerloop.system.shadow.furnish import clear, furnish, linked
from innerloop.system.shadow.rebuilt import checked, refuse, stand, unchanged
from innerloop.system.shadow.repository import place, repository
from innerloop.system.shadow.shadow import Shadow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.core.fingerprint import Ingredients
    from innerloop.core.lineage import Lineage
    from innerloop.core.model import Loop
    from innerloop.system.runners.shadowed import Overlay

_MOST = 5


class Again(NamedTuple):
    """A project as it stood in a run, and the loop as it was then."""

    project: Project
    overlay: Overlay
    loop: Loop


@contextmanager
def again(found: Project, name: str, number: str) -> Iterator[Again]:
    """The project as it stood for a loop in a run; a `LoopError` where it cannot be made so."""
    lineage, wanted = _origin(found, name, number)
    patch = _patch(found, lineage)
    shadow = Shadow(repository(found.root, os.environ), place(found.root, os.environ, "again"))
    with shadow.held():
        note = f"{shadow.folder}/copies"
        clear(shadow.root, note)
        stand(shadow, patch, linked(found.ground, ()))
        for path in shadow.missing:
            streams().err(f"warning: the submodule {path} lacks its commit here: it is empty")
        there = _furnished(found, shadow, note)
        try:
            _verified(found, there, shadow, lineage, patch, wanted=wanted, note=note)
            interpreter = there.ground.python.interpreter
            laid = overlay(found.root, shadow.root, interpreter, shadow.folder)
            hint = "so it is not that run again: install the project without --editable"
            laid = laid._replace(what=f"the tree of #{lineage.run}", hint=hint)
            yield Again(there, laid, there.ground.loops[lineage.loop])
        finally:
            there.ground.store.close()


def _origin(found: Project, name: str, number: str) -> tuple[Lineage, Ingredients]:
    run = runs.found(found.ground.store, number)
    # Of a ladder, the highest rung that was climbed then.
    names = [name, *(one.loop for one in reversed(run.results) if base(one.loop) == name)]
    origins = (lineages.of(found.ground.store, run.id, one) for one in names)
    origin = next(filter(None, origins), None)
    if origin is None:
        raise LoopError(
            f"run {run.id} has no lineage of {name!r}: it cannot be made again",
            "only what really ran then has one, with a cycle of 5 s or numbers to leave",
        )
    if origin.ingredients is None:
        raise LoopError(f"what {name!r} depended on in run {run.id} is not known any more")
    return origin.lineage, origin.ingredients


def _patch(found: Project, lineage: Lineage) -> Patch:
    if not git.repository(found.root):
        raise LoopError(
            f"run {lineage.run} cannot be made again outside git", "only git has its files"
        )
    if lineage.patch:
        return fetch(found.ground.state, lineage.patch)
    if not lineage.commit:
        raise LoopError(
            f"run {lineage.run} cannot be made again: it was of no commit", lineage.note
        )
    return Patch(lineage.commit)


def _furnished(found: Project, shadow: Shadow, note: str) -> Project:
    """The project on the ground of the shadow, with the environment that the work tree has."""
    home, root = found.root, shadow.root
    _furnish(found, shadow, note, ())
    if not os.path.isfile(f"{root}/{NAME}"):
        raise LoopError(f"there was no {NAME} in that tree", "it may have been a file git ignores")
    os.makedirs(f"{shadow.folder}/cache", mode=0o700, exist_ok=True)
    # What may be spent is for today to say.
    config = load(root, store=False).config._replace(spend=found.ground.config.spend)
    return Project(root, Ground(root, config, write=True, place=Place(home, shadow.folder)))


def _furnish(found: Project, shadow: Shadow, note: str, copies: tuple[str, ...]) -> None:
    """Link to the environment and the history; copy what git does not have."""
    home, root = found.root, shadow.root
    links = linked(found.ground, ())
    wanted = [name for name in (LOCAL, found.ground.config.env_file) if name]
    there = [n for n in wanted if os.path.isfile(f"{home}/{n}")]
    own = tuple(name for name in there if name in copies or not _checked_out(shadow, name))
    furnish(home, root, links, tuple(dict.fromkeys((*own, *copies))), note)


def _checked_out(shadow: Shadow, name: str) -> bool:
    return bool(git.ask(shadow.root, "ls-files", "--", f":(literal){name}"))


def _verified(
    found: Project,
    there: Project,
    shadow: Shadow,
    lineage: Lineage,
    patch: Patch,
    *,
    wanted: Ingredients,
    note: str,
) -> None:
    """Have every input be what it was; warn of what else is not."""
    loop = there.ground.loops.get(lineage.loop)
    if loop is None:
        raise LoopError(f"there was no loop {lineage.loop!r} in {NAME} then")
    entries = contents(wanted)
    tree, inputs = there.ground.tree, there.ground.inputs
    first = checked(tree, inputs.every(loop), entries)
    copies = unchanged(found.ground.tree, first.lacking, entries)
    if copies:
        _furnish(found, shadow, note, copies)
        tree.stale()
    # A copy has other times than what it is of: where these are all that is known, that is it.
    known = {path for path in copies if BY_STAT in entries[path]}
    entries = {path: value for path, value in entries.items() if path not in known}
    prefix = shadow.real.prefix
    reasons = {one.path[len(prefix) :]: one.why for one in patch.left}
    now = tuple(path for path in inputs.every(loop) if path not in known)
    refuse(lineage.run, checked(tree, now, entries), reasons)
    _told(there, loop, lineage, wanted)


def _told(there: Project, loop: Loop, lineage: Lineage, wanted: Ingredients) -> None:
    """Warn of what differs beside the files: it may be why it comes to something else."""
    now = there.ground.prover.prove(loop).ingredients
    before = Side(f"#{lineage.run}", loop.name, ingredients=wanted)
    page = compared(before, Side("now", loop.name, ingredients=now), ())
    folders = [pair.name for pair in page.data if pair.name in wanted.folders]
    if folders:
        raise LoopError(
            f"run {lineage.run} cannot be made again: {{out.{folders[0]}}} is not what it was",
            f"loop run {folders[0]} --at {lineage.run}, if it ran then",
        )
    data = (pair for pair in page.data if pair.name.partition(": ")[2] not in contents(wanted))
    settings = (*page.settings, *data)
    for what, pairs in (("its environment", page.environment), ("what is set for it", settings)):
        said = [f"{one.name} {one.before or 'none'} -> {one.after or 'none'}" for one in pairs]
        if said:
            told = f"{what} is not that of #{lineage.run}: {listing(said, _MOST)}"
            streams().err(f"warning: {told}")
