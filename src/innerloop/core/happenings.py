"""What happens in an outer loop: a closed union of its own, beside the events of its walks."""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.book import Sample, Ticket
    from innerloop.core.events import Event
    from innerloop.core.findings import Finding
    from innerloop.core.stages import End
    from innerloop.core.states import State


class OuterStarted(NamedTuple):
    ticket: Ticket
    at: float
    resumed: bool = False


class StageStarted(NamedTuple):
    stage: str
    kind: str
    at: float
    expected: float = 0.0
    """seconds, from its history; 0: it has none"""
    attempt: int = 1
    adopted: bool = False
    """it was begun by a process that is gone"""


class StageGoesOn(NamedTuple):
    """It still runs, or waits: said now and then, so that nobody has to wonder."""

    stage: str
    seconds: float
    expected: float = 0.0


class StageWalked(NamedTuple):
    """An event of the inner loops that a stage walks."""

    stage: str
    event: Event


class StageSampled(NamedTuple):
    stage: str
    sample: Sample
    bad: int
    """samples that were bad so far"""
    left: float
    """seconds of the window that are left"""
    said: str = ""
    """the last line of a check that was not good"""


class StageAsks(NamedTuple):
    """Somebody has to answer."""

    stage: str
    question: str
    how: str
    """the command, or the place, by which it is answered"""


class StageSettled(NamedTuple):
    """A stage has come to a state that it leaves only for something new."""

    stage: str
    state: State
    why: str
    at: float
    seconds: float = 0.0
    log: str = ""
    """absolute"""
    rc: int | None = None


class Found(NamedTuple):
    """Something that has to be mended is sent back."""

    finding: Finding


class Told(NamedTuple):
    """Something to be said of a stage; of the whole where it is empty."""

    stage: str
    message: str


class OuterRested(NamedTuple):
    """It waits for somebody, and holds no process meanwhile."""

    run: str
    waiting: tuple[str, ...]
    doubtful: tuple[str, ...]
    advice: tuple[str, ...]


class OuterStopped(NamedTuple):
    """It was interrupted; what goes on without us is named."""

    run: str
    reason: str
    running: tuple[str, ...]
    advice: tuple[str, ...] = ()


class OuterFinished(NamedTuple):
    run: str
    end: End
    at: float
    seconds: float
    advice: tuple[str, ...] = ()


Happening = (
    OuterStarted
    | StageStarted
    | StageGoesOn
    | StageWalked
    | StageSampled
    | StageAsks
    | StageSettled
    | Found
    | Told
    | OuterRested
    | OuterStopped
    | OuterFinished
)
