"""A project that is watched in memory: a fake world, and a person who reacts to what is told."""

from __future__ import annotations

from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from fakes import EPOCH, FakeWorld, planned, told

from innerloop.core.events import Pressed, Reconfigured, Saved
from innerloop.engine.cancel import Cancel
from innerloop.engine.session import session
from innerloop.engine.walk import Asked

if TYPE_CHECKING:
    from collections.abc import Callable

    from innerloop.core.events import Event
    from innerloop.core.model import Loop, Plan
    from innerloop.core.watching import Wish
    from innerloop.core.world import World
    from innerloop.engine.crew import Inbox


class React(NamedTuple):
    """What somebody does as soon as a line like this is told."""

    line: str
    deed: Callable[[], None]


class FakeWatched:
    """A `Watched` over a `FakeWorld`; `save` is the developer, `run` the whole session."""

    def __init__(self, *loops: Loop, world: FakeWorld | None = None) -> None:
        self.loops = loops
        self.fake = world or FakeWorld()
        self.inbox: Inbox = SimpleQueue()
        self.cancel = Cancel()
        self.wishes: list[Wish] = []
        self.deeds: list[str] = []
        self.looks = 0
        self.config: Reconfigured | None = None
        self.events: list[Event] = []
        self.ticks = 0.01
        """seconds that go by at each look at the clock"""

    # -- the developer -----------------------------------------------------------------------

    def save(self, path: str, text: str) -> None:
        self.fake.files[path] = text
        self.inbox.put(Saved((path,), self.fake.now))

    def press(self, key: str) -> None:
        self.inbox.put(Pressed(key))

    def run(self, *reactions: React) -> list[str]:
        """The session as a story, up to the last reaction; nobody left over, then it is quit."""
        left = list(reactions)
        lines: list[str] = []
        for event in session(self, self.inbox, cancel=self.cancel, asked=Asked()):
            self.events.append(event)
            said = told([event])
            lines += said
            while left and any(line.startswith(left[0].line) for line in said):
                left.pop(0).deed()
                said = []
        assert not left, (left[0].line, lines)
        return lines

    # -- the project -------------------------------------------------------------------------

    def clock(self) -> float:
        self.fake.now += self.ticks
        return self.fake.now

    def order(self) -> tuple[str, ...]:
        return tuple(loop.name for loop in self.loops)

    def plan(self, wish: Wish) -> Plan:
        self.wishes.append(wish)
        chosen = [one for one in self.loops if not wish.names or one.name in wish.names]
        return planned(*chosen, force=bool(wish.names))

    def world(self, _wish: Wish, /) -> World:
        return self.fake

    def affected(self, loop: str, fingerprint: str, saved: Saved) -> bool:
        now = self.fake.prove(self._loop(loop)).fingerprint
        if fingerprint and now:
            return now != fingerprint
        return saved.everything or any(self.depends(loop, path) for path in saved.paths)

    def depends(self, loop: str, path: str) -> bool:
        return path in self.fake.reads.get(loop, tuple(self.fake.files))

    def writes(self, loop: str) -> bool:
        return self._loop(loop).writes

    def reread(self, saved: Saved) -> Reconfigured | None:
        return self.config if "loops.yaml" in saved.paths else None

    def errand(self, deed: str, loops: tuple[str, ...]) -> str:
        self.deeds.append(f"{deed} {' '.join(loops)}")
        return "fixed" if deed == "fix" else ""

    def look(self) -> None:
        self.looks += 1

    def _loop(self, name: str) -> Loop:
        return next(one for one in self.loops if one.name == name)


def since_epoch(seconds: float) -> float:
    return EPOCH + seconds
