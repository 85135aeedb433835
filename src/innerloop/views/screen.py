"""The screen of a watch: drawn by a thread of its own, and only where something has moved."""

from __future__ import annotations

import atexit
import errno
import os
import signal
import threading
import time
from collections import deque
from contextlib import suppress
from select import select

from innerloop.core.events import (
    LoopFinished,
    LoopOutput,
    Pressed,
    Rested,
    Saved,
    WalkFinished,
    WalkStarted,
)
from innerloop.views.brush import ours, size
from innerloop.views.deck import Deck, fold
from innerloop.views.easel import Easel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from innerloop.core.events import Event
    from innerloop.core.model import Run
    from innerloop.views.plain import Plain
    from innerloop.views.streams import Streams
    from innerloop.views.studio import Studio

PATIENCE = 0.05
"""seconds that the first command is given to start before anything is imported for drawing it"""
_FRAME = 0.03
"""seconds between two frames; what is no verdict waits as long for what comes with it"""
_TICK = 0.1
_AWAY = 0.5
"""seconds between two looks whether a terminal is ours again"""
_SOON = 0.5
"""seconds to wait for whoever is writing to the terminal"""
_NOW, _LATER = b"!", b"."
_GONE = frozenset({errno.EIO, errno.ENXIO, errno.EBADF, errno.ENOTTY, errno.EPIPE})
"""what one hears of a terminal that is no more"""
_SILENT = (WalkStarted, Saved, LoopOutput)
"""what comes before the first command: nothing is drawn for it yet"""


class Screen:
    """A view: told of events, it shows what they come to. Quiet while nothing moves."""

    def __init__(
        self, streams: Streams, log: Callable[[str], str], *, title: str, root: str
    ) -> None:
        self._streams = streams
        self._log = log
        self._painter = Painter(log, title=title, root=root, colour=streams.colour)
        self._plain: Plain | None = None
        self._last: Run | None = None
        self._over = False

    def __call__(self, event: Event) -> None:
        if isinstance(event, WalkFinished):
            self._last = event.run
        if self._over:
            return
        if self._painter.trouble:
            self._fallen_back()(event)
        else:
            self._painter.take(event)

    def close(self) -> None:
        """Give the terminal back, and say on it what the watch came to; may be called again."""
        if self._over:
            return
        self._over = True
        self._painter.close()
        if self._painter.trouble:
            self._fallen_back()
        elif self._last is not None:
            from innerloop.views.lines import closing  # noqa: PLC0415 - when all is over

            self._streams.out(closing(self._last, colour=self._streams.colour))

    def pause(self) -> None:
        """Somebody else is about to have the terminal. Safe in a signal handler."""
        self._painter.pause()

    def resume(self) -> None:
        """It is ours again. Safe in a signal handler."""
        self._painter.resume()

    def _fallen_back(self) -> Plain:
        """Lines, where drawing has failed: a watch that says nothing would be worse."""
        if self._plain is None:
            from innerloop.views.plain import Plain  # noqa: PLC0415 - only after a failure

            self._plain = Plain(self._streams, self._log)
            self._streams.err(f"warning: the screen stopped: {self._painter.trouble}")
        return self._plain


