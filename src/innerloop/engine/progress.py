"""The progress of one walk: what waits, what is settled, and what each step comes to."""

from __future__ import annotations

from typing import NamedTuple

from innerloop.core.budget import given, over_budget
from innerloop.core.events import (
    LoopFinished,
    LoopStarted,
    LoopWaiting,
    WalkRestarted,
    Warned,
)
from innerloop.core.fingerprint import names, subtract
from innerloop.core.model import Outcome, Result
from innerloop.core.money import price, refused
from innerloop.core.world import Busy
from innerloop.engine import outcome
from innerloop.engine.crew import Crew, Done

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.core.events import Event
    from innerloop.core.fingerprint import Proof
    from innerloop.core.model import Plan, Step
    from innerloop.core.world import Ran, World
    from innerloop.engine.cancel import Cancel
    from innerloop.engine.crew import Inbox, Running

_POLL = 0.1
"""seconds between two looks at a turn that somebody else has, at first"""
_PATIENT = 1.0
"""and after a while: each look proves the loop anew"""
_RESTARTS = 5
"""after so many the loops that write are undoing each other's work"""
SETTLING = 3
"""how often a loop that writes may change its own inputs before it must have settled"""
_NEVER = float("inf")


def two_sided(world: World, before: Proof, ran: Ran) -> Ran:
    """With whatever else its verdict depends on that changed meanwhile: packages, programs."""
    if ran.moved or not before.fingerprint:
        return ran
    after = world.prove(before.loop)
    if after.fingerprint == before.fingerprint:
        return ran
    return ran._replace(around=names(subtract(after.ingredients, before.ingredients)))


class Asked(NamedTuple):
    """How a walk was asked for: what history keeps of it, and how it is to go about it."""

    jobs: int = 1
    keep_going: bool = False
    command: str = "loop inner"
    why: str = ""


