"""A ladder of data subsets: one loop written once, and a rung of it for each amount of data."""

from __future__ import annotations

from typing import NamedTuple

from innerloop.core.errors import LoopError
from innerloop.core.text import listing, nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from innerloop.core.model import Loop
    from innerloop.core.sampling import Amount

AT = "@"


class Rung(NamedTuple):
    """One amount of data, and how long the loop takes on it."""

    amount: Amount
    cycle: float


def rung(ladder: str, amount: Amount) -> str:
    """The name of a rung: `data-subset@200`."""
    return f"{ladder}{AT}{amount}"


def base(name: str) -> str:
    """The ladder that a rung is of; of any other loop its own name."""
    return name.partition(AT)[0]


def rungs(loops: Iterable[Loop], name: str) -> tuple[Loop, ...]:
    """The rungs of that ladder, lowest first; none where there is no such ladder."""
    return tuple(loop for loop in loops if AT in loop.name and base(loop.name) == name)


def named(loops: Sequence[Loop], name: str) -> tuple[Loop, ...]:
    """The loop of that name, or every rung of that ladder, lowest first.

    A LoopError that offers the nearest name where there is none.
    """
    found = tuple(loop for loop in loops if loop.name == name) or rungs(loops, name)
    if found:
        return found
    names = [loop.name for loop in loops]
    near = nearest(name, dict.fromkeys((*names, *map(base, names))))
    of = [loop.name for loop in rungs(loops, base(name))]
    hint = f"there are: {listing(of or names)}"
    raise LoopError(
        f"there is no loop called {name!r}", f"did you mean {near!r}?" if near and not of else hint
    )


def asked_for(loops: Sequence[Loop], names: Iterable[str]) -> frozenset[str]:
    """The loops that whoever types these names wants to run: of a rung those below it, too."""
    found: set[str] = set()
    for name in filter(None, names):
        meant = named(loops, name)
        order = [loop.name for loop in rungs(loops, base(name))]
        found.update(order[: order.index(name)] if name in order else ())
        found.update(loop.name for loop in meant)
    return frozenset(found)


def feeding(loops: Iterable[Loop], loop: Loop, name: str) -> tuple[str, ...]:
    """The loops whose folder `{out.NAME}` may be for this loop, the best first.

    Of a ladder that is its highest rung, or one below; where the loop says after which rung it
    comes, none below that.
    """
    order = [one.name for one in rungs(loops, name)]
    if not order:
        return (name,)
    least = max((order.index(one) for one in loop.after if one in order), default=0)
    return tuple(reversed(order[least:]))


def topmost(ladders: Mapping[str, Sequence[Rung]], name: str) -> str:
    """The loop that is meant where a ladder is named: its highest rung."""
    return rung(name, ladders[name][-1].amount) if name in ladders else name
