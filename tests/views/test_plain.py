from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from shown import EVENTS, PLAN, PROSE, RESULTS, RUN, TYPES, UNIT, golden, made, ran

from innerloop.core.events import (
    LoopFinished,
    LoopOutput,
    LoopStarted,
    LoopWaiting,
    Paused,
    Reconfigured,
    Rested,
    Saved,
    WalkFinished,
    WalkRestarted,
    WalkStarted,
    Warned,
)
from innerloop.core.model import Action, Outcome, Plan, Step, Verdict
from innerloop.views.plain import Plain
from innerloop.views.streams import Streams

if TYPE_CHECKING:
    from innerloop.core.events import Event


def shown(*events: Event, colour: bool = False) -> None:
    view = Plain(Streams(colour, terminal=False), lambda path: f"<{path}>\nE   assert 1 == 2\n")
    for event in events:
        view(event)
    view.close()


def test_a_walk_on_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    shown(*EVENTS)

    said = capsys.readouterr()
    golden("plain.out.txt", said.out)
    golden("plain.err.txt", said.err)


def test_a_walk_in_colour(capsys: pytest.CaptureFixture[str]) -> None:
    shown(*EVENTS, colour=True)

    said = capsys.readouterr()
    golden("plain.colour.txt", said.out + said.err)


def test_without_colour_there_is_no_escape(capsys: pytest.CaptureFixture[str]) -> None:
    shown(*EVENTS)

    assert "\x1b" not in "".join(capsys.readouterr())


def test_quiet_while_nothing_is_decided(capsys: pytest.CaptureFixture[str]) -> None:
    shown(WalkStarted("1", PLAN, 1), LoopStarted("unit", 1, 1, ""), LoopOutput("unit", "x"))

    assert capsys.readouterr() == ("", "")


def test_the_first_failure_is_shown_whole_and_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    shown(LoopFinished(RESULTS[3]), LoopFinished(RESULTS[5]))

    said = capsys.readouterr().out
    assert said.count("E   assert") == 1
    assert "--- unit: pytest -q tests/unit\n<.loop/runs/12/unit/output.log>" in said


def test_one_that_is_not_required_does_not_hide_the_one_that_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown(LoopFinished(RESULTS[4]), LoopFinished(RESULTS[3]))

    said = capsys.readouterr().out
    assert "--- prose: vale docs" in said
    assert "--- unit: pytest -q tests/unit" in said


def test_a_failure_without_a_log_is_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    shown(LoopFinished(RESULTS[3]._replace(log="", reason="loop: OSError: full")))

    assert capsys.readouterr().out.splitlines() == [
        "unit      FAILED       9.9s  loop: OSError: full"
    ]


def test_what_passed_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    shown(LoopFinished(ran(UNIT, Outcome.PASSED)))

    assert capsys.readouterr().out == "unit      passed       1.2s\n"


def test_names_line_up_with_the_longest_of_the_plan(capsys: pytest.CaptureFixture[str]) -> None:
    long = made("a-name-of-twenty-odds", 1)
    plan = Plan((Step(PROSE, Action.RUN, "", 1), Step(long, Action.RUN, "", 1)))
    shown(
        WalkStarted("1", plan, 1),
        LoopFinished(ran(PROSE, Outcome.PASSED)),
        LoopFinished(ran(long, Outcome.PASSED)),
    )

    first, second = capsys.readouterr().out.splitlines()
    assert first.index("passed") == second.index("passed")


def test_a_red_walk_ends_with_what_can_be_done(capsys: pytest.CaptureFixture[str]) -> None:
    mended = UNIT._replace(fix=UNIT.run, debug=UNIT.run)
    plan = Plan((Step(PROSE, Action.RUN, "", 1), Step(mended, Action.RUN, "", 1)))
    shown(WalkStarted("1", plan, 1), WalkFinished(RUN))

    assert capsys.readouterr().out.splitlines()[-1] == "next: loop fix unit or loop debug unit"


