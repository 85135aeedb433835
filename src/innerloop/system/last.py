"""last.json and locations: what the latest walk came to, and where, for editors to read.

Both are rewritten whole, at the first failure of a walk and at its end. A walk that was ended
early says nothing of the code: it leaves them as they are.
"""

from __future__ import annotations

import os

from innerloop.core.events import LoopFinished, WalkFinished, WalkStarted
from innerloop.core.model import Outcome, Run, Verdict
from innerloop.system import findings, state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from innerloop.core.events import Event
    from innerloop.core.locations import Location
    from innerloop.core.model import Result
    from innerloop.system.ground import Ground

VERSION = 1
_READ = 1 << 20


class Last:
    """Told of the events of one walk after another."""

    def __init__(self) -> None:
        self._run = ""
        self._at = 0.0
        self._settled: dict[str, Result] = {}
        self._told = False

    def __call__(self, ground: Ground, event: Event) -> None:
        """Write what this event makes known, where it makes a difference."""
        match event:
            case WalkStarted(run=run, at=at):
                self._run, self._at, self._told = run, at, False
                self._settled = {}
            case LoopFinished(result=result):
                self._settled[result.loop] = result
                mended(ground.root, result)
                if result.red and result.required and not self._told:
                    self._told = True
                    write(ground, self._so_far(result), finished=False)
            case WalkFinished(run=done) if done.verdict is not Verdict.INTERRUPTED:
                write(ground, done)

    def _so_far(self, result: Result) -> Run:
        seconds = result.at + result.seconds - self._at
        settled = tuple(self._settled.values())
        return Run(self._run, self._at, max(0.0, seconds), Verdict.RED, "", settled)


def mended(root: str, result: Result) -> None:
    """A loop that passes after it was sent a finding has nothing to mend any more."""
    if result.outcome is Outcome.PASSED and findings.any_open(root):
        findings.clear(root, lambda one: one.loop == result.loop and one.at < result.at)


def write(ground: Ground, run: Run, *, finished: bool = True) -> None:
    """Write both anew, each in one step."""
    import json  # noqa: PLC0415 - 6 ms, after the verdict

    found = [(one, place) for one in run.results if one.red for place in places(ground, one)]
    record = {
        "version": VERSION,
        "run": int(run.id),
        "finished": finished,
        "verdict": str(run.verdict),
        "at": run.at,
        "seconds": round(run.seconds, 3),
        "loops": [_loop(one) for one in run.results],
        "locations": [{"loop": one.loop, **place._asdict()} for one, place in found],
    }
    # Notes only explain what is an error elsewhere: nobody jumps from one to the next.
    lines = "".join(f"{place}\n" for _, place in found if place.kind != "note")
    _put(f"{ground.state}/locations", lines)
    _put(f"{ground.state}/last.json", json.dumps(record, indent=1) + "\n")


def _loop(result: Result) -> dict[str, object]:
    return {
        "name": result.loop,
        "outcome": str(result.outcome),
        "reason": result.reason,
        "required": result.required,
        "seconds": round(result.seconds, 3),
        "exit_code": result.exit_code,
        "mode": result.mode,
        "log": result.log,
    }


def _put(path: str, text: str) -> None:
    state.put(path, text.encode("utf-8", "surrogateescape"))


def places(ground: Ground, result: Result) -> tuple[Location, ...]:
    """Where the output of what ran says that something is wrong, as its log has it."""
    from innerloop.core.locations import found  # noqa: PLC0415 - only after a failure

    if not result.log:
        return ()
    try:
        with open(f"{ground.root}/{result.log}", "rb") as file:
            before = _lines(file, os.fstat(file.fileno()).st_size - _READ)
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ()
    loop = ground.loops.get(result.loop)
    named = found(text, loop.cwd if loop else "", ground.root)
    return tuple(place._replace(at=place.at + before) for place in named)


def _lines(file: BinaryIO, size: int) -> int:
    """Go on by so many bytes; how many lines that were."""
    count = 0
    while size > 0 and (data := file.read(min(size, _READ))):
        count += data.count(b"\n")
        size -= len(data)
    return count
