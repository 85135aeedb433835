"""The crew: a thread for each loop that runs, all posting to one inbox."""

from __future__ import annotations

from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import NamedTuple

from innerloop.core.errors import LoopError
from innerloop.core.events import LoopOutput
from innerloop.core.job import Completion
from innerloop.core.world import Ran

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from innerloop.core.events import Event
    from innerloop.core.fingerprint import Proof
    from innerloop.core.model import Step
    from innerloop.core.world import Stoppable, World

_BUG = 70


class Running(NamedTuple):
    """A loop under way."""

    step: Step
    proof: Proof
    release: Callable[[], None]
    """gives its turn back"""
    thread: Thread
    at: float
    attempts: int = 1
    changed: bool = False
    """it wrote, and is on its way to prove that it has settled"""


class Done(NamedTuple):
    """A loop that was carried out once; it counts as running until it is let go."""

    running: Running
    ran: Ran


class Back(NamedTuple):
    """A thread's last post."""

    crew: Crew
    loop: str
    ran: Ran | LoopError
    """or why the walk cannot go on"""


_TURN = 0.25
Inbox = SimpleQueue["Back | Event"]
"""where threads post what happens; a watch posts there too, and is heard between two events"""


def heard(inbox: Inbox, timeout: float | None) -> Back | Event | None:
    """The next thing that is posted; None where nothing is in time. No `timeout`: for ever.

    Waited for in short turns: a signal that comes just before a wait, or to another thread, does
    not end it, and whoever asked us to stop would wait as long.
    """
    until = None if timeout is None else monotonic() + timeout
    while True:
        left = _TURN if until is None else min(_TURN, until - monotonic())
        try:
            return inbox.get(timeout=max(left, 0.0))
        except Empty:
            if until is not None and monotonic() >= until:
                return None


class Crew:
    """Carries loops out. Used from one thread; only the inbox is shared."""

    def __init__(self, world: World, stop: Stoppable, inbox: Inbox | None = None) -> None:
        self.running: dict[str, Running] = {}
        self._world = world
        self._stop = stop
        self._inbox: Inbox = SimpleQueue() if inbox is None else inbox

    def start(self, step: Step, proof: Proof, release: Callable[[], None]) -> Running:
        """Begin to carry a loop out; its turn is ours until `release`."""
        return self._begin(step, proof, release)

    def again(self, before: Running, proof: Proof, *, changed: bool) -> None:
        """Carry it out once more, in the same turn."""
        self._begin(before.step, proof, before.release, before.attempts + 1, changed=changed)

    def take(self, timeout: float | None) -> Done | Event | None:
        """The next thing that happens; None where nothing did in time."""
        posted = heard(self._inbox, timeout)
        if posted is None or not isinstance(posted, Back):
            return posted
        if posted.crew is not self:
            return None  # left behind by a walk that was given up
        running = self.running[posted.loop]
        running.thread.join()
        if isinstance(posted.ran, LoopError):
            raise posted.ran
        return Done(running, posted.ran)

    def let_go(self, running: Running) -> None:
        """It is over; its turn is still to be given back."""
        del self.running[running.step.loop.name]

    def abandon(self) -> None:
        """Wait for whoever still runs, and give their turns back."""
        for name in list(self.running):
            running = self.running.pop(name)
            running.thread.join()
            running.release()

    def _begin(
        self,
        step: Step,
        proof: Proof,
        release: Callable[[], None],
        attempts: int = 1,
        *,
        changed: bool = False,
    ) -> Running:
        name, at = step.loop.name, self._world.clock()

        def carry() -> None:
            # Posted on every path, or the walk would wait for ever.
            try:
                ran: Ran | LoopError = self._world.run(
                    step.loop, proof, emit=emit, cancel=self._stop
                )
            except LoopError as error:
                ran = error  # of no verdict on the loop, but of the whole walk
            except BaseException as error:  # noqa: BLE001 - a runner's bug fails its loop, loudly
                said = f"loop: {type(error).__name__}: {error}"
                ran = Ran(Completion(_BUG, 0.0, tail=said), at, "", "")
            self._inbox.put(Back(self, name, ran))

        def emit(text: str) -> None:
            self._inbox.put(LoopOutput(name, text))

        thread = Thread(target=carry, name=f"loop {name}", daemon=True)
        running = Running(step, proof, release, thread, at, attempts, changed)
        self.running[name] = running
        thread.start()
        return running
