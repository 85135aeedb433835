from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from shown import AT, PLAN, RUN, UNIT, golden, ran

from innerloop.core.fingerprint import Difference
from innerloop.core.model import Action, Outcome, Plan, Step, Verdict
from innerloop.views import tables

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _in_copenhagen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # By its rules, since not every machine has the names of zones.
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_a_plan() -> None:
    golden("plan.txt", tables.plan(PLAN, ".venv", colour=False))


def test_a_plan_in_colour() -> None:
    golden("plan.colour.txt", tables.plan(PLAN, ".venv", colour=True))


def test_a_plan_in_which_everything_has_passed() -> None:
    cached = Plan(PLAN.steps[:2])

    assert tables.plan(cached, ".venv", colour=False).splitlines()[-1] == (
        "nothing to run  [python: .venv]"
    )


def test_a_plan_of_nothing() -> None:
    assert tables.plan(Plan(()), ".venv", colour=True) == "no loop to run\n"


def test_why() -> None:
    many = tuple(f"src/{number:02}.py" for number in range(13))
    found = (
        Difference("files", many, ("new.py",), ("gone.py",)),
        Difference("variables", changed=("LANG",)),
        Difference("command", changed=("pytest -> pytest -q",)),
    )

    golden("why.txt", tables.why("unit", "last passed 3m ago, in run 7", found))


def test_why_not_at_all() -> None:
    assert tables.why("unit", "passed 3m ago", ()) == "unit: passed 3m ago\n"


def test_history() -> None:
    runs = (
        RUN,
        RUN._replace(id="9", verdict=Verdict.GREEN, dirty=False, why="", seconds=0.2),
        RUN._replace(id="8", commit="", branch="", dirty=None, at=AT - 86400 * 200),
    )

    golden("history.txt", tables.history(runs))


def test_work_that_has_no_commit_yet_has_no_mark_of_changes() -> None:
    first = RUN._replace(commit="", dirty=True)

    assert "  6m 12s  -  main  " in tables.history([first])
    assert "commit   none yet\n" in tables.run(first, colour=False)


def test_nothing_that_is_shown_is_obeyed() -> None:
    evil = "\x1b[2Jx\r"
    step = Step(UNIT, Action.RUN, f"{evil} changed", 1)
    result = ran(UNIT, Outcome.FAILED, evil, warnings=(evil,))
    run = RUN._replace(command=evil, why=evil, branch="\x9b2J", results=(result,))
    said = (
        tables.plan(Plan((step,)), ".venv", colour=False),
        tables.why("unit", evil, (Difference("files", (evil,), (evil,), (evil,)),)),
        tables.history([run]),
        tables.run(run, colour=False),
    )

    assert [text.count(r"\x1b[2Jx\r") for text in said] == [1, 4, 2, 4]
    for text in said:
        assert text.replace("\n", "").isprintable(), text


def test_no_history() -> None:
    assert tables.history(()) == "nothing has run here yet\n"


def test_one_run() -> None:
    golden("run.txt", tables.run(RUN, colour=False))


def test_one_run_outside_git_without_a_reason() -> None:
    said = tables.run(
        RUN._replace(commit="", branch="", why="", dirty=None, results=()), colour=True
    )

    assert "why " not in said
    assert "branch" not in said
    assert "commit   none yet\n" in said


def test_a_moment_is_told_in_local_time_summer_and_winter() -> None:
    assert tables.when(AT) == "2025-06-15 17:06:40"
    assert tables.when(AT - 86400 * 180) == "2024-12-17 16:06:40"


def test_columns_are_aligned_and_the_last_one_is_not_padded() -> None:
    rows = [("a", "bbb", "cc"), ("aaaa", "b", ""), ("", "", "c")]

    assert list(tables.aligned(rows)) == ["a     bbb  cc", "aaaa  b", "           c"]
    assert list(tables.aligned([])) == []
