"""One command followed: its output, its end, the end of its time, and of our patience."""

from __future__ import annotations

import math
import os
import select
import signal
import threading
from enum import Enum
from typing import NamedTuple, Protocol

from innerloop.system.channel import ROOMY, listen
from innerloop.system.groups import LEFTOVER, LEFTOVER_GRACE, RUNNING, Ending, alive, send

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.world import Stoppable
    from innerloop.system.output import Output

KILLED = 128 + signal.SIGKILL
_DRAIN = 0.1
_GLANCE = 0.01
_STUCK = 5.0
_LONG = 60.0
# Few calls for much output, and it still fits the processor's cache.
_ROOM = 1 << 18


class Followed(Protocol):
    """The child, as far as it is followed."""

    pid: int
    code: int | None

    def ended(self) -> bool: ...

    def abandon(self) -> None: ...


class End(Enum):
    """Who ended a command."""

    OWN = "its own end"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed out"


class Limits(NamedTuple):
    """How long a command may go on."""

    cancel: Stoppable
    bell: Bell
    deadline: float
    grace: tuple[float, float]


class Bell:
    """Wakes a poll from another thread, or from a signal handler of the same one."""

    def __init__(self) -> None:
        self.reader, self._writer = os.pipe()
        # A handler may ring while its own thread closes: the lock must let that thread in.
        self._lock = threading.RLock()

    def ring(self) -> None:
        with self._lock:
            if self._writer >= 0:
                os.write(self._writer, b"!")

    def close(self) -> None:
        with self._lock:
            writer, self._writer = self._writer, -1
            os.close(writer)
        os.close(self.reader)


def follow(child: Followed, reader: int, output: Output, limits: Limits) -> tuple[int, End]:
    """Stay with a command until it and its group have ended; its code, and who ended it."""
    path = _Follow(child, reader, output, limits)
    try:
        while not path.over():
            path.step()
        path.drain()
        return KILLED if child.code is None else child.code, path.end
    finally:
        path.close()


class _Follow:
    def __init__(self, child: Followed, reader: int, output: Output, limits: Limits) -> None:
        self.end = End.OWN
        self._child = child
        self._reader = reader
        self._output = output
        self._limits = limits
        self._ending: Ending | None = None
        self._until: float | None = None
        self._orphaned = False
        self._heard_all = False
        self._room = memoryview(bytearray(_ROOM))
        self._poll = select.poll()
        self._poll.register(reader, select.POLLIN)
        self._poll.register(limits.bell.reader, select.POLLIN)
        self._pidfd = _pidfd(child.pid)
        if self._pidfd is not None:
            self._poll.register(self._pidfd, select.POLLIN)

    def over(self) -> bool:
        """Whether nobody is left, or nobody who can be ended."""
        if self._ending and self._ending.spent(_STUCK):
            return True
        if self._child.code is None:
            return False
        if self._ending is None and not self._drained():
            return False
        if not alive(self._child.pid):
            return True
        if self._ending is None:
            self._ending = Ending(self._child.pid, LEFTOVER)
        return False

    def step(self) -> None:
        """Wait for the next thing that happens, and do what it asks for."""
        for descriptor, _ in self._poll.poll(math.ceil(self._patience() * 1000)):
            if descriptor == self._reader:
                self._hear()
            elif descriptor != self._pidfd or self._child.ended():
                # The bell and the pidfd stay readable: having spoken, they would never let us wait.
                self._poll.unregister(descriptor)
        if self._pidfd is None:
            self._child.ended()
        self._output.pulse()
        if self._ending is None:
            self._judge()
        if self._ending:
            if self._child.code is not None and not self._orphaned:
                # Who is left may ignore interrupts, as a shell's background does: a short wait.
                self._orphaned = True
                self._ending.hasten(LEFTOVER_GRACE)
            self._ending.strike(at_once=self._limits.cancel.killed)

    def drain(self) -> None:
        """Take what was written before the end; somebody outside the group may go on writing."""
        left = ROOMY
        while left > 0 and not self._heard_all and (size := self._hear()):
            left -= size

    def close(self) -> None:
        if self._child.code is None:
            send(self._child.pid, signal.SIGKILL)
            self._child.abandon()
        os.close(self._reader)
        if self._pidfd is not None:
            os.close(self._pidfd)

    def _judge(self) -> None:
        if self._child.code is not None:
            return
        if self._limits.cancel:
            self.end = End.CANCELLED
        elif RUNNING.clock() >= self._limits.deadline:
            self.end = End.TIMED_OUT
        else:
            return
        interrupt, terminate = self._limits.grace
        self._ending = Ending(self._child.pid, patient(interrupt, terminate))

    def _drained(self) -> bool:
        """The child has ended: whether its last words, and those of its group, are in."""
        if self._until is None:
            self._until = RUNNING.clock() + _DRAIN
        return self._heard_all or RUNNING.clock() >= self._until or not alive(self._child.pid)

    def _hear(self) -> int:
        size, self._heard_all = listen(self._reader, self._room)
        if size:
            self._output.feed(self._room[:size])
        if self._heard_all:
            self._poll.unregister(self._reader)
        return size

    def _patience(self) -> float:
        """Seconds that may pass before we must look again."""
        waits = [_LONG, self._output.due()]
        if self._child.code is not None:
            waits.append(_GLANCE)
        elif self._pidfd is None:
            waits.append(_GLANCE / 10 if self._heard_all else _GLANCE)
        if self._ending is None:
            waits.append(self._limits.deadline - RUNNING.clock())
        else:
            # Nothing rings for a second interrupt, nor for a kernel that cannot end a process.
            waits += [self._ending.due(), 2 * _GLANCE]
        return max(0.0, min(wait for wait in waits if wait is not None))


def patient(interrupt: float, terminate: float) -> tuple[tuple[float, int], ...]:
    """Interrupt, wait, terminate, wait, kill."""
    blows = (
        (0.0, int(signal.SIGINT)),
        (interrupt, int(signal.SIGTERM)),
        (interrupt + terminate, int(signal.SIGKILL)),
    )
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # Ours is ignored (nohup, a script's background), hence theirs: spare everybody the wait.
        return ((0.0, blows[1][1]), (terminate, blows[2][1]))
    return blows


def _pidfd(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        # macOS has none, and a sandbox may forbid it: short looks do as well.
        return None
