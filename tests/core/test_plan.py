from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from innerloop.core.budget import over_budget
from innerloop.core.command import parse
from innerloop.core.errors import LoopError
from innerloop.core.fingerprint import Ingredients, Proof, gather
from innerloop.core.model import Action, Glob, Loop, Plan, Step
from innerloop.core.plan import (
    Ask,
    Choice,
    chosen,
    expected,
    forecast,
    known,
    narrowed,
    ordered,
    unforeseen,
)
from innerloop.core.world import Passed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOW = 10_000.0
NOTHING = Ingredients("", "", (), gather({}), {}, {}, {}, {}, {})
GLOB = (Glob("*.py", include=True, regex="", folder="", literal=""),)


def made(name: str, cycle: float = 1.0, *after: str, **fields: object) -> Loop:
    return Loop(name, parse(name), cycle, after=after)._replace(**fields)  # type: ignore[arg-type]


LINT, TYPES, UNIT = made("lint", 1), made("types", 5), made("unit", 10)


def names(loops: Sequence[Loop]) -> list[str]:
    return [one.name for one in loops]


def planned(
    *loops: Loop,
    choice: Choice | None = None,
    passed: Mapping[str, float] | None = None,
    passes: Mapping[str, Sequence[float]] | None = None,
    tried: Mapping[str, float] | None = None,
    handed: Sequence[str] = (),
) -> Plan:
    """A forecast in a world where these have passed, so many seconds ago."""

    def prove(loop: Loop) -> Proof:
        files = ("./a.py",) if loop.name in handed else ()
        return Proof(loop, NOTHING, loop.name, handed=files, reason="a.py changed")

    def asked(proof: Proof) -> Passed | None:
        before = (passed or {}).get(proof.fingerprint)
        return None if before is None else Passed(NOW - before, "7", "")

    ask = Ask(prove, asked, lambda name: (passes or {}).get(name, ()), NOW)
    ask = ask._replace(tried=lambda name: (tried or {}).get(name, 0.0))
    return forecast(loops, choice or Choice(), ask)


def said(plan: Plan) -> list[str]:
    return [f"{step.action} {step.loop.name}: {step.reason}" for step in plan.steps]


# -- order --------------------------------------------------------------------------------------


def test_fastest_to_slowest() -> None:
    assert names(ordered([UNIT, LINT, TYPES])) == ["lint", "types", "unit"]


def test_equal_ones_as_they_were_written() -> None:
    loops = [made(name, 3) for name in ("z", "a", "m")]

    assert names(ordered(loops)) == ["z", "a", "m"]


def test_each_behind_what_it_comes_after_and_no_further_back() -> None:
    loops = [made("slow", 60), made("quick", 1, "unit"), UNIT, LINT]

    assert names(ordered(loops)) == ["lint", "unit", "quick", "slow"]


def test_what_is_not_among_them_holds_nothing_up() -> None:
    assert names(ordered([made("quick", 1, "absent"), LINT._replace(cycle=2)])) == ["quick", "lint"]


@given(st.data())
def test_any_order_is_whole_and_keeps_after(data: st.DataObject) -> None:
    count = data.draw(st.integers(0, 8))
    all_ = [f"l{number}" for number in range(count)]
    loops = [
        made(
            name,
            data.draw(st.integers(1, 3)),
            *(data.draw(st.sets(st.sampled_from(all_[:at]))) if at else ()),
        )
        for at, name in enumerate(all_)
    ]
    shuffled = data.draw(st.permutations(loops))

    found = ordered(shuffled)

    assert sorted(names(found)) == sorted(all_)
    place = {one.name: at for at, one in enumerate(found)}
    for one in found:
        assert all(place[before] < place[one.name] for before in one.after)


# -- choice -------------------------------------------------------------------------------------

EVAL = made("eval", 60, "unit", auto=False)
LOOPS = (EVAL, UNIT._replace(after=("lint",)), TYPES, LINT)


def test_unasked_everything_but_what_has_to_be_named() -> None:
    assert names(chosen(LOOPS, Choice())) == ["lint", "types", "unit"]


def test_a_name_brings_what_it_comes_after() -> None:
    assert names(chosen(LOOPS, Choice(names=("eval",)))) == ["lint", "unit", "eval"]


def test_an_automatic_loop_brings_one_that_is_not() -> None:
    loops = (*LOOPS, made("report", 70, "eval"))

    assert names(chosen(loops, Choice())) == ["lint", "types", "unit", "eval", "report"]


def test_until_leaves_out_what_is_slower() -> None:
    assert names(chosen(LOOPS, Choice(until="types"))) == ["lint", "types"]
    assert names(chosen(LOOPS, Choice(until="unit"))) == ["lint", "types", "unit"]


def test_until_leaves_out_what_only_a_slower_one_needs() -> None:
    loops = (made("dump", 2, auto=False), made("slow", 60, "dump"), UNIT)

    assert names(chosen(loops, Choice(until="unit"))) == ["unit"]


