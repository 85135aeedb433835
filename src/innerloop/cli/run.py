"""loop run, loop debug: one loop now, the terminal handed over."""

from __future__ import annotations

import os
import time
from typing import NamedTuple

from innerloop.cli.picked import picked
from innerloop.cli.purse import affordable
from innerloop.cli.wiring import caution, project, streams
from innerloop.core.command import expand
from innerloop.core.errors import LoopError, of_verdict
from innerloop.core.job import Completion
from innerloop.core.model import Action, Outcome, Plan, Run, Step, Verdict
from innerloop.core.world import Busy
from innerloop.engine.cancel import Cancel
from innerloop.engine.outcome import result
from innerloop.engine.progress import SETTLING, two_sided
from innerloop.system import judging, last, state
from innerloop.system.console import console
from innerloop.system.here import Here
from innerloop.system.history import spending
from innerloop.system.reaper import sweep
from innerloop.system.runners.shadowed import shadowed
from innerloop.system.watchdog import Watchdog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from innerloop.cli.wiring import Project
    from innerloop.core.fingerprint import Proof
    from innerloop.core.job import Job
    from innerloop.core.model import Command, Loop
    from innerloop.core.world import Stoppable
    from innerloop.system.runners.shadowed import Overlay

BY_HAND = (129, 130, 143)
"""ended by a person: hang-up, interrupt, terminate"""


class Asked(NamedTuple):
    """Why it was asked for, and as of which run; how what it imports is found there."""

    why: str = ""
    again: str = ""
    overlay: Overlay | None = None

    def command(self, loop: Loop) -> str:
        return f"loop run {loop.name}{f' --at {self.again}' if self.again else ''}"

    def reason(self) -> str:
        """What history keeps of it."""
        head = f"again, as of #{self.again}" if self.again else ""
        return ": ".join(part for part in (head, self.why) if part)


def run(name: str, arguments: tuple[str, ...], *, why: str = "", at: str = "") -> int:
    """Run one loop on all of its files, whether or not it has passed.

    With arguments of its own it is another command, so neither pass nor failure is recorded.
    """
    if at:
        return _again(name, arguments, at.removeprefix("#"), why)
    with project(write=True) as found:
        loop = picked(found, name)
        caution(found)
        affordable(found, loop)
        if not arguments:
            return _recorded(found, loop, Asked(why))
        if loop.cost:
            with found.ground.store.transaction() as connection:
                spending.reserve(connection, "", loop, found.ground.config.spend, time.time())
        return _adhoc(found, loop, loop.run, arguments)


def _again(name: str, arguments: tuple[str, ...], number: str, why: str) -> int:
    """Run it on the very tree of a run; what comes of it says nothing of what stands there now."""
    from innerloop.cli.again import again  # noqa: PLC0415 - rarely

    if arguments:
        raise LoopError("--at runs what ran then: it takes no arguments", "loop run NAME -- ARG")
    with project(write=True) as found:
        caution(found)
        with again(found, name, number) as (there, overlay, loop):
            # What it costs is what it cost then, whether or not there still is such a loop.
            affordable(found, loop)
            streams().err(f"{loop.name} as of #{number}, in {there.root}")
            return _recorded(there, loop, Asked(why, number, overlay))


def debug(name: str, arguments: tuple[str, ...]) -> int:
    """Run a loop's `debug` command with the terminal; nothing is recorded."""
    with project(write=True) as found:
        return debugged(found, picked(found, name), arguments)


def debugged(found: Project, loop: Loop, arguments: tuple[str, ...] = ()) -> int:
    """Hand the terminal to the loop's debug command; what it ended with."""
    if loop.debug is None:
        such = f", such as: debug: {loop.run.text} --lf --pdb" if _pytest(loop) else ""
        raise LoopError(
            f"loop {loop.name!r} has no debug command", f"give it one in loops.yaml{such}"
        )
    if "case" in loop.debug.placeholders and not judging.worst_case(found.ground, loop):
        raise LoopError(
            f"no case of {loop.name!r} failed when it was last measured",
            f"loop inner {loop.name}; or name one: loop run {loop.name} -- ...",
        )
    return _adhoc(found, loop, loop.debug, arguments)


