"""What the tools of `loop mcp` do: each opens the project anew, and looks or walks."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

from innerloop.cli import replies
from innerloop.cli.carried import Means, carried
from innerloop.cli.inner import Flags, forecasted, select
from innerloop.cli.wiring import log_reader, project
from innerloop.core.errors import LoopError
from innerloop.core.excerpt import excerpt, plain
from innerloop.core.fingerprint import subtract
from innerloop.core.ladder import base, named
from innerloop.core.locations import NOTE, found
from innerloop.core.recheck import smallest
from innerloop.core.text import ago, duration, listing
from innerloop.engine.walk import Asked
from innerloop.system import handoff
from innerloop.system.history import ledger, rates, runs
from innerloop.views.jsonl import plain as data
from innerloop.views.lines import closing as summary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from innerloop.cli.wiring import Project
    from innerloop.core.events import Event
    from innerloop.core.model import Loop, Plan, Result, Run
    from innerloop.engine.cancel import Cancel

VERSION = 1
PLACES = 50
_GRACE = (0.5, 0.5)
"""whoever closes our input gives us about two seconds in all"""


def flags(
    loops: Sequence[str], until: str = "", budget: str = "", *, keep_going: bool, force: bool
) -> Flags:
    """What was asked for, as `loop inner` understands it."""
    seconds = duration(budget) if budget not in {"", "none"} else None
    if budget not in {"", "none"} and seconds is None:
        raise LoopError(f"budget {budget!r} is not a duration", "30s, 5m, 1h30m, or none")
    return Flags(
        names=tuple(loops),
        until=until,
        budget=seconds,
        no_budget=budget == "none",
        keep_going=keep_going,
        force=force,
    )


def planned(asked: Flags) -> replies.Plan:
    """What a walk would do. Writes nothing."""
    with project(write=False) as seen:
        _named(seen, *asked.names, asked.until)
        selection = select(seen, asked)
        return replies.Plan(
            steps=[
                replies.Planned(
                    loop=step.loop.name,
                    action=str(step.action),
                    reason=step.reason,
                    expected_seconds=round(step.expected, 3),
                    command=step.loop.run.text,
                )
                for step in forecasted(seen, selection).steps
            ],
            left_out=dict(selection.left),
            only_when_named=[loop.name for loop in seen.ground.config.loops if not loop.auto],
        )


def walked(asked: Flags, cancel: Cancel, tell: Callable[[Event], None]) -> replies.Walked:
    """Walk; every event is told as it happens. Ends early, with its processes, when cancelled."""
    with project(write=True) as seen:
        _named(seen, *asked.names, asked.until)
        run = _walked(seen, forecasted(seen, select(seen, asked)), asked, cancel, tell)
        handoff.write(seen.ground, run)
        red = sorted(
            (one for one in run.results if one.halts), key=lambda one: one.at + one.seconds
        )
        return replies.Walked(
            run=run.id,
            verdict=str(run.verdict),
            summary=summary(run, colour=False),
            seconds=round(run.seconds, 3),
            steps=[_step(one) for one in run.results],
            failures=[_failure(seen, one) for one in sorted(red, key=lambda one: not one.required)],
        )


def _walked(
    seen: Project, plan: Plan, asked: Flags, cancel: Cancel, tell: Callable[[Event], None]
) -> Run:
    command = " ".join(("loop mcp: run", *asked.names, *filter(None, [asked.until])))
    told = Asked(asked.jobs, asked.keep_going, command)
    run = carried(seen.ground, plan, told, cancel, tell, means=Means(grace=_GRACE))
    if run is None:
        raise LoopError("the walk came to no end")
    return run


def _step(result: Result) -> replies.Step:
    return replies.Step(
        loop=result.loop,
        outcome=str(result.outcome),
        reason=result.reason,
        seconds=round(result.seconds, 3),
        required=result.required,
        log=result.log,
    )


def _failure(seen: Project, result: Result) -> replies.Failure:
    loop = seen.ground.loops.get(result.loop)
    lines = plain(log_reader(seen.root)(result.log)) if result.log else []
    places = found("\n".join(lines), loop.cwd if loop else "", seen.root)
    named = [place for place in places if place.kind != NOTE]
    return replies.Failure(
        loop=result.loop,
        outcome=str(result.outcome),
        reason=result.reason,
        required=result.required,
        command=result.command,
        output="\n".join(excerpt(lines, places)),
        log=result.log,
        places=[
            replies.Place(
                path=place.path,
                line=place.line,
                column=place.column,
                message=place.message,
                kind=place.kind,
            )
            for place in named[:PLACES]
        ],
        more_places=max(0, len(named) - PLACES),
        check=(smallest(loop, lines) if loop else "") or f"loop inner {result.loop}",
    )


def why(name: str) -> replies.Why:
    """Why a loop would run, or why it would not. Writes nothing."""
    with project(write=False) as seen:
        ground = seen.ground
        proofs = [ground.prover.prove(loop) for loop in _named(seen, name)]
        # Of a ladder the rung that a walk would come to first.
        proof = next((one for one in proofs if ground.passed(one) is None), proofs[-1])
        passed = ground.passed(proof)
        last = ledger.last_pass(ground.store, proof.loop.name)
        differences = subtract(proof.ingredients, last[2]) if last and not proof.doubt else ()
        reason = proof.reason
        if passed is not None:
            reason = f"passed {ago(time.time() - passed.at)} on just this (run #{passed.run})"
        return replies.Why(
            loop=proof.loop.name,
            runs=passed is None,
            reason=reason,
            differences=[
                replies.Difference(
                    kind=one.kind,
                    changed=list(one.changed),
                    added=list(one.added),
                    removed=list(one.removed),
                )
                for one in (differences if passed is None else ())
            ],
            warnings=list(proof.warnings),
        )


def failures() -> replies.Failures:
    """What failed in the latest walk that came to something, or is about to."""
    with project(write=False) as seen:
        text = _last(seen)
        if not text:
            raise LoopError("nothing has run here yet", "call run")
        record = json.loads(text)
        results = runs.found(seen.ground.store, str(record["run"])).results
        return replies.Failures(
            run=str(record["run"]),
            verdict=record["verdict"],
            finished=record["finished"],
            failures=[_failure(seen, one) for one in results if one.halts],
        )


def history(loop: str, most: int) -> replies.History:
    """The latest walks, of one loop where it is named."""
    with project(write=False) as seen:
        about = [one.name for one in _named(seen, loop)]
        return replies.History(
            runs=[
                replies.Run(
                    run=run.id,
                    at=datetime.fromtimestamp(run.at, UTC).isoformat(timespec="seconds"),
                    verdict=str(run.verdict),
                    seconds=round(run.seconds, 3),
                    command=run.command,
                    commit=run.commit,
                    branch=run.branch,
                    why=run.why,
                )
                for run in runs.recent(seen.ground.store, most, *about)
            ]
        )


def metrics(loops: Sequence[str]) -> replies.Metrics:
    """Durations and pass rates, of the named loops or of all."""
    with project(write=False) as seen:
        chosen = _named(seen, *loops) or seen.ground.config.loops
        return replies.Metrics(over=rates.RECENT, loops=[_rate(seen, loop) for loop in chosen])


def _rate(seen: Project, loop: Loop) -> replies.Rate:
    one = rates.of(seen.ground.store, loop.name)
    return replies.Rate(
        loop=loop.name,
        cycle_seconds=loop.cycle,
        median_seconds=one.median,
        longest_seconds=one.longest,
        pass_rate=one.rate,
        passed=one.passed,
        failed=one.failed,
        timed_out=one.timed_out,
        flaky=one.flaky,
        cached=one.cached,
    )


def last() -> str:
    """The latest walk, as `.loop/last.json` has it; the empty text where there was none."""
    with project(write=False) as seen:
        return _last(seen)


def config() -> str:
    """What loops.yaml says, with everything it leaves to the defaults."""
    with project(write=False) as seen:
        read = seen.ground.config
        loops = [{key: data(value) for key, value in _keys(loop)} for loop in read.loops]
        rest = {key: data(value) for key, value in _keys(read) if key != "loops"}
        said = json.dumps({"version": VERSION, "loops": loops, **rest}, indent=1)
        return seen.ground.veil.text(said)


def _keys(one: Loop | object) -> list[tuple[str, object]]:
    pairs = [(key, getattr(one, key)) for key in getattr(one, "_fields", ())]
    return [(key, dict(value) if key == "env" else value) for key, value in pairs]


def _last(seen: Project) -> str:
    try:
        with open(f"{seen.ground.state}/last.json", encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def _named(seen: Project, *names: str) -> tuple[Loop, ...]:
    """The loops of these names; an error that says which there are."""
    loops = seen.ground.config.loops
    there = list(dict.fromkeys(n for loop in loops for n in (base(loop.name), loop.name)))
    wanted = [name for name in names if name]
    for name in wanted:
        if name not in there:
            raise LoopError(
                f"there is no loop called {name!r}", f"there are: {listing(there, len(there))}"
            )
    return tuple(loop for name in wanted for loop in named(loops, name))
