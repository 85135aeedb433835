from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import pytest
from shown import AT, EVAL, EVENTS, LINT, RUN, TYPES, UNIT, came, ran

from innerloop.core.events import (
    Event,
    LoopFinished,
    LoopOutput,
    LoopStarted,
    LoopWaiting,
    Noted,
    Paused,
    Pressed,
    Reconfigured,
    Rested,
    Saved,
    WalkFinished,
    WalkRestarted,
    WalkStarted,
    Warned,
)
from innerloop.core.model import Action, Loop, Outcome, Plan, Step, Verdict
from innerloop.views.board import Running, Waiting
from innerloop.views.deck import Deck, Tile, fold

if TYPE_CHECKING:
    from collections.abc import Iterable


def started(*loops: Loop) -> WalkStarted:
    return WalkStarted("1", Plan(tuple(Step(one, Action.RUN, "", one.cycle) for one in loops)), AT)


def after(events: Iterable[Event], deck: Deck | None = None) -> Deck:
    return reduce(fold, events, deck or Deck())


def tile(deck: Deck, loop: Loop) -> Tile:
    return next(one for one in deck.tiles if one.loop == loop.name)


ALL = started(LINT, UNIT, EVAL)
PASSED = LoopFinished(ran(LINT, Outcome.PASSED))
FAILED = LoopFinished(ran(UNIT, Outcome.FAILED, exit_code=1))
BEGUN = LoopStarted("unit", AT, 10, "")
INTERRUPTED = WalkFinished(RUN._replace(verdict=Verdict.INTERRUPTED))


def test_what_is_said_of_one_walk_is_gone_after_the_next_and_what_lasts_is_not() -> None:
    said = [Noted("fixed lint"), Noted("polling", lasting=True)]
    once = after([*said, ALL])
    assert (once.note, once.past, once.lasting) == ("fixed lint", True, "polling")
    twice = after([ALL], once)
    assert (twice.note, twice.past, twice.lasting) == ("", False, "polling")
    assert after([Noted("", lasting=True)], twice).lasting == ""


def test_a_verdict_is_old_until_it_is_replaced() -> None:
    deck = after([ALL, PASSED, FAILED])
    assert not tile(deck, UNIT).old
    deck = after([ALL], deck)
    assert tile(deck, UNIT).old
    assert tile(deck, UNIT).failed
    deck = after([BEGUN], deck)
    assert isinstance(tile(deck, UNIT).active, Running)
    assert tile(deck, UNIT).old
    deck = after([LoopFinished(ran(UNIT, Outcome.PASSED))], deck)
    assert tile(deck, UNIT)._replace(verdict=None) == Tile("unit", 10)
    assert not deck.failed


def test_a_cancelled_step_is_what_it_was_before() -> None:
    cancelled = LoopFinished(ran(UNIT, Outcome.CANCELLED))
    skipped = LoopFinished(came(EVAL, Outcome.SKIPPED, "files were saved"))
    deck = after([ALL, BEGUN, cancelled, skipped, INTERRUPTED])
    assert tile(deck, UNIT) == Tile("unit", 10)
    assert tile(deck, EVAL).left is None
    assert deck.run is None
    deck = after([ALL, FAILED, ALL, BEGUN, cancelled, INTERRUPTED])
    assert tile(deck, UNIT).failed
    assert tile(deck, UNIT).old
    assert not deck.moving


def test_what_was_left_out_keeps_its_verdict() -> None:
    deferred = LoopFinished(came(EVAL, Outcome.DEFERRED, "over the budget"))
    deck = after([ALL, LoopFinished(ran(EVAL, Outcome.PASSED)), ALL, deferred])
    assert tile(deck, EVAL).deferred
    assert tile(deck, EVAL).old
    assert not tile(after([ALL], deck), EVAL).deferred


def test_nothing_to_check_is_an_answer() -> None:
    deck = after([ALL, LoopFinished(came(LINT, Outcome.SKIPPED, "no file", empty=True))])
    assert tile(deck, LINT).verdict is not None
    assert tile(deck, LINT).left is None


