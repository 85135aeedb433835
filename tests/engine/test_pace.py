"""How far a walk has come."""

from __future__ import annotations

from innerloop.core.command import parse
from innerloop.core.events import (
    LoopFinished,
    LoopOutput,
    LoopStarted,
    LoopWaiting,
    WalkRestarted,
    WalkStarted,
    Warned,
)
from innerloop.core.model import Action, Loop, Outcome, Plan, Result, Step
from innerloop.engine.pace import Pace

LOOPS = tuple(Loop(name, parse("true"), 10.0) for name in ("lint", "unit"))
PLAN = Plan(tuple(Step(loop, Action.RUN, "", 10.0) for loop in LOOPS))


def passed(name: str) -> LoopFinished:
    return LoopFinished(Result(name, Outcome.PASSED, "", 100.0))


def test_it_rises_while_a_loop_runs_and_never_to_its_end() -> None:
    pace = Pace()
    assert pace(WalkStarted("1", PLAN, 100.0))
    assert pace(LoopStarted("lint", 100.0, 10.0, ""))
    seen = [pace.reached(100.0 + after).steps for after in (0.0, 0.0, 5.0, 10.0, 60.0)]
    assert seen == sorted(set(seen)), "each is more than the one before"
    assert abs(seen[3] - 0.5) < 0.01
    assert seen[4] < 1.0
    assert pace(passed("lint"))
    assert pace.reached(161.0) == (1.0, 2, "lint passed")


def test_it_ends_at_its_end_and_goes_no_further() -> None:
    pace = Pace()
    pace(WalkStarted("1", PLAN, 100.0))
    pace(passed("lint"))
    pace(passed("unit"))
    assert [pace.reached(101.0).steps for _ in range(3)] == [2.0, 2.0, 2.0]


def test_it_does_not_go_back_with_the_walk() -> None:
    pace = Pace()
    pace(WalkStarted("1", PLAN, 100.0))
    pace(passed("lint"))
    before = pace.reached(101.0).steps
    assert not pace(WalkRestarted("unit", ("lint",)))
    pace(LoopStarted("lint", 102.0, 10.0, ""))
    assert pace.reached(102.0).steps > before


def test_it_says_the_latest_that_is_known() -> None:
    pace = Pace()
    pace(WalkStarted("1", PLAN, 100.0))
    assert pace.reached(100.0).said == "2 loops"
    pace(LoopWaiting("lint", 100.0, "another walk runs it"))
    assert pace.reached(100.0).said == "lint waits: another walk runs it"
    assert not pace(LoopOutput("lint", "first\nsecond\n\n"))
    assert pace.reached(100.0).said == "lint: second"
    assert not pace(LoopOutput("lint", "\n"))
    assert not pace(Warned("lint", "x"))
    assert pace.reached(100.0).said == "lint: second"
