"""What the engine is handed of the outside world, as protocols."""

from __future__ import annotations

from typing import NamedTuple, Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from innerloop.core.failing import Failing
    from innerloop.core.fingerprint import Proof
    from innerloop.core.job import Completion, Job
    from innerloop.core.judgement import Judgement
    from innerloop.core.model import Loop, Plan, Result, Run


class Stoppable(Protocol):
    """What a runner is told to stop by."""

    def __bool__(self) -> bool: ...

    @property
    def killed(self) -> bool:
        """No more grace: asked twice."""

    def attach(self, hook: Callable[[], None]) -> Callable[[], None]:
        """Call `hook` once when stopping is asked for, at once if it was; returns how to detach."""


class Runner(Protocol):
    """Carries out one step's commands: here, in a warm process, on a cluster. Blocks."""

    def __call__(
        self, job: Job, emit: Callable[[str], None], cancel: Stoppable, /
    ) -> Completion: ...


class Passed(NamedTuple):
    """The ledger's yes: when, and in which run."""

    at: float
    run: str
    out: str
    """the pass's `{out}` folder, relative to the root; empty where it had none"""
    warm: bool = False
    """a process that was kept warm said so: good enough to go on with, not to deploy"""


class Hold(NamedTuple):
    """A loop's turn: nobody else runs it on this content, nor another of its mutex."""

    release: Callable[[], None]


class Busy(NamedTuple):
    """Somebody else has the turn: what they hold."""

    reason: str


class World(Protocol):
    """Everything a walk depends on for being right."""

    def clock(self) -> float:
        """Seconds since the epoch."""

    def prove(self, loop: Loop) -> Proof:
        """What the loop's verdict depends on, as it stands now."""

    def passed(self, proof: Proof) -> Passed | None:
        """The pass on record for exactly this, if the latest verdict is one that counts."""

    def judged(self, proof: Proof) -> Result | None:
        """The failure that another walk recorded for exactly this since it was first busy."""

    def rejudged(self, proof: Proof) -> Result | None:
        """What its gates say of the results on record for exactly this, where they changed since.

        None where nothing is to be judged anew: then it has passed, or has to run.
        """

    def failing(self, proof: Proof) -> Failing | None:
        """The failure on record for exactly this; None where there is none."""

    def hold(self, loop: Loop, proof: Proof) -> Hold | Busy:
        """Take the loop's turn, or say who has it. Never waits."""

    def run(
        self,
        loop: Loop,
        proof: Proof,
        *,
        emit: Callable[[str], None],
        cancel: Stoppable,
    ) -> Ran:
        """Carry the loop out. Called from a thread of its own; what it raises fails the loop."""

    def stale(self, results: tuple[Result, ...]) -> tuple[str, ...]:
        """Loops that were green on a content which is no longer what stands there."""

    def began(self, plan: Plan, /) -> str:
        """Record that a walk starts; the id of its run."""

    def settle(self, proof: Proof | None, result: Result) -> None:
        """Record what came of a step, before anybody is told."""

    def ended(self, run: Run) -> Run:
        """Record that a walk ended; the run as it is kept, with where the work tree stood."""


class Ran(NamedTuple):
    """A loop carried out once: what came of it, and whether its inputs stood still."""

    completion: Completion
    at: float
    log: str
    out: str
    moved: tuple[str, ...] = ()
    """inputs that were changed, added or removed while it ran"""
    around: tuple[str, ...] = ()
    """what else its verdict depends on and changed meanwhile: packages, programs"""
    empty: bool = False
    command: str = ""
    gates: tuple[Judgement, ...] = ()
    """what its gates say of what it has measured"""
    headline: str = ""
    """its numbers, in a few words"""
