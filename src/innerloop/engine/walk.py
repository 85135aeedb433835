"""The walk: fastest to slowest, stop at the first failure, never again what has passed.

A generator of events with one owner. Every running loop has a thread that carries it out and posts
to the one inbox; everything else (deciding, asking the ledger, recording, yielding) happens on the
thread of whoever iterates. Serial is `jobs=1`, not a second algorithm.

What runs, what is cached and what is deferred is decided as each step starts, because a loop may
write what a later one reads; the plan only forecasts it. Whoever stops iterating stops the work.
"""

from __future__ import annotations

from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple

from innerloop.core.events import (
    LoopFinished,
    LoopOutput,
    LoopStarted,
    LoopWaiting,
    WalkFinished,
    WalkRestarted,
    WalkStarted,
    Warned,
)
from innerloop.core.model import Completion, Outcome, Result, Run, Verdict
from innerloop.core.plan import NOTHING, over_budget
from innerloop.core.text import ago
from innerloop.core.world import Busy, Ran
from innerloop.engine import outcome
from innerloop.engine.cancel import Cancel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from innerloop.core.events import Event
    from innerloop.core.fingerprint import Proof
    from innerloop.core.model import Plan, Step
    from innerloop.core.world import World

_POLL = 0.05
"""seconds between two looks at a turn that somebody else has"""
_NEVER = float("inf")
_RESTARTS = 5
"""after so many the loops that write are undoing each other's work"""
_SETTLING = 3
"""how often a loop that writes may change its own inputs before it must have settled"""


class Asked(NamedTuple):
    """How a walk was asked for: what history keeps of it, and how it is to go about it."""

    jobs: int = 1
    keep_going: bool = False
    command: str = "loop inner"
    why: str = ""


class _Running(NamedTuple):
    step: Step
    proof: Proof
    release: Callable[[], None]
    thread: Thread
    at: float
    attempts: int = 1
    changed: bool = False
    """it wrote, and is on its way to prove that it has settled"""


class _Done(NamedTuple):
    loop: str
    ran: Ran


def walk(plan: Plan, world: World, *, cancel: Cancel, asked: Asked) -> Generator[Event]:
    """Carry out a plan. Close it, or exhaust it: either way no child and no thread is left."""
    run = world.began(plan)
    at = world.clock()
    yield WalkStarted(run, plan, at)
    # Of its own, since a failure stops this walk alone; who insists does so on both.
    stop = Cancel(cancel)
    detach = cancel.attach(lambda: stop.set(cancel.reason))
    path = _Path(plan, world, stop, asked)
    try:
        yield from path.steps()
        results = tuple(
            path.settled[s.loop.name] for s in plan.steps if s.loop.name in path.settled
        )
        stale = () if cancel else world.stale(results)
        for name in stale:
            yield Warned(name, "its inputs changed after it was checked: run the walk again")
        verdict = Verdict.INTERRUPTED if cancel else outcome.verdict(results, stale)
        seconds = world.clock() - at
        ended = Run(run, at, seconds, verdict, asked.command, results, asked.why)
        yield WalkFinished(world.ended(ended))
    finally:
        detach()
        path.abandon()


