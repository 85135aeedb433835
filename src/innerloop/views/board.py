"""What a live view knows of a walk, as a fold over its events; and what it shows, as rows."""

from __future__ import annotations

import re
from enum import StrEnum
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
from innerloop.core.model import Action
from innerloop.core.text import MINUTE, seconds, visible
from innerloop.views.problems import columns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from innerloop.core.events import Event
    from innerloop.core.model import Step

SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
FRAMES = 10
"""of the spinner, each second"""
_KEPT = 4096
"""characters of output, of which the last line is shown"""
_NAME = 8
"""columns that every view gives a name at least"""
_SAID = 9
_TOOK = 7
_BAR = 20
_LEAST_BAR = 5
_LEAST_REST = _LEAST_BAR + len("   ~10s")
_ESCAPES = (
    # A title or a link, which has an end of its own; sequences; each perhaps not yet whole.
    r"\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|\x1b[ -/]*[0-~]?"
)


class Tone(StrEnum):
    """What a part of a row is, for whoever gives it a colour."""

    NAME = "name"
    BUSY = "busy"
    TIME = "time"
    DONE = "done"
    OVER = "over"
    WAIT = "wait"
    DIM = "dim"
    GOOD = "good"
    BAD = "bad"
    LOG = "log"
    """somebody else's words, in the colours they came with"""


class Part(NamedTuple):
    text: str
    tone: Tone
    link: str = ""
    """where a click on it leads"""


Row = tuple[Part, ...]


class Coming(NamedTuple):
    """A step of the plan, and the seconds that are expected of it."""

    loop: str
    expected: float


class Running(NamedTuple):
    loop: str
    at: float
    expected: float
    output: str = ""
    """the end of what it has written, as it wrote it"""


class Waiting(NamedTuple):
    loop: str
    at: float
    reason: str


class Board(NamedTuple):
    """A walk at one moment: what is under way, and what is still to come. Swapped whole."""

    plan: tuple[Coming, ...] = ()
    coming: tuple[Coming, ...] = ()
    active: tuple[Running | Waiting, ...] = ()

    def without(self, loop: str) -> Board:
        return self._replace(
            coming=tuple(one for one in self.coming if one.loop != loop),
            active=tuple(one for one in self.active if one.loop != loop),
        )

    def with_(self, one: Running | Waiting) -> Board:
        rest = self.without(one.loop)
        return rest._replace(active=(*rest.active, one))


def fold(board: Board, event: Event) -> Board:
    """The board after the event."""
    match event:
        case WalkStarted(plan=plan):
            coming = tuple(_coming(step) for step in plan.steps if step.action is Action.RUN)
            board = Board(tuple(_coming(step) for step in plan.steps), coming)
        case LoopStarted(loop=loop, at=at, expected=expected):
            board = board.with_(Running(loop, at, expected))
        case LoopWaiting(loop=loop, at=at, reason=reason):
            board = board.with_(Waiting(loop, at, reason))
        case LoopOutput(loop=loop, text=text):
            board = board._replace(active=tuple(told(one, loop, text) for one in board.active))
        case LoopFinished(result=result):
            board = board.without(result.loop)
        case WalkRestarted(loops=loops):
            again = {*loops, *(one.loop for one in board.coming)}
            board = board._replace(coming=tuple(one for one in board.plan if one.loop in again))
        case WalkFinished():
            board = Board()
        case Warned() | Saved() | Pressed() | Noted() | Reconfigured() | Paused() | Rested():
            pass
    return board


def _coming(step: Step) -> Coming:
    return Coming(step.loop.name, step.expected)


def told(one: Running | Waiting, loop: str, text: str) -> Running | Waiting:
    if one.loop != loop or isinstance(one, Waiting):
        return one
    return one._replace(output=(one.output + text)[-_KEPT:])


def rows(board: Board, now: float, width: int, height: int = 24) -> tuple[Row, ...]:
    """What to show: never wider, never more; where rows are few, what is running comes first."""
    name = max([columns(visible(one.loop)) for one in board.plan] + [_NAME])
    heads = [_head(one, now, name, width) for one in board.active]
    coming = [_still(board.coming, width)] if board.coming else []
    tails = [_tail(one, width) for one in board.active]
    whole = [row for head, tail in zip(heads, tails, strict=True) for row in (head, *tail)]
    for found in ([*whole, *coming], [*heads, *coming], heads):
        if len(found) <= height:
            return tuple(found)
    if height == 1:
        return (heads[0],)
    more = f"+ {len(heads) - height + 1} more"
    return (*heads[: height - 1], (Part(fitted(more, width), Tone.DIM),))


