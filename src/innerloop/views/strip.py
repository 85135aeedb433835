"""The strip of steps: each with its key, what came of it or goes on, how long, and how."""

from __future__ import annotations

from innerloop.core.model import Outcome
from innerloop.core.text import seconds, visible
from innerloop.views.board import FRAMES, SPINNER, Part, Running, Tone, about, clock, fitted
from innerloop.views.problems import columns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from innerloop.core.model import Result
    from innerloop.views.board import Row, Waiting
    from innerloop.views.deck import Tile

_KEYS = 9
"""steps that have a key"""
_GAP = "   "


def strip(tiles: Sequence[Tile], now: float, width: int, most: int) -> tuple[Row, ...]:
    """Rows of steps, never more: where that is too few, those that need to be seen are kept."""
    made = [clipped(_tile(tile, at, now), width) for at, tile in enumerate(tiles, 1)]
    found = _wrapped(made, width)
    if len(found) <= most:
        return found
    kept = sorted(range(len(tiles)), key=lambda at: not (tiles[at].active or tiles[at].failed))
    while kept:
        kept.pop()
        more = clipped((Part(f"+ {len(tiles) - len(kept)} more", Tone.DIM),), width)
        found = _wrapped([*(made[at] for at in sorted(kept)), more], width)
        if len(found) <= most:
            break
    return found[:most]


def _wrapped(tiles: Iterable[Row], width: int) -> tuple[Row, ...]:
    rows: list[Row] = []
    for tile in tiles:
        if rows and wide(rows[-1]) + len(_GAP) + wide(tile) <= width:
            rows[-1] = (*rows[-1], Part(_GAP, Tone.TIME), *tile)
        else:
            rows.append(tile)
    return tuple(rows)


def _tile(tile: Tile, at: int, now: float) -> Row:
    key = (Part(f"{at} ", Tone.DIM),) if at <= _KEYS else ()
    name = visible(tile.loop)
    if tile.active is not None:
        return (*key, *_active(tile.active, name, now))
    if tile.verdict is None:
        return (*key, Part(f"· {name} {_left(tile)}", Tone.DIM))
    parts = tuple(part for part in _verdict(tile.verdict, name) if part.text)
    if tile.old:
        said = " stale" if tile.verdict.moved else " old" if tile.left else ""
        said = " deferred" if tile.deferred else said
        parts = (Part("".join(part.text for part in parts) + said, Tone.DIM),)
    return (*key, *parts)


def _active(active: Running | Waiting, name: str, now: float) -> Iterator[Part]:
    spent = max(now - active.at, 0.0)
    spinner = SPINNER[int(spent * FRAMES) % len(SPINNER)]
    if not isinstance(active, Running):
        yield Part(f"{spinner} ", Tone.WAIT)
        yield Part(name, Tone.NAME)
        yield Part(" waiting", Tone.WAIT)
        return
    yield Part(f"{spinner} ", Tone.BUSY)
    yield Part(name, Tone.NAME)
    yield Part(f" {clock(spent)}", Tone.TIME)
    if active.expected > 0:
        over = spent > active.expected
        said = f" {'over' if over else 'of'} {about(active.expected)}"
        yield Part(said, Tone.OVER if over else Tone.DIM)


def _left(tile: Tile) -> str:
    said = about(tile.expected) if tile.expected > 0 else ""
    return f"{said} deferred".strip() if tile.deferred else said


def _verdict(result: Result, name: str) -> Iterator[Part]:
    took = f" {seconds(result.seconds)}"
    if result.red:
        yield Part(f"✗ {name}", Tone.BAD)
        yield Part(" timed out" if result.outcome is Outcome.TIMED_OUT else took, Tone.TIME)
        yield Part("" if result.required else " not required", Tone.DIM)
    elif result.halts:
        yield Part(f"? {name}", Tone.OVER)
        yield Part(" inconclusive" if result.required else " inconclusive, not required", Tone.TIME)
    elif result.empty:
        yield Part(f"· {name} nothing to check", Tone.DIM)
    else:
        cached = result.outcome is Outcome.CACHED
        yield Part("✓ ", Tone.GOOD)
        yield Part(name, Tone.TIME)
        yield Part(" cached" if cached else took, Tone.DIM)
        yield Part(" flaky" if result.flaky else "", Tone.OVER)
    ran = result.exit_code is not None
    yield Part(f" {how(result)}" if result.mode and ran else "", Tone.DIM)


def how(result: Result) -> str:
    """`warm` or `cold`, without why."""
    return result.mode.partition(" ")[0].rstrip(":,")


def wide(row: Row) -> int:
    """How many columns a row takes."""
    return sum(columns(part.text) for part in row)


def clipped(row: Row, width: int) -> Row:
    """The row, cut to so many columns, an ellipsis where it was cut."""
    if wide(row) <= width:
        return row
    kept: list[Part] = []
    for part in row:
        if columns(part.text) >= width:
            # What is cut off may be all the rest: then the ellipsis stands for that.
            text = fitted(f"{part.text} ", width)
            return (*kept, part._replace(text=text))
        width -= columns(part.text)
        kept.append(part)
    return tuple(kept)
