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
    fingerprint: str = ""
    """what it runs on; empty where that cannot be named"""


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


class Saved(NamedTuple):
    """Files have another content than before, or are there no more."""

    paths: tuple[str, ...]
    """from the root"""
    at: float
    """when the last of them was written, by the filesystem's clock where that can be believed"""
    everything: bool = False
    """too much happened at once to tell what: anything may have changed"""

    def any(self) -> bool:
        return bool(self.paths) or self.everything

    def with_(self, later: Saved) -> Saved:
        """Both as one."""
        paths = tuple(dict.fromkeys((*self.paths, *later.paths)))
        return Saved(paths, later.at, everything=self.everything or later.everything)


class Pressed(NamedTuple):
    """A key, while watching."""

    key: str


class Noted(NamedTuple):
    """Something to be said of the watch itself; the empty text takes back what was said."""

    message: str
    lasting: bool = False
    """it holds until another such is told"""


class Reconfigured(NamedTuple):
    """loops.yaml was read anew."""

    loops: tuple[str, ...]
    """the loops that are watched from now on"""
    problems: str = ""
    """what is wrong with it, shown where it is; the old one is kept then"""


class Paused(NamedTuple):
    """Saves are noticed, and nothing runs for them; the empty text: it goes on."""

    reason: str


class Rested(NamedTuple):
    """A walk of the watch has ended, and nothing happens until something is saved or pressed."""

    run: Run
    answered: float
    """seconds from the save to the first failure, or to the verdict"""
    median: float
    """of the answers so far"""
    answers: int


Event = (
    WalkStarted
    | LoopStarted
    | LoopWaiting
    | LoopOutput
    | LoopFinished
    | WalkRestarted
    | Warned
    | WalkFinished
    | Saved
    | Pressed
    | Noted
    | Reconfigured
    | Paused
    | Rested
)
