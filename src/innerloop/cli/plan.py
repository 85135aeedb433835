"""loop plan and loop why: what would run, and what changed. Neither writes anything."""

from __future__ import annotations

import time
from typing import NamedTuple

from innerloop.cli.inner import Flags, forecasted, select
from innerloop.cli.wiring import project, streams
from innerloop.core.errors import ExitCode
from innerloop.core.fingerprint import subtract
from innerloop.core.ladder import named
from innerloop.core.text import ago, visible
from innerloop.system.history import ledger
from innerloop.views import tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.cli.wiring import Project
    from innerloop.core.fingerprint import Difference
    from innerloop.core.model import Loop

VERSION = 1


def plan(flags: Flags, *, as_json: bool) -> int:
    """Print what `loop inner` with these flags would do."""
    with project(write=False) as found:
        selection = select(found, flags)
        made = forecasted(found, selection)
        shown = streams()
        if as_json:
            from innerloop.views.jsonl import document  # noqa: PLC0415 - json takes 6 ms

            shown.out(document(VERSION, plan=made, left=dict(selection.left)))
            return ExitCode.OK
        shown.out(tables.plan(made, _python(found), colour=shown.colour), end="")
        for name, reason in selection.left.items():
            shown.out(visible(f"left out: {name}: {reason}"))
    return ExitCode.OK


class Reason(NamedTuple):
    """Why one loop would run, or would not."""

    loop: str
    runs: bool
    reason: str
    fingerprint: str
    differences: tuple[Difference, ...]
    warnings: tuple[str, ...]


def why(name: str, *, as_json: bool) -> int:
    """Print why a loop would run, or why it would not; of a ladder each rung."""
    with project(write=False, warn=False) as found:
        reasons = [_reason(found, loop) for loop in named(found.ground.config.loops, name)]
        shown = streams()
        if as_json:
            from innerloop.views.jsonl import document  # noqa: PLC0415 - json takes 6 ms

            # Of a ladder the rung that a walk would come to first.
            first = next((one for one in reasons if one.runs), reasons[-1])
            rungs = {"rungs": reasons} if len(reasons) > 1 else {}
            shown.out(document(VERSION, **first._asdict(), **rungs))
            return ExitCode.OK
        for one in reasons:
            shown.out(tables.why(one.loop, one.reason, one.differences), end="")
            for warning in one.warnings:
                shown.out(f"  warning: {visible(warning)}")
    return ExitCode.OK


def _reason(found: Project, loop: Loop) -> Reason:
    ground = found.ground
    proof = ground.prover.prove(loop)
    last = ledger.last_pass(ground.store, loop.name)
    passed = ground.passed(proof)
    differences: tuple[Difference, ...] = ()
    if passed is not None:
        when = ago(time.time() - passed.at)
        head = f"would not run: passed {when} on just this (run #{passed.run})"
    elif again := ground.again(proof):
        head = f"would not run: {again}"
    elif last is None:
        head = f"would run: {proof.reason}"
    else:
        differences = subtract(proof.ingredients, last[2]) if not proof.doubt else ()
        since = f"last passed {ago(time.time() - last[0])} (run #{last[1]})"
        head = f"would run: {since}" + (f"; {proof.reason}" if not differences else "; since then")
    runs = head.startswith("would run")
    return Reason(loop.name, runs, head, proof.fingerprint, differences, proof.warnings)


def _python(found: Project) -> str:
    return found.ground.python.source
