"""Turns of a monitor that nobody took: it does not pass on the few that somebody was there for."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from played import BACK, PLACES, RUN, Watched, begun, carried

from innerloop.core.book import Attempt, Sample, Wanted
from innerloop.core.monitor import (
    BAD,
    GOOD,
    NOTHING,
    Judgement,
    judged,
    missing,
    rivals,
    turns,
)
from innerloop.core.outer import Deploy, Interrupted, Monitor, Outer, Stage, Work
from innerloop.core.pipeline import at_once
from innerloop.core.states import Heard, State
from innerloop.engine.monitoring import measured
from innerloop.system.journal.book import Book
from innerloop.system.journal.place import Room

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EYE = Monitor(RUN, every=10.0, lasts=160.0)
WATCHED = (
    Stage("box", Deploy(RUN, "box", None, BACK), if_interrupted=Interrupted.ASK),
    Stage("eye", EYE, ("box",), timeout=200.0),
)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with closing(Book(Room(str(tmp_path)))) as one:
        yield one


def taken(*turns: int, takes: float = 0.0) -> tuple[Sample, ...]:
    return tuple(Sample(n, n * 10.0, n * 10.0 + takes, GOOD) for n in turns)


@pytest.mark.parametrize(
    ("lasts", "every", "many"),
    [(160.0, 10.0, 16), (161.0, 10.0, 17), (0.3, 0.1, 3), (0.6, 0.2, 3), (0.1, 0.2, 1)],
)
def test_how_many_turns_a_window_has(lasts: float, every: float, many: int) -> None:
    assert turns(Monitor(RUN, every, lasts)) == many


def test_a_turn_is_missing_where_nobody_was_there() -> None:
    assert missing(EYE, taken(*range(16))) == 0
    assert missing(EYE, taken(0, 15)) == 14
    assert missing(EYE, taken(14, 15)) == 14
    assert missing(EYE, taken(0, 1)) == 14
    assert missing(EYE, ()) == 16


def test_what_is_left_out_for_a_check_that_takes_long_is_not_missing() -> None:
    assert missing(EYE, taken(*range(0, 16, 4), takes=35.0)) == 0
    # Taken late, and long: the turn at which it was under way is not missing either.
    late = (Sample(3, 30.0, 61.0, GOOD), *taken(*range(7, 16)))
    assert missing(EYE, late) == 3


def test_a_machine_that_is_late_by_a_moment_misses_nothing() -> None:
    quick = EYE._replace(every=0.2, lasts=3.0)
    samples = tuple(Sample(n, n * 0.2, n * 0.2, GOOD) for n in (0, 10, 14))
    assert missing(quick, samples) == 0
    assert missing(quick, samples[:1]) == 14


@pytest.mark.parametrize(
    ("gone", "judgement", "why"),
    [
        (8, Judgement.GOOD, "8 of 16 samples, 0 bad"),
        (9, Judgement.INCONCLUSIVE, "7 of 16 samples, 9 missing"),
    ],
)
def test_more_than_half_missing_say_nothing(gone: int, judgement: Judgement, why: str) -> None:
    samples = taken(0, *range(gone + 1, 16))
    assert judged(EYE, samples, ended=False) is None
    assert judged(EYE, samples, ended=True) == (judgement, why)


def test_how_many_are_enough_may_be_said() -> None:
    few = EYE._replace(min_samples=2)
    assert judged(few, taken(0, 15), ended=True) == (Judgement.GOOD, "2 of 16 samples, 0 bad")
    found = judged(few, taken(0), ended=True)
    assert found == (Judgement.INCONCLUSIVE, "1 samples said something, 2 are needed")


def test_what_is_bad_is_bad_however_few_there_are() -> None:
    bad = (Sample(0, 0.0, 0.0, BAD),)
    found = judged(EYE, bad, ended=True)
    assert found == (Judgement.BAD, "1 of 1 samples bad, 0 borne")
    silent = tuple(Sample(n, n * 10.0, n * 10.0, NOTHING) for n in range(4))
    few = EYE._replace(lasts=40.0)
    found = judged(few, silent, ended=True)
    assert found == (Judgement.INCONCLUSIVE, "0 samples said something, 1 are needed")


def test_a_check_by_cron_takes_as_few_as_it_ever_did() -> None:
    once = at_once(EYE._replace(max_failures=2))
    assert (once.min_samples, turns(once)) == (1, 3)
    late = (Sample(2, 20.0, 20.0, GOOD),)
    assert judged(once, late, ended=True) == (Judgement.GOOD, "1 of 3 samples, 0 bad")


def test_who_comes_back_when_the_window_is_over_passes_nothing(book: Book) -> None:
    world = Watched(book, (0, 0.0), (0, 0.0))
    ticket = begun(book, *WATCHED)
    began = book.clock()
    one = Attempt("run1", "box", 1, State.READY, "k", environment="box", lock="env:box")
    deployed = book.begin(one._replace(at=began), Heard.BEGUN, Wanted(PLACES[0], 1))
    assert isinstance(deployed, Attempt)
    book.settle(deployed, Heard.WELL)
    eye = one._replace(stage="eye", key="e", began=began)
    watching = book.begin(eye, Heard.WATCHED)
    assert isinstance(watching, Attempt)
    book.sample(watching, Sample(0, began, began, GOOD))
    world.now += 151.0  # killed, and nobody came back until the last turn

    found = carried(book, world, ticket).latest("eye")

    assert found
    assert (found.state, found.why) == (State.INCONCLUSIVE, "2 of 16 samples, 14 missing")
    assert found.log == "", "of what was good nothing is kept"


# -- what a check says ------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["Infinity", "-Infinity", "NaN", "1e999", "1" + "0" * 400])
def test_what_is_no_number_is_no_value(value: str) -> None:
    assert measured(f'{{"value": {value}}}\n') is None


def test_a_warning_behind_the_value_does_not_hide_it() -> None:
    value, warning = '{"value": 0.5}', "app.py:3: DeprecationWarning: {old}\n  x = y\n"
    assert measured(f"{value}\n{warning}") == 0.5
    assert measured(f'{value}\n{{"took": 3}}\n') == 0.5
    assert measured(f'{value}\n{{"value": 0.7}}\n{warning}') == 0.7
    assert measured(f'{value}\n{{"value": NaN}}\n{warning}') is None
    assert measured(value + "\n" + "noise\n" * 19) == 0.5
    assert measured(value + "\n" + "noise\n" * 20) is None
    assert measured('{"value":' * 40_000) is None


# -- which deploy it is about -----------------------------------------------------------------


def test_the_deploys_just_before_it_are_those_it_may_be_about() -> None:
    us = Stage("us", Deploy(RUN, "us"))
    eu = Stage("eu", Deploy(RUN, "eu"), ("us",))
    mid = Stage("mid", Work(RUN), ("us", "eu"))
    eye = Stage("eye", EYE, ("mid",))
    assert rivals(Outer("r", (us, eu, mid, eye)), eye) == ("eu",)
    aside = eu._replace(needs=())
    assert rivals(Outer("r", (us, aside, mid, eye)), eye) == ("us", "eu")
    told = eye._replace(doing=EYE._replace(environment="us"))
    assert rivals(Outer("r", (us, aside, mid, told)), told) == ()
