"""The studio: from what is known and what was pressed to the lines of a terminal."""

from __future__ import annotations

import time

from innerloop.views.look import Look, Shown, Window, turned
from innerloop.views.scene import Scene, View, scene

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from innerloop.views.board import Row
    from innerloop.views.deck import Deck
    from innerloop.views.shelf import Key, Shelf


class Studio:
    """Where a person looks is kept here, and every row as it was drawn last."""

    def __init__(
        self, shelf: Shelf, drawn: Callable[[Row], str], *, title: str, colour: bool
    ) -> None:
        self._shelf = shelf
        self._drawn = drawn
        self._title = title
        self._colour = colour
        self._look = Look()
        self._window = Window()
        self._keys: tuple[Key, ...] = ()
        self._rows: dict[Row, str] = {}

    def lines(self, deck: Deck, keys: Iterable[str], size: tuple[int, int]) -> list[str]:
        """What the screen is to show, after these keys."""
        found = self._scene(deck, size)
        for key in keys:
            self._look = turned(self._look, key, self._window)
            found = self._scene(deck, size)
        known = self._rows
        self._rows = {row: known[row] if row in known else self._drawn(row) for row in found.rows}
        return [self._rows[row] for row in found.rows]

    def _scene(self, deck: Deck, size: tuple[int, int]) -> Scene:
        book = self._shelf.book(deck, size[0], latest=self._look.shown is Shown.LOG)
        if self._shelf.keys() != self._keys:
            # Another failure than the one that was looked at.
            self._keys = self._shelf.keys()
            self._look = self._look._replace(choice=0, top=None)
        view = View(self._title, self._look, time.time(), *size, colour=self._colour)
        found = scene(deck, book, view)
        self._window = found.window
        return found
