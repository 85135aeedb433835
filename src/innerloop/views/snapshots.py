"""What waits of the snapshots, with what differs; and what was accepted."""

from __future__ import annotations

from innerloop.core.snapshots import PENDING, State
from innerloop.core.text import listing, plural, visible
from innerloop.views.lines import painted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from innerloop.core.snapshots import Accepted, Pair, Replaced, Review

_COLOURS = {"+": "\x1b[32m", "-": "\x1b[31m", "@": "\x1b[36m"}
_BOLD, _DIM, _RED, _YELLOW, _GREEN = "\x1b[1m", "\x1b[2m", "\x1b[31;1m", "\x1b[33m", "\x1b[32m"
_LISTED = (State.CHANGED, State.NEW, State.ORPHAN)
_HEX = 12


def review(reviews: Sequence[Review], *, colour: bool) -> str:
    """Each loop's snapshots, those that wait with what differs; then what to do."""
    lines = [line for one in reviews for line in _review(one, colour=colour)]
    waiting = [one for one in reviews if one.waiting]
    if waiting:
        names = [one.loop for one in waiting if one.loop]
        lines += ["", *(f'next: loop accept {name} -m "why"' for name in names)]
    return "\n".join(lines) + "\n"


def _review(one: Review, *, colour: bool) -> Iterator[str]:
    tools = f" ({', '.join(one.tools)})" if one.tools else ""
    pending = sum(1 for pair in one.pairs if pair.pending)
    count = f"{pending} waiting" if pending else "waiting"
    states = {
        True: painted(count, _RED, colour=colour),
        None: painted("not known", _YELLOW, colour=colour),
        False: painted("nothing waits", _GREEN, colour=colour),
    }
    why = f" ({visible(one.why)})" if one.why else ""
    yield f"{one.loop or 'no loop'}{tools}: {states[one.waiting]}{why}"
    for state in _LISTED:
        for pair in one.pairs:
            if pair.state is state:
                yield from _pair(pair, colour=colour)
    for line in one.said:
        yield f"    {line}"
    yield from _rest(one)


def _pair(pair: Pair, *, colour: bool) -> Iterator[str]:
    path = painted(visible(pair.path), _BOLD, colour=colour)
    yield f"  {pair.state:9} {path}"
    if pair.state not in PENDING or pair.diff is None:
        return
    for line in pair.diff.lines:
        tint = _COLOURS.get(line[:1], "")
        yield f"    {painted(line, tint, colour=colour and bool(tint))}"
    if pair.diff.note:
        yield f"    {pair.diff.note}"
        yield f"    results: {visible(pair.result)}"


def _rest(one: Review) -> Iterator[str]:
    states = [pair.state for pair in one.pairs]
    if State.ORPHAN in states:
        yield "  orphan: no test came to it in a full run; if none is to, delete it"
    alike = states.count(State.UNCHANGED)
    aligned = states.count(State.ALIGNED)
    unseen = states.count(State.UNSEEN)
    if alike:
        yield f"  {alike} unchanged"
    if aligned:
        yield f"  {aligned} not the same, and {'its' if aligned == 1 else 'their'} tests pass"
    if unseen:
        what = "it is an orphan" if unseen == 1 else "they are orphans"
        yield f"  {unseen} without a result: whether {what}, a full run that passes can tell"


def accepted(found: Sequence[Accepted]) -> str:
    """What was accepted with a run."""
    lines = []
    for one in found:
        lines.append(f"accepted of {one.loop} by {visible(one.who)}:")
        lines += [f"  {line}" for line in map(replaced, one.files)]
    return "".join(f"{line}\n" for line in lines)


def replaced(file: Replaced) -> str:
    """A file that was accepted, and what it was before: the beginnings of two sha256."""
    old = file.old[:_HEX] or "new"
    new = file.new[:_HEX] or "gone"
    return f"{visible(file.path)}  {old} -> {new}"


def names(files: Sequence[Replaced]) -> str:
    """What was accepted, in a line."""
    return f"{plural(len(files), 'file')}: {listing([visible(one.path) for one in files], 5)}"
