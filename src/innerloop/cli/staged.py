"""loop fix --staged: what is staged is fixed, in the index and the work tree alike."""

from __future__ import annotations

import os
from contextlib import suppress

from innerloop.cli.apart import apart, listed, shadow_of
from innerloop.cli.fix import mended
from innerloop.cli.hooked import PRE_COMMIT, hooked
from innerloop.cli.subjects import Subject
from innerloop.cli.wiring import project, streams
from innerloop.core.errors import ExitCode, LoopError
from innerloop.core.ladder import base, named
from innerloop.core.plan import ordered
from innerloop.core.text import listing, plural
from innerloop.system import state
from innerloop.system.shadow.changes import changed, made, original, patch
from innerloop.system.shadow.compare import unequal
from innerloop.system.shadow.enter import enter
from innerloop.system.shadow.take import take

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from innerloop.cli.wiring import Project
    from innerloop.core.model import Loop
    from innerloop.system.shadow.shadow import Shadow


def fix_staged(names: tuple[str, ...]) -> int:
    """Fix what is staged, then check it as a commit would; not 0 where a person has to look."""
    code = _fixed(names)
    if code is None:
        return hooked(PRE_COMMIT, [], [])
    return code


def _fixed(names: tuple[str, ...]) -> int | None:
    """The exit code; None where nothing is left of what was to be taken over."""
    with project(write=True) as found, shadow_of(found) as shadow:
        subject = Subject(shadow.staged(), shadow.real.head)
        staged = listed(shadow, subject.tree)
        with apart(found, shadow, subject, staged, cold=True) as there:
            done = mended(there.project, _able(there.project.ground.config.loops, names))
        if done.ended:
            streams().err("nothing is taken over from a fix that was ended")
            return done.ended
        with suppress(FileNotFoundError):
            os.unlink(_patch(found))  # what it says is of another content
        paths, new = changed(shadow), made(shadow)
        if not paths and not new:
            streams().out("no fix changes anything of what is staged")
            return None
        emptied = tuple(path for path in paths if done.failed and _emptied(shadow, path))
        whole = tuple(path for path in paths if path not in emptied)
        left = (*_taken(shadow, whole, unequal(found.ground.tree, staged)), *emptied)
        return _left(found, shadow, left, new)


def _patch(found: Project) -> str:
    return f"{found.ground.state}/fix.patch"


def _emptied(shadow: Shadow, path: str) -> bool:
    """Whether nothing is left of a file: of a fix that failed, that is no fix."""
    try:
        return not os.path.getsize(f"{shadow.top}/{path}") and bool(original(shadow, path))
    except OSError:
        return False  # it is gone, which nobody does by dying


def _able(loops: tuple[Loop, ...], names: tuple[str, ...]) -> tuple[Loop, ...]:
    """The loops that fix: those with a fix command, and those that write as they run."""
    # What a loop that writes does when it runs is its fix.
    able = [one._replace(fix=one.fix or one.run) for one in loops if one.fix or one.writes]
    if not names:
        if not able:
            raise LoopError("no loop has a fix command", "give one to a loop: fix: ...")
        return ordered(_one_rung(able))
    wanted = {one.name for name in names for one in named(loops, name)}
    for name in names:
        if not {one.name for one in named(loops, name)} & {one.name for one in able}:
            raise LoopError(f"loop {name!r} has no fix command", "give it one: fix: ...")
    return ordered(_one_rung(one for one in able if one.name in wanted))


def _one_rung(loops: Iterable[Loop]) -> Iterable[Loop]:
    """Of each ladder its lowest rung: their commands are alike."""
    first: dict[str, Loop] = {}
    for loop in loops:
        first.setdefault(base(loop.name), loop)
    return first.values()


def _taken(shadow: Shadow, paths: tuple[str, ...], differ: tuple[str, ...]) -> tuple[str, ...]:
    """Take over what can be, exactly; what is left."""
    prefix = shadow.real.prefix
    other = {f"{prefix}{path}" for path in differ}
    left = tuple(path for path in paths if path in other)
    exact = tuple(path for path in paths if path not in other)
    lock = f"{shadow.real.staged}.lock"
    if os.path.lexists(lock):
        # Before a file is written: with a half of it taken over nothing would be exact.
        raise LoopError(
            f"git's index is locked by {lock}",
            "wait for the git command that has it; where none runs, remove the file",
        )
    taken = take(shadow, exact)
    if taken:
        enter(shadow, taken)
        streams().out(f"fixed {plural(len(taken), 'file')}: {listing(taken, 8)}")
    return (*left, *(path for path in exact if path not in taken))


def _left(
    found: Project, shadow: Shadow, left: tuple[str, ...], new: tuple[str, ...]
) -> int | None:
    """Keep as a patch what is for a person to take over; None where there is nothing of it."""
    if not left and not new:
        return None
    place = _patch(found)
    state.put(place, os.fsencode(patch(shadow, (*left, *new))))
    if left:
        streams().err(
            f"left for you: {listing(left, 8)}, where the work tree is not what is staged, "
            f"or a fix failed"
        )
    if new:
        streams().err(f"left for you: {listing(new, 8)}, made anew by a fix")
    there = os.path.relpath(place, found.root)
    streams().err(f"the patch is in {there}, of what is staged: git apply --cached {there}")
    return ExitCode.FAILED
