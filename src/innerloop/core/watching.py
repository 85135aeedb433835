"""What a watch is handed of the outside world, as a protocol, and what it may be asked for."""

from __future__ import annotations

from typing import NamedTuple, Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.events import Reconfigured, Saved
    from innerloop.core.model import Plan
    from innerloop.core.world import World


class Wish(NamedTuple):
    """A walk that is wanted."""

    names: tuple[str, ...] = ()
    """only these, and run whatever has passed; empty: all that is watched"""
    bounded: bool = True
    """within the budget of the watch"""
    cold: bool = False
    """in no process that was kept warm"""


class Watched(Protocol):
    """The project that is watched."""

    def clock(self) -> float:
        """Seconds since the epoch."""

    def order(self) -> tuple[str, ...]:
        """The loops that are watched, fastest first."""

    def plan(self, wish: Wish, /) -> Plan:
        """What a walk for it goes through. The walk decides of each step as it comes to it."""

    def world(self, wish: Wish, /) -> World:
        """The world for one walk, as it stands now."""

    def affected(self, loop: str, fingerprint: str, saved: Saved) -> bool:
        """Whether a verdict on this content is none any more; without one, whether it may be."""

    def depends(self, loop: str, path: str) -> bool:
        """Whether the path is an input of the loop."""

    def writes(self, loop: str) -> bool:
        """Whether the loop is known to change its own inputs."""

    def reread(self, saved: Saved) -> Reconfigured | None:
        """Take up the configuration where the save is one of it; None where it is not."""

    def errand(self, deed: str, loops: tuple[str, ...]) -> str:
        """Hand the terminal to what these loops offer to `fix` or `debug`; what is to be said."""

    def look(self) -> None:
        """Look at everything once more, whatever was told: posts what changed."""
