"""What is to be accepted: a loop, and of its snapshots these alone."""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.model import Command, Loop
    from innerloop.core.snapshots import Pair, Tool


class Wanted(NamedTuple):
    """A loop whose snapshots are to be accepted, and how."""

    loop: Loop
    tools: tuple[Tool, ...]
    command: Command
    """what writes them"""
    files: tuple[Pair, ...] = ()
    """these alone, and by copying them; empty: all, by the command"""
