"""loop fix: run the fix commands of what fails, then walk again."""

from __future__ import annotations

import os
from typing import NamedTuple

from innerloop.cli.inner import Flags, walked
from innerloop.cli.picked import failing, picked
from innerloop.cli.run import BY_HAND
from innerloop.cli.wiring import project, streams
from innerloop.core.errors import ExitCode, LoopError
from innerloop.core.plan import ordered
from innerloop.core.text import listing
from innerloop.engine.outcome import said
from innerloop.system import locks, state
from innerloop.system.console import console
from innerloop.system.reaper import sweep
from innerloop.system.watchdog import Watchdog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from innerloop.cli.wiring import Project
    from innerloop.core.model import Loop


_SIGNALLED = 128


def fix(names: tuple[str, ...]) -> int:
    """Run `fix` of the named loops, or of those that failed last, and walk; the walk's code."""
    with project(write=True) as found:
        ended = mended(found, ordered(_chosen(found, names))).ended
        found.ground.tree.stale()
        return ended or walked(found, Flags(), ["fix", *names])


class Mended(NamedTuple):
    """What came of several fix commands."""

    ended: int
    """the exit code, where one was ended halfway; else 0"""
    failed: bool
    """one of them did not end well: it found more than it can mend, or could not go on"""


def mended(found: Project, loops: Iterable[Loop]) -> Mended:
    """Run the fix commands of loops, one after another.

    Where one is ended no other is run: what it leaves may be half of a file.
    """
    failed = False
    with Watchdog(found.ground.walk) as watchdog:
        try:
            for loop in loops:
                code = mend(found, loop, watchdog)
                failed = failed or code != 0
                if code > _SIGNALLED:
                    return Mended(code if code in BY_HAND else ExitCode.FAILED, failed)
        finally:
            sweep(found.ground.walk)
    return Mended(ExitCode.OK, failed)


def _chosen(found: Project, names: tuple[str, ...]) -> list[Loop]:
    loops = found.ground.config.loops
    if names:
        chosen = [picked(found, name) for name in names]
        for loop in chosen:
            if loop.fix is None:
                raise LoopError(
                    f"loop {loop.name!r} has no fix command", "give it one in loops.yaml: fix: ..."
                )
        return chosen
    failed = failing(found)
    if not failed:
        able = [loop.name for loop in loops if loop.fix is not None]
        hint = (
            f"name what to fix: loop fix {listing(able)}" if able else "no loop has a fix command"
        )
        raise LoopError("nothing failed when it last ran", hint)
    chosen = [loop for loop in loops if loop.name in failed and loop.fix is not None]
    if not chosen:
        raise LoopError(
            f"{listing(failed)} has no fix command", "mend it by hand, then: loop inner"
        )
    return chosen


def mend(found: Project, loop: Loop, watchdog: Watchdog) -> int:
    """Run a loop's fix command, the terminal handed over; what it ended with."""
    code = 0
    if loop.fix is None:
        return code
    ground = found.ground
    proof = ground.prover.prove(loop)
    if loop.files and not proof.handed:
        return code
    place = state.run_folder(found.root, "adhoc", loop.name)
    values = ground.values(loop, proof, place)
    env = {**ground.environ(loop), **ground.marks()}
    # A fixer and another walk of the same mutex must not meet either.
    release = _turn(ground.state, loop) if loop.mutex else None
    if loop.mutex and release is None:
        raise LoopError(f"cannot fix {loop.name!r} now: its mutex {loop.mutex!r} is held")
    try:
        for argv in ground.argvs(loop.fix, values, env):
            streams().err(f"fix {loop.name}: {loop.fix.text}")
            ended = console(argv, os.path.join(found.root, loop.cwd), env, watchdog)
            code = max(code, ended)
            if ended > _SIGNALLED:
                break
        if code > _SIGNALLED:
            streams().err(f"fix {loop.name}: ended by a signal ({said(code)}), halfway perhaps")
        elif code:
            # Linters exit with 1 where something is left that only a person can mend: the
            # walk that follows says what.
            streams().err(f"fix {loop.name}: exit {code}")
    finally:
        if release is not None:
            release()
        ground.tree.stale()
    return code


def _turn(place: str, loop: Loop) -> Callable[[], None] | None:
    return locks.take(f"{place}/locks/{locks.named('mutex', loop.mutex)}")
