"""What carries an outer loop out, as the engine is handed it: commands, walks, forge, journal."""

from __future__ import annotations

from typing import NamedTuple, Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from innerloop.core.book import (
        Answer,
        Attempt,
        Held,
        Kept,
        Live,
        Outrun,
        Record,
        Sample,
        Ticket,
        Wanted,
    )
    from innerloop.core.events import Event
    from innerloop.core.findings import Finding
    from innerloop.core.model import Command, Run
    from innerloop.core.outer import Environment, Review, Stage
    from innerloop.core.stages import End
    from innerloop.core.states import Heard
    from innerloop.core.world import Stoppable


class Errand(NamedTuple):
    """A command to be run outside of us."""

    argv: tuple[str, ...]
    cwd: str
    env: Mapping[str, str]
    timeout: float
    masked: tuple[str, ...] = ()
    """variables whose values nobody is to read in its log"""


class Alive(NamedTuple):
    """Its shim is there: it runs, or is about to."""


class Ended(NamedTuple):
    """It ended, and how was written down."""

    rc: int
    at: float
    timed_out: bool = False
    stopped: bool = False
    """because we asked it to"""


class Never(NamedTuple):
    """It is certain that it was never started."""


class Gone(NamedTuple):
    """It was begun, and nobody wrote down how it ended."""


class Orphan(NamedTuple):
    """Its shim was killed, and something it started is still at work."""


class Missing(NamedTuple):
    """What it had on the disk was taken away: whether it is at work is not to be seen."""


Look = Alive | Ended | Never | Gone | Orphan | Missing


class Journal(Protocol):
    """Where every transition is written before it is acted on."""

    def clock(self) -> float:
        """Seconds since 1970, which nobody sets back while we are there."""

    def record(self, run: str) -> Record:
        """A run as it stands now."""

    def meant(self, run: str) -> bool:
        """Whether it is the run that is meant where none is named."""

    def begin(
        self, attempt: Attempt, heard: Heard, wanted: Wanted | None = None
    ) -> Attempt | Held | Outrun:
        """Say that an attempt is about to begin, before it does; or why it may not."""

    def settle(
        self, attempt: Attempt, heard: Heard, *, live: Live | None = None, kept: Iterable[Kept] = ()
    ) -> Attempt:
        """Say what is heard of an attempt; what it becomes. Raises Fenced where it is too late."""

    def sample(self, attempt: Attempt, sample: Sample) -> None:
        """Keep what a monitor saw; raises Fenced where it is too late."""

    def samples(self, attempt: Attempt) -> tuple[Sample, ...]:
        """What it saw so far, in order."""

    def answer(self, answer: Answer) -> None:
        """Keep what somebody said."""

    def live(self, environment: str) -> tuple[Live, ...]:
        """What was live there, the latest last."""

    def release(self, run: str) -> None:
        """Give back what a run holds, but for where something of it may be at work."""

    def close_run(self, ticket: Ticket, end: End) -> None:
        """End a run."""

    def expected(self, name: str, stage: str) -> float:
        """Seconds that a stage takes when it passes; 0: not known."""


class Launcher(Protocol):
    """Starts commands that outlive us, and finds them again."""

    def claim(self, attempt: Attempt) -> None:
        """Hold its lock from before the journal says that it began, until its shim is done."""

    def drop(self, attempt: Attempt) -> None:
        """It does not begin after all; nothing where it did."""

    def start(self, attempt: Attempt, errand: Errand) -> None:
        """Start what was claimed. It outlives us."""

    def look(self, attempt: Attempt) -> Look:
        """What is to be seen of it, whoever started it."""

    def here(self, attempt: Attempt) -> bool:
        """Whether it was begun on this machine, since it was started."""

    def held(self, run: str) -> bool:
        """Whether some process carries a run out."""

    def wait(self, attempt: Attempt, seconds: float, stop: Stoppable) -> Look:
        """See what becomes of it; at work still where it is after so long, or we are to stop."""

    def end(self, attempt: Attempt) -> None:
        """End what we started ourselves; what another process did is left alone."""

    def log(self, attempt: Attempt) -> str:
        """The path of its log, absolute."""

    def append(self, attempt: Attempt, text: str) -> None:
        """Add to its log what was said while we waited."""


class Said(NamedTuple):
    """What a command said that was run while we waited for it."""

    rc: int
    output: str = ""
    timed_out: bool = False


class Site(Protocol):
    """The project that the stages are about, and what can be asked of it."""

    @property
    def host(self) -> str: ...
    @property
    def boot(self) -> str: ...

    def errand(self, ticket: Ticket, stage: Stage, attempt: Attempt, command: Command) -> Errand:
        """The command as it is started, with what its environment tells it."""

    def ask(self, errand: Errand, stop: Stoppable) -> Said:
        """Run it, and wait for it; it does not outlive us."""

    def walk(self, names: tuple[str, ...], stop: Stoppable) -> Iterator[Event]:
        """Walk inner loops, all of them where none is named: cold, and only what has not passed."""

    def proven(self, names: tuple[str, ...], run: Run) -> bool:
        """Whether the walk leaves nothing of these open."""

    def moved(self, ticket: Ticket, environment: Environment | None) -> str:
        """How what stands here is not what the run is of; empty where it is."""

    def altered(self, ticket: Ticket) -> str:
        """How the files are not those that the run is of, wherever HEAD is; empty: they are."""

    def rewritten(self, ticket: Ticket) -> str:
        """How a file that the run's commit has is another now; empty: all are as it has them."""

    def keep(self, stage: Stage) -> tuple[Kept, ...]:
        """What the stage left, kept by its content, and what it read.

        LoopError where something is not there, or what it read was changed meanwhile.
        """

    def unfair(self, stage: Stage) -> str:
        """Why nothing may be measured on its benchmark; empty where it may, or it has none."""

    def measured(self, stage: Stage) -> tuple[Kept, ...]:
        """What it was measured on: that only grows from now on."""

    def lay(self, record: Record, stage: Stage) -> str:
        """Lay out what earlier stages left; how that, or what they read, was changed since."""

    def findings(
        self, ticket: Ticket, stage: Stage, attempt: Attempt, run: Run | None
    ) -> tuple[Finding, ...]:
        """What its failure says that has to be mended; kept, for the inner loop to show."""


class Forge(Protocol):
    """Where the project is hosted, and people answer for one another."""

    def answers(self, ticket: Ticket, stage: Stage, subject: str) -> Answers:
        """What people have said there to a stage that asks."""

    def reviewed(self, ticket: Ticket, review: Review) -> Reviewed:
        """Whether a change was reviewed."""


class Answers(NamedTuple):
    """What the forge knows, and what keeps it from knowing more."""

    answers: tuple[Answer, ...] = ()
    missing: str = ""


class Reviewed(NamedTuple):
    """What the forge says of a review."""

    approved: bool
    denied: bool = False
    why: str = ""


class Means(NamedTuple):
    """All of it, for one run."""

    journal: Journal
    launcher: Launcher
    site: Site
    forge: Forge
    sleep: Callable[[float], object]
    """may return early, and does when we are to stop"""
