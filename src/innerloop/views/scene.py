"""The screen of a watch as rows: a pure function of what is known, looked at, and the size."""

from __future__ import annotations

import textwrap
import time
from typing import NamedTuple

from innerloop.core.model import Verdict
from innerloop.core.text import listing, seconds, visible
from innerloop.views.board import Part, Running, Tone, Waiting, last_line
from innerloop.views.keys import helped, keys
from innerloop.views.lines import saved
from innerloop.views.logs import harmless
from innerloop.views.look import Choice, Look, Shown, Window, choices, window
from innerloop.views.pages import bare, folded, link
from innerloop.views.strip import clipped, how, strip, wide

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from innerloop.views.board import Row
    from innerloop.views.deck import Deck
    from innerloop.views.pages import Page

_FOLDED = 3
"""rows that a note may take"""
_VERDICTS = {Verdict.GREEN: Tone.GOOD, Verdict.RED: Tone.BAD}
# From so many rows on there is one for it.
_KEYS, _FEEDBACK, _HEAD, _NOTES, _AIR = 4, 5, 6, 7, 14


class View(NamedTuple):
    """How it is looked at."""

    title: str
    look: Look
    now: float
    width: int
    height: int
    colour: bool = True


class Scene(NamedTuple):
    rows: tuple[Row, ...]
    window: Window


def scene(deck: Deck, book: Sequence[Page], view: View) -> Scene:
    """What to show: exactly as many rows as there are, none wider."""
    match view.look.shown:
        case Shown.HELP:
            found = Scene(tuple(helped(view.width))[: max(view.height - 1, 1)], Window())
        case Shown.LOG:
            found = _log(book, view)
        case Shown.ALL:
            found = _all(deck, book, view)
    blank = [()] * (view.height - len(found.rows) - 1)
    rows = (*found.rows, *blank)[: max(view.height - 1, 1)]
    if view.height > 1:
        last = len(found.rows) == view.height
        rows = (*rows, found.rows[-1] if last else keys(deck, found.window, view.look, view.width))
    return found._replace(rows=tuple(clipped(row, view.width) for row in rows))


