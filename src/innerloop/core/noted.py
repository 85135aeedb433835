"""Which loops are noted: of whose runs it is kept what they came from."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from innerloop.core.model import Loop

LEAST = 5.0
"""seconds of a cycle from which on a run is worth noting whole"""
_NUMBERS = ("results", "gate", "data", "rungs")


def numbered(loop: Loop) -> bool:
    """Whether it leaves numbers, which are compared for as long as there is a project."""
    return any(getattr(loop, name, ()) for name in _NUMBERS)


def noted(loop: Loop) -> bool:
    """Whether its runs are noted whole: what takes a second is sooner run again than explained."""
    return numbered(loop) or (loop.cache and loop.cycle >= LEAST)


def samples(loops: Iterable[Loop]) -> frozenset[str]:
    """The files that loops are handed samples of, from the root."""
    every = (one for loop in loops for one in getattr(loop, "data", ()))
    return frozenset(str(getattr(one, "path", "")) for one in every)
