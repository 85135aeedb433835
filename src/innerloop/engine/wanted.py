"""What a key asks of a watch, given what its loops have come to."""

from __future__ import annotations

from typing import NamedTuple

from innerloop.core.events import Noted
from innerloop.core.watching import Wish

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from innerloop.engine.standing import Standing


class Leave(NamedTuple):
    """Be done with it."""


class Toggle(NamedTuple):
    """Pause, or go on."""


class Look(NamedTuple):
    """Look at everything, and walk."""


class Errand(NamedTuple):
    """Something done by a person or a fix command, between two walks."""

    deed: str
    """`fix` or `debug`"""
    loops: tuple[str, ...]


Wanted = Leave | Toggle | Look | Errand | Wish | Noted
"""a `Noted` says why there is nothing to do"""


def wanted(key: str, order: Sequence[str], standing: Standing) -> Wanted | None:
    """What the key asks for; None: it is none of ours. `order`: the loops of the keys 1 to 9."""
    failed = tuple(name for name in order if name in standing.failed())
    match key:
        case "q":
            return Leave()
        case "z":
            return Toggle()
        case "enter":
            return Look()
        case "a":
            return Wish(bounded=False)
        case "c":
            names = failed[:1] or standing.warm()
            return Wish(names, bounded=False, cold=True) if names else Noted("nothing ran warm")
        case "f":
            return Errand("fix", failed) if failed else Noted("there is no failure to fix")
        case "d":
            return Errand("debug", failed) if failed else Noted("there is no failure to debug")
        case _ if key.isdecimal() and int(key) > 0:
            if int(key) > len(order):
                return Noted(f"no loop has the number {key}")
            return Wish((order[int(key) - 1],), bounded=False)
    return None
