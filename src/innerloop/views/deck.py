"""What the screen of a watch knows, as a fold over events."""

from __future__ import annotations

from typing import NamedTuple

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
from innerloop.core.model import Outcome, Verdict
from innerloop.core.text import listing
from innerloop.views.board import Running, Waiting, told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from innerloop.core.events import Event
    from innerloop.core.model import Result, Run, Step


class Tile(NamedTuple):
    """A step of the strip: what is known of it, and what goes on."""

    loop: str
    expected: float = 0.0
    folder: str = ""
    """where its command runs, from the root"""
    offers: frozenset[str] = frozenset()
    """which of `fix` and `debug` it has a command for"""
    verdict: Result | None = None
    """the latest that says anything"""
    old: bool = False
    """the verdict is one on what stood there before, until it is replaced"""
    left: Result | None = None
    """why the latest walk has left it out"""
    active: Running | Waiting | None = None

    @property
    def failed(self) -> bool:
        return self.verdict is not None and self.verdict.red

    @property
    def deferred(self) -> bool:
        return self.left is not None and self.left.outcome is Outcome.DEFERRED


class Deck(NamedTuple):
    """A watch at one moment. Swapped whole."""

    tiles: tuple[Tile, ...] = ()
    """in the order of the keys 1 to 9"""
    saved: Saved | None = None
    walking: bool = False
    run: Run | None = None
    """the latest that was not interrupted"""
    rested: Rested | None = None
    notes: tuple[str, ...] = ()
    """what this walk has to say of itself"""
    note: str = ""
    """what the watch has, for this walk and the next"""
    past: bool = False
    """the note is from before this walk"""
    lasting: str = ""
    """what it has for as long as that is so"""
    paused: str = ""
    problems: str = ""

    @property
    def moving(self) -> bool:
        """Whether time alone changes what is shown."""
        return any(tile.active for tile in self.tiles)

    @property
    def failed(self) -> tuple[Tile, ...]:
        """What failed: first what still holds, and what has to pass."""
        failed = [tile for tile in self.tiles if tile.failed]
        return tuple(sorted(failed, key=lambda one: (one.old, not _required(one))))


def _required(tile: Tile) -> bool:
    return tile.verdict is not None and tile.verdict.required


def fold(deck: Deck, event: Event) -> Deck:
    """The deck after the event."""
    match event:
        case LoopStarted() | LoopWaiting() | LoopOutput() | LoopFinished():
            return deck._replace(tiles=tuple(_happened(tile, event) for tile in deck.tiles))
        case WalkStarted(plan=plan):
            tiles = _planned(deck.tiles, plan.steps)
            note = "" if deck.past else deck.note
            return deck._replace(tiles=tiles, walking=True, notes=(), note=note, past=bool(note))
        case WalkRestarted(because=because, loops=loops):
            tiles = tuple(_aged(one) if one.loop in loops else one for one in deck.tiles)
            said = f"{because} changed files: back to {listing(loops)}"
            return _said(deck._replace(tiles=tiles), said)
        case WalkFinished(run=run):
            if run.verdict is Verdict.INTERRUPTED:
                return deck._replace(tiles=tuple(map(_stilled, deck.tiles)), walking=False)
            return deck._replace(walking=False, run=run)
        case Warned() | Noted() | Saved() | Reconfigured() | Paused() | Rested():
            return _told(deck, event)
        case Pressed():
            return deck


def _told(deck: Deck, event: Warned | Noted | Saved | Reconfigured | Paused | Rested) -> Deck:
    match event:
        case Warned(loop=loop, message=message):
            return _said(deck, f"{loop}: {message}")
        case Noted(message=message, lasting=True):
            return deck._replace(lasting=message)
        case Noted(message=message):
            return deck._replace(note=message, past=False)
        case Saved():
            return deck._replace(saved=event)
        case Reconfigured(loops=loops, problems=problems):
            return deck._replace(tiles=_ordered(deck.tiles, loops), problems=problems)
        case Paused(reason=reason):
            return deck._replace(paused=reason)
        case Rested():
            return deck._replace(rested=event)


def _said(deck: Deck, note: str) -> Deck:
    return deck._replace(notes=(*(one for one in deck.notes if one != note), note))


def _ordered(tiles: tuple[Tile, ...], loops: Iterable[str]) -> tuple[Tile, ...]:
    known = {tile.loop: tile for tile in tiles}
    return tuple(known.get(loop, Tile(loop)) for loop in loops)


def _planned(tiles: tuple[Tile, ...], steps: tuple[Step, ...]) -> tuple[Tile, ...]:
    """A walk for a few loops leaves the others where they are."""
    names = [step.loop.name for step in steps]
    known = [tile.loop for tile in tiles]
    if not set(known) <= set(names):
        names = [*known, *(name for name in names if name not in known)]
    asked = {step.loop.name: step for step in steps}
    return tuple(
        _asked(tile, asked[tile.loop]) if tile.loop in asked else tile
        for tile in _ordered(tiles, names)
    )


def _asked(tile: Tile, step: Step) -> Tile:
    loop = step.loop
    offers = {"fix": loop.fix, "debug": loop.debug}
    return _aged(tile)._replace(
        expected=step.expected,
        folder=loop.cwd,
        offers=frozenset(name for name, command in offers.items() if command),
    )


def _aged(tile: Tile) -> Tile:
    return tile._replace(old=tile.verdict is not None, left=None, active=None)


def _stilled(tile: Tile) -> Tile:
    """Nobody has got to it; what was said before stands, as old."""
    return tile._replace(left=None, active=None)


def _happened(tile: Tile, event: LoopStarted | LoopWaiting | LoopOutput | LoopFinished) -> Tile:
    match event:
        case LoopStarted(loop=loop, at=at, expected=expected) if loop == tile.loop:
            return _aged(tile)._replace(active=Running(loop, at, expected))
        case LoopWaiting(loop=loop, at=at, reason=reason) if loop == tile.loop:
            return _aged(tile)._replace(active=Waiting(loop, at, reason))
        case LoopOutput(loop=loop, text=text) if loop == tile.loop and tile.active is not None:
            return tile._replace(active=told(tile.active, loop, text))
        case LoopFinished(result=result) if result.loop == tile.loop:
            return _settled(tile, result)
    return tile


def _settled(tile: Tile, result: Result) -> Tile:
    tile = tile._replace(active=None)
    if result.open:  # a cancelled one, too: what was said before stands, as old
        return tile._replace(left=result)
    return tile._replace(verdict=result, old=result.moved, left=None)
