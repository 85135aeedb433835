"""The keyboard, while watching: keys as they are pressed, and the terminal given back as it was."""

from __future__ import annotations

import atexit
import os
import termios
import threading
from contextlib import suppress
from select import select

from innerloop.core.events import Pressed
from innerloop.system.keys import Keys
from innerloop.system.terminal import Terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from innerloop.system.terminal import Modes

_STDIN = 0
_LFLAG = 3
_CONTROL = 6
_ESCAPE = 0.05
"""seconds in which the rest of what a key sends follows its Esc"""
_AWAY = 0.5
"""seconds between two looks whether a terminal is ours again"""
_SOON = 0.5
_MOST = 1024
_TYPED = 16
"""keys at once that may have been typed; more were pasted, or held by somebody's elbow"""


class Keyboard:
    """Posts what is pressed, from a thread of its own; does nothing where there is no terminal.

    Every method but `start` is safe in a signal handler.
    """

    def __init__(self, post: Callable[[Pressed], None]) -> None:
        self._post = post
        self._terminal = Terminal(_STDIN)
        self._modes: Modes | None = None
        """as they were; None while they are so"""
        self._keys = Keys()
        # Reentrant: Ctrl-Z may come to the main thread while it holds it.
        self._lock = threading.RLock()
        self._paused = False
        self._over = False
        self._reader = self._writer = -1
        self._thread = threading.Thread(target=self._run, name="keyboard", daemon=True)

    def start(self) -> None:
        if not os.isatty(_STDIN):
            return
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        atexit.register(self.close)
        self._thread.start()

    def pause(self) -> None:
        """Read no more, and have lines edited and shown as they were before."""
        self._paused = True
        self._give_back()

    def resume(self) -> None:
        self._paused = False
        self._wake()

    def close(self) -> None:
        """Give the terminal back; may be called again."""
        self._over = True
        self._give_back()
        self._wake()
        atexit.unregister(self.close)
        if self._thread.is_alive():
            self._thread.join(_SOON)
        if not self._thread.is_alive() and self._reader >= 0:
            os.close(self._reader)
            os.close(self._writer)
            self._reader = self._writer = -1

    def _wake(self) -> None:
        # A full pipe has woken it already; after the end there is nobody to wake.
        with suppress(OSError):
            os.write(self._writer, b"!")

    def _give_back(self) -> None:
        # The thread has it only while it takes what is there: in a handler, not for ever.
        held = self._lock.acquire(timeout=_SOON)
        try:
            modes, self._modes = self._modes, None
            # In the background they are the shell's, or another job's.
            if modes is not None and self._ours():
                self._terminal.restore(modes)
        finally:
            if held:
                self._lock.release()

    def _ours(self) -> bool:
        # Nobody holds it where it is not the one that we were started from.
        return self._terminal.holder() in {0, os.getpgrp()}

    # -- the thread --------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._over:
            listening = self._listening()
            away = not listening and not self._paused
            waits = _AWAY if away else _ESCAPE if self._keys.begun else None
            sources = [self._reader, _STDIN] if listening else [self._reader]
            try:
                ready = select(sources, [], [], waits)[0]
            except (OSError, ValueError):
                return  # standard input was closed under us
            if self._reader in ready:
                os.read(self._reader, _MOST)
            if _STDIN in ready:
                if not self._take():
                    return
            elif listening and not ready:
                self._send(self._keys.rest())

    def _listening(self) -> bool:
        """Have keys come one by one, if the terminal is ours; whether it is."""
        with self._lock:
            if self._over or self._paused or not self._ours():
                return False
            if self._modes is None and (modes := self._terminal.modes()) is not None:
                self._modes = modes
                self._terminal.restore(_one_by_one(modes))
            return True

    def _take(self) -> bool:
        """Take what is there; whether there may ever be more."""
        with self._lock:
            if self._over or self._paused or not self._ours():
                return True
            try:
                data = os.read(_STDIN, _MOST)
            except OSError:
                # The terminal is gone; or it is, for those in the background.
                return not self._ours()
        self._send(self._keys.feed(data))
        return bool(data)

    def _send(self, keys: list[str]) -> None:
        if len(keys) <= _TYPED:
            for key in keys:
                self._post(Pressed(key))


def _one_by_one(modes: Modes) -> Modes:
    """Keys as they come, and unseen; Ctrl-C and Ctrl-Z are signals still."""
    modes = [*modes[:_CONTROL], list(modes[_CONTROL])]
    modes[_LFLAG] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
    modes[_CONTROL][termios.VMIN] = 1
    modes[_CONTROL][termios.VTIME] = 0
    return modes
