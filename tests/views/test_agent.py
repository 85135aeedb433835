"""What an AI coding tool reads."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import category

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shown import AT, EVENTS, LINT, PLAN, PROSE, RESULTS, RUN, TYPES, UNIT, came, golden, ran

from innerloop.core.command import parse
from innerloop.core.events import (
    LoopFinished,
    LoopStarted,
    LoopWaiting,
    Noted,
    Paused,
    Pressed,
    Reconfigured,
    Rested,
    Saved,
    WalkFinished,
    WalkStarted,
    Warned,
)
from innerloop.core.excerpt import CHARACTERS, LINES
from innerloop.core.model import Action, Outcome, Plan, Result, Step, Verdict
from innerloop.views.agent import PLACES, Agent
from innerloop.views.streams import Streams

if TYPE_CHECKING:
    import pytest

    from innerloop.core.events import Event

LOG = """\
\x1b[31mF\x1b[0m                                          [100%]
=================================== FAILURES ===================================
__________________________________ test_total __________________________________

    def test_total():
>       assert total([1, 2]) == 4
E       assert 3 == 4

tests/unit/test_shop.py:5: AssertionError
=========================== short test summary info ============================
FAILED tests/unit/test_shop.py::test_total - assert 3 == 4
1 failed in 0.49s
"""


def shown(*events: Event, log: str = LOG, root: str = "") -> None:
    # Whatever the streams could show, there are no colours.
    view = Agent(Streams(colour=True, terminal=True), lambda _path: log, root)
    for event in events:
        view(event)
    view.close()


def walked(*results: Result, verdict: Verdict, command: str = "loop inner") -> tuple[Event, ...]:
    run = RUN._replace(results=results, verdict=verdict, command=command)
    finished = tuple(LoopFinished(result) for result in results)
    return (WalkStarted("12", PLAN, AT), *finished, WalkFinished(run))


def test_a_walk(capsys: pytest.CaptureFixture[str]) -> None:
    shown(*EVENTS)

    said = capsys.readouterr()
    golden("agent.txt", said.out)
    assert said.err == "", "what is told on two streams comes in an order of its own"


def test_what_had_passed_is_one_line_and_alone_it_is_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cached = [came(loop, Outcome.CACHED, "passed 3m ago") for loop in (LINT, TYPES)]
    shown(*walked(*cached, verdict=Verdict.GREEN))
    assert capsys.readouterr().out == "green: 2 loops passed before\n"

    shown(*walked(cached[0], ran(UNIT, Outcome.PASSED), cached[1], verdict=Verdict.GREEN))
    assert capsys.readouterr().out.splitlines() == [
        "unit passed in 1.2s",
        "cached: lint, typecheck",
        "green: 3 loops passed (2 before) in 6m 12s",
    ]


def test_the_last_line_is_what_checks_the_fix_and_what_records_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown(*walked(RESULTS[3], verdict=Verdict.RED, command="loop inner --until unit"))

    assert capsys.readouterr().out.splitlines()[-1] == (
        "check the fix with: loop run unit -- --lf (records nothing; then: loop inner --until unit)"
    )


def test_what_can_mend_itself_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    lint = LINT._replace(fix=parse("ruff check --fix ."))
    plan = Plan((Step(lint, Action.RUN, "", 1),))
    log = "app.py:1:8: F401 [*] `os` imported but unused\n"
    failed = ran(lint, Outcome.FAILED, "exit 1", exit_code=1)
    shown(
        WalkStarted("12", plan, AT),
        LoopFinished(failed),
        WalkFinished(RUN._replace(results=(failed,))),
        log=log,
    )

    assert capsys.readouterr().out.splitlines()[-1] == (
        "check the fix with: loop inner lint (loop fix lint mends what it can)"
    )


def test_only_the_first_required_failure_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    shown(LoopFinished(RESULTS[4]), LoopFinished(RESULTS[3]), LoopFinished(RESULTS[5]))

    said = capsys.readouterr().out
    assert said.count("E       assert 3 == 4") == 1
    assert said.splitlines()[0] == (
        "prose FAILED in 0.04s (not required): exit 2; log: .loop/runs/12/prose/output.log"
    )
    assert "; log: .loop/runs/12/behavioural/output.log" in said


def test_a_walk_after_a_red_one_knows_nothing_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    red = walked(RESULTS[3], verdict=Verdict.RED)
    shown(*red, *red)

    assert capsys.readouterr().out.count("E       assert 3 == 4") == 2


def test_a_failure_without_a_log_is_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    shown(*walked(RESULTS[3]._replace(log="", reason="no such program"), verdict=Verdict.RED))

    said = capsys.readouterr().out.splitlines()
    assert said[0] == "unit FAILED in 9.9s: no such program"
    assert said[-1] == "check the fix with: loop inner unit"


def test_many_places_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    log = "".join(f"a.py:{n}:1: E501 long\n" for n in range(1, PLACES + 6))
    shown(LoopFinished(RESULTS[3]), log=log)

    said = capsys.readouterr().out.splitlines()
    assert said[-1] == "... and 5 more in .loop/locations"


def test_places_are_from_the_root(capsys: pytest.CaptureFixture[str]) -> None:
    shown(LoopFinished(RESULTS[3]), log="/srv/p/a.py:1:1: E501 long\n", root="/srv/p")

    assert capsys.readouterr().out.splitlines()[-1] == "a.py:1:1: E501 long"


def test_a_watch_is_told_in_lines_too(capsys: pytest.CaptureFixture[str]) -> None:
    shown(
        Saved(("a.py",), 1.0),
        Pressed("p"),
        Paused("paused by you"),
        Paused(""),
        Noted("the disk is full"),
        Noted(""),
        Reconfigured(("lint",), "error: no\n  --> loops.yaml:1:1"),
        Reconfigured(("lint",)),
        Rested(RUN, 1.0, 1.0, 1),
    )

    assert capsys.readouterr().out.splitlines() == [
        "saved: a.py",
        "paused by you",
        "the disk is full",
        "error: no",
        "  --> loops.yaml:1:1",
        "loops.yaml changed: watching lint",
    ]


ANY = st.text(max_size=60)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.lists(st.text(max_size=300), max_size=120), ANY, ANY)
def test_no_terminal_obeys_it_and_it_has_an_end(
    capsys: pytest.CaptureFixture[str], printed: list[str], reason: str, name: str
) -> None:
    capsys.readouterr()
    failed = ran(UNIT, Outcome.FAILED, reason, exit_code=1, command=f"pytest {name}")
    shown(
        Warned(name, reason),
        LoopWaiting(name, AT, reason),
        LoopStarted(name, AT, 1.0, reason),
        Saved((name,), AT),
        *walked(failed, came(PROSE, Outcome.SKIPPED, reason), verdict=Verdict.RED),
        log="\n".join(printed),
    )

    said = capsys.readouterr().out
    assert not {category(char) for char in said if char != "\n"} & {"Cc", "Zl", "Zp"}
    assert len(said.splitlines()) <= LINES + PLACES + 20
    assert len(said) <= CHARACTERS + PLACES * 301 + 4000
