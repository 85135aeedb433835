"""A world that follows a script: what each loop does when it runs, and what stands there."""

from __future__ import annotations

import threading
from threading import Event as Flag
from threading import Lock, get_ident
from typing import TYPE_CHECKING, NamedTuple, assert_never

from innerloop.core.command import parse
from innerloop.core.events import (
    LoopFinished,
    LoopOutput,
    LoopStarted,
    LoopWaiting,
    Noted,
    Paused,
    Pressed,
    Reconfigured,
    Rested,
    Saved,
    WalkFinished,
    WalkRestarted,
    WalkStarted,
    Warned,
)
from innerloop.core.fingerprint import Ingredients, Proof, gather
from innerloop.core.job import Completion
from innerloop.core.model import Action, Loop, Outcome, Plan, Result, Run, Step
from innerloop.core.plan import ordered
from innerloop.core.world import Busy, Hold, Passed, Ran

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from innerloop.core.events import Event
    from innerloop.core.failing import Failing
    from innerloop.core.judgement import Judgement
    from innerloop.core.world import Stoppable

EPOCH = 1_000_000.0


class Act(NamedTuple):
    """What a loop does in one run of it."""

    code: int = 0
    seconds: float = 1.0
    says: tuple[str, ...] = ()
    writes: Mapping[str, str] | None = None
    timed_out: bool = False
    empty: bool = False
    waits: Flag | None = None
    """it goes on until this is set, or until it is stopped"""
    begun: Flag | None = None
    raises: BaseException | None = None
    then: Callable[[], None] | None = None
    """done just before it ends"""
    gates: tuple[Judgement, ...] = ()
    headline: str = ""


PASS = Act()
FAIL = Act(code=1)


def made(name: str, cycle: float = 1.0, **fields: object) -> Loop:
    return Loop(name, parse(name), cycle)._replace(**fields)  # type: ignore[arg-type]


def planned(
    *loops: Loop, budget: float | None = None, force: bool = False, held: Iterable[str] = ()
) -> Plan:
    steps = tuple(Step(one, Action.RUN, "never passed", one.cycle) for one in ordered(loops))
    return Plan(steps, budget, force, frozenset(held))