def test_a_verdict_on_what_has_moved_is_old_from_the_start() -> None:
    assert tile(after([ALL, LoopFinished(ran(UNIT, Outcome.PASSED, moved=True))]), UNIT).old


def test_a_walk_for_one_loop_leaves_the_others_alone() -> None:
    deck = after([ALL, PASSED, FAILED, started(UNIT)])
    assert [one.loop for one in deck.tiles] == ["lint", "unit", "eval"]
    assert [one.old for one in deck.tiles] == [False, True, False]
    deck = after([started(TYPES)], deck)
    assert [one.loop for one in deck.tiles] == ["lint", "unit", "eval", "typecheck"]
    deck = after([started(LINT, TYPES, UNIT, EVAL)], deck)
    assert [one.loop for one in deck.tiles] == ["lint", "typecheck", "unit", "eval"]


def test_what_fails_now_comes_before_what_failed_before_and_what_may_fail() -> None:
    deck = after([ALL, FAILED, started(LINT, UNIT, EVAL)])
    deck = after([LoopFinished(ran(EVAL, Outcome.TIMED_OUT))], deck)
    assert [one.loop for one in deck.failed] == ["eval", "unit"]
    optional = LoopFinished(ran(LINT, Outcome.FAILED, required=False))
    assert [one.loop for one in after([optional], deck).failed] == ["eval", "lint", "unit"]


def test_a_restart_makes_old_what_is_asked_again() -> None:
    deck = after([ALL, PASSED, FAILED, WalkRestarted("format", ("lint",))])
    assert [one.old for one in deck.tiles] == [True, False, False]
    assert deck.notes == ("format changed files: back to lint",)


def test_output_is_kept_for_what_runs_alone() -> None:
    deck = after([ALL, BEGUN, LoopOutput("unit", "one\ntwo"), LoopOutput("lint", "no")])
    assert tile(deck, UNIT).active == Running("unit", AT, 10, "one\ntwo")
    assert tile(deck, LINT).active is None
    waiting = after([ALL, LoopWaiting("unit", AT, "a turn")])
    assert tile(waiting, UNIT).active == Waiting("unit", AT, "a turn")
    assert waiting.moving


def test_a_new_configuration_orders_the_strip_and_forgets_what_is_gone() -> None:
    deck = after([ALL, FAILED, Reconfigured(("unit", "new"))])
    assert [one.loop for one in deck.tiles] == ["unit", "new"]
    assert tile(deck, UNIT).failed
    broken = after([Reconfigured(("unit", "new"), "error: no")], deck)
    assert broken.problems == "error: no"
    assert broken.tiles == deck.tiles
    assert not after([Reconfigured(("unit", "new"))], broken).problems


def test_notes_stay_until_they_are_taken_back_or_their_walk_is_over() -> None:
    warned = [Warned("unit", "again"), Warned("unit", "again")]
    deck = after([ALL, Noted("polling"), *warned, Paused("z"), Saved(("a",), AT)])
    assert (deck.note, deck.past, deck.notes) == ("polling", False, ("unit: again",))
    assert deck.paused == "z"
    deck = after([ALL], deck)
    assert (deck.note, deck.past, deck.notes) == ("polling", True, ())
    deck = after([Noted(""), Paused("")], deck)
    assert (deck.note, deck.paused) == ("", "")
    assert deck.saved == Saved(("a",), AT)


def test_the_answer_is_kept_while_nothing_moves() -> None:
    rested = Rested(RUN, 0.4, 0.3, 2)
    deck = after([ALL, WalkFinished(RUN), rested])
    assert (deck.run, deck.rested, deck.walking) == (RUN, rested, False)
    assert after([Pressed("n")], deck) == deck


@pytest.mark.parametrize("count", range(len(EVENTS) + 1))
def test_any_beginning_of_a_walk_can_be_shown(count: int) -> None:
    deck = after(EVENTS[:count])
    assert deck.walking == (0 < count < len(EVENTS))
