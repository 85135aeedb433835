"""loop fix --staged: what is staged is fixed, in the index and the work tree alike."""

from __future__ import annotations

import os

from innerloop.cli.apart import Subject, apart, listed, shadow_of
from innerloop.cli.fix import mend
from innerloop.cli.wiring import project, streams
from innerloop.core.errors import ExitCode, LoopError
from innerloop.core.ladder import base, named
from innerloop.core.plan import ordered
from innerloop.core.text import listing, plural
from innerloop.system import git, state
from innerloop.system.reaper import sweep
from innerloop.system.shadow.compare import unequal
from innerloop.system.shadow.take import take
from innerloop.system.watchdog import Watchdog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from innerloop.cli.wiring import Project
    from innerloop.core.model import Loop
    from innerloop.system.shadow.shadow import Shadow


def fix_staged(names: tuple[str, ...]) -> int:
    """Fix what is staged; 1 where something of it is left for a person."""
    with project(write=True) as found, shadow_of(found) as shadow:
        subject = Subject(shadow.staged(), shadow.real.head)
        staged = listed(shadow, subject.tree)
        with apart(found, shadow, subject, staged, cold=True) as there:
            _mended(there.project, names)
        paths = shadow.changed_paths()
        if not paths:
            streams().out("nothing of what is staged is to be fixed")
            return ExitCode.OK
        return _taken(found, shadow, paths, unequal(found.ground.tree, staged))


def _mended(there: Project, names: tuple[str, ...]) -> None:
    ground = there.ground
    with Watchdog(ground.walk) as watchdog:
        try:
            for loop in _able(ground.config.loops, names):
                mend(there, loop, watchdog)
        finally:
            sweep(ground.walk)


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


def _taken(found: Project, shadow: Shadow, paths: tuple[str, ...], differ: tuple[str, ...]) -> int:
    """Take over what can be, exactly; the rest is kept as a patch."""
    prefix = shadow.real.prefix
    other = {f"{prefix}{path}" for path in differ}
    left = tuple(path for path in paths if path in other)
    exact = tuple(path for path in paths if path not in other)
    taken = take(shadow, exact)
    if taken:
        git.ask(shadow.real.top, "add", "-u", "--", *(f":(literal){path}" for path in taken))
        streams().out(f"fixed {plural(len(taken), 'file')}: {listing(taken, 8)}")
    left = (*left, *(path for path in exact if path not in taken))
    if not left:
        return ExitCode.OK
    place = f"{found.ground.state}/fix.patch"
    state.put(place, os.fsencode(shadow.changed(left)))
    streams().err(
        f"left for you: {listing(left, 8)}, where the work tree is not what is staged. "
        f"The patch is in {os.path.relpath(place, found.root)}"
    )
    return ExitCode.FAILED