def test_a_plan_of_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    run = RUN._replace(results=(), verdict=Verdict.GREEN, seconds=0)
    shown(WalkStarted("1", Plan(()), 1), WalkFinished(run))

    assert capsys.readouterr().out == "green: 0 loops passed\n"


# -- what had passed before ---------------------------------------------------------------------

CACHED = LoopFinished(RESULTS[1])
GREEN = WalkFinished(
    RUN._replace(verdict=Verdict.GREEN, results=(RESULTS[1],), complete=True, seconds=0.01)
)
LINE = "lint         cached             passed 3m ago (#7)"


def test_where_all_had_passed_there_is_only_the_last_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown(WalkStarted("1", PLAN, 1), CACHED, CACHED, GREEN)

    assert capsys.readouterr() == (
        "green: 1 loop passed before. Ready for the outer loop: .loop/handoff.json\n",
        "",
    )


@pytest.mark.parametrize(
    "event",
    [
        LoopStarted("unit", 1, 1, ""),
        LoopFinished(ran(TYPES, Outcome.PASSED)),
        LoopFinished(RESULTS[0]),
        LoopWaiting("unit", 1, "another walk runs it on this content"),
        Warned("unit", "attempt 1 failed: trying again"),
        WalkRestarted("format", ("lint",)),
        *(
            WalkFinished(RUN._replace(verdict=verdict))
            for verdict in Verdict
            if verdict is not Verdict.GREEN
        ),
    ],
)
def test_what_had_passed_is_told_once_anything_else_happens(
    event: Event, capsys: pytest.CaptureFixture[str]
) -> None:
    shown(WalkStarted("1", PLAN, 1), CACHED, event, LoopFinished(RESULTS[3]), GREEN)

    said = capsys.readouterr().out.splitlines()
    assert said[0] == LINE
    assert said.count(LINE) == 1


def test_what_had_passed_is_told_where_something_else_happened_before_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown(WalkStarted("1", PLAN, 1), LoopFinished(ran(TYPES, Outcome.PASSED)), CACHED, GREEN)

    said = capsys.readouterr().out.splitlines()
    assert said[:2] == ["typecheck    passed       1.2s", LINE]


def test_nothing_that_is_shown_is_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b[2Jx\r"
    shown(
        Warned("unit", f"{evil} changed while it ran"),
        LoopWaiting("unit", 1, evil),
        LoopFinished(ran(UNIT, Outcome.FAILED, evil, command=evil)),
    )

    said = "".join(capsys.readouterr())
    assert said.count(r"\x1b[2Jx\r") == 4
    assert said.replace("\n", "").isprintable()


def test_a_watch_is_walk_after_walk_each_with_what_had_passed_and_its_first_failure(
    capsys: pytest.CaptureFixture[str],
) -> None:
    failed = LoopFinished(ran(UNIT, Outcome.FAILED))
    walked = (
        WalkStarted("1", PLAN, 1),
        CACHED,
        failed,
        WalkFinished(RUN),
        Rested(RUN, 0.4, 0.4, 1),
    )
    shown(*walked, Saved(("a.py",), 1.0), *walked, WalkStarted("1", PLAN, 1), CACHED, GREEN)

    said = capsys.readouterr()
    assert said.out.count("E   assert 1 == 2") == 2
    assert said.out.count(LINE) == 2
    assert "saved: a.py" in said.out
    assert said.err.count("answered 0.40s after the save, median 0.40s") == 2


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (Saved((), 1.0, everything=True), "saved: many files"),
        (Saved(("a", "b", "c", "d"), 1.0), "saved: a, b, c and 1 more"),
        (Paused("z goes on"), "paused: z goes on"),
        (Paused(""), "it goes on"),
        (Reconfigured(("lint", "unit")), "loops.yaml changed: watching lint, unit"),
        (Reconfigured((), "error: no"), "error: no"),
    ],
)
def test_what_is_told_of_the_watch_itself(
    event: Event, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shown(event)
    assert capsys.readouterr().out == f"{said}\n"
