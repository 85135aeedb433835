"""What happens in a walk: a closed union, so that a view which forgets one fails its type check."""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.model import Plan, Result, Run


class WalkStarted(NamedTuple):
    run: str
    """the id under which history keeps it"""
    plan: Plan
    at: float


class LoopStarted(NamedTuple):
    loop: str
    at: float
    expected: float
    reason: str


class LoopWaiting(NamedTuple):
    """Another process runs this loop on this content, or holds its mutex."""

    loop: str
    at: float
    reason: str


class LoopOutput(NamedTuple):
    """The latest of a loop's output, at most a few thousand characters: the log has all of it."""

    loop: str
    text: str


class LoopFinished(NamedTuple):
    result: Result


class WalkRestarted(NamedTuple):
    """A loop that writes changed what earlier ones had checked."""

    because: str
    loops: tuple[str, ...]
    """those that have to be asked again"""


class Warned(NamedTuple):
    loop: str
    message: str


class WalkFinished(NamedTuple):
    run: Run


Event = (
    WalkStarted
    | LoopStarted
    | LoopWaiting
    | LoopOutput
    | LoopFinished
    | WalkRestarted
    | Warned
    | WalkFinished
)
