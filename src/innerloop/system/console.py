"""The terminal handed to one child, for a debugger or a prompt, and taken back as it was."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager

from innerloop.system import groups
from innerloop.system.process import Child, Refused, Streams, spawn
from innerloop.system.signals import suspend
from innerloop.system.terminal import terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import FrameType

    from innerloop.system.process import Guard
    from innerloop.system.terminal import Modes, Terminal

_INHERITED = Streams(stdin=None, output=None)
_FORWARDED = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)
_LAST = (signal.SIGTERM, signal.SIGHUP)
_WHOLE_JOB = 0
_GRACE = 2.0
_SIGNALLED = 128


def console(
    argv: Sequence[str], cwd: str, env: Mapping[str, str], watchdog: Guard | None = None
) -> int:
    """Run a child as a shell would, the terminal its own meanwhile; what a shell would exit with.

    Main thread only: signals for us are passed on to it while it runs.
    """
    with terminal() as tty, _relaying() as relay:
        if watchdog:
            watchdog.ready()
        try:
            child = spawn(argv, cwd=cwd, env=env, streams=_INHERITED, session=False)
        except Refused as refusal:
            print(f"loop: {refusal.message}", file=sys.stderr)
            return refusal.code
        if watchdog:
            watchdog.add(child.pid)
        try:
            relay.to(child.pid)
            return relay.after(_Loan(child, tty).run(), lent=tty is not None)
        finally:
            groups.end(child.pid)
            child.reap()
            if watchdog:
                watchdog.remove(child.pid)


class _Relay:
    """Signals for us passed on to the child; one that means the end is seen through."""

    def __init__(self) -> None:
        self._group: int | None = None
        self._heard = 0
        self._early: list[int] = []
        self._last: threading.Timer | None = None

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        self._heard = number
        if self._group is None:
            self._early.append(number)
            return
        groups.send(self._group, number)
        groups.send(self._group, signal.SIGCONT)
        if number in _LAST and self._last is None:
            self._last = threading.Timer(_GRACE, groups.send, (self._group, signal.SIGKILL))
            self._last.daemon = True
            self._last.start()

    def to(self, group: int) -> None:
        """Pass on what comes, and what came before there was anybody to pass it to."""
        self._group = group
        for number in self._early:
            self(number, None)

    def after(self, code: int, *, lent: bool) -> int:
        """What the child's end comes to, where we were told to end as well.

        With a terminal of its own an interrupt is the child's, and a debugger goes on after it.
        """
        told = self._heard in _LAST or (self._heard and not lent)
        return _SIGNALLED + self._heard if told and code < _SIGNALLED else code

    def close(self) -> None:
        if self._last:
            self._last.cancel()
            self._last.join()


@contextmanager
def _relaying() -> Iterator[_Relay]:
    relay = _Relay()
    taken = [number for number in _FORWARDED if signal.getsignal(number) is not signal.SIG_IGN]
    old = [(number, signal.signal(number, relay)) for number in taken]
    try:
        yield relay
    finally:
        for number, handler in old:
            signal.signal(number, handler)
        relay.close()


class _Loan:
    """The terminal lent to a child: given, taken back when it stops, given again."""

    def __init__(self, child: Child, tty: Terminal | None) -> None:
        self._child = child
        self._tty = tty
        self._ours = os.getpgrp()
        self._modes = tty.modes() if tty else None
        self._theirs: Modes | None = None
        self._lent = False

    def run(self) -> int:
        self._lend()
        try:
            while not self._child.settle(status := self._child.wait(os.WUNTRACED)):
                if status is not None:
                    self._stopped(os.WSTOPSIG(status))
            return self._child.reap()
        finally:
            self._take_back()

    def _lend(self) -> None:
        # From the background nothing is ours to lend.
        if self._tty and self._tty.holder() == self._ours:
            self._tty.restore(self._theirs)
            self._tty.give(self._child.pid)
            self._lent = True

    def _take_back(self) -> None:
        if self._tty and self._lent:
            self._lent = False
            self._theirs = self._tty.modes()
            self._tty.give(self._ours)
            self._tty.restore(self._modes)

    def _stopped(self, number: int) -> None:
        if self._tty is None:
            # Whoever stopped it without a terminal will continue it without us.
            return
        if not self._early(number):
            self._take_back()
            suspend(_WHOLE_JOB)
            self._lend()
        groups.send(self._child.pid, signal.SIGCONT)

    def _early(self, number: int) -> bool:
        """Whether it only asked for the terminal before it was lent."""
        return number in {signal.SIGTTIN, signal.SIGTTOU} and self._lent
