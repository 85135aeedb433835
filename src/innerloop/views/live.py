"""A view that moves: what is settled stays above as plain lines, what is not is drawn below."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from threading import Event as Flag
from threading import RLock, Thread
from time import time

from innerloop.core.events import (
    LoopFinished,
    LoopOutput,
    LoopStarted,
    LoopWaiting,
    Noted,
    Paused,
    Pressed,
    Reconfigured,
    Rested,
    Saved,
    WalkFinished,
    WalkRestarted,
    WalkStarted,
    Warned,
)
from innerloop.views.brush import drawing, ours, size, write
from innerloop.views.plain import Plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from innerloop.core.events import Event
    from innerloop.views.board import Row
    from innerloop.views.streams import Streams

PATIENCE = 0.08
"""seconds a walk may take before it is worth drawing: a quick one never imports rich"""
_TICK = 0.1
_SOON = 0.5
"""seconds to wait for whoever is writing to the terminal"""
# Lines are not wrapped while we draw: one that the terminal takes to be wider than we do would
# push the rest down, and be left behind at the next frame.
_BEFORE = "\x1b[?25l\x1b[?7l\r"
_AFTER = "\x1b[?7h"
_LINE_END = "\x1b[K"
# Not from the first column: tmux takes that for clearing the screen where it is in the corner,
# and keeps what was there.
_BELOW = "\r \x1b[J\r"
_GIVEN_BACK = "\x1b[0m\x1b[?7h\x1b[?25h"


class Live:
    """Plain's lines, and while the walk lasts what is under way, in place below them."""

    def __init__(self, streams: Streams, log: Callable[[str], str]) -> None:
        self._streams = streams
        self._plain = Plain(streams, log)
        self._past: list[Event] = []
        self._painter: Painter | None = None

    def __call__(self, event: Event) -> None:
        if not self._streams.terminal:
            self._plain(event)
            return
        if self._painter is None:
            self._past.append(event)
        else:
            self._painter.take(event)
        match event:
            case LoopOutput():
                pass
            case LoopStarted() | LoopWaiting():
                self._start()
            case WalkFinished():
                self.close()
                self._plain(event)
            case WalkStarted() | LoopFinished() | WalkRestarted() | Warned():
                self._settled(event)
            case Saved() | Pressed() | Noted() | Reconfigured() | Paused() | Rested():
                self._settled(event)

    def close(self) -> None:
        """Take away what moves and give the terminal back; may be called again."""
        painter, self._painter = self._painter, None
        self._past = []
        if painter is not None:
            painter.close()
            if painter.trouble:
                self._streams.err(f"warning: the live view stopped: {painter.trouble}")

    def pause(self) -> None:
        """Somebody else is about to have the terminal. Safe in a signal handler."""
        if self._painter is not None:
            self._painter.pause()

    def resume(self) -> None:
        if self._painter is not None:
            self._painter.resume()

    def _start(self) -> None:
        if self._painter is None:
            self._painter = Painter(colour=self._streams.colour)
            for event in self._past:
                self._painter.take(event)
            self._painter.start()

    def _settled(self, event: Event) -> None:
        if self._painter is None:
            self._plain(event)
            return
        with self._painter.aside():
            self._plain(event)


class Painter:
    """A thread that draws the board it last was given, a few times a second.

    The cursor rests hidden at the top left of what is drawn. So to take it away is to erase what
    is below, however a terminal has wrapped it meanwhile.
    """

    def __init__(self, *, colour: bool) -> None:
        from innerloop.views.board import Board, fold  # noqa: PLC0415 - not where all is cached

        self.trouble = ""
        self._fold = fold
        self._board = Board()
        self._colour = colour
        # Reentrant: Ctrl-Z may come to the main thread while it holds it.
        self._lock = RLock()
        self._wake = Flag()
        self._over = False
        self._paused = False
        self._drawn = False
        self._begun = False
        self._thread = Thread(target=self._run, name="live view", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def take(self, event: Event) -> None:
        self._board = self._fold(self._board, event)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Nothing moves meanwhile, and what is printed stays, above what is drawn next."""
        with self._lock:
            drawn = self._drawn
            self._erase()
            yield
        if drawn:
            self._wake.set()

    def pause(self) -> None:
        self._paused = True
        # Whoever writes to a terminal held by Ctrl-S has the lock: not for ever, in a handler.
        if self._lock.acquire(timeout=_SOON):
            try:
                self._give_back()
            finally:
                self._lock.release()

    def resume(self) -> None:
        # No waking: the main thread may be at that when the signal comes, and the lock inside
        # the flag is not reentrant.
        self._paused = False

    def close(self) -> None:
        """Draw no more. The thread ends by itself: it may be at importing rich, for nobody."""
        with self._lock:
            self._over = True
            self._give_back()
        self._wake.set()

    def _give_back(self) -> None:
        if self._begun:
            self._erase()
            with suppress(OSError):
                write(_GIVEN_BACK)

    def _erase(self) -> None:
        if self._drawn:
            self._drawn = False
            with suppress(OSError):
                write(_BELOW)

    def _run(self) -> None:
        try:
            if self._wake.wait(PATIENCE) and self._over:
                return
            drawn = drawing(colour=self._colour)
            while not self._over:
                self._wake.clear()
                self._paint(drawn)
                self._wake.wait(_TICK)
        except OSError:
            return  # The terminal is gone, which is no reason to lose the walk.
        except Exception as error:  # noqa: BLE001 - nor is a view that cannot draw
            self.trouble = f"{type(error).__name__}: {error}"
            with self._lock:
                self._give_back()

    def _paint(self, drawn: Callable[[Row], str]) -> None:
        from innerloop.views.board import rows  # noqa: PLC0415 - as above

        with self._lock:
            if self._over or self._paused or not ours():
                return
            width, height = size()
            lines = [drawn(row) for row in rows(self._board, time(), width, height)]
            if not lines:
                self._erase()
                return
            frame = f"{_LINE_END}\r\n".join(lines)
            up = f"\x1b[{len(lines) - 1}A" if len(lines) > 1 else ""
            self._begun = self._drawn = True
            write(f"{_BEFORE}{frame}\x1b[J{up}\r{_AFTER}")