class _Path:
    """The state of one walk: what waits, what runs, what is settled."""

    def __init__(self, plan: Plan, world: World, stop: Cancel, asked: Asked) -> None:
        self.settled: dict[str, Result] = {}
        self._plan = plan
        self._world = world
        self._stop = stop
        self._asked = asked
        self._waiting = list(plan.steps)
        self._running: dict[str, _Running] = {}
        self._inbox: SimpleQueue[_Done | LoopOutput] = SimpleQueue()
        self._spent = 0.0
        self._deferred = ""
        self._restarts = 0
        self._busy: dict[str, float] = {}
        self._warned: set[tuple[str, str]] = set()

    def steps(self) -> Iterator[Event]:
        while self._waiting or self._running:
            yield from self._start_what_can()
            if self._running or self._waiting:
                yield from self._take()

    def abandon(self) -> None:
        """End what still runs and wait for it: nothing of ours outlives the walk."""
        self._stop.set("the walk ended")
        for running in self._running.values():
            running.thread.join()
            running.release()

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
        if len(self._running) >= self._asked.jobs:
            return False
        # A loop that writes has the tree for itself: it would move what the others are reading.
        if any(running.step.loop.writes for running in self._running.values()):
            return False
        if step.loop.writes and self._running:
            return False
        pending = {waiting.loop.name for waiting in self._waiting} | set(self._running)
        return not pending & set(step.loop.after)

    def _fences(self, step: Step) -> bool:
        """Whether nobody may overtake it: what did would have to be checked again."""
        waiting = {one.loop.name for one in self._waiting}
        return step.loop.writes and bool(self._running) and not waiting & set(step.loop.after)

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
        since = self._busy.pop(loop.name, None)
        theirs = self._world.judged(proof, since) if since is not None else None
        if theirs is not None:
            hold.release()
            yield from self._settle(step, None, theirs)
            return
        self._waiting.remove(step)
        self._spent += step.expected
        yield LoopStarted(
            loop.name, self._start(step, proof, hold.release), step.expected, proof.reason
        )

    def _without_running(self, step: Step, proof: Proof) -> Result | None:
        loop, now = step.loop, self._world.clock()
        if loop.files and not proof.handed:
            return Result(
                loop.name,
                Outcome.SKIPPED,
                NOTHING,
                now,
                empty=True,
                required=loop.required,
            )
        passed = self._world.passed(proof)
        # A forced walk believes what another one found while it waited, and nothing older.
        since = self._busy.get(loop.name, _NEVER) if self._plan.force else 0.0
        if passed is not None and passed.at >= since:
            return Result(
                loop.name,
                Outcome.CACHED,
                f"passed {ago(now - passed.at)}",
                now,
                out=passed.out,
                required=loop.required,
                fingerprint=proof.fingerprint,
            )
        if loop.name in self._plan.held:
            reason = "runs only when named (auto: false)"
            return Result(loop.name, Outcome.SKIPPED, reason, now, required=False)
        reason = over_budget(self._plan.budget, self._spent, step.expected, self._deferred)
        if reason:
            self._deferred = self._deferred or loop.name
            return Result(loop.name, Outcome.DEFERRED, reason, now, required=loop.required)
        return None

    def _start(
        self, step: Step, proof: Proof, release: Callable[[], None], before: _Running | None = None
    ) -> float:
        name, at = step.loop.name, self._world.clock()

        def carry() -> None:
            # Posted on every path, or the walk would wait for ever.
            try:
                ran = self._world.run(step.loop, proof, emit=emit, cancel=self._stop)
            except BaseException as error:  # noqa: BLE001 - a runner's bug fails its loop, loudly
                said = f"loop: {type(error).__name__}: {error}"
                ran = Ran(Completion(70, 0.0, tail=said), at, "", "")
            self._inbox.put(_Done(name, ran))

        def emit(text: str) -> None:
            self._inbox.put(LoopOutput(name, text))

        thread = Thread(target=carry, name=f"loop {name}", daemon=True)
        running = _Running(step, proof, release, thread, at)
        if before is not None:
            running = running._replace(attempts=before.attempts + 1, changed=before.changed)
        self._running[name] = running
        thread.start()
        return at

    # -- ending ------------------------------------------------------------------------------

    def _take(self) -> Iterator[Event]:
        """Wait for the next thing to happen; where a turn is somebody else's, not for long."""
        try:
            posted = self._inbox.get(timeout=_POLL if self._busy else None)
        except Empty:
            return
        if isinstance(posted, LoopOutput):
            yield posted
            return
        running = self._running[posted.loop]
        running.thread.join()
        yield from self._end(running, posted.ran)

    def _end(self, running: _Running, ran: Ran) -> Iterator[Event]:
        loop = running.step.loop
        failed = ran.completion.exit_code != 0
        over = bool(self._stop) or ran.completion.cancelled
        if failed and not over and running.attempts <= loop.retries:
            yield from self._warn(loop.name, (f"attempt {running.attempts} failed: trying again",))
            self._start(running.step, running.proof, running.release, running)
            return
        if loop.writes and ran.moved and not failed and running.attempts < _SETTLING + loop.retries:
            proof = self._world.prove(loop)
            self._start(running.step, proof, running.release, running._replace(changed=True))
            return
        attempts = 1 if running.changed else running.attempts
        result = outcome.result(running.step, running.proof, ran, attempts, running.at)
        del self._running[loop.name]
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
            names = ", ".join(step.loop.name for step in affected)
            yield Warned(because, f"it and {names} keep undoing each other's changes")
            result = self.settled[because]._replace(
                outcome=Outcome.FAILED,
                reason=f"keeps changing what {names} checked",
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
        if result.red and result.required and not self._asked.keep_going:
            self._stop.set(f"{result.loop} failed")

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
