"""Plain lines, for pipes, logs and terminals without movement."""

from __future__ import annotations

from innerloop.core.events import (
    LoopFinished,
    LoopOutput,
    LoopStarted,
    LoopWaiting,
    Noted,
    Paused,
    Pressed,
    Reconfigured,
    Rested,
    Saved,
    WalkFinished,
    WalkRestarted,
    WalkStarted,
    Warned,
)
from innerloop.core.model import Outcome, Verdict
from innerloop.core.text import listing, seconds, visible
from innerloop.views.lines import advice, closing, gates, line, painted, saved

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from innerloop.core.events import Event
    from innerloop.core.model import Loop, Result
    from innerloop.views.streams import Streams

_YELLOW = "\x1b[33m"
_DIM = "\x1b[2m"


class Plain:
    """A line a step, the first failure whole, and a last line."""

    def __init__(self, streams: Streams, log: Callable[[str], str]) -> None:
        self._streams = streams
        self._log = log
        self._loops: dict[str, Loop] = {}
        self._width = 8
        self._cached: list[Result] = []
        """steps that had passed before, told only where something else happens too"""
        self._quiet = True
        """nothing else has happened yet"""
        self._shown = False

    def __call__(self, event: Event) -> None:
        match event:
            case WalkStarted():
                self._cached, self._quiet, self._shown = [], True, False
            case LoopFinished(result=result) if self._quiet and result.outcome is Outcome.CACHED:
                self._cached.append(result)
                return
        self._quiet = self._quiet and isinstance(event, WalkStarted)
        if isinstance(event, WalkFinished) and event.run.verdict is Verdict.GREEN:
            self._cached.clear()
        self._tell_cached()
        self._tell(event)

    def _tell(self, event: Event) -> None:
        streams = self._streams
        match event:
            case WalkStarted(plan=plan):
                self._loops = {step.loop.name: step.loop for step in plan.steps}
                self._width = max([len(name) for name in self._loops] + [8])
            case LoopFinished(result=result):
                streams.out(line(result, self._width, colour=streams.colour))
                self._failure(result)
            case Warned(loop=loop, message=message):
                said = painted("warning", _YELLOW, colour=streams.colour)
                streams.err(f"{said}: {loop}: {visible(message)}")
            case WalkRestarted(because=because, loops=loops):
                streams.out(f"{because} changed files: back to {listing(loops)}")
            case LoopWaiting(loop=loop, reason=reason):
                streams.err(f"{loop:{self._width}}  waiting    {visible(reason)}")
            case WalkFinished(run=run):
                streams.out(closing(run, colour=streams.colour))
                if said := advice(run, self._loops):
                    streams.out(said)
            case LoopStarted() | LoopOutput():
                pass
            case Saved() | Pressed() | Noted() | Reconfigured() | Paused() | Rested():
                self._watched(event)

    def _watched(self, event: Saved | Pressed | Noted | Reconfigured | Paused | Rested) -> None:
        """What is no walk's, but the watch's own."""
        match event:
            case Saved(paths=paths, everything=everything):
                self._streams.out(saved(paths, everything=everything))
            case Reconfigured(loops=loops, problems=problems):
                self._streams.out(problems or f"loops.yaml changed: watching {listing(loops)}")
            case Noted(message=message) if message:
                self._streams.err(visible(message))
            case Paused(reason=reason):
                self._streams.out(f"paused: {visible(reason)}" if reason else "it goes on")
            case Rested(answered=answered, median=median, answers=answers) if answers:
                self._streams.err(
                    f"answered {seconds(answered)} after the save, median {seconds(median)}"
                )
            case Noted() | Pressed() | Rested():
                pass

    def close(self) -> None:
        """Nothing is held."""

    def _tell_cached(self) -> None:
        for result in self._cached:
            self._streams.out(line(result, self._width, colour=self._streams.colour))
        self._cached.clear()

    def _failure(self, result: Result) -> None:
        for said in gates(result):
            self._streams.out(said)
        if not result.red or self._shown or not result.log:
            return
        self._shown = result.required
        rule = f"--- {result.loop}: {visible(result.command)}"
        self._streams.out(painted(rule, _DIM, colour=self._streams.colour))
        self._streams.out(self._log(result.log), end="")
        self._streams.out(painted("---", _DIM, colour=self._streams.colour))
