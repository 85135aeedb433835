"""Which loops are noted: of whose runs it is kept what they came from."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.model import Loop

LEAST = 5.0
"""seconds of a cycle from which on a run is worth noting whole"""


def numbered(loop: Loop) -> bool:
    """Whether it leaves numbers, which are compared for as long as there is a project."""
    return bool(loop.results or loop.gate or loop.data)


def noted(loop: Loop) -> bool:
    """Whether its runs are noted whole: what takes a second is sooner run again than explained."""
    return numbered(loop) or (loop.cache and loop.cycle >= LEAST)
