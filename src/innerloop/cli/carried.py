"""A walk, carried out here: told as it happens, recorded, and nothing of it left behind."""

from __future__ import annotations

from contextlib import closing
from typing import NamedTuple

from innerloop.core.events import LoopStarted, WalkFinished
from innerloop.engine.walk import walk
from innerloop.system.here import Here
from innerloop.system.last import Last
from innerloop.system.reaper import sweep
from innerloop.system.runners.local import local
from innerloop.system.watchdog import Watchdog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from innerloop.core.events import Event
    from innerloop.core.model import Plan, Run
    from innerloop.core.world import Runner
    from innerloop.engine.cancel import Cancel
    from innerloop.engine.walk import Asked
    from innerloop.system.ground import Ground


class Means(NamedTuple):
    """How its commands are run."""

    around: Callable[[Runner], Runner] = lambda runner: runner
    tty: tuple[int, int] | None = None
    """rows and columns of the terminal they are shown; None: a pipe"""
    grace: tuple[float, float] = (2.0, 2.0)
    """seconds from interrupt to terminate, and from there to kill"""


def carried(
    ground: Ground,
    plan: Plan,
    asked: Asked,
    cancel: Cancel,
    tell: Callable[[Event], None],
    *,
    means: Means,
) -> Run | None:
    """Carry out a plan; the run, once it has ended."""
    run, started, last = None, False, Last()
    with Watchdog(ground.walk) as watchdog:
        runner = means.around(local(watchdog))
        here = Here(
            ground,
            runner,
            command=asked.command,
            why=asked.why,
            tty=means.tty,
            grace=means.grace,
        )
        try:
            with closing(walk(plan, here, cancel=cancel, asked=asked)) as events:
                for happened in events:
                    event = ground.veil.over(happened)
                    started = started or isinstance(event, LoopStarted)
                    last(ground, event)
                    tell(event)
                    if isinstance(event, WalkFinished):
                        run = event.run
        finally:
            if started:
                sweep(ground.walk)
    return run
