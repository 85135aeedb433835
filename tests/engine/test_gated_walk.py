"""A walk whose loops have gates: what stops it, and what is not run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes import PASS, Act, FakeWorld, made, planned

from innerloop.core.judgement import Decision, Judgement
from innerloop.core.model import Outcome, Result, Verdict
from innerloop.engine.cancel import Cancel
from innerloop.engine.outcome import gated
from innerloop.engine.walk import Asked, walk

if TYPE_CHECKING:
    from innerloop.core.model import Plan, Run

GOOD = Judgement("min", "f1", Decision.PASS, "f1 0.9 is at least 0.8", 0.9, 10)
OPEN = Judgement("no_worse_than", "f1", Decision.INCONCLUSIVE, "f1 may be worse or not")
BAD = Judgement("min", "f1", Decision.FAIL, "f1 0.7 is below 0.8", 0.7, 10)


@pytest.mark.parametrize(
    ("judgements", "outcome", "reason"),
    [
        ((), Outcome.PASSED, "f1 0.9"),
        ((GOOD,), Outcome.PASSED, "f1 0.9"),
        ((GOOD, OPEN), Outcome.INCONCLUSIVE, "f1 may be worse or not"),
        ((OPEN, GOOD, OPEN), Outcome.INCONCLUSIVE, "f1 may be worse or not (and 1 more gate)"),
        ((OPEN, BAD), Outcome.FAILED, "f1 0.7 is below 0.8"),
        ((BAD, OPEN, BAD, BAD), Outcome.FAILED, "f1 0.7 is below 0.8 (and 2 more gates)"),
    ],
)
def test_the_worst_gate_decides(
    judgements: tuple[Judgement, ...], outcome: Outcome, reason: str
) -> None:
    assert gated(judgements, "f1 0.9") == (outcome, reason)


def walked(plan: Plan, world: FakeWorld, *, keep_going: bool = False) -> Run:
    """The run of a walk to its end."""
    for _ in walk(plan, world, cancel=Cancel(), asked=Asked(keep_going=keep_going)):
        pass
    assert not world.objections
    return world.ends[-1]


def judged(*judgements: Judgement) -> Act:
    return PASS._replace(gates=judgements, headline="f1 0.9 (n=10)")


UNIT, EVAL, LAST = made("unit", 1), made("eval", 2), made("last", 3)


def test_a_gate_that_passed_tells_its_numbers() -> None:
    world = FakeWorld({"eval": [judged(GOOD)]})
    run = walked(planned(EVAL), world)
    (one,) = run.results
    assert (run.verdict, one.outcome, one.reason) == (
        Verdict.GREEN,
        Outcome.PASSED,
        "f1 0.9 (n=10)",
    )
    assert one.gates == (GOOD,)


@pytest.mark.parametrize(
    ("gate", "verdict", "why"),
    [
        (BAD, Verdict.RED, "eval failed"),
        (OPEN, Verdict.INCONCLUSIVE, "eval is inconclusive"),
    ],
)
def test_what_is_no_pass_stops_the_walk(gate: Judgement, verdict: Verdict, why: str) -> None:
    world = FakeWorld({"eval": [judged(gate)]})
    run = walked(planned(UNIT, EVAL, LAST), world)
    assert run.verdict is verdict
    assert world.ran == ["unit", "eval"]
    assert (run.results[2].outcome, run.results[2].reason) == (Outcome.SKIPPED, why)


def test_where_it_need_not_pass_the_walk_goes_on() -> None:
    world = FakeWorld({"eval": [judged(OPEN)]})
    run = walked(planned(UNIT, EVAL._replace(required=False), LAST), world)
    assert (run.verdict, world.ran) == (Verdict.GREEN, ["unit", "eval", "last"])


def test_what_comes_after_it_says_so() -> None:
    world = FakeWorld({"eval": [judged(OPEN)]})
    plan = planned(EVAL, LAST._replace(after=("eval",)))
    run = walked(plan, world, keep_going=True)
    assert run.results[1].reason == "comes after eval, which is inconclusive"


def test_a_failure_is_worse_than_what_is_open() -> None:
    world = FakeWorld({"unit": [Act(code=1)], "eval": [judged(OPEN)]})
    assert walked(planned(UNIT, EVAL), world, keep_going=True).verdict is Verdict.RED


def test_what_could_not_be_run_is_not_judged() -> None:
    world = FakeWorld({"eval": [judged(GOOD)._replace(code=3)]})
    (one,) = walked(planned(EVAL), world).results
    assert (one.outcome, one.reason) == (Outcome.FAILED, "exit 3")


def test_what_is_on_record_is_judged_again_without_running() -> None:
    world = FakeWorld()
    for outcome, verdict in (
        (Outcome.CACHED, Verdict.GREEN),
        (Outcome.FAILED, Verdict.RED),
        (Outcome.INCONCLUSIVE, Verdict.INCONCLUSIVE),
    ):
        world.again["eval"] = Result("eval", outcome, "judged again", 1.0)
        run = walked(planned(EVAL), world)
        assert (run.verdict, run.results[0].outcome, world.ran) == (verdict, outcome, [])


def test_a_forced_walk_runs_what_could_be_judged_again() -> None:
    world = FakeWorld()
    world.again["eval"] = Result("eval", Outcome.CACHED, "judged again", 1.0)
    walked(planned(EVAL, force=True), world)
    assert world.ran == ["eval"]