def _head(one: Running | Waiting, now: float, name: int, width: int) -> Row:
    """A step's row, its columns under those of the steps that are settled, if there is room."""
    spent = max(now - one.at, 0.0)
    spinner = SPINNER[int(spent * FRAMES) % len(SPINNER)]
    took = clock(spent)
    left = width - name - 2 - _SAID - 1 - _TOOK
    if left >= _LEAST_REST:
        said = f"{spinner} {'waiting' if isinstance(one, Waiting) else 'running'}"
        head = (
            Part(_padded(one.loop, name), Tone.NAME),
            Part(f"  {said:{_SAID}}", _tone(one)),
            Part(f" {took:>{_TOOK}}", Tone.TIME),
        )
        return (*head, *_rest(one, spent, left))
    name = min(name, width - 2 - 1 - _TOOK)
    if name < 1:
        return (Part(fitted(visible(one.loop), width), Tone.NAME),)
    left = width - 2 - name - 1 - _TOOK
    head = (
        Part(f"{spinner} ", _tone(one)),
        Part(_padded(one.loop, name), Tone.NAME),
        Part(f" {took:>{_TOOK}}", Tone.TIME),
    )
    return (*head, *_rest(one, spent, left))


def _tone(one: Running | Waiting) -> Tone:
    return Tone.WAIT if isinstance(one, Waiting) else Tone.BUSY


def _rest(one: Running | Waiting, spent: float, width: int) -> Iterator[Part]:
    """A bar for what runs, as far as it is expected to go; for what waits, why."""
    if isinstance(one, Waiting):
        if width > _LEAST_BAR:
            yield Part(f"  {fitted(visible(one.reason), width - 2)}", Tone.DIM)
        return
    over = spent > one.expected
    said = f"over {about(one.expected)}" if over else about(one.expected)
    size = min(_BAR, width - 3 - len(said))
    if one.expected <= 0 or size < _LEAST_BAR:
        if over and one.expected > 0 and width > len(" over"):
            yield Part(" over", Tone.OVER)
        return
    done = size if over else int(size * spent / one.expected)
    yield Part(f"  {'━' * done}", Tone.OVER if over else Tone.DONE)
    yield Part("─" * (size - done), Tone.DIM)
    yield Part(f" {said}", Tone.OVER if over else Tone.DIM)


def _tail(one: Running | Waiting, width: int) -> Iterator[Row]:
    if isinstance(one, Running) and (said := last_line(one.output)):
        indent = "  " if width > _NAME else ""
        yield (Part(indent + fitted(said, width - len(indent)), Tone.DIM),)


def _still(coming: Iterable[Coming], width: int) -> Row:
    """What is still to come, as many as there is room for; how many more."""
    said = [f"· {visible(one.loop)} {about(one.expected)}" for one in coming]
    for shown in range(len(said), 0, -1):
        more = [f"· {len(said) - shown} more"] if shown < len(said) else []
        text = " ".join([*said[:shown], *more])
        if columns(text) <= width:
            return (Part(text, Tone.DIM),)
    return (Part(fitted(" ".join(said), width), Tone.DIM),)


def clock(spent: float) -> str:
    """Time that passes: without hundredths, which nobody can read while they change."""
    return f"{spent:.1f}s" if spent < 1 else seconds(spent)


def about(expected: float) -> str:
    """`~30s`, `~5m`, `~1h`: a guess owes nobody its zeros."""
    said = seconds(expected)
    if expected < MINUTE:
        return f"~{said.replace('.0s', 's')}"
    return f"~{said.removesuffix(' 00s').removesuffix(' 00m').removesuffix(' 00h')}"


def _padded(text: str, width: int) -> str:
    text = fitted(visible(text), width)
    return text + " " * (width - columns(text))


def fitted(text: str, width: int) -> str:
    """The text, cut to so many columns of a terminal, an ellipsis where it was cut."""
    if columns(text) <= width:
        return text
    taken = 1
    for at, char in enumerate(text):
        taken += columns(char)
        if taken > width:
            return text[:at] + "…" if width > 0 else ""
    return text


def last_line(output: str) -> str:
    """The last line that says anything, as it would stand there: overwritten ones are gone."""
    plain = re.sub(_ESCAPES, "", output)
    for line in reversed(plain.split("\n")):
        for segment in reversed(line.split("\r")):
            if said := _obeyed(segment).strip():
                return said
    return ""


def _obeyed(text: str) -> str:
    """Backspaces gone back, tabs as a space, and no control character left to be obeyed."""
    if text.isprintable():
        return text
    kept: list[str] = []
    for char in text:
        if char == "\b":
            del kept[-1:]
        elif char.isprintable() or char == "\u200d":
            kept.append(char)
        elif char.isspace():
            kept.append(" ")
        elif "\ud800" <= char <= "\udfff":
            kept.append("\ufffd")
    return "".join(kept)
