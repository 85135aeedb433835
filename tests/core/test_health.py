from __future__ import annotations

import pytest

from innerloop.core.command import parse
from innerloop.core.health import Habits, ailments
from innerloop.core.model import Loop

UNIT = Loop("unit", parse("pytest"), 10.0, timeout=120.0)


def passes(length: float, count: int = 5) -> Habits:
    return Habits(passes=(length,) * count)


def test_a_loop_in_good_health() -> None:
    assert ailments(UNIT, Habits()) == ()
    assert ailments(UNIT, passes(10)._replace(ran=20, cached=4)) == ()


@pytest.mark.parametrize("length", [2.0, 10.0, 20.0])
def test_a_pace_near_enough(length: float) -> None:
    assert ailments(UNIT, passes(length)) == ()


def test_slower_than_declared() -> None:
    assert ailments(UNIT, passes(21)) == (
        "declared 10s, takes 21s: raise its cycle (it moves outward), or split it",
    )


def test_faster_than_declared() -> None:
    assert ailments(UNIT, passes(1.9)) == (
        "declared 10s, takes 1.9s: lower its cycle (it moves inward)",
    )


def test_what_is_declared_a_second_need_not_be_declared_less() -> None:
    assert ailments(UNIT._replace(cycle=1.0), passes(0.01)) == ()


def test_four_passes_say_nothing() -> None:
    assert ailments(UNIT, passes(900, 4)) == ()


def test_a_guess_is_to_be_replaced_by_what_is_known() -> None:
    guess = UNIT._replace(guessed=True)
    assert ailments(guess, Habits()) == ()
    assert ailments(guess, passes(0.3, 1)) == (
        "its cycle is a guess, and it takes 0.30s: write cycle: 1s",
    )


def test_a_timeout_outweighs_its_pace() -> None:
    assert ailments(UNIT, passes(900)._replace(timed_out=1)) == (
        "ran into its timeout of 2m 00s: raise timeout, or find what hangs",
    )


def test_never_found_passed() -> None:
    (said,) = ailments(UNIT, Habits(ran=5))

    assert said == (
        "passed 5 times and was never found passed before: its inputs may be too wide "
        "(`loop why unit` names what changes)"
    )


@pytest.mark.parametrize(
    ("loop", "habits"),
    [
        (UNIT, Habits(ran=4)),
        (UNIT, Habits(ran=50, cached=1)),
        (UNIT._replace(cache=False), Habits(ran=50)),
    ],
)
def test_a_memory_that_works_or_is_not_wanted(loop: Loop, habits: Habits) -> None:
    assert ailments(loop, habits) == ()


def test_changes_its_own_inputs() -> None:
    habits = Habits(unremembered=2, wrote=("old.log", "a.py, b.py"))

    (said,) = ailments(UNIT, habits)
    assert said == (
        "changes its own inputs (a.py, b.py), so its pass is not remembered: name what it writes "
        "under outputs, ignore it, or say writes: true if it is a formatter"
    )
    assert ailments(UNIT._replace(writes=True), habits) == ()
    assert ailments(UNIT, Habits(unremembered=1))[0].startswith("changes its own inputs, so")


@pytest.mark.parametrize(
    ("habits", "times"),
    [(Habits(flaky=1), "1 time"), (Habits(disagreed=2, flaky=1), "3 times")],
)
def test_flaky(habits: Habits, times: str) -> None:
    assert ailments(UNIT, habits) == (f"flaky: {times} both passed and failed on the same content",)


def test_all_that_is_wrong_is_said() -> None:
    told = ailments(UNIT, Habits(passes=(90.0,) * 5, ran=9, disagreed=1))

    assert [said.split()[0] for said in told] == ["declared", "passed", "flaky:"]


def test_what_is_not_remembered_is_not_blamed_on_wide_inputs_too() -> None:
    told = ailments(UNIT, Habits(passes=(90.0,) * 5, ran=9, unremembered=1, disagreed=1))

    assert [said.split()[0] for said in told] == ["declared", "changes", "flaky:"]
