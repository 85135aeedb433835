"""A notice where red becomes green or green red, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from innerloop.core.events import Reconfigured, Rested, WalkFinished
from innerloop.core.model import Outcome, Result, Run, Verdict
from innerloop.views.notice import BELL, Notice, request, wanted

if TYPE_CHECKING:
    from collections.abc import Mapping

PASS, FAIL, DEFER = Outcome.PASSED, Outcome.FAILED, Outcome.DEFERRED
GREEN, PARTLY, RED = Verdict.GREEN, Verdict.PARTLY, Verdict.RED


class Told:
    """A notice, what it rang, and what it called far away."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self.rung: list[str] = []
        self.far: list[str] = []
        self.notice = Notice("shop", self.rung.append, self.far.append, environ)

    def rests(self, verdict: Verdict, seconds: float = 1.0, **outcomes: Outcome) -> Told:
        results = tuple(Result(loop, what, "", 1.0) for loop, what in outcomes.items())
        self.notice(Rested(Run("1", 1.0, seconds, verdict, "", results), 0.1, 0.1, 1))
        return self


def test_the_first_verdict_is_no_news() -> None:
    for verdict, what in ((GREEN, PASS), (RED, FAIL)):
        assert Told().rests(verdict, unit=what).rung == []


def test_each_turn_is_told_once() -> None:
    told = Told().rests(GREEN, unit=PASS).rests(GREEN, unit=PASS)
    assert told.rung == []
    told.rests(RED, unit=FAIL).rests(RED, unit=FAIL)
    assert told.rung == [f"{BELL}\x1b]9;shop: unit failed\x1b\\"]
    told.rests(GREEN, unit=PASS).rests(GREEN, unit=Outcome.CACHED)
    assert told.rung[1:] == [f"{BELL}\x1b]9;shop: green again\x1b\\"]


@pytest.mark.parametrize("verdict", [PARTLY, Verdict.INTERRUPTED])
def test_what_leaves_something_open_is_no_turn(verdict: Verdict) -> None:
    told = Told().rests(GREEN, unit=PASS).rests(verdict, unit=DEFER).rests(GREEN, unit=PASS)
    assert told.rung == []
    told.rests(RED, unit=FAIL).rests(verdict, unit=PASS).rests(RED, unit=FAIL)
    assert len(told.rung) == 1


def test_a_walk_about_some_loops_does_not_speak_for_the_others() -> None:
    told = Told().rests(GREEN, lint=PASS, unit=PASS).rests(RED, lint=PASS, unit=FAIL)
    told.rests(GREEN, lint=PASS)
    assert len(told.rung) == 1
    told.rests(GREEN, unit=PASS)
    assert len(told.rung) == 2


def test_a_loop_that_is_not_watched_any_more_fails_no_more() -> None:
    told = Told().rests(GREEN, lint=PASS, unit=PASS).rests(RED, unit=FAIL)
    told.notice(Reconfigured((), "broken"))
    told.rests(GREEN, lint=PASS)
    assert len(told.rung) == 1
    told.notice(Reconfigured(("lint",)))
    told.rests(GREEN, lint=PASS)
    assert len(told.rung) == 2


def test_only_a_rest_is_told_of() -> None:
    told = Told().rests(GREEN, unit=PASS)
    failed = (Result("unit", FAIL, "", 1.0),)
    told.notice(WalkFinished(Run("2", 1.0, 1.0, RED, "", failed)))
    assert told.rung == []


def test_the_desktop_is_for_those_who_have_looked_away() -> None:
    told = Told().rests(GREEN, unit=PASS).rests(RED, 5.0, unit=FAIL)
    assert told.far == []
    told.rests(GREEN, 5.1, unit=PASS)
    assert told.far == ["shop: green again"]


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        ("", {"bell", "terminal", "desktop"}),
        ("bell", {"bell"}),
        ("terminal, Desktop", {"terminal", "desktop"}),
        ("off", set()),
        ("0", set()),
        ("gong", {"bell", "terminal", "desktop"}),
    ],
)
def test_what_is_wanted_is_asked_of_a_variable(said: str, kinds: set[str]) -> None:
    environ = {"LOOP_NOTICE": said}
    assert wanted(environ) == kinds
    told = Told(environ).rests(GREEN, unit=PASS).rests(RED, 9.0, unit=FAIL)
    rung = "".join(told.rung)
    assert (BELL in rung, "\x1b]" in rung) == ("bell" in kinds, "terminal" in kinds)
    assert bool(told.far) == ("desktop" in kinds)


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("xterm-256color", "\x1b]9;a, b\x1b\\"),
        ("rxvt-unicode", "\x1b]777;notify;loop;a, b\x1b\\"),
        ("foot", "\x1b]777;notify;loop;a, b\x1b\\"),
        ("linux", ""),
        ("screen.xterm", ""),
    ],
)
def test_each_terminal_is_asked_in_one_way(kind: str, wanted: str) -> None:
    assert request("a; b", {"TERM": kind}) == wanted


def test_nothing_in_a_name_is_obeyed() -> None:
    told = Told()
    told.notice = Notice("\x1b]0;gotcha\x07", told.rung.append, told.far.append)
    told.rests(GREEN, unit=PASS).rests(RED, 9.0, unit=FAIL)
    assert told.rung[0].count("\x1b") == 2
    assert told.rung[0].count(BELL) == 1
    assert "\x1b" not in told.far[0]
