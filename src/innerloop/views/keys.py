"""The keys of a watch: one line of those that do something now, and the help for all."""

from __future__ import annotations

from innerloop.views.board import Part, Tone
from innerloop.views.look import Shown
from innerloop.views.strip import wide

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.views.board import Row
    from innerloop.views.deck import Deck
    from innerloop.views.look import Look, Window

_HELP = (
    ("Enter", "look at everything, and walk"),
    ("a", "walk without the budget"),
    ("1-9", "only that loop, whether or not it has passed"),
    ("f", "run the fix commands of what failed"),
    ("d", "debug what failed, with this terminal"),
    ("c", "what failed once more, cold"),
    ("n  p", "the next failure, the previous one"),
    ("l", "the whole log, and back"),
    ("↑ ↓", "scroll; PgUp, PgDn and Space by pages, Home and End all the way"),
    ("z", "pause, and go on"),
    ("Ctrl-L", "draw all of it anew"),
    ("?", "this, and back"),
    ("q", "leave"),
)
_LAST = ("?", "q")
"""kept where there is room for no other"""
_DROPPED = ("c", "1-9", "z", "n/p", "l", "a", "d", "f", "⏎", "↑↓")
"""in this order, where there is too little room"""


def keys(deck: Deck, seen: Window, look: Look, width: int) -> Row:
    """The line of keys, shortened for a narrow window."""
    left = dict(_offered(deck, seen, look))
    for dropped in ("", *_DROPPED):
        left.pop(dropped, "")
        for words in (True, False) if set(left) <= set(_LAST) else (True,):
            row = tuple(_row(left, words=words))
            if wide(row) <= width:
                return row
    return tuple(_row({"q": ""}, words=False))


def _offered(deck: Deck, seen: Window, look: Look) -> Iterator[tuple[str, str]]:
    offers = {offer for tile in deck.failed for offer in tile.offers}
    if look.shown is Shown.ALL:
        yield "⏎", "run"
        yield "a", "all"
        if "fix" in offers:
            yield "f", "fix"
        if "debug" in offers:
            yield "d", "debug"
    if look.shown is Shown.LOG:
        yield "↑↓", "scroll"
    if seen.choices > 1:
        yield "n/p", "failure"
    if look.shown is Shown.ALL:
        yield "1-9", "only"
        if any(tile.verdict is not None and tile.verdict.warm for tile in deck.tiles):
            yield "c", "cold"
    if look.shown is not Shown.HELP:
        yield "l", "back" if look.shown is Shown.LOG else "log"
        yield "z", "go on" if deck.paused else "pause"
    yield "?", "back" if look.shown is Shown.HELP else "help"
    yield "q", "quit"


def _row(offered: dict[str, str], *, words: bool) -> Iterator[Part]:
    for at, (key, word) in enumerate(offered.items()):
        yield Part(f"{'  ' if at else ''}{key}", Tone.NAME)
        if words:
            yield Part(f" {word}", Tone.DIM)


def helped(width: int) -> Iterator[Row]:
    """What every key does."""
    size = max(len(key) for key, _ in _HELP) + 2
    yield (Part("keys", Tone.NAME),)
    yield ()
    for key, does in _HELP:
        pad = size if width > 3 * size else len(key) + 1
        yield (Part(f"{key:{pad}}", Tone.NAME), Part(does, Tone.DIM))
