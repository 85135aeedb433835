"""A loop made ready to run: its job, every placeholder filled, and the folders it will write to."""

from __future__ import annotations

import os
from typing import NamedTuple

from innerloop.core.command import expand
from innerloop.core.job import Job
from innerloop.system import state, turns
from innerloop.system.snapshots.sharing import shared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from innerloop.core.fingerprint import Proof
    from innerloop.core.model import Loop
    from innerloop.core.world import Stoppable
    from innerloop.system.ground import Ground


class Manner(NamedTuple):
    """How commands are run."""

    tty: tuple[int, int] | None = None
    """rows and columns of the terminal they are shown; None: a pipe"""
    grace: tuple[float, float] = (2.0, 2.0)
    """seconds from interrupt to terminate, and from there to kill"""


class Prepared(NamedTuple):
    """A loop that can be started."""

    job: Job
    log: str
    """from the root"""
    outs: tuple[str, ...]
    """the `{out}` folder of each repetition, from the root"""


def prepared(
    ground: Ground, loop: Loop, proof: Proof, *, run: str, manner: Manner, cancel: Stoppable
) -> Prepared:
    """Make it ready; what is wrong with its data is raised."""
    place = state.run_folder(ground.root, run, loop.name)
    values = ground.values(loop, proof, place, cancel)
    marks = turns.marks(ground.state, loop, proof, shared(ground, loop, proof))
    environ = {**ground.environ(loop), **ground.marks(), **marks}
    outs = _outs(loop, place)
    argvs = ground.argvs(loop.run, values, environ)
    numbers = [1] * len(argvs)
    for number, out in enumerate(outs[1:], 2):
        os.makedirs(f"{ground.root}/{out}")
        again = {**values, "out": f"{ground.root}/{out}"}
        argvs += ground.argvs(loop.run, again, environ)
        numbers += [number] * (len(argvs) - len(numbers))
    log = f"{place}/output.log"
    job = _job(ground, loop, argvs, environ, log, manner=manner)
    # Beside the environment, which is all of it in the fingerprint that may be.
    return Prepared(job._replace(numbers=tuple(numbers) if len(outs) > 1 else ()), log, outs)


def like(ground: Ground, loop: Loop, manner: Manner) -> Job:
    """A job like those that the loop will be, for whoever wants to be ready for them."""
    values: dict[str, str | tuple[str, ...]] = dict.fromkeys(loop.run.placeholders, "later")
    values["python"] = ground.python.interpreter or "python3"
    environ = {**ground.environ(loop), **ground.marks()}
    return _job(ground, loop, (expand(loop.run, values),), environ, os.devnull, manner=manner)


def _job(
    ground: Ground,
    loop: Loop,
    argvs: tuple[tuple[str, ...], ...],
    environ: Mapping[str, str],
    log: str,
    *,
    manner: Manner,
) -> Job:
    return Job(
        name=loop.name,
        argvs=argvs,
        cwd=os.path.join(ground.root, loop.cwd) if loop.cwd else ground.root,
        env=environ,
        timeout=loop.timeout * loop.repeat,
        log=os.path.join(ground.root, log),
        tty=manner.tty,
        grace=manner.grace,
        warm=loop.warm,
        preload=loop.preload,
        mask=ground.veil.mask,
    )


def _outs(loop: Loop, place: str) -> tuple[str, ...]:
    if "out" not in loop.run.placeholders:
        return ()
    return (f"{place}/out", *(f"{place}/out.{number}" for number in range(2, loop.repeat + 1)))