class Progress:
    """The state of one walk: what waits, what runs, what is settled."""

    def __init__(
        self, plan: Plan, world: World, stop: Cancel, asked: Asked, inbox: Inbox | None = None
    ) -> None:
        self.settled: dict[str, Result] = {}
        self._plan = plan
        self._world = world
        self._stop = stop
        self._asked = asked
        self._waiting = list(plan.steps)
        self._crew = Crew(world, stop, inbox)
        self._spent = 0.0
        self._paid = 0.0
        self._deferred = ""
        self._restarts = 0
        self._busy: dict[str, float] = {}
        self._warned: set[tuple[str, str]] = set()

    def steps(self) -> Iterator[Event]:
        while self._waiting or self._crew.running:
            yield from self._start_what_can()
            if self._crew.running or self._waiting:
                yield from self._take()

    def abandon(self) -> None:
        """End what still runs and wait for it: nothing of ours outlives the walk."""
        self._stop.set("the walk ended")
        self._crew.abandon()

    # -- starting ----------------------------------------------------------------------------

    def _start_what_can(self) -> Iterator[Event]:
        progress = True
        while progress:
            progress = False
            for step in list(self._waiting):
                if self._stop:
                    yield from self._settle(step, None, self._stopped(step))
                    continue
                if not self._ready(step):
                    if self._fences(step):
                        break
                    continue
                events = list(self._decide(step))
                yield from events
                if step not in self._waiting:
                    progress = True
                    break

    def _ready(self, step: Step) -> bool:
        running = self._crew.running
        # Where nothing of ours runs, whoever waits for another walk has the place: alone it is
        # not overtaken by what is slower.
        waits = not running and any(name != step.loop.name for name in self._busy)
        if len(running) + waits >= max(self._asked.jobs, 1):
            return False
        # A loop that writes has the tree for itself: it would move what the others are reading.
        if any(one.step.loop.writes for one in running.values()):
            return False
        return not (step.loop.writes and running) and not self._behind(step)

    def _fences(self, step: Step) -> bool:
        """Whether nobody may overtake it: what did would have to be checked again."""
        return step.loop.writes and bool(self._crew.running) and not self._behind(step)

    def _behind(self, step: Step) -> bool:
        """Whether something it comes after is not settled yet."""
        pending = {one.loop.name for one in self._waiting} | set(self._crew.running)
        return bool(pending & set(step.loop.after))

    def _decide(self, step: Step) -> Iterator[Event]:
        """Settle a step, start it, or leave it waiting for its turn."""
        loop = step.loop
        if skipped := outcome.behind(step, self.settled, self._world.clock()):
            yield from self._settle(step, None, skipped)
            return
        proof = self._world.prove(loop)
        yield from self._warn(loop.name, proof.warnings)
        settled = self._without_running(step, proof)
        if settled is not None:
            yield from self._settle(step, proof, settled)
            return
        hold = self._world.hold(loop, proof)
        if isinstance(hold, Busy):
            if loop.name not in self._busy:
                self._busy[loop.name] = self._world.clock()
                yield LoopWaiting(loop.name, self._busy[loop.name], hold.reason)
            return
        waited = self._busy.pop(loop.name, None)
        theirs = self._world.judged(proof) if waited is not None else None
        if theirs is not None:
            hold.release()
            yield from self._settle(step, None, theirs)
            return
        self._waiting.remove(step)
        step = given(self._plan, self._spent, step)
        self._spent += step.expected if step.tried is None else 0.0
        self._paid += price(loop)
        running = self._crew.start(step, proof, hold.release)
        yield LoopStarted(loop.name, running.at, step.expected, proof.reason, proof.fingerprint)

    def _without_running(self, step: Step, proof: Proof) -> Result | None:
        """Its result, where nothing has to run for it."""
        loop, now = step.loop, self._world.clock()
        if loop.files and not proof.handed:
            return outcome.nothing(loop, now)
        passed = self._world.passed(proof)
        # A forced walk believes what another one found while it waited, and nothing older.
        since = self._busy.get(loop.name, _NEVER) if self._plan.force else 0.0
        if passed is not None and passed.at >= since:
            return outcome.cached(proof, passed, now)
        again = None if self._plan.force else self._world.rejudged(proof)
        if again is not None:
            return again
        if loop.name in self._plan.held:
            return outcome.held(loop, now)
        reason = over_budget(self._plan, self._spent, step, self._deferred)
        if reason:
            self._deferred = self._deferred or loop.name
        reason = reason or refused(self._plan.purse, loop, self._paid)
        if reason:
            return outcome.deferred(loop, reason, self._world.failing(proof), now)
        return None

    # -- ending ------------------------------------------------------------------------------

    def _take(self) -> Iterator[Event]:
        """Wait for the next thing to happen; where a turn is somebody else's, not for long."""
        happened = self._crew.take(self._patience())
        if isinstance(happened, Done):
            yield from self._end(happened.running, happened.ran)
        elif happened is not None:
            yield happened

    def _patience(self) -> float | None:
        """How long to wait for our own before looking at somebody else's turn again."""
        if not self._busy:
            return None
        waited = self._world.clock() - min(self._busy.values())
        return min(max(_POLL, waited / 10), _PATIENT)

    def _end(self, running: Running, ran: Ran) -> Iterator[Event]:
        loop = running.step.loop
        if running.step.tried is not None:
            self._spent += ran.completion.seconds
        failed = ran.completion.exit_code != 0
        over = bool(self._stop) or ran.completion.cancelled or outcome.ran_out(running.step, ran)
        if failed and not over and running.attempts <= loop.retries:
            yield from self._warn(loop.name, (f"attempt {running.attempts} failed: trying again",))
            self._crew.again(running, running.proof, changed=running.changed)
            return
        if loop.writes and ran.moved and not failed and running.attempts < SETTLING + loop.retries:
            self._crew.again(running, self._world.prove(loop), changed=True)
            return
        ran = two_sided(self._world, running.proof, ran)
        attempts = 1 if running.changed else running.attempts
        result = outcome.result(running.step, running.proof, ran, attempts, running.at)
        self._crew.let_go(running)
        if result.outcome is Outcome.DEFERRED:
            self._deferred = self._deferred or loop.name
        try:
            yield from self._settle(running.step, running.proof, result)
        finally:
            # Not before it is recorded: whoever waits for the turn takes our verdict.
            running.release()
        if running.changed and result.green:
            yield from self._restart(loop.name)

    def _restart(self, because: str) -> Iterator[Event]:
        """Ask again whatever was checked before `because` changed it."""
        affected = [step for step in self._plan.steps if self._affected(step, because)]
        if not affected:
            return
        self._restarts += 1
        if self._restarts > _RESTARTS:
            others = ", ".join(step.loop.name for step in affected)
            yield Warned(because, f"it and {others} keep undoing each other's changes")
            result = self.settled[because]._replace(
                outcome=Outcome.FAILED,
                reason=f"keeps changing what {others} checked",
                fingerprint="",
            )
            self._world.settle(None, result)
            self.settled[because] = result
            self._fail(result)
            yield LoopFinished(result)
            return
        for step in affected:
            self.settled.pop(step.loop.name)
        names_left = {step.loop.name for step in (*affected, *self._waiting)}
        self._waiting = [step for step in self._plan.steps if step.loop.name in names_left]
        yield WalkRestarted(because, tuple(step.loop.name for step in affected))

    def _affected(self, step: Step, because: str) -> bool:
        before = self.settled.get(step.loop.name)
        if before is None or not before.green or step.loop.name == because:
            return False
        return self._world.passed(self._world.prove(step.loop)) is None

    def _settle(self, step: Step, proof: Proof | None, result: Result) -> Iterator[Event]:
        if step in self._waiting:
            self._waiting.remove(step)
        self._busy.pop(step.loop.name, None)
        self._world.settle(proof, result)
        self.settled[step.loop.name] = result
        yield from self._warn(step.loop.name, result.warnings)
        yield LoopFinished(result)
        self._fail(result)

    def _fail(self, result: Result) -> None:
        if result.halts and result.required and not self._asked.keep_going:
            what = "failed" if result.red else "is inconclusive"
            self._stop.set(f"{result.loop} {what}")

    def _stopped(self, step: Step) -> Result:
        return Result(
            step.loop.name,
            Outcome.SKIPPED,
            self._stop.reason,
            self._world.clock(),
            required=step.loop.required,
        )

    def _warn(self, loop: str, messages: tuple[str, ...]) -> Iterator[Event]:
        for message in messages:
            if (loop, message) not in self._warned:
                self._warned.add((loop, message))
                yield Warned(loop, message)
