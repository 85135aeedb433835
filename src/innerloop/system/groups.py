"""The groups of processes that run for us: counted, paused, and ended whole."""

from __future__ import annotations

import os
import signal
import time
from typing import NamedTuple

_GLANCE = 0.01
# For what is left when all is done: time enough for a SIGTERM handler, not enough to be felt.
LEFTOVER_GRACE = 0.5
LEFTOVER = ((0.0, int(signal.SIGTERM)), (LEFTOVER_GRACE, int(signal.SIGKILL)))


class _Held(NamedTuple):
    """Since when everything is paused, and how long all earlier pauses took."""

    since: float | None
    lost: float


class Groups:
    """The groups that run now, and the clock their timeouts go by.

    Signal handlers call this between any two steps of a thread that does too: state is replaced
    whole and never locked.
    """

    def __init__(self) -> None:
        self._running: dict[int, None] = {}
        self._held = _Held(None, 0.0)

    def clock(self) -> float:
        """Seconds, not counting those spent suspended."""
        held = self._held
        return (time.monotonic() if held.since is None else held.since) - held.lost

    def add(self, group: int) -> None:
        self._running[group] = None
        if self._held.since is not None:
            send(group, signal.SIGSTOP)

    def drop(self, group: int) -> None:
        self._running.pop(group, None)

    def pause(self) -> None:
        """Stop them all where they are."""
        if self._held.since is None:
            self._held = _Held(time.monotonic(), self._held.lost)
        for group in list(self._running):
            send(group, signal.SIGSTOP)

    def resume(self) -> None:
        """Let them all go on, as if no time had passed."""
        since, lost = self._held
        if since is not None:
            self._held = _Held(None, lost + time.monotonic() - since)
        for group in list(self._running):
            send(group, signal.SIGCONT)


RUNNING = Groups()


def send(group: int, number: int) -> bool:
    """Signal everybody in the group; False where nobody is left that we may signal."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        # macOS answers EPERM for a group that has only zombies.
        return False
    return True


def blow(group: int, number: int) -> bool:
    """Send a signal that is meant to end the group, stopped members included."""
    sent = send(group, number)
    if sent and number == signal.SIGTERM:
        send(group, signal.SIGCONT)
    return sent


def alive(group: int) -> bool:
    """Whether anybody in the group still runs."""
    return send(group, 0) and _beyond_zombies(group)


def _beyond_zombies(group: int) -> bool:
    # In a container whose first process reaps nobody, an orphan stays a zombie for good.
    try:
        pids = [name for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return True
    return not pids or any(_runs_in(pid, group) for pid in pids)


def _runs_in(pid: str, group: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            state, _parent, its_group = stat.read().rpartition(b")")[2].split(None, 3)[:3]
    except (OSError, ValueError):
        return False
    return int(its_group) == group and state not in b"ZX"


class Ending:
    """A group told to end, ever more firmly: (seconds from now, signal), the last a kill."""

    def __init__(self, group: int, blows: tuple[tuple[float, int], ...]) -> None:
        self._group = group
        self._began = RUNNING.clock()
        self._blows = blows
        self._last = 0.0

    def due(self) -> float | None:
        """Seconds until the next blow; None when all have fallen."""
        return self._began + self._blows[0][0] - RUNNING.clock() if self._blows else None

    def spent(self, patience: float) -> bool:
        """Whether even the last blow, so long ago, was in vain."""
        return not self._blows and RUNNING.clock() >= self._last + patience

    def hasten(self, patience: float) -> None:
        """Let the next blow fall no later than so many seconds from now."""
        early = (self.due() or 0.0) - patience
        if early > 0:
            self._began -= early

    def strike(self, *, at_once: bool = False) -> None:
        """Let fall what is due; `at_once`, the last blow and no other."""
        if at_once:
            self._blows = self._blows and ((0.0, self._blows[-1][1]),)
        while self._blows and (self.due() or 0.0) <= 0:
            blow(self._group, self._blows[0][1])
            self._blows = self._blows[1:]
            self._last = RUNNING.clock()


def end(group: int) -> None:
    """End whoever is left, with little grace. Costs one call where nobody is."""
    if not alive(group):
        return
    ending = Ending(group, LEFTOVER)
    while alive(group) and not ending.spent(LEFTOVER_GRACE):
        ending.strike()
        time.sleep(_GLANCE)
