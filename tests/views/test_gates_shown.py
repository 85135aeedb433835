"""A walk with gates in every view: its numbers where it passed, each gate where it did not."""

from __future__ import annotations

import json
from functools import reduce
from typing import TYPE_CHECKING

import pytest
from shown import AT, BEHAVE, EVAL, LINT, PLAN, UNIT, came, golden, ran
from sited import LOG, Left

from innerloop.core.events import LoopFinished, WalkFinished, WalkStarted
from innerloop.core.judgement import Decision, Judgement
from innerloop.core.model import Outcome, Result, Run, Verdict
from innerloop.core.reading.junit import cases
from innerloop.core.reading.suites import ERROR, FAILED, PASSED
from innerloop.views import lines, tables
from innerloop.views.agent import Agent
from innerloop.views.deck import Deck, fold
from innerloop.views.github import Github
from innerloop.views.gitlab import Gitlab
from innerloop.views.jsonl import record
from innerloop.views.junit import junit
from innerloop.views.look import Look
from innerloop.views.plain import Plain
from innerloop.views.scene import View, scene
from innerloop.views.streams import Streams

if TYPE_CHECKING:
    from innerloop.core.events import Event

GOOD = Judgement(
    "min", "f1", Decision.PASS, "f1 0.912 (n=500, 0.89..0.93) is at least 0.9", 0.912, 500, 0.89
)
OPEN = Judgement(
    "no_worse_than",
    "f1 [lang=da]",
    Decision.INCONCLUSIVE,
    "f1 [lang=da] 0.9, the baseline 0.91: -0.01 (n=90, -0.04..+0.02), which may be worse at all",
    -0.01,
    90,
    -0.04,
    0.02,
    0.0,
)
BAD = Judgement("max", "loss", Decision.FAIL, "loss 0.6 (no interval available) is above 0.5", 0.6)
NUMBERS = "f1 0.912 (n=500, 0.89..0.93)"
RESULTS = (
    came(
        LINT, Outcome.CACHED, f"judged again on what #7 measured 3m ago: {NUMBERS}", gates=(GOOD,)
    ),
    ran(UNIT, Outcome.PASSED, NUMBERS, gates=(GOOD,)),
    ran(BEHAVE, Outcome.INCONCLUSIVE, OPEN.said, gates=(GOOD, OPEN), seconds=60.0),
    ran(EVAL, Outcome.FAILED, BAD.said, gates=(GOOD, OPEN, BAD), required=False),
)
RUN = Run("12", AT, 64.0, Verdict.INCONCLUSIVE, "loop inner", RESULTS)
EVENTS: tuple[Event, ...] = (
    WalkStarted("12", PLAN, AT),
    *map(LoopFinished, RESULTS),
    WalkFinished(RUN),
)


@pytest.mark.parametrize("name", ["plain", "agent", "github", "gitlab"])
def test_every_text_view_shows_them(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    streams, left = Streams(colour=False, terminal=False), Left()
    views: dict[str, Plain | Agent | Github | Gitlab] = {
        "plain": Plain(streams, lambda _: "its log\n"),
        "agent": Agent(streams, lambda _: "its log\n"),
        "github": Github(streams, left.site),
        "gitlab": Gitlab(streams, left.site),
    }
    view = views[name]
    for event in EVENTS:
        view(event)
    view.close()
    golden(f"gates.{name}.txt", capsys.readouterr().out)
    if left.reports:
        golden(f"gates.{name}.report.txt", left.reports[0])


def test_a_run_whole_has_every_gate() -> None:
    golden("gates.show.txt", tables.run(RUN, colour=False))


def test_junit_has_a_case_for_each_gate() -> None:
    text = junit(RUN, lambda _: (), lambda _: LOG)
    found = {(one.classname, one.name): one.outcome for one in cases(text)}
    assert found[("unit.gate", "f1 min")] == PASSED
    assert found[("behavioural.gate", "f1 [lang=da] no_worse_than")] == ERROR
    assert found[("eval.gate", "loss max")] == FAILED
    golden("gates.junit.xml", text.decode())


def test_json_has_each_number() -> None:
    (said,) = [record(one) for one in EVENTS if getattr(one, "result", None) is RESULTS[2]]
    text = json.loads(json.dumps(said))
    assert text["result"]["gates"][1]["verdict"] == "inconclusive"
    assert text["result"]["gates"][1]["low"] == -0.04


def test_the_screen_has_what_is_open_in_its_strip_and_says_why() -> None:
    deck = reduce(fold, EVENTS, Deck())
    rows = scene(deck, (), View("project", Look(), AT + 70, 100, 24)).rows
    text = "\n".join("".join(part.text for part in row).rstrip() for row in rows)
    assert "? behavioural inconclusive" in text
    assert "behavioural: f1 [lang=da] 0.9, the baseline 0.91" in text
    golden("gates.screen.txt", f"{text}\n")


@pytest.mark.parametrize(
    ("gates", "count"), [((OPEN,), 0), ((GOOD, OPEN), 2), ((GOOD, OPEN, BAD), 3)]
)
def test_one_gate_is_not_told_twice(gates: tuple[Judgement, ...], count: int) -> None:
    result = ran(EVAL, Outcome.INCONCLUSIVE, OPEN.said, gates=gates)
    assert len(lines.gates(result)) == count
    assert lines.gates(ran(EVAL, Outcome.PASSED, gates=gates)) == ()


def test_what_is_told_at_the_end_of_what_is_open() -> None:
    def last(*results: Result) -> str:
        return lines.closing(RUN._replace(results=results), colour=False)

    assert last(RESULTS[2]) == (
        "inconclusive: behavioural after 1m 04s; a person has to decide. "
        "Log: .loop/runs/12/behavioural/output.log"
    )
    assert last(came(EVAL, Outcome.INCONCLUSIVE)).endswith("; a person has to decide")
