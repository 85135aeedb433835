"""The walk: fastest to slowest, stop at the first failure, never again what has passed.

A generator of events with one owner. Every running loop has a thread that carries it out and posts
to the one inbox; everything else (deciding, asking the ledger, recording, yielding) happens on the
thread of whoever iterates. Serial is `jobs=1`, not a second algorithm.

What runs, what is cached and what is deferred is decided as each step starts, because a loop may
write what a later one reads; the plan only forecasts it. Whoever stops iterating stops the work.
"""

from __future__ import annotations

from innerloop.core.errors import LoopError
from innerloop.core.events import WalkFinished, WalkStarted, Warned
from innerloop.core.model import Run, Verdict
from innerloop.engine import outcome
from innerloop.engine.cancel import Cancel
from innerloop.engine.progress import Asked, Progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

    from innerloop.core.events import Event
    from innerloop.core.model import Plan, Result
    from innerloop.core.world import World
    from innerloop.engine.crew import Inbox

__all__ = ["Asked", "walk"]


def walk(
    plan: Plan, world: World, *, cancel: Cancel, asked: Asked, inbox: Inbox | None = None
) -> Generator[Event]:
    """Carry out a plan. Close it, or exhaust it: either way no child and no thread is left.

    What others post to the inbox meanwhile comes out among the walk's own events.
    """
    run = world.began(plan)
    at = world.clock()
    yield WalkStarted(run, plan, at)
    # Of its own, since a failure stops this walk alone; who insists does so on both.
    stop = Cancel(cancel)
    detach = cancel.attach(lambda: stop.set(cancel.reason))
    progress = Progress(plan, world, stop, asked, inbox)

    def ended(verdict: Verdict, results: tuple[Result, ...]) -> WalkFinished:
        seconds = world.clock() - at
        return WalkFinished(
            world.ended(Run(run, at, seconds, verdict, asked.command, results, asked.why))
        )

    try:
        try:
            yield from progress.steps()
        except LoopError:
            # What was settled by then is so all the same.
            progress.abandon()
            yield ended(Verdict.INTERRUPTED, _settled(plan, progress))
            raise
        results = _settled(plan, progress)
        stale = () if cancel else world.stale(results)
        for name in stale:
            yield Warned(name, "its inputs changed after it was checked: run the walk again")
        verdict = Verdict.INTERRUPTED if cancel else outcome.verdict(results, stale)
        yield ended(verdict, results)
    finally:
        detach()
        progress.abandon()


def _settled(plan: Plan, progress: Progress) -> tuple[Result, ...]:
    settled = progress.settled
    return tuple(settled[step.loop.name] for step in plan.steps if step.loop.name in settled)
