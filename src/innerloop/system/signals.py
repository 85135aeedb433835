"""Signals from outside: stop asked for, stop insisted on, and the terminal's Ctrl-Z."""

from __future__ import annotations

import os
import signal
import time
from typing import Protocol, Self

from innerloop.core.errors import ExitCode
from innerloop.system.groups import RUNNING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType

INTERRUPTED, TERMINATED, HANGUP = "interrupted", "terminated", "hangup"
_CODES = {
    INTERRUPTED: ExitCode.INTERRUPTED,
    TERMINATED: ExitCode.TERMINATED,
    HANGUP: ExitCode.HANGUP,
}
# A wrapper that passes on the Ctrl-C which the terminal has sent us already takes a few
# milliseconds; a finger takes more than this.
_ECHO = 0.1


class Stopper(Protocol):
    """What signals ask to stop."""

    def set(self, reason: str = "") -> None: ...

    def kill(self, reason: str = "") -> None: ...


def code(reason: str) -> int:
    """What to exit with, having been stopped for it."""
    return int(_CODES.get(reason, ExitCode.INTERRUPTED))


class Signals:
    """Signals, taken while the context lasts. Main thread only."""

    def __init__(self, cancel: Stopper) -> None:
        self._cancel = cancel
        self._old: dict[int, signal._HANDLER] = {}
        self._around: dict[int, tuple[Callable[[], None], Callable[[], None]]] = {}
        self._interrupted: float | None = None

    def __enter__(self) -> Self:
        self._take(signal.SIGINT, self._interrupt)
        self._take(signal.SIGTERM, lambda *_: self._cancel.set(TERMINATED))
        self._take(signal.SIGHUP, lambda *_: self._cancel.set(HANGUP))
        self._take(signal.SIGTSTP, self._suspend)
        if signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:
            # Inherited, it would keep from us how our children ended.
            self._old[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)
        self._old.clear()

    def around(self, before: Callable[[], None], after: Callable[[], None]) -> Callable[[], None]:
        """Call these before we are suspended and after we go on; returns how to detach."""
        key = max(self._around, default=0) + 1
        self._around[key] = (before, after)

        def detach() -> None:
            self._around.pop(key, None)

        return detach

    def _take(self, number: int, handler: Callable[[int, FrameType | None], None]) -> None:
        # Whoever started us with it ignored (nohup, a script's background) wants it so.
        if signal.getsignal(number) is not signal.SIG_IGN:
            self._old[number] = signal.signal(number, handler)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._interrupted is None:
            self._interrupted = now
            self._cancel.set(INTERRUPTED)
        elif now - self._interrupted >= _ECHO:
            self._cancel.kill(INTERRUPTED)

    def _suspend(self, _number: int, _frame: FrameType | None) -> None:
        hooks = list(self._around.values())
        RUNNING.pause()
        for before, _ in reversed(hooks):
            before()
        suspend(os.getpid())
        RUNNING.resume()
        for _, after in hooks:
            after()


def signals(cancel: Stopper) -> Signals:
    """SIGINT, SIGTERM, SIGHUP and Ctrl-Z, as a person at the terminal expects them to work."""
    return Signals(cancel)


def suspend(whom: int) -> None:
    """Stop as Ctrl-Z would have; returns when we are continued. 0: everybody of our group.

    By the default action, not SIGSTOP: where nobody could ever continue us, it does nothing.
    """
    ours = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    os.kill(whom, signal.SIGTSTP)
    signal.signal(signal.SIGTSTP, ours)
