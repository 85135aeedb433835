from __future__ import annotations

import pytest

from innerloop.core.command import parse
from innerloop.core.later import later
from innerloop.core.model import Hook, Loop, Outcome, Result, Run, Verdict

HOOK = Hook(10.0)
LINT = Loop("lint", parse("lint"), 1.0)
UNIT = Loop("unit", parse("unit"), 10.0, guessed=True)
TYPES = Loop("types", parse("types"), 10.0)
EVAL = Loop("eval", parse("eval"), 3600.0)
LOOPS = {loop.name: loop for loop in (LINT, UNIT, TYPES, EVAL)}


def run(*left: str, verdict: Verdict = Verdict.PARTLY) -> Run:
    passed = Result("lint", Outcome.PASSED, "", 0.0)
    results = (passed, *(Result(name, Outcome.DEFERRED, "", 0.0) for name in left))
    return Run("1", 0.0, 1.0, verdict, "loop hook run pre-commit", results)


def test_what_is_left_and_how_to_have_it_checked() -> None:
    assert later(run("types", "unit"), LOOPS, "pre-commit", HOOK) == (
        "left for later: types, unit. 'loop inner' checks them now. To have pre-commit do so, "
        "give it more than 10s in loops.yaml, or name what has to run:\n"
        "  hook: {pre-commit: {budget: 20s, always: [types]}}\n"
        "guessed, so write what it is: the cycle of unit (~10s)"
    )


def test_one_that_was_not_guessed() -> None:
    said = later(run("types", "eval"), LOOPS, "pre-push", Hook(120.0))
    assert "  hook: {pre-push: {budget: 4m, always: [types]}}" in said
    assert "guess" not in said


@pytest.mark.parametrize(
    "kept", [run(), run("eval"), run("unit", verdict=Verdict.RED)], ids=["none", "known", "red"]
)
def test_nothing_is_said_that_everybody_knew(kept: Run) -> None:
    assert later(kept, LOOPS, "pre-commit", HOOK) == ""


def test_what_was_declared_to_take_longer_is_said_once() -> None:
    said = later(run("eval"), LOOPS, "pre-commit", HOOK, ["eval"])
    assert said.startswith("left for later: eval. 'loop inner' checks it now.")
    assert later(run("eval"), LOOPS, "pre-commit", HOOK, ["unit"]) == ""


def test_without_a_budget_nothing_was_left_for_it() -> None:
    assert later(run("unit"), LOOPS, "pre-commit", Hook(None)) == ""


def test_what_costs_is_never_advised_to_run_in_a_hook() -> None:
    loops = {**LOOPS, "judge": LOOPS["unit"]._replace(name="judge", cost=1.0)}
    said = later(run("judge", "types"), loops, "pre-commit", HOOK, ["judge"])
    assert "always: [types]" in said
    assert "it costs: judge. 'loop inner judge' runs it" in said
    # Everybody knows by then.
    assert later(run("judge"), loops, "pre-commit", HOOK) == ""
