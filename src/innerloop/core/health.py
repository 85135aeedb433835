"""What a loop's past says of it."""

from __future__ import annotations

from typing import NamedTuple

from innerloop.core.plan import expected
from innerloop.core.proposal import duration, rounded
from innerloop.core.text import plural, seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.model import Loop

_ENOUGH = 5
_SLOWER = 2.0
_FASTER = 0.2


class Habits(NamedTuple):
    """A loop's recent history, counted."""

    passes: tuple[float, ...] = ()
    """seconds of its latest passes, newest first"""
    ran: int = 0
    """passes it came to by running"""
    cached: int = 0
    unremembered: int = 0
    """passes that could not be remembered, because inputs changed while it ran"""
    wrote: tuple[str, ...] = ()
    """what it was last seen to change"""
    disagreed: int = 0
    """fingerprints on which it both passed and failed"""
    flaky: int = 0
    timed_out: int = 0


def ailments(loop: Loop, habits: Habits) -> tuple[str, ...]:
    """What is wrong with a loop, each with what to do about it."""
    checks = (_pace(loop, habits), _memory(loop, habits), _writes(loop, habits), _flaky(habits))
    return tuple(said for said in checks if said)


def _pace(loop: Loop, habits: Habits) -> str:
    if habits.timed_out:
        return f"ran into its timeout of {seconds(loop.timeout)}: raise timeout, or find what hangs"
    if loop.guessed and habits.passes:
        took = expected(loop, habits.passes)
        known = duration(rounded(took))
        return f"its cycle is a guess, and it takes {seconds(took)}: write cycle: {known}"
    if len(habits.passes) < _ENOUGH:
        return ""
    median = expected(loop, habits.passes)
    if median > _SLOWER * loop.cycle:
        return (
            f"declared {seconds(loop.cycle)}, takes {seconds(median)}: "
            f"raise its cycle (it moves outward), or split it"
        )
    if median < _FASTER * loop.cycle and loop.cycle > 1:
        return (
            f"declared {seconds(loop.cycle)}, takes {seconds(median)}: "
            f"lower its cycle (it moves inward)"
        )
    return ""


def _memory(loop: Loop, habits: Habits) -> str:
    if not loop.cache or habits.cached or habits.unremembered or habits.ran < _ENOUGH:
        return ""
    return (
        f"passed {habits.ran} times and was never found passed before: its inputs may be too wide "
        f"(`loop why {loop.name}` names what changes)"
    )


def _writes(loop: Loop, habits: Habits) -> str:
    if not habits.unremembered or loop.writes:
        return ""
    what = f" ({habits.wrote[-1]})" if habits.wrote else ""
    return (
        f"changes its own inputs{what}, so its pass is not remembered: name what it writes under "
        f"outputs, ignore it, or say writes: true if it is a formatter"
    )


def _flaky(habits: Habits) -> str:
    if habits.disagreed or habits.flaky:
        times = habits.disagreed + habits.flaky
        return f"flaky: {plural(times, 'time')} both passed and failed on the same content"
    return ""
