"""One content has one verdict: it is not asked again until it is lucky, nor believed for ever."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Maker, Project

LOOPS = """
eval:
  run: mark eval && sh eval.sh {out}
  inputs: [eval.sh]
  results: "{out}/examples.jsonl"
  gate: {metric: ok, min: 0.6}
  cycle: 1s
"""


def rows(ok: int, *ids: str) -> str:
    return "".join(json.dumps({"id": one, "scores": {"ok": ok}}) + "\n" for one in ids)


@pytest.fixture
def asked(project: Maker) -> Project:
    """An evaluation that leaves what a model outside the project says, and ends as it says."""
    found = project(LOOPS)
    there = found.place
    text = f'cp "{there}/says" "$1/examples.jsonl"\nexit $(cat "{there}/code")\n'
    found.write({"eval.sh": text})
    model(found, rows(1, "a", "b"))
    return found


def model(found: Project, says: str, code: int = 0) -> None:
    (found.place / "says").write_text(says)
    (found.place / "code").write_text(str(code))


def test_what_is_no_longer_fresh_says_nothing_of_what_is_measured_now(asked: Project) -> None:
    asked.loops(LOOPS + "  fresh: 1s\n")
    for _ in range(2):
        asked.run("inner", "--force").ok()
    time.sleep(1.1)
    model(asked, rows(0, "a", "b"))
    asked.run("inner").fails(1).prints("ok 0 (n=2")
    asked.run("inner").fails(1)


def test_a_failed_command_has_measured_what_it_left(asked: Project) -> None:
    model(asked, rows(0, "a", "b"), code=1)
    asked.run("inner").fails(1)
    model(asked, rows(1, "a", "b"))
    asked.run("inner").fails(1).prints("ok 0.5 (n=2")


def test_a_command_that_fails_with_good_numbers_fails_each_time(asked: Project) -> None:
    model(asked, rows(1, "a", "b"), code=3)
    for _ in range(2):
        asked.run("inner").fails(1).prints("exit 3")
        assert asked.ran() == ["eval"]


def test_other_examples_each_time_are_no_measurement(asked: Project) -> None:
    model(asked, rows(0, "a", "b"))
    asked.run("inner").fails(1)
    model(asked, rows(1, "b", "c"))
    asked.run("inner").fails(1).prints("1 example that it measured before", "such as 'a'")
    model(asked, rows(1, "a", "b", "c"))
    asked.run("inner").ok()


def test_numbers_of_what_was_changed_meanwhile_are_pooled_with_none(asked: Project) -> None:
    text = (asked.root / "eval.sh").read_text()
    asked.write({"eval.sh": f'if [ -e "{asked.place}/moves" ]; then echo >> eval.sh; fi\n{text}'})
    model(asked, rows(0, "a", "b"))
    asked.run("inner").fails(1)
    model(asked, rows(1, "a", "b"))
    # It is the content that failed until it runs: of what it then measures nobody can say.
    (asked.place / "moves").touch()
    asked.run("inner").ok().prints("ok 1 (n=2", "not remembered: eval")


def test_an_expired_pass_is_not_judged_again_but_run(asked: Project) -> None:
    asked.loops(LOOPS + "  fresh: 1s\n").run("inner").ok()
    assert asked.ran() == ["eval"]
    time.sleep(1.1)
    asked.loops(LOOPS.replace("0.6", "0.5") + "  fresh: 1s\n").run("inner").ok()
    assert asked.ran() == ["eval"]


def test_a_pass_from_the_future_is_none(asked: Project) -> None:
    asked.loops(LOOPS + "  fresh: 1h\n").run("inner").ok()
    with closing(sqlite3.connect(asked.root / ".loop/history.db")) as history, history:
        history.execute("UPDATE results SET at = at + 86400")
    assert asked.ran() == ["eval"]
    asked.run("inner").ok()
    assert asked.ran() == ["eval"]


def test_a_new_case_is_tried_though_nobody_called_it_an_input(asked: Project) -> None:
    asked.loops(LOOPS + "  cases: cases/found.jsonl\n").run("inner").ok()
    asked.run("inner").ok().prints("passed before")
    asked.ran()
    for text in ('{"id": "x"}\n', '{"id": "x"}\n{"id": "y"}\n'):
        asked.write({"cases/found.jsonl": text})
        asked.run("inner").ok()
        assert asked.ran() == ["eval"]
