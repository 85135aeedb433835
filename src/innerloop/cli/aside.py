"""A command of a loop, run aside from any walk: under its turn, its output in a log."""

from __future__ import annotations

import os
import time
from typing import NamedTuple

from innerloop.cli.purse import affordable
from innerloop.core.errors import LoopError
from innerloop.core.job import Job
from innerloop.core.world import Busy
from innerloop.engine.cancel import Cancel
from innerloop.system import state, turns
from innerloop.system.history import spending
from innerloop.system.process import TIMED_OUT
from innerloop.system.reaper import sweep
from innerloop.system.runners.local import local
from innerloop.system.signals import code, signals
from innerloop.system.snapshots.sharing import shared
from innerloop.system.watchdog import Watchdog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.cli.wiring import Project
    from innerloop.core.model import Command, Loop


class Said(NamedTuple):
    """What came of it."""

    code: int
    text: str
    """what it wrote"""
    log: str
    """where that stands, from the root"""
    stopped: int = 0
    """what to exit with, where a signal ended it; 0: none did"""


def aside(found: Project, loop: Loop, command: Command, verb: str) -> Said:
    """Carry a command out in the loop's place and environment; nothing is recorded.

    A `LoopError` where the loop's turn is somebody else's, or it costs more than may be spent:
    what to `verb`, it says.
    """
    ground = found.ground
    proof = ground.prover.prove(loop)
    folder = shared(ground, loop, proof)
    hold = turns.take(ground.state, loop, proof, folder)
    if isinstance(hold, Busy):
        raise LoopError(f"cannot {verb} {loop.name!r} now: {hold.reason}", "wait until it is done")
    place = state.run_folder(found.root, "adhoc", loop.name)
    log = f"{place}/output.log"
    cancel = Cancel()
    try:
        values = ground.values(loop, proof._replace(changed=proof.handed), place)
        env = {**ground.environ(loop), **ground.marks()}
        env |= turns.marks(ground.state, loop, proof, folder)
        job = Job(
            name=loop.name,
            argvs=ground.argvs(command, values, env),
            cwd=os.path.join(found.root, loop.cwd) if loop.cwd else found.root,
            env=env,
            timeout=loop.timeout,
            log=os.path.join(found.root, log),
            mask=ground.veil.mask,
        )
        _paid(found, loop)
        with Watchdog(ground.walk) as watchdog, signals(cancel):
            try:
                done = local(watchdog)(job, lambda _text: None, cancel)
            finally:
                sweep(ground.walk)
    finally:
        hold.release()
        ground.tree.stale()
    ended = TIMED_OUT if done.timed_out else done.exit_code
    return Said(ended, _read(job.log), log, code(cancel.reason) if cancel else 0)


def _paid(found: Project, loop: Loop) -> None:
    """Note what it is about to cost: whatever the command is, the loop is what it is for."""
    if not loop.cost:
        return
    ground, once = found.ground, loop._replace(repeat=1)
    affordable(found, once)
    with ground.store.transaction() as connection:
        spending.reserve(connection, "", once, ground.config.spend, time.time())


def _read(place: str) -> str:
    try:
        with open(place, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
