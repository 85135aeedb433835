"""loop case add: the example is found in what its run has left, and written as a case."""

from __future__ import annotations

import os

from innerloop.cli.meant import meant
from innerloop.cli.picked import picked
from innerloop.cli.wiring import project, streams
from innerloop.core import cases
from innerloop.core.errors import ExitCode, LoopError
from innerloop.core.text import listing, nearest
from innerloop.system import state
from innerloop.system.history import runs
from innerloop.system.left import OUT, lined, lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.cli.wiring import Project
    from innerloop.core.model import Loop, Result


def add(run: str, example: str, to: str, why: str) -> int:
    """Append the case; nothing where it is one already."""
    with project(write=False) as found:
        target = picked(found, to)
        if not target.cases:
            raise LoopError(
                f"loop {target.name!r} names no file of cases",
                "name the file that it reads in loops.yaml, such as: cases: cases/found.jsonl",
            )
        number, loop, _ = meant(found, run)
        result = _result(found, number, loop, example)
        told = _example(found, result, example)
        if cases.passed(told):
            streams().err(f"warning: {example!r} did not fail in {result.loop} #{number}")
        text = cases.line(told, f"{result.loop} #{number}", why)
        return _appended(f"{found.root}/{target.cases}", target.cases, text)


def _result(found: Project, number: str, loop: str, example: str) -> Result:
    """The result whose example it is: of the loop that is named, else of the only one."""
    run = runs.found(found.ground.store, number)
    known = found.ground.loops
    able = [one for one in run.results if one.loop in known and known[one.loop].results]
    meant = [one for one in able if not loop or one.loop == loop]
    if not meant:
        there = listing([one.loop for one in able]) or "none"
        what = f"loop {loop!r}" if loop else "no loop with results"
        raise LoopError(f"{what} is not in run {number}", f"those with results: {there}")
    if len(meant) > 1:
        raise LoopError(
            f"several loops of run {number} have results",
            f"say which: loop case add {number}/{meant[-1].loop} {example}",
        )
    return meant[0]


def _example(found: Project, result: Result, example: str) -> dict[str, object]:
    """The line of the example, with all that it says."""
    loop = found.ground.loops[result.loop]
    every = {str(one.get("id")): one for one in lines(found.root, loop, result.out)}
    if not every:
        raise _none(found, loop, result)
    if example not in every:
        near = nearest(example, every)
        hint = f"did you mean {near!r}?" if near else f"there are {len(every)}, in {result.out}"
        raise LoopError(f"that run has no example {example!r}", hint)
    return every[example]


def _none(found: Project, loop: Loop, result: Result) -> LoopError:
    """Why no example of a run can become a case."""
    outside = [path for path in loop.results if lined(path) and not path.startswith(OUT)]
    if outside:
        return LoopError(
            f"{outside[0]} may be of another run by now: only what stands in {{out}} is of one",
            f"have {loop.name!r} write it into {{out}}",
        )
    if result.out and os.path.isdir(f"{found.root}/{result.out}"):
        return LoopError(
            f"{loop.name!r} left no lines of JSON in that run, which is what a case is made of",
            "have it leave {out}/examples.jsonl beside the rest",
        )
    return LoopError(
        f"the examples of {result.loop!r} in that run are not there any more",
        f"run it again: loop inner {result.loop} --force",
    )


def _appended(place: str, name: str, text: str) -> int:
    try:
        with open(place, encoding="utf-8") as file:
            before = file.read()
    except FileNotFoundError:
        before = ""
    # Not the example's: its `case` may have an id of its own.
    (own,) = cases.ids(text, name)
    if own in cases.ids(before, name):
        streams().out(f"{own} is a case in {name} already")
        return ExitCode.OK
    end = "" if before.endswith("\n") or not before else "\n"
    os.makedirs(os.path.dirname(place), exist_ok=True)
    state.put(place, f"{before}{end}{text}\n".encode(), mode=0o644)
    streams().out(f"added {own} to {name}")
    return ExitCode.OK
