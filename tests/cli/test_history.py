"""loop history and loop show: what happened here."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

from conftest import ended

if TYPE_CHECKING:
    from conftest import Maker

TWO = "lint: {run: mark lint, cycle: 1s}\nunit: {run: mark unit, cycle: 2s}"


def test_every_walk_is_there_newest_first(project: Maker) -> None:
    found = project(TWO).commit()
    found.run("inner", "-m", "before lunch").ok()
    found.breaks("unit")
    found.run("inner", "--force").fails(1)

    lines = found.run("history").ok().out.splitlines()

    assert lines[0].startswith("#2")
    assert " red " in lines[0]
    assert lines[1].startswith("#1")
    assert "before lunch" in lines[1]
    assert found.git("rev-parse", "HEAD")[:8] in lines[1]


def test_of_one_loop_and_no_more_than_asked_for(project: Maker) -> None:
    found = project(TWO)
    found.run("inner", "lint").ok()
    found.run("inner").ok()

    bars, *lines = found.run("history", "unit").ok().out.splitlines()
    assert bars.startswith("seconds")
    assert [line.split()[0] for line in lines] == ["#2"]
    assert len(found.run("history", "-n", "1").ok().out.splitlines()) == 1


def test_a_walk_that_was_killed_did_not_end_well(project: Maker) -> None:
    found = project()
    found.hold("unit")
    process = found.start("inner")
    found.underway("unit")
    process.send_signal(signal.SIGKILL)
    ended(process)
    found.release("unit")

    found.run("history").ok().prints("interrupted")


def test_one_run_whole(project: Maker) -> None:
    found = project(TWO).commit()
    found.breaks("unit")
    found.run("inner").fails(1)

    found.run("show").ok().prints("run      #1  red", "loop inner", ".loop/runs/1/unit/output.log")
    said = json.loads(found.run("show", "1", "--json").ok().out)

    assert [one["outcome"] for one in said["run"]["results"]] == ["passed", "failed"]
    assert said["run"]["results"][0]["fingerprint"]


def test_for_programs(project: Maker) -> None:
    found = project(TWO)
    found.run("inner").ok()

    said = json.loads(found.run("history", "--json").ok().out)

    assert said["version"] == 1
    assert [run["verdict"] for run in said["runs"]] == ["green"]


def test_where_nothing_has_run(project: Maker) -> None:
    found = project()

    found.run("history").ok().prints("nothing has run here yet")
    found.run("show").fails(2).warns("nothing has run here yet")
    found.run("show", "7").fails(2).warns("no run 7")
    found.run("show", "seven").fails(2).warns("'seven' is not a run")
    assert not (found.root / ".loop").exists()
