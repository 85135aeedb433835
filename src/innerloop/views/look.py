"""Where a person looks: which page of the screen, which failure, how far scrolled."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from innerloop.core.locations import Location
    from innerloop.views.pages import Page

_CONTEXT = 2 / 3
"""of the window, above a location: what led to it is said before it"""


class Shown(StrEnum):
    """The pages of the screen."""

    ALL = "all"
    LOG = "log"
    HELP = "help"


class Look(NamedTuple):
    shown: Shown = Shown.ALL
    choice: int = 0
    """which of the failures"""
    top: int | None = None
    """the first row of the log; None: where the failure is"""


class Choice(NamedTuple):
    """A failure that can be gone to: a place in a log, or all of it."""

    page: Page
    location: Location | None = None


class Window(NamedTuple):
    """The part of a log that is on the screen."""

    top: int = 0
    last: int = 0
    """the furthest it can be scrolled to"""
    room: int = 1
    choices: int = 0


def choices(book: Sequence[Page]) -> tuple[Choice, ...]:
    """Every failure, in order."""
    return tuple(
        Choice(page, location) for page in book for location in (page.locations or (None,))
    )


def window(look: Look, found: Sequence[Choice], room: int) -> Window:
    """What part is shown where there is room for so many rows."""
    if not found or room < 1:
        return Window(choices=len(found))
    choice = found[look.choice % len(found)]
    last = max(len(choice.page.pieces) - room, 0)
    top = look.top
    if top is None:
        top = choice.page.where(choice.location) - int(room * _CONTEXT)
    return Window(min(max(top, 0), last), last, room, len(found))


def turned(look: Look, key: str, seen: Window) -> Look:
    """The look after a key."""
    page = max(seen.room - 1, 1)
    tops = {
        "up": seen.top - 1,
        "down": seen.top + 1,
        "pageup": seen.top - page,
        "pagedown": seen.top + page,
        "space": seen.top + page,
        "home": 0,
        "end": seen.last,
    }
    if key in tops and look.shown is not Shown.HELP:
        return look._replace(top=min(max(tops[key], 0), seen.last))
    match key:
        case "n" | "p" if seen.choices:
            step = 1 if key == "n" else -1
            shown = Shown.ALL if look.shown is Shown.HELP else look.shown
            return Look(shown, (look.choice + step) % seen.choices)
        case "l":
            return _toggled(look, Shown.LOG)
        case "?":
            return _toggled(look, Shown.HELP)
        case "esc":
            return look._replace(shown=Shown.ALL, top=None)
    if look.shown is Shown.HELP:
        return look._replace(shown=Shown.ALL)  # something was asked for, which is to be seen
    return look


def _toggled(look: Look, shown: Shown) -> Look:
    return look._replace(shown=Shown.ALL if look.shown is shown else shown, top=None)