def _pytest(loop: Loop) -> bool:
    return "pytest" in loop.run.argv[:3]


def _adhoc(found: Project, loop: Loop, command: Command, arguments: tuple[str, ...]) -> int:
    ground = found.ground
    proof = ground.prover.prove(loop)
    place = state.run_folder(found.root, "adhoc", loop.name)
    values = ground.values(loop, proof._replace(changed=proof.handed), place)
    argv = expand(command, values)
    if arguments:
        argv = _appended(argv, command, arguments)
    return _handed_over(found, loop, argv)


def _appended(
    argv: tuple[str, ...], command: Command, arguments: tuple[str, ...]
) -> tuple[str, ...]:
    if not command.shell:
        return (*argv, *arguments)
    shell, flag, script = argv
    return (shell, flag, f'{script} "$@"', "loop", *arguments)


def _handed_over(found: Project, loop: Loop, argv: tuple[str, ...]) -> int:
    ground = found.ground
    env = {**ground.environ(loop), **ground.marks()}
    with Watchdog(ground.walk) as watchdog:
        try:
            return console(argv, os.path.join(found.root, loop.cwd), env, watchdog)
        finally:
            sweep(ground.walk)


def _recorded(found: Project, loop: Loop, asked: Asked) -> int:
    """A walk of one step in all but the terminal, which is the command's own."""
    ground = found.ground

    def handed_over(job: Job, _emit: Callable[[str], None], _cancel: Stoppable) -> Completion:
        at = time.monotonic()
        code = 0
        for number, argv in enumerate(job.argvs):
            code = code or console(argv, job.cwd, job.environ(number), watchdog)
        interrupted = code in BY_HAND
        return Completion(code, time.monotonic() - at, cancelled=interrupted)

    with Watchdog(ground.walk) as watchdog:
        runner = shadowed(handed_over, asked.overlay) if asked.overlay else handed_over
        command, why = asked.command(loop), asked.reason()
        here = Here(ground, runner, command=command, why=why, again=asked.again)
        proof = here.prove(loop)
        if loop.files and not proof.handed:
            raise LoopError(f"there is no file to hand over to {loop.name!r}")
        hold = here.hold(loop, proof)
        if isinstance(hold, Busy):
            raise LoopError(f"cannot run {loop.name!r} now: {hold.reason}", "wait until it is done")
        try:
            handed = proof._replace(changed=proof.handed)
            return _once(here, loop, handed, asked, root=found.root)
        finally:
            hold.release()
            sweep(ground.walk)


def _once(here: Here, loop: Loop, proof: Proof, asked: Asked, *, root: str) -> int:
    step = Step(loop, Action.RUN, "named", loop.cycle)
    at = time.time()
    number = here.began(Plan((step,), force=True))
    for _ in range(SETTLING if loop.writes else 1):
        ran = here.run(loop, proof, emit=lambda _text: None, cancel=Cancel())
        if not ran.moved or ran.completion.exit_code:
            break
        # It wrote: only a run that changes nothing says that all is as it should be.
        proof = here.prove(loop) if loop.writes else proof
    settled = result(step, proof, two_sided(here, proof, ran), 1, at)._replace(log="")
    if asked.again:
        reason = "; ".join(part for part in (asked.reason(), settled.reason) if part)
        # It is no verdict that anybody is to find by its content.
        settled = settled._replace(fingerprint="", reason=reason)
    here.settle(proof, settled)
    if not asked.again:
        last.mended(root, settled)
    if settled.outcome is Outcome.CANCELLED:
        verdict = Verdict.INTERRUPTED
    elif settled.halts:
        verdict = Verdict.RED if settled.red else Verdict.INCONCLUSIVE
    else:
        verdict = Verdict.GREEN
    command, why = asked.command(loop), asked.reason()
    here.ended(Run(number, at, time.time() - at, verdict, command, (settled,), why))
    for warning in settled.warnings:
        streams().err(f"warning: {loop.name}: {warning}")
    if settled.outcome is Outcome.CANCELLED:
        return ran.completion.exit_code
    for one in settled.gates:
        streams().err(f"{one.verdict}: {one.said}")
    return of_verdict(verdict)