def test_until_names_a_loop_as_well_as_any() -> None:
    assert names(chosen(LOOPS, Choice(until="eval"))) == ["lint", "types", "unit", "eval"]


def test_until_among_named_ones_leaves_the_others_out() -> None:
    assert names(chosen(LOOPS, Choice(names=("lint", "eval"), until="types"))) == ["lint", "types"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [("unti", "did you mean 'unit'?"), ("xyzzy", "there are: eval, unit, types, lint")],
)
@pytest.mark.parametrize("how", ["names", "until"])
def test_an_unknown_name_is_told_of_the_nearest(name: str, hint: str, how: str) -> None:
    choice = Choice(names=(name,)) if how == "names" else Choice(until=name)

    with pytest.raises(LoopError, match=f"there is no loop called '{name}'") as caught:
        chosen(LOOPS, choice)

    assert caught.value.hint == hint


def test_a_known_name_is_found() -> None:
    assert known(LOOPS, "lint") is LINT


# -- since --------------------------------------------------------------------------------------


def test_since_keeps_what_was_touched_and_what_it_needs() -> None:
    loops = (LINT, TYPES, UNIT._replace(after=("lint",)))

    kept, left = narrowed(loops, lambda one: one.name == "unit", "main")

    assert names(kept) == ["lint", "unit"]
    assert left == {"types": "nothing changed since main"}


def test_what_reads_the_output_of_a_touched_loop_is_touched() -> None:
    sample = made("sample", 5)
    train = made("train", 10)._replace(run=parse("train {out.sample}/x.csv"), after=("sample",))
    score = made("score", 20)._replace(run=parse("score {out.train}"), after=("train",))

    kept, left = narrowed((sample, train, score, UNIT), lambda one: one.name == "sample", "v1")

    assert names(kept) == ["sample", "train", "score"]
    assert list(left) == ["unit"]


def test_only_coming_after_is_no_reason_to_run() -> None:
    kept, _ = narrowed((LINT, UNIT._replace(after=("lint",))), lambda one: one is LINT, "v1")

    assert names(kept) == ["lint"]


# -- how long -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("passes", "seconds"),
    [
        ((), 10),
        ((1, 1, 1, 1), 10),
        ((5, 1, 3, 2, 4), 3),
        ((6, 5, 1, 3, 2, 4), 3.5),
        ((1, 1, 1, 1, 900), 1),
    ],
)
def test_the_median_of_five_else_what_is_declared(
    passes: tuple[float, ...], seconds: float
) -> None:
    assert expected(UNIT, passes) == seconds


def test_of_a_guess_one_pass_says_more() -> None:
    guess = UNIT._replace(guessed=True)
    assert expected(guess, ()) == 10
    assert expected(guess, (0.3,)) == 0.3
    assert expected(guess, (40.0, 1.0)) == 20.5


# -- the forecast -------------------------------------------------------------------------------


def test_what_would_run_and_what_has_passed() -> None:
    plan = planned(LINT, UNIT, passed={"lint": 180})

    assert said(plan) == ["cached lint: passed 3m ago (#7)", "run unit: a.py changed"]
    assert [step.expected for step in plan.steps] == [1, 10]
    assert (plan.budget, plan.force, plan.held) == (None, False, frozenset())


def test_force_believes_nothing() -> None:
    plan = planned(LINT, choice=Choice(force=True), passed={"lint": 180})

    assert said(plan) == ["run lint: --force"]
    assert plan.force


def test_the_budget_goes_by_what_was_measured() -> None:
    plan = planned(LINT, UNIT, choice=Choice(budget=5), passes={"unit": [3.0] * 5})

    assert said(plan)[1] == "run unit: a.py changed"
    assert plan.budget == 5


def test_a_budget_is_cumulative_and_what_follows_is_deferred() -> None:
    plan = planned(LINT, TYPES, UNIT, made("late", 60), choice=Choice(budget=5.5))

    assert said(plan) == [
        "run lint: a.py changed",
        "defer types: over the budget of 5.5s by 0.50s",
        "defer unit: comes after types, which is deferred",
        "defer late: comes after types, which is deferred",
    ]


def test_a_later_one_that_would_fit_is_deferred_all_the_same() -> None:
    plan = planned(LINT, UNIT, made("late", 0.1), choice=Choice(budget=2))

    assert said(plan)[2] == "defer late: comes after unit, which is deferred"


def test_the_first_that_runs_always_does() -> None:
    plan = planned(LINT, TYPES, UNIT, choice=Choice(budget=0.5), passed={"lint": 1})

    assert [step.action for step in plan.steps] == [Action.CACHED, Action.RUN, Action.DEFER]


