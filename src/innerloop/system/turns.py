"""Turns: one walk at a time runs a loop on one content, one loop at a time holds a mutex."""

from __future__ import annotations

import os

from innerloop.core.digest import blake
from innerloop.core.errors import LoopError
from innerloop.core.world import Busy, Hold
from innerloop.system import locks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from innerloop.core.fingerprint import Proof
    from innerloop.core.model import Loop

HOLDS = "LOOP_HOLDS"
"""digests of the turns that the loops above a process have: one that runs itself is told"""
_APART = " "


def take(state: str, loop: Loop, proof: Proof, folder: str | None = None) -> Hold | Busy:
    """The loop's turns, all or none; the `folder` is one that it has to have alone. Never waits."""
    above = os.environ.get(HOLDS, "").split(_APART)
    if _digest(_name(state, loop)) in above:
        raise LoopError(
            f"loop {loop.name!r} was started by itself",
            "a loop cannot run itself: take `loop` out of its command",
        )
    taken: list[Callable[[], None]] = []
    for place, reason in _wanted(state, loop, proof, folder):
        if _digest(place) in above:
            _release(taken)
            raise LoopError(
                f"loop {loop.name!r} was started by a loop that has its turn ({reason})",
                "it would wait for ever: take `loop` out of that command",
            )
        release = locks.take(place)
        if release is None:
            _release(taken)
            return Busy(reason)
        taken.append(release)
    return Hold(lambda: _release(taken))


def marks(state: str, loop: Loop, proof: Proof, folder: str | None = None) -> dict[str, str]:
    """What a child's environment says of the turns above it."""
    held = os.environ.get(HOLDS, "").split()
    # By name too: nothing else stops one that is never cached, or that writes, from itself.
    held.append(_digest(_name(state, loop)))
    held += [_digest(place) for place, _ in _wanted(state, loop, proof, folder)]
    return {HOLDS: _APART.join(held)}


def _wanted(state: str, loop: Loop, proof: Proof, folder: str | None) -> list[tuple[str, str]]:
    wanted = []
    if folder is not None:
        place = f"{state}/locks/{locks.named('results', folder)}"
        wanted.append((place, "another loop's tests write their results there"))
    if loop.mutex:
        place = f"{state}/locks/{locks.named('mutex', loop.mutex)}"
        wanted.append((place, f"mutex {loop.mutex!r} is held"))
    if proof.fingerprint:
        place = f"{state}/locks/content-{proof.fingerprint}"
        wanted.append((place, "another walk runs it on this content"))
    return wanted


def _name(state: str, loop: Loop) -> str:
    return f"{state}/loops/{loop.name}"


def _digest(place: str) -> str:
    return blake(os.fsencode(place))


def _release(taken: list[Callable[[], None]]) -> None:
    while taken:
        taken.pop()()
