"""The easel: the alternate screen, drawn on where something has changed, and given back."""

from __future__ import annotations

from contextlib import suppress

from innerloop.views.brush import write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# Lines are not wrapped: one that the terminal takes to be wider than we do would push the rest
# down. What is pasted comes in brackets: it is not meant as keys.
_ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h\x1b[H\x1b[2J"
# Cleared before it is left: some terminals have no other screen to go back to.
_LEAVE = "\x1b[0m\x1b[H\x1b[2J\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l"


class Easel:
    """What stands on the screen. Used by one thread at a time."""

    def __init__(self) -> None:
        self._entered = False
        self._lines: list[str] = []
        self._size = (0, 0)

    def draw(self, lines: Sequence[str], size: tuple[int, int]) -> None:
        """Make the screen show these lines, writing only those that do not stand there."""
        head = ""
        if not self._entered:
            head, self._lines = _ENTER, []
        elif size != self._size:
            # What a terminal does with the lines it had is its own secret.
            head, self._lines = "\x1b[0m\x1b[2J", []
        self._entered, self._size = True, size
        before = [*self._lines, *[""] * (len(lines) - len(self._lines))]
        changed = [
            f"\x1b[{at};1H\x1b[0m{line}\x1b[0m\x1b[K"
            for at, line in enumerate(lines, 1)
            if line != before[at - 1]
        ]
        self._lines = list(lines)
        if head or changed:
            write(head + "".join(changed))

    def anew(self) -> None:
        """Somebody may have written on it: next time all of it is drawn."""
        self._size = (0, 0)

    def forget(self) -> None:
        """The terminal is somebody else's by now."""
        self._entered = False

    def leave(self) -> None:
        """Give the terminal back, what stood there before on it."""
        if self._entered:
            self._entered = False
            with suppress(OSError):
                write(_LEAVE)
