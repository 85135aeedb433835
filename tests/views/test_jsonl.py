from __future__ import annotations

import json

import pytest
from shown import EVENTS, LINT, PLAN, golden

from innerloop.core.events import LoopOutput, WalkStarted, Warned
from innerloop.core.fingerprint import Difference
from innerloop.core.model import Glob, Outcome
from innerloop.views.jsonl import Jsonl, document, plain, record
from innerloop.views.streams import Streams


def test_a_walk_as_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    view = Jsonl(Streams(colour=True, terminal=True))
    for event in EVENTS:
        view(event)
    view.close()

    said = capsys.readouterr()
    golden("walk.jsonl", said.out)
    assert said.err == ""


def test_every_line_is_an_object_with_its_type_first(capsys: pytest.CaptureFixture[str]) -> None:
    view = Jsonl(Streams(colour=False, terminal=False))
    for event in EVENTS:
        view(event)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [next(iter(line)) for line in lines] == ["type"] * len(EVENTS)
    assert {line["type"] for line in lines} == {
        *("walk_started", "loop_started", "loop_waiting", "loop_output"),
        *("loop_finished", "walk_restarted", "warned", "walk_finished"),
    }


def test_only_the_first_carries_the_version() -> None:
    versions = [record(event).get("version") for event in EVENTS]

    assert versions == [1, *([None] * (len(EVENTS) - 1))]


@pytest.mark.parametrize("text", ["two\nlines", "\x1b[31mred", "\udce9 is no UTF-8", "æ✓\u2028"])
def test_output_of_any_kind_is_one_line_of_ascii(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Jsonl(Streams(colour=False, terminal=False))(LoopOutput("unit", text))

    said = capsys.readouterr().out
    assert said.isascii()
    assert said.count("\n") == 1
    assert json.loads(said)["text"] == text


def test_a_loop_is_what_a_reader_needs_of_it() -> None:
    assert record(WalkStarted("1", PLAN, 2.0))["plan"] == {
        "steps": plain(PLAN.steps),
        "budget": 60,
        "force": False,
        "held": ["behavioural", "eval"],
        "strict": False,
        "always": [],
        "purse": {"consent": [], "left": None, "refusal": "name it to run it", "unit": ""},
    }
    assert plain(LINT) == {"name": "lint", "run": "ruff check .", "cycle": 2}
    assert plain(LINT.run) == "ruff check ."
    assert plain(Glob("*.py", include=True, regex="x", folder="", literal="")) == "*.py"


def test_an_event_without_a_plan() -> None:
    assert record(Warned("lint", "slow")) == {"type": "warned", "loop": "lint", "message": "slow"}


def test_plain_data_stays_what_it_is() -> None:
    value = {"a": (1, [2.5, None, True]), 3: frozenset({"y", "x"})}

    assert plain(value) == {"a": [1, [2.5, None, True]], "3": ["x", "y"]}
    assert json.dumps(plain(Outcome.TIMED_OUT)) == '"timed out"'


def test_a_document_says_its_version_first() -> None:
    text = document(1, loop="lint", differences=(Difference("files", ("a.py",)),))

    assert json.loads(text) == {
        "version": 1,
        "loop": "lint",
        "differences": [{"kind": "files", "changed": ["a.py"], "added": [], "removed": []}],
    }
    assert text.startswith('{\n  "version": 1')