def _all(deck: Deck, book: Sequence[Page], view: View) -> Scene:
    width, height = view.width, view.height
    rows: list[Row] = []
    if height >= _HEAD:
        rows.append(_head(deck, view))
    rows += [()] * (height >= _AIR)
    rows += strip(deck.tiles, view.now, width, max(height // 3, 1))
    if height >= _FEEDBACK:
        rows.append(_feedback(deck, width))
    problems = list(_problems(deck, view))[: max(height // 3, 1)]
    rest = height - len(rows) - len(problems) - 2 * (height >= _AIR)
    if height >= _NOTES:
        # Half of the window is a failure's, if it needs that much.
        wanted = min([height // 2, *(1 + len(page.pieces) for page in book[:1])]) if book else 0
        rows += list(_notes(deck, width))[: max(min(height // 4, rest - wanted), 1)]
    rows += problems
    rows += [()] * (height >= _AIR)
    room = height - len(rows) - (height >= _KEYS)
    shown = _pane(book, view, room)
    return Scene((*rows[:height], *shown.rows), shown.window)


def _log(book: Sequence[Page], view: View) -> Scene:
    found = _pane(book, view, view.height - (view.height >= _KEYS))
    return found if found.rows else Scene(((Part("no log yet", Tone.DIM),),), found.window)


# -- the head --------------------------------------------------------------------------------


def _head(deck: Deck, view: View) -> Row:
    title = Part(visible(view.title), Tone.NAME)
    if deck.saved is None:
        return (title,)
    at = time.strftime("%H:%M:%S", time.localtime(deck.saved.at))
    paths, everything = deck.saved.paths, deck.saved.everything
    whole = saved(paths, everything=everything)
    short = f"saved: {listing([visible(path) for path in paths], 1)}" if paths else whole
    for said in (whole, short, "saved"):
        last = Part(f"{said}  {at}", Tone.DIM)
        gap = view.width - wide((title, last))
        if gap >= len("  "):
            return (title, Part(" " * gap, Tone.TIME), last)
    return (title,)


def _feedback(deck: Deck, width: int) -> Row:
    if deck.walking or any(tile.active for tile in deck.tiles):
        return _progress(deck)
    if deck.run is None:
        return (Part("nothing has run yet", Tone.DIM),)
    return (
        Part(str(deck.run.verdict), _VERDICTS.get(deck.run.verdict, Tone.OVER)),
        Part(f"  {_answered(deck)}"[:width], Tone.DIM),
        Part(f"  run #{deck.run.id}", Tone.DIM),
    )


def _answered(deck: Deck) -> str:
    rested = deck.rested
    if deck.run is None or rested is None or rested.run.id != deck.run.id or not rested.answered:
        return f"in {seconds(deck.run.seconds)}" if deck.run else ""
    said = f"{seconds(rested.answered)} after the save"
    if rested.answers > 1:
        said += f", median {seconds(rested.median)} of {rested.answers}"
    return said


def _progress(deck: Deck) -> Row:
    """The last line of what has run longest, in the place of the feedback that is awaited."""
    for tile in deck.tiles:
        if isinstance(tile.active, Running) and (said := last_line(tile.active.output)):
            return (Part(f"{visible(tile.loop)}: {said}", Tone.DIM),)
    return (Part("…", Tone.DIM),)


# -- notes -----------------------------------------------------------------------------------


def _notes(deck: Deck, width: int) -> Iterator[Row]:
    if deck.paused:
        yield from _note(f"paused: {deck.paused}", Tone.OVER, width)
    if deck.lasting:
        yield from _note(deck.lasting, Tone.OVER, width)
    if deck.note:
        yield from _note(deck.note, Tone.DIM if deck.past else Tone.OVER, width)
    for note in deck.notes:
        yield from _note(note, Tone.OVER, width)
    for tile in deck.tiles:
        if isinstance(tile.active, Waiting):
            yield from _note(f"{tile.loop} waits: {tile.active.reason}", Tone.DIM, width)
        result = tile.verdict
        if result and not tile.old and (result.halts and result.gates):
            yield from _note(f"{tile.loop}: {result.reason}", Tone.OVER, width)
        if result and not tile.old and result.mode.strip() not in {"", how(result)}:
            yield from _note(f"{tile.loop} ran {result.mode}", Tone.DIM, width)
    left = [tile for tile in deck.tiles if tile.deferred]
    if left and left[0].left and not deck.walking:
        names = listing([tile.loop for tile in left], 5)
        yield from _note(f"a runs {names}: {left[0].left.reason}", Tone.DIM, width)


def _note(text: str, tone: Tone, width: int) -> Iterator[Row]:
    lines = textwrap.wrap(visible(" ".join(text.split())), width, break_on_hyphens=False)
    if len(lines) > _FOLDED:
        lines = [*lines[: _FOLDED - 1], " ".join(lines[_FOLDED - 1 :])]
    for line in lines:
        yield clipped((Part(line, tone),), width)


def _problems(deck: Deck, view: View) -> Iterator[Row]:
    """What is wrong with loops.yaml, until it is mended."""
    if not deck.problems:
        return
    for piece in folded(harmless(deck.problems), view.width):
        yield (Part(piece.text if view.colour else bare(piece.text), Tone.LOG),)
    yield (Part("until it is mended, the one before it is used", Tone.DIM),)


# -- the log ---------------------------------------------------------------------------------


def _pane(book: Sequence[Page], view: View, room: int) -> Scene:
    """A failure: its heading, and of its log as much as there is room for."""
    found = choices(book)
    if not found or room < 1:
        return Scene((), Window(choices=len(found)))
    seen = window(view.look, found, room - 1)
    at = view.look.choice % len(found)
    page = found[at].page
    pieces = page.pieces[seen.top : seen.top + room - 1]
    rows = (page.row(piece, colour=view.colour) for piece in pieces)
    return Scene((_heading(found, at, seen, view.width), *rows), seen)


def _heading(found: Sequence[Choice], at: int, seen: Window, width: int) -> Row:
    page, location = found[at]
    parts = [Part("── ", Tone.DIM), Part(visible(page.loop), Tone.DIM if page.old else Tone.BAD)]
    parts += [Part(" (old)" * page.old, Tone.DIM)]
    if len(found) > 1:
        parts.append(Part(f"  {at + 1}/{len(found)}", Tone.DIM))
    if location is not None:
        place = f"{visible(location.path)}:{location.line}"
        parts += [
            Part("  ", Tone.DIM),
            Part(place, Tone.NAME, link(page.root, location.path)),
        ]
    elif page.command:
        parts.append(Part(f"  {visible(page.command)}", Tone.DIM))
    below = min(seen.top + seen.room, len(page.pieces))
    cut = f" {seen.top + 1}-{below} of {len(page.pieces)} ──" if seen.last else ""
    parts.append(Part(" ", Tone.DIM))
    rest = width - wide(tuple(parts)) - len(cut)
    return (*parts, Part("─" * max(rest, 0) + cut, Tone.DIM))
