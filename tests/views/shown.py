"""One walk with something of everything in it, and the files its views are compared with."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from innerloop.core.command import parse
from innerloop.core.events import (
    LoopFinished,
    LoopOutput,
    LoopStarted,
    LoopWaiting,
    WalkFinished,
    WalkRestarted,
    WalkStarted,
    Warned,
)
from innerloop.core.model import Action, Loop, Outcome, Plan, Result, Run, Step, Verdict

if TYPE_CHECKING:
    from innerloop.core.events import Event

AT = 1_750_000_000.0
GOLDEN = os.path.join(os.path.dirname(__file__), "golden")


def golden(name: str, text: str) -> None:
    """Compare with the file of that name; `UPDATE=1 pytest` writes it instead."""
    path = os.path.join(GOLDEN, name)
    if os.environ.get("UPDATE"):
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
    with open(path, encoding="utf-8", newline="") as file:
        assert text == file.read()


def made(name: str, cycle: float, command: str = "true") -> Loop:
    return Loop(name, parse(command), cycle)


FORMAT = made("format", 1, "ruff format {changed}")
LINT = made("lint", 2, "ruff check .")
TYPES = made("typecheck", 5, "mypy src")
UNIT = made("unit", 10, "pytest -q tests/unit")
PROSE = made("prose", 12, "vale docs")
BEHAVE = made("behavioural", 120, "python evals/behaviour.py")
EVAL = made("eval", 3600, "python evals/evaluate.py")
LOOPS = (FORMAT, LINT, TYPES, UNIT, PROSE, BEHAVE, EVAL)

PLAN = Plan(
    (
        Step(FORMAT, Action.SKIP, "no file to hand over", 1),
        Step(LINT, Action.CACHED, "passed 3m ago (#7)", 1.5),
        Step(TYPES, Action.RUN, "src/a.py changed and 3 more", 4.2),
        Step(UNIT, Action.RUN, "never passed", 10),
        Step(BEHAVE, Action.DEFER, "over the budget of 1m 00s by 1m 14s", 120),
    ),
    budget=60,
    held=frozenset({"eval", "behavioural"}),
)


def came(loop: Loop, outcome: Outcome, reason: str = "", **facts: object) -> Result:
    return Result(loop.name, outcome, reason, AT)._replace(**facts)  # type: ignore[arg-type]


def ran(loop: Loop, outcome: Outcome, reason: str = "", **facts: object) -> Result:
    log = f".loop/runs/12/{loop.name}/output.log"
    told = {"exit_code": 0, "seconds": 1.25, "log": log, "command": loop.run.text} | facts
    return came(loop, outcome, reason, **told)


RESULTS = (
    came(FORMAT, Outcome.SKIPPED, "no file to hand over", empty=True),
    came(LINT, Outcome.CACHED, "passed 3m ago (#7)", fingerprint="f" * 32),
    ran(TYPES, Outcome.PASSED, "flaky: passed at attempt 2", flaky=True, attempts=2),
    ran(UNIT, Outcome.FAILED, "exit 1", exit_code=1, seconds=9.87, warnings=("a.py moved",)),
    ran(PROSE, Outcome.FAILED, "exit 2", exit_code=2, seconds=0.04, required=False),
    ran(BEHAVE, Outcome.TIMED_OUT, "ran longer than its timeout of 6m 00s", exit_code=124)._replace(
        seconds=360
    ),
    came(EVAL, Outcome.DEFERRED, "comes after behavioural, which did not pass"),
)
RUN = Run(
    "12",
    AT,
    372.4,
    Verdict.RED,
    "loop inner --keep-going",
    RESULTS,
    why="after the merge",
    commit="0123456789abcdef0123456789abcdef01234567",
    branch="main",
    dirty=True,
)
EVENTS: tuple[Event, ...] = (
    WalkStarted("12", PLAN, AT),
    LoopFinished(RESULTS[0]),
    LoopFinished(RESULTS[1]),
    LoopStarted("typecheck", AT, 4.2, "src/a.py changed and 3 more"),
    Warned("typecheck", "attempt 1 failed: trying again"),
    LoopFinished(RESULTS[2]),
    LoopWaiting("unit", AT, "another walk runs it on this content"),
    LoopStarted("unit", AT, 10, "never passed"),
    LoopOutput("unit", "E   assert 1 == 2\n"),
    WalkRestarted("format", ("lint", "typecheck")),
    LoopFinished(RESULTS[4]),
    LoopFinished(RESULTS[3]),
    LoopFinished(RESULTS[5]),
    LoopFinished(RESULTS[6]),
    WalkFinished(RUN),
)
