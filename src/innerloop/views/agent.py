"""Lines for an AI coding tool: short, without colours, all on stdout, the next command last."""

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
from innerloop.views.lines import closing, gates, of_hook, saved, word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from innerloop.core.events import Event
    from innerloop.core.locations import Location
    from innerloop.core.model import Loop, Result, Run
    from innerloop.views.streams import Streams

PLACES = 20
_NAMES = 20


class Agent:
    """A line a loop, the first failure cut to what matters, and how to check its fix."""

    def __init__(self, streams: Streams, log: Callable[[str], str], root: str = "") -> None:
        self._streams = streams
        self._log = log
        self._root = root
        self._loops: dict[str, Loop] = {}
        self._aside: list[Result] = []
        """what was settled without running"""
        self._ran = False
        self._check = ""
        """what the first failure can be checked again with"""
        self._mends = ""
        """its loop, where that has a command that fixes"""

    def __call__(self, event: Event) -> None:
        match event:
            case WalkStarted(plan=plan):
                self._loops = {step.loop.name: step.loop for step in plan.steps}
                self._aside, self._ran, self._check, self._mends = [], False, "", ""
            case LoopFinished(result=result) if result.exit_code is None and not result.halts:
                self._aside.append(result)
            case LoopFinished(result=result):
                self._ran = True
                self._finished(result)
            case Warned(loop=loop, message=message):
                self._out(f"warning: {loop}: {message}")
            case WalkRestarted(because=because, loops=loops):
                self._out(f"{because} changed files: back to {listing(loops)}")
            case LoopWaiting(loop=loop, reason=reason):
                self._out(f"{loop} waiting: {reason}")
            case WalkFinished(run=run):
                self._over(run)
            case LoopStarted() | LoopOutput():
                pass
            case Saved() | Pressed() | Noted() | Reconfigured() | Paused() | Rested():
                self._watched(event)

    def _watched(self, event: Saved | Pressed | Noted | Reconfigured | Paused | Rested) -> None:
        match event:
            case Saved(paths=paths, everything=everything):
                self._out(saved(paths, everything=everything))
            case Reconfigured(loops=loops, problems=problems):
                said = problems or f"loops.yaml changed: watching {listing(loops)}"
                for line in said.split("\n"):
                    self._out(line)
            case Noted(message=reason) | Paused(reason=reason) if reason:
                self._out(reason)
            case Noted() | Pressed() | Paused() | Rested():
                pass

    def close(self) -> None:
        """Nothing is held."""

    def _out(self, line: str) -> None:
        self._streams.out(visible(line))

    def _finished(self, result: Result) -> None:
        took = f" in {seconds(result.seconds)}" if result.exit_code is not None else ""
        optional = " (not required)" if result.halts and not result.required else ""
        reason = f": {result.reason}" if result.reason else ""
        first = result.red and result.required and not self._check
        where = f"; log: {result.log}" if result.red and not first and result.log else ""
        said = word(result) if result.halts else str(result.outcome)
        self._out(f"{result.loop} {said}{took}{optional}{reason}{where}")
        for one in gates(result):
            self._out(one)
        if first:
            self._failure(result)

    def _failure(self, result: Result) -> None:
        """Told at once: whoever is killed at the next loop has said what was wrong."""
        from innerloop.core.excerpt import excerpt, plain  # noqa: PLC0415 - only after a failure
        from innerloop.core.locations import NOTE, found  # noqa: PLC0415 - likewise
        from innerloop.core.recheck import smallest  # noqa: PLC0415 - likewise

        loop = self._loops.get(result.loop)
        self._check = f"loop inner {result.loop}"
        self._mends = result.loop if loop and loop.fix else ""
        if not result.log:
            return
        lines = plain(self._log(result.log))
        places = found("\n".join(lines), loop.cwd if loop else "", self._root)
        self._out(f"--- {result.command}")
        for line in excerpt(lines, places):
            self._streams.out(line)
        self._out(f"--- whole log: {result.log}")
        self._places([place for place in places if place.kind != NOTE])
        if loop and (command := smallest(loop, lines)):
            self._check = command

    def _places(self, places: Sequence[Location]) -> None:
        from innerloop.core.excerpt import clipped  # noqa: PLC0415 - only after a failure

        for place in places[:PLACES]:
            self._streams.out(clipped(visible(str(place))))
        if len(places) > PLACES:
            self._out(f"... and {len(places) - PLACES} more in .loop/locations")

    def _over(self, run: Run) -> None:
        cached = [one.loop for one in self._aside if one.outcome is Outcome.CACHED]
        if cached and (self._ran or run.verdict is not Verdict.GREEN):
            self._out(f"cached: {listing(cached, _NAMES)}")
        left = [one for one in self._aside if one.outcome is not Outcome.CACHED]
        if left:
            said = [f"{one.loop} ({word(one)}: {one.reason})" for one in left]
            self._out(f"not run: {listing(said, _NAMES)}")
        self._out(closing(run, colour=False))
        if run.verdict is Verdict.RED and self._check and of_hook(run):
            mends = "; loop fix --staged mends what it can" if self._mends else ""
            self._out(f"check the fix with: {run.command} (once it is staged{mends})")
        elif run.verdict is Verdict.RED and self._check:
            self._out(f"check the fix with: {self._check}{self._beside(run)}")

    def _beside(self, run: Run) -> str:
        """What records the fix, where the smallest command does not; what may make it."""
        said = []
        if " -- " in self._check:
            again = run.command if run.command.startswith("loop inner") else "loop inner"
            said.append(f"records nothing; then: {again}")
        if self._mends:
            said.append(f"loop fix {self._mends} mends what it can")
        return f" ({'; '.join(said)})" if said else ""
