"""The terminal we were started from: who has it, how it is set, and giving it back so."""

from __future__ import annotations

import os
import signal
import termios
from contextlib import contextmanager
from typing import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# What tcgetattr gives; typeshed has no better word for it.
Modes = list[Any]


class Terminal:
    """The controlling terminal, open. Every method is safe from the background."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def holder(self) -> int:
        """The group in the foreground."""
        try:
            return os.tcgetpgrp(self._descriptor)
        except OSError:
            return 0

    def give(self, group: int) -> None:
        """Put a group in the foreground; nothing happens where it is gone, or the terminal is."""
        with _unstopped():
            try:
                os.tcsetpgrp(self._descriptor, group)
            except OSError:
                return

    def modes(self) -> Modes | None:
        try:
            return termios.tcgetattr(self._descriptor)
        except termios.error:
            return None

    def restore(self, modes: Modes | None) -> None:
        """Set the terminal as it was; nothing happens where it is gone."""
        if modes is None:
            return
        with _unstopped():
            try:
                termios.tcsetattr(self._descriptor, termios.TCSADRAIN, modes)
            except termios.error:
                return


@contextmanager
def terminal() -> Iterator[Terminal | None]:
    """Our controlling terminal; None where there is none."""
    try:
        descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        yield None
        return
    try:
        yield Terminal(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _unstopped() -> Iterator[None]:
    # Whoever touches the terminal from the background is stopped by SIGTTOU, unless it is blocked.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
