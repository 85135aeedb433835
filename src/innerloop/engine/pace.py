"""The pace of a walk: how far it has come, as a number that only ever rises."""

from __future__ import annotations

import math
from typing import NamedTuple

from innerloop.core.events import LoopFinished, LoopOutput, LoopStarted, LoopWaiting, WalkStarted
from innerloop.core.text import plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.events import Event

_LEAST = 1e-6


class Reached(NamedTuple):
    """How far a walk has come."""

    steps: float
    """settled ones, and of those that run the part that should be over by now"""
    total: int
    said: str


class Pace:
    """A fold over a walk's events; asked when somebody wants to know."""

    def __init__(self) -> None:
        self._total = 0
        self._settled: set[str] = set()
        self._running: dict[str, LoopStarted] = {}
        self._said = ""
        self._steps = 0.0

    def __call__(self, event: Event) -> bool:
        """Take it in; whether that is worth telling at once."""
        match event:
            case WalkStarted(plan=plan):
                self._total = len(plan.steps)
                self._said = plural(self._total, "loop")
            case LoopStarted(loop=loop):
                self._running[loop] = event
                self._said = f"{loop} runs"
            case LoopWaiting(loop=loop, reason=reason):
                self._said = f"{loop} waits: {reason}"
            case LoopFinished(result=result):
                self._running.pop(result.loop, None)
                self._settled.add(result.loop)
                self._said = f"{result.loop} {result.outcome}"
            case LoopOutput(loop=loop, text=text):
                if line := text.strip().rpartition("\n")[2]:
                    self._said = f"{loop}: {line}"
                return False
            case _:
                return False
        return True

    def reached(self, now: float) -> Reached:
        """As of now; further than ever before, even where a walk had to go back, up to the end."""
        running = sum(_part(one, now) for one in self._running.values())
        steps = max(self._steps + _LEAST, len(self._settled) + running)
        self._steps = min(steps, float(self._total))
        return Reached(self._steps, self._total, self._said)


def _part(one: LoopStarted, now: float) -> float:
    """Half of it when it takes as long as expected, and never all of it."""
    halves = max(0.0, now - one.at) / max(one.expected, 0.01)
    return 1.0 - math.pow(0.5, halves)