class FakeWorld:
    """A `World` in memory: files are texts, the ledger is a dict, and nothing takes any time.

    Every loop reads all `files` unless `reads` says which. It keeps its own minutes, and objects
    as soon as the walk breaks a promise about who may run when.
    """

    def __init__(self, script: Mapping[str, Iterable[Act]] | None = None) -> None:
        self.files = {"a.py": "1"}
        self.reads: dict[str, tuple[str, ...]] = {}
        self.now = EPOCH
        self.ledger: dict[str, Passed] = {}
        self.verdicts: dict[str, Result] = {}
        self.again: dict[str, Result] = {}
        """what gates say of results on record"""
        self.known: dict[str, Failing] = {}
        """failures on record"""
        self.busy: dict[str, list[Callable[[], None]]] = {}
        self.waited: dict[str, float] = {}
        self.handed: dict[str, tuple[str, ...]] = {}
        self.unprovable: dict[str, Exception] = {}
        self.uncached: set[str] = set()
        self.warnings: dict[str, tuple[str, ...]] = {}
        self.ran: list[str] = []
        self.settled: list[tuple[Proof | None, Result]] = []
        self.ends: list[Run] = []
        self.held: list[str] = []
        self.most = 0
        self.stops: list[Stoppable] = []
        self.objections: list[str] = []
        self._script = {name: list(acts) for name, acts in (script or {}).items()}
        self._running: dict[str, Loop] = {}
        self._lock = Lock()
        self._thread = get_ident()

    def clock(self) -> float:
        return self.now

    def prove(self, loop: Loop) -> Proof:
        if loop.name in self.unprovable:
            raise self.unprovable[loop.name]
        entries = self._read(loop)
        none: dict[str, str] = {}
        ingredients = Ingredients(
            loop.run.text, "", (), gather(entries), none, none, none, none, none
        )
        fingerprint = "" if loop.name in self.uncached else ingredients.digest()
        return Proof(
            loop,
            ingredients,
            fingerprint,
            handed=self.handed.get(loop.name, ()),
            warnings=self.warnings.get(loop.name, ()),
            reason="never passed",
        )

    def passed(self, proof: Proof) -> Passed | None:
        return self.ledger.get(proof.fingerprint)

    def judged(self, proof: Proof) -> Result | None:
        found, since = self.verdicts.get(proof.fingerprint), self.waited.get(proof.loop.name)
        return found if found and since is not None and found.at >= since else None

    def rejudged(self, proof: Proof) -> Result | None:
        return self.again.get(proof.loop.name)

    def failing(self, proof: Proof) -> Failing | None:
        return self.known.get(proof.loop.name)

    def hold(self, loop: Loop, proof: Proof) -> Hold | Busy:
        waits = self.busy.get(loop.name)
        if waits:
            self.waited.setdefault(loop.name, self.now)
            waits.pop(0)()
            return Busy("another walk runs it on this content")
        turn = f"mutex {loop.mutex}" if loop.mutex else proof.fingerprint
        if turn in self.held:
            return Busy(f"{turn} is held")
        self.held.append(turn)
        return Hold(lambda: self.held.remove(turn))

    def run(
        self, loop: Loop, proof: Proof, *, emit: Callable[[str], None], cancel: Stoppable
    ) -> Ran:
        with self._lock:
            self._starts(loop)
            acts = self._script.get(loop.name, [])
            act = acts.pop(0) if len(acts) > 1 else (acts or [PASS])[0]
        self.stops.append(cancel)
        try:
            return self._carry(act, loop, proof, emit, cancel)
        finally:
            with self._lock:
                del self._running[loop.name]

    def stale(self, results: tuple[Result, ...]) -> tuple[str, ...]:
        green = [one for one in results if one.green and one.fingerprint]
        return tuple(
            one.loop for one in green if one.fingerprint != self.prove(made(one.loop)).fingerprint
        )

    def began(self, _plan: Plan, /) -> str:
        return "1"

    def settle(self, proof: Proof | None, result: Result) -> None:
        if get_ident() != self._thread:
            self.objections.append(f"{result.loop} was settled on another thread")
        self.settled.append((proof, result))
        if not result.fingerprint:
            return
        if result.outcome is Outcome.PASSED and not (result.flaky or result.empty):
            self.ledger[result.fingerprint] = Passed(self.now, "1", result.out)
        elif result.red:
            self.ledger.pop(result.fingerprint, None)

    def ended(self, run: Run) -> Run:
        self.ends.append(run)
        return run

    def _read(self, loop: Loop) -> dict[str, str]:
        names = self.reads.get(loop.name, tuple(self.files))
        return {name: self.files[name] for name in sorted(names)}

    def _starts(self, loop: Loop) -> None:
        writing = [one.name for one in self._running.values() if one.writes]
        if writing or (loop.writes and self._running):
            self.objections.append(f"{loop.name} ran beside {[*self._running]}")
        if loop.mutex and loop.mutex in [one.mutex for one in self._running.values()]:
            self.objections.append(f"two of mutex {loop.mutex} at once")
        self._running[loop.name] = loop
        self.ran.append(loop.name)
        self.most = max(self.most, len(self._running))

    def _carry(
        self, act: Act, loop: Loop, proof: Proof, emit: Callable[[str], None], cancel: Stoppable
    ) -> Ran:
        if act.begun:
            act.begun.set()
        if act.raises:
            raise act.raises
        for text in act.says:
            emit(text)
        if act.waits:
            cancel.attach(act.waits.set)
            act.waits.wait()
        stopped = bool(cancel)
        with self._lock:
            if not stopped:
                self.files.update(act.writes or {})
            after = self._read(loop)
        if act.then:
            act.then()
        before = proof.ingredients.files.entries
        return Ran(
            Completion(130 if stopped else act.code, act.seconds, act.timed_out, stopped),
            self.now,
            f"runs/1/{loop.name}",
            "",
            moved=tuple(path for path in after if after[path] != before.get(path)),
            empty=act.empty,
            command=loop.run.text,
            gates=act.gates,
            headline=act.headline,
        )


def told(events: Iterable[Event]) -> list[str]:
    """A walk as a story: a line an event."""
    return [said for said in map(_said, events) if said]


def _said(event: Event) -> str:  # noqa: C901, PLR0912 - one branch an event
    match event:
        case LoopFinished(result=result):
            return f"{result.outcome} {result.loop}: {result.reason}".removesuffix(": ")
        case LoopStarted(loop=loop):
            return f"start {loop}"
        case LoopWaiting(loop=loop, reason=reason):
            return f"wait {loop}: {reason}"
        case LoopOutput(loop=loop, text=text):
            return f"says {loop}: {text}"
        case WalkRestarted(because=because, loops=loops):
            return f"restart because of {because}: {' '.join(loops)}"
        case Warned(loop=loop, message=message):
            return f"warn {loop}: {message}"
        case WalkFinished(run=run):
            return f"end {run.verdict}"
        case Saved(paths=paths):
            return f"saved {' '.join(paths)}"
        case Pressed(key=key):
            return f"pressed {key}"
        case Noted(message=message):
            return f"noted {message}"
        case Reconfigured(loops=loops, problems=problems):
            return f"reconfigured {problems or ' '.join(loops)}"
        case Paused(reason=reason):
            return f"paused {reason}"
        case Rested(run=run):
            return f"rested {run.verdict}"
        case WalkStarted():
            return ""
    assert_never(event)


def threads() -> list[str]:
    """The threads of walks that are still about."""
    return [one.name for one in threading.enumerate() if one.name.startswith("loop ")]