def test_what_nobody_has_measured_may_try() -> None:
    types, unit = TYPES._replace(guessed=True), UNIT._replace(guessed=True)
    slow = made("slow", 60, guessed=True)
    choice = Choice(budget=10, strict=True, tries=True)
    plan = planned(LINT, types, unit, slow, choice=choice)

    assert said(plan) == [
        "run lint: a.py changed",
        "run types: a.py changed",
        "run unit: a.py changed",
        "defer slow: guessed to take 1m 00s, over the budget of 10s",
    ]
    assert [step.tried for step in plan.steps] == [None, 0.0, 0.0, 0.0]
    # What has passed once is known; what was given all of the time has shown what it is.
    plan = planned(LINT, types, unit, choice=choice, passes={"types": [9.5]}, tried={"unit": 4.0})
    assert said(plan)[1:] == [
        "defer types: over the budget of 10s by 0.50s",
        "defer unit: comes after types, which is deferred",
    ]
    plan = planned(LINT, types, unit, choice=choice, tried={"unit": 9.8})
    assert said(plan)[2] == "defer unit: not done after 9.8s when it tried, and the budget is 10s"
    plan = planned(LINT, types, unit, choice=choice._replace(budget=20), tried={"unit": 9.8})
    assert [step.action for step in plan.steps] == [Action.RUN] * 3


def test_a_guess_is_as_good_as_any_where_nothing_may_try() -> None:
    plan = planned(LINT, UNIT._replace(guessed=True), choice=Choice(budget=10))

    assert said(plan)[1] == "defer unit: over the budget of 10s by 1.0s"
    always = Choice(budget=1, strict=True, tries=True, always=("unit",))
    assert planned(UNIT._replace(guessed=True), choice=always).steps[0].tried is None
    tidy = UNIT._replace(guessed=True, writes=True)
    assert planned(tidy, choice=Choice(budget=10, strict=True, tries=True)).steps[0].tried is None


def test_what_has_passed_costs_nothing_and_is_never_deferred() -> None:
    plan = planned(LINT, UNIT, TYPES, choice=Choice(budget=2), passed={"types": 1})

    assert [step.action for step in plan.steps] == [Action.RUN, Action.DEFER, Action.CACHED]


def test_what_comes_after_a_deferred_loop_is_deferred_whether_it_passed_or_not() -> None:
    last = made("last", 20, "unit")
    plan = planned(LINT, UNIT, last, choice=Choice(budget=2), passed={"last": 1})

    assert said(plan)[2] == "defer last: comes after unit, which is deferred"


def test_no_file_to_hand_over() -> None:
    plan = planned(LINT._replace(files=GLOB), made("last", 20, "lint"))

    # The walk goes on behind it: there was nothing that could have failed.
    assert said(plan) == ["skip lint: no file to hand over", "run last: a.py changed"]


def test_a_file_to_hand_over() -> None:
    assert said(planned(LINT._replace(files=GLOB), handed=["lint"])) == ["run lint: a.py changed"]


HELD = made("eval", 60, auto=False)
BEHIND = made("report", 70, "eval")


def test_a_loop_that_is_there_only_for_another_does_not_run() -> None:
    plan = planned(HELD, BEHIND, made("further", 80, "report"))

    assert said(plan) == [
        "skip eval: runs only when named (auto: false)",
        "skip report: comes after eval, which does not run",
        "skip further: comes after report, which does not run",
    ]
    assert plan.held == {"eval"}


def test_its_pass_counts_all_the_same() -> None:
    plan = planned(HELD, BEHIND, passed={"eval": 1})

    assert said(plan) == ["cached eval: passed 1s ago (#7)", "run report: a.py changed"]


@pytest.mark.parametrize("choice", [Choice(names=("eval",)), Choice(until="eval")])
def test_who_names_it_gets_it(choice: Choice) -> None:
    plan = planned(HELD, choice=choice)

    assert said(plan) == ["run eval: a.py changed"]
    assert plan.held == frozenset()


def test_a_plan_of_nothing() -> None:
    assert planned() == Plan(())


@pytest.mark.parametrize(
    ("plan", "spent", "length", "deferred", "reason"),
    [
        (Plan((), None), 900, 900, "x", ""),
        (Plan((), 10), 0, 900, "", ""),
        (Plan((), 10), 5, 5, "", ""),
        (Plan((), 10), 5, 6, "", "over the budget of 10s by 1.0s"),
        (Plan((), 10), 0, 1, "x", "comes after x, which is deferred"),
        (Plan((), 10, strict=True), 0, 10, "", ""),
        (Plan((), 10, always=frozenset({"lint"})), 5, 12, "x", ""),
        (Plan((), 10, strict=True), 0, 12, "", "over the budget of 10s by 2.0s"),
    ],
)
def test_over_budget(plan: Plan, spent: float, length: float, deferred: str, reason: str) -> None:
    assert over_budget(plan, spent, Step(LINT, Action.RUN, "", length), deferred) == reason


def test_a_plan_without_a_forecast_leaves_the_deciding_to_the_walk() -> None:
    choice = Choice(budget=60.0, strict=True)
    plan = unforeseen((LINT, HELD), choice, lambda name: [3.0] * 5 if name == "lint" else [])

    assert [(one.action, one.expected) for one in plan.steps] == [
        (Action.RUN, 3.0),
        (Action.RUN, HELD.cycle),
    ]
    assert (plan.budget, plan.strict, plan.held) == (60.0, True, frozenset({HELD.name}))
