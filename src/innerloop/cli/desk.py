"""The desk of a watch: what is shown, the keys, and the terminal they share."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress

from innerloop.cli.wiring import log_reader, streams, tty, view
from innerloop.views.brush import size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.cli.wiring import View
    from innerloop.core.events import Event
    from innerloop.engine.crew import Inbox
    from innerloop.system.keyboard import Keyboard
    from innerloop.views.screen import Screen
    from innerloop.views.streams import Streams


class Desk:
    """Lines, where there is no terminal to sit at."""

    def __init__(self, show: View) -> None:
        self._show = show

    def __call__(self, event: Event) -> None:
        self._show(event)

    def ring(self, said: str) -> None:
        """Call somebody back, where there is somebody to call."""

    def tty(self) -> tuple[int, int] | None:
        """Rows and columns that commands are to believe in; None: they write to a pipe."""
        return tty(streams())

    def pause(self) -> None:
        """Somebody else is about to have the terminal. Safe in a signal handler."""

    def resume(self) -> None:
        """It is ours again."""

    @contextmanager
    def aside(self) -> Iterator[None]:
        """The terminal is somebody else's while it lasts."""
        self.pause()
        try:
            yield
        finally:
            self.resume()

    def close(self) -> None:
        """Give the terminal back as it was; may be called again."""
        self._show.close()


class Seat(Desk):
    """A screen, and somebody's hands on the keys."""

    def __init__(self, screen: Screen, keys: Keyboard) -> None:
        super().__init__(screen)
        self._screen = screen
        self._keys = keys
        keys.start()

    def ring(self, said: str) -> None:
        with suppress(OSError):
            os.write(sys.stderr.fileno(), said.encode(errors="replace"))

    def tty(self) -> tuple[int, int] | None:
        shown = super().tty()
        # One column fewer than there are: so wide is what is drawn.
        return (shown[0], size()[0]) if shown else None

    def pause(self) -> None:
        self._keys.pause()
        self._screen.pause()

    def resume(self) -> None:
        self._screen.resume()
        self._keys.resume()

    def close(self) -> None:
        self._keys.close()
        super().close()


def desk(form: str, shown: Streams, root: str, inbox: Inbox) -> Desk:
    """The desk for that format; without one, what the terminal can show."""
    if form != "live" and (form or not shown.terminal):
        return Desk(view(form or "plain", shown, root))
    from innerloop.system.keyboard import Keyboard  # noqa: PLC0415 - only at a terminal
    from innerloop.views.screen import Screen  # noqa: PLC0415 - likewise

    screen = Screen(shown, log_reader(root), title=os.path.basename(root), root=root)
    return Seat(screen, Keyboard(inbox.put))
