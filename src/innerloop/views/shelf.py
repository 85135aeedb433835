"""The shelf: logs that are looked at, read once, and folded anew where the width has changed."""

from __future__ import annotations

from typing import NamedTuple

from innerloop.views.logs import harmless
from innerloop.views.pages import Page, folded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from innerloop.core.locations import Location
    from innerloop.core.model import Result
    from innerloop.views.deck import Deck, Tile

Key = tuple[str, float]
"""a loop, and when it gave the verdict"""


class Read(NamedTuple):
    """A log as it was read, and as it was last folded."""

    text: str
    locations: tuple[Location, ...]
    width: int
    page: Page


class Shelf:
    """Told what failed; gives the pages of it. Keeps no log that nobody looks at."""

    def __init__(self, log: Callable[[str], str], root: str) -> None:
        self._log = log
        self._root = root
        self._read: dict[Key, Read] = {}

    def book(self, deck: Deck, width: int, *, latest: bool) -> tuple[Page, ...]:
        """The logs of what failed; where nothing did, the latest if that is wanted."""
        tiles = deck.failed or (_latest(deck.tiles) if latest else ())
        wanted = [(tile, tile.verdict) for tile in tiles if tile.verdict is not None]
        self._read = {
            (one.loop, one.at): self._folded(tile.folder, one, width) for tile, one in wanted
        }
        old = [tile.old for tile, _ in wanted]
        return tuple(
            read.page._replace(old=faded)
            for read, faded in zip(self._read.values(), old, strict=True)
        )

    def keys(self) -> tuple[Key, ...]:
        """What the book was of."""
        return tuple(self._read)

    def _folded(self, folder: str, result: Result, width: int) -> Read:
        read = self._read.get((result.loop, result.at))
        if read is not None and read.width == width:
            return read
        text, locations = (read.text, read.locations) if read else self._opened(folder, result)
        pieces = folded(text, width)
        page = Page(result.loop, result.command, pieces, locations, self._root)
        return Read(text, locations, width, page)

    def _opened(self, folder: str, result: Result) -> tuple[str, tuple[Location, ...]]:
        from innerloop.core.locations import found  # noqa: PLC0415 - only after a failure

        # What never came to run has no log; its reason says all there is to say.
        text = self._log(result.log) if result.log else harmless(result.reason)
        return text, found(text, folder) if result.red else ()


def _latest(tiles: Sequence[Tile]) -> tuple[Tile, ...]:
    """The step that ended last and has something to read."""
    read = [tile for tile in tiles if tile.verdict is not None and tile.verdict.log]
    return (max(read, key=_ended),) if read else ()


def _ended(tile: Tile) -> float:
    return tile.verdict.at + tile.verdict.seconds if tile.verdict is not None else 0.0