class Painter:
    """A thread that draws what it last was told, and waits for what comes next.

    It is woken by a byte in a pipe: that, a signal handler may write at any moment.
    """

    def __init__(self, log: Callable[[str], str], *, title: str, root: str, colour: bool) -> None:
        self.trouble = ""
        self._log = log
        self._title = title
        self._root = root
        self._colour = colour
        self._deck = Deck()
        self._keys: deque[str] = deque()
        self._easel = Easel()
        # Reentrant: Ctrl-Z may come to the main thread while it holds it.
        self._lock = threading.RLock()
        self._over = False
        self._paused = False
        self._frame = 0.0
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        self._thread = threading.Thread(target=self._run, name="screen", daemon=True)
        self._resized: signal._HANDLER = None

    def take(self, event: Event) -> None:
        if self._thread.ident is None and not isinstance(event, _SILENT):
            self._start()
        if isinstance(event, Pressed):
            self._keys.append(event.key)
        self._deck = fold(self._deck, event)
        if not isinstance(event, LoopOutput):  # what runs is drawn in a moment anyway
            prompt = isinstance(event, LoopFinished | WalkFinished | Rested | Pressed)
            self._wake(_NOW if prompt else _LATER)

    def pause(self) -> None:
        self._paused = True
        self._leave()

    def resume(self) -> None:
        self._paused = False
        self._wake(_NOW)

    def close(self) -> None:
        self._over = True
        self._leave()
        atexit.unregister(self.close)
        self._hear(self._resized)
        self._wake(_NOW)
        if self._thread.ident is not None:
            self._thread.join(1.0)
        if not self._thread.is_alive() and self._reader >= 0:
            os.close(self._reader)
            os.close(self._writer)
            self._reader = self._writer = -1

    def _start(self) -> None:
        atexit.register(self.close)
        self._resized = self._hear(lambda *_: self._wake(_NOW))
        self._thread.start()

    def _hear(
        self, handler: Callable[[int, FrameType | None], object] | signal._HANDLER
    ) -> signal._HANDLER:
        """Have the window's changes of size told to this; who was told before."""
        if handler is None or threading.current_thread() is not threading.main_thread():
            return None
        return signal.signal(signal.SIGWINCH, handler)

    def _wake(self, how: bytes) -> None:
        # A full pipe has woken it already; after the end there is nobody to wake.
        with suppress(OSError):
            os.write(self._writer, how)

    def _leave(self) -> None:
        # Whoever writes to a terminal held by Ctrl-S has the lock: not for ever, in a handler.
        if self._lock.acquire(timeout=_SOON):
            try:
                self._easel.leave()
            finally:
                self._lock.release()

    # -- the thread --------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            time.sleep(PATIENCE)
            self._draw()
        except Exception as error:  # noqa: BLE001 - no reason to lose the watch
            if isinstance(error, OSError) and error.errno in _GONE:
                return
            self.trouble = f"{type(error).__name__}: {error}"
            with self._lock:
                self._easel.leave()

    def _draw(self) -> None:
        from innerloop.views.brush import drawing  # noqa: PLC0415 - after the first command
        from innerloop.views.shelf import Shelf  # noqa: PLC0415 - likewise
        from innerloop.views.studio import Studio  # noqa: PLC0415 - likewise

        drawn = drawing(colour=self._colour, plain=False)
        shelf = Shelf(self._log, self._root)
        studio = Studio(shelf, drawn, title=self._title, colour=self._colour)
        while not self._over:
            away = not self._paused and not ours()
            if away:
                self._easel.forget()
            elif not self._paused:
                self._paint(studio)
            self._frame = time.monotonic()
            self._rest(_AWAY if away else _TICK if self._deck.moving and not self._paused else None)

    def _paint(self, studio: Studio) -> None:
        width, height = size()
        height += 1  # nothing scrolls here, so that the last row is as good as any
        keys = [self._keys.popleft() for _ in range(len(self._keys))]
        if "ctrl-l" in keys:
            self._easel.anew()
        lines = studio.lines(self._deck, keys, (width, height))
        with self._lock:
            if not self._over and not self._paused and ours():
                self._easel.draw(lines, (width, height))

    def _rest(self, most: float | None) -> None:
        """Wait for something to draw; then for what comes with it."""
        if not select([self._reader], [], [], most)[0]:
            return
        due = self._frame + _FRAME
        if _NOW not in os.read(self._reader, 4096):
            due = max(due, time.monotonic() + _FRAME)
        while (left := due - time.monotonic()) > 0 and not self._over:
            if select([self._reader], [], [], left)[0] and _NOW in os.read(self._reader, 4096):
                due = self._frame + _FRAME
