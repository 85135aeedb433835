"""An outer loop as it is shown: lines, folds of a CI, JSON, tables; a golden file for each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from shown import golden

from innerloop.core.book import Answer, Attempt, Holder, Live, Record, Sample, Ticket
from innerloop.core.command import parse
from innerloop.core.events import Warned
from innerloop.core.findings import Finding
from innerloop.core.happenings import (
    Found,
    Happening,
    OuterFinished,
    OuterRested,
    OuterStarted,
    OuterStopped,
    StageAsks,
    StageGoesOn,
    StageSampled,
    StageSettled,
    StageStarted,
    StageWalked,
    Told,
)
from innerloop.core.outer import (
    Approve,
    Deploy,
    Environment,
    Loops,
    Monitor,
    Only,
    Outer,
    Retry,
    Stage,
    Work,
)
from innerloop.core.stages import End
from innerloop.core.states import State
from innerloop.views import stage_tables
from innerloop.views.stage_lines import Lines, record
from innerloop.views.stages import Stages, word
from innerloop.views.streams import Streams

if TYPE_CHECKING:
    from innerloop.core.events import Event

RUN = parse("./deploy.sh")
OUTER = Outer(
    "release",
    (
        Stage("qa", Loops()),
        Stage("box", Deploy(RUN, "sandbox", RUN, RUN), ("qa",)),
        Stage("smoke", Work(parse("pytest tests/smoke")), ("box",), back_to="unit", retry=Retry(2)),
        Stage("ok", Approve("done?", ("qa",)), ("smoke",)),
        Stage("prod", Deploy(RUN, "prod"), ("ok", "smoke"), only=Only(("main",), ci=True)),
        Stage("eye", Monitor(parse("./health.sh")), ("prod",), back_to="box"),
    ),
)
PLACES = (Environment("sandbox"), Environment("prod", protected=True))
TICKET = Ticket("1m8fe", 1, OUTER, PLACES, "p", "f93073563d3a", version="f93073563d3a5f0d", began=0)
FINDING = Finding("1m8fe", "release", "smoke", "the total is wrong", "unit", path="a.py", line=7)
LEFT = (("box", "--only qa"), ("prod", "only on main, this is dev"))
STORY: tuple[Happening, ...] = (
    OuterStarted(TICKET._replace(left=LEFT), 1.0),
    StageStarted("qa", "loops", 1.0, 4.0),
    StageWalked("qa", Warned("unit", "slow")),
    StageSettled("qa", State.PASSED, "run #3 of the inner loops", 2.0, 1.0),
    StageStarted("box", "deploy", 2.0, 4.0),
    StageGoesOn("box", 61.0, 65.0),
    StageSettled("box", State.PASSED, "verified", 70.0, 68.0, "/logs/box", 0),
    StageStarted("smoke", "run", 70.0, attempt=2),
    StageSettled("smoke", State.FAILED, "exit 1", 71.0, 1.0, "/logs/smoke", 1),
    Found(FINDING),
    StageStarted("box", "rollback", 72.0, attempt=2),
    StageSampled("eye", Sample(0, 1.0, 1.0, "good", 0.99), 1, 30.0),
    StageAsks("ok", "done?", "loop outer approve ok -m WHY"),
    Told("prod", "prod is held by run 1m8aa"),
    StageStarted("prod", "deploy", 72.0, adopted=True),
    OuterRested("1m8fe", ("ok",), (), ("then: loop outer resume",)),
    OuterRested("1m8fe", (), ("box",), ("loop outer resolve box --applied",)),
    OuterStopped("1m8fe", "interrupted", ("box",), ("loop outer resume",)),
    *(OuterFinished("1m8fe", end, 80.0, 79.0) for end in End if end),
)
LOG = "::error::not ours\n##[error]nor this\nE  1 != 2\n"


def shown(form: str = "", *, colour: bool = False) -> None:
    walked: list[Event] = []
    streams = Streams(colour, terminal=False)
    view = Stages(streams, lambda _path: LOG, walked.append, form=form, token=lambda: "TOKEN")
    for happening in STORY:
        view(happening)
    view.close()
    assert walked == [Warned("unit", "slow")]


@pytest.mark.parametrize("form", ["", "github", "gitlab"])
def test_a_story_in_lines(capsys: pytest.CaptureFixture[str], form: str) -> None:
    shown(form)
    said = capsys.readouterr()
    golden(f"stages{f'.{form}' if form else ''}.txt", said.out)
    if not form:
        golden("stages.err.txt", said.err)


def test_what_a_command_prints_is_obeyed_by_no_ci(capsys: pytest.CaptureFixture[str]) -> None:
    shown("github")
    out = capsys.readouterr().out
    assert out.index("::stop-commands::TOKEN") < out.index("::error::not ours")
    assert "##[error]" not in out


def test_colours_only_where_they_are_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    shown()
    assert "\x1b" not in capsys.readouterr().out
    shown(colour=True)
    assert "\x1b[32m" in capsys.readouterr().out


def settled(view: Stages, stage: str, state: State, seconds: float = 1.0) -> None:
    view(StageSettled(stage, state, "why", 70.0, seconds, f"/logs/{stage}", 1))


def test_the_log_of_a_rollback_that_failed_is_shown_whatever_was_shown_before(
    capsys: pytest.CaptureFixture[str],
) -> None:
    view = Stages(
        Streams(colour=False, terminal=False), lambda path: f"of {path}\n", lambda _: None
    )
    settled(view, "eye", State.FAILING)
    settled(view, "smoke", State.FAILED)
    settled(view, "prod", State.ROLLBACK_FAILED)
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if line.startswith("of")] == [
        "of /logs/eye",
        "of /logs/prod",
    ]


def test_of_a_command_that_said_nothing_nothing_is_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs = {"/logs/eye": "", "/logs/smoke": "the till is empty"}
    view = Stages(Streams(colour=False, terminal=False), logs.__getitem__, lambda _: None)
    settled(view, "eye", State.FAILED)
    settled(view, "smoke", State.FAILED)
    out = capsys.readouterr().out
    assert "--- /logs/eye" not in out
    assert "--- /logs/smoke\nthe till is empty\n---\n" in out


def test_a_long_word_and_a_long_time_are_two_words(capsys: pytest.CaptureFixture[str]) -> None:
    view = Stages(Streams(colour=False, terminal=False), str, lambda _: None)
    settled(view, "eye", State.ROLLED_BACK, 604.0)
    settled(view, "eye", State.ROLLED_BACK, 4.0)
    settled(view, "eye", State.PASSED, 604.0)
    assert capsys.readouterr().out.splitlines() == [
        "eye       rolled back 10m 04s  why",
        "eye       rolled back   4.0s  why",
        "eye       passed     10m 04s  why",
    ]


def test_on_a_terminal_one_line_is_written_over(capsys: pytest.CaptureFixture[str]) -> None:
    view = Stages(Streams(colour=False, terminal=True, width=30), str, lambda _event: None)
    view(StageGoesOn("box", 3.0, 65.0))
    view(StageSettled("box", State.PASSED, "", 70.0, 68.0))
    said = capsys.readouterr()
    assert said.err.startswith("\r\x1b[2Kbox")
    assert said.err.endswith("\r\x1b[2K")
    assert len(said.err.split("\r")[1].removeprefix("\x1b[2K")) < 30


def test_a_log_says_now_and_then_that_it_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    view = Stages(Streams(colour=False, terminal=False), str, lambda _event: None)
    for at in range(0, 200, 5):
        view(StageGoesOn("box", float(at)))
    assert len(capsys.readouterr().err.splitlines()) == 3


def test_the_story_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    view = Lines(Streams(colour=False, terminal=False))
    for happening in STORY:
        view(happening)
    view.close()
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    golden("stages.jsonl", "".join(f"{json.dumps(row)}\n" for row in rows))
    assert rows[0]["version"] == 1
    assert record(STORY[2])["event"] == {"type": "warned", "loop": "unit", "message": "slow"}


def test_every_state_has_a_word() -> None:
    assert {word(state) for state in State} >= {"FAILED", "ROLLBACK FAILED", "not done", "passed"}


def test_a_plan_as_a_table_and_as_a_picture() -> None:
    golden("stages.plan.txt", stage_tables.plan(OUTER, PLACES, {"qa": "--from box"}))
    golden("stages.mermaid.txt", stage_tables.mermaid(OUTER))


def test_where_a_run_stands() -> None:
    attempts = (
        Attempt("1m8fe", "qa", 1, State.PASSED, "k1", why="run #3"),
        Attempt("1m8fe", "box", 1, State.UNKNOWN, "k2", why="verify cannot tell: exit 9"),
    )
    answer = Answer("1m8fe", "ok", "s", True, "Ada", "local", False)
    text = stage_tables.status(
        Record(TICKET, attempts, (answer,)),
        (Live("sandbox", "f93073563d3a5f0d", "1m8fe", "box", 0.0),),
        (Holder("env:sandbox", "1m8fe", "box", "ada@here", 0.0, 0.0, 1),),
        (TICKET._replace(id="1m8aa"),),
        (FINDING,),
        now=100.0,
        running=False,
        colour=False,
    )
    golden("stages.status.txt", text)
    empty = stage_tables.status(None, (), (), (), (), now=0.0, running=False, colour=False)
    assert empty == "no outer loop has run here yet\n"
