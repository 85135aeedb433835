"""What an outer loop finds: where it is written, who shows it, and what clears it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from targets import LOOPS, Target, target

from innerloop.core.findings import Finding, once
from innerloop.core.findings import line as told
from innerloop.system import findings

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Maker

pytestmark = pytest.mark.timeout(120)
ONE = Finding("r1", "release", "smoke", "the total is wrong", "unit", path="a.py", line=7, at=5.0)


def test_what_is_found_twice_is_one_finding_wherever_its_line_has_moved() -> None:
    again = ONE._replace(run="r2", line=9, at=6.0)
    assert once((ONE, again)) == (again,)
    assert len(once((ONE, ONE._replace(path="b.py")))) == 2


def test_it_is_said_in_one_line() -> None:
    assert told((ONE,)) == "1 finding of the outer loop open, from smoke (a.py:7): loop inner unit"
    assert told((ONE, ONE)).startswith("2 findings")


def test_a_damaged_file_of_findings_keeps_nobody_from_working(tmp_path: Path) -> None:
    findings.add(str(tmp_path), "r1", (ONE,))
    (tmp_path / ".loop/findings/r2.json").write_text("{broken")
    assert findings.still_open(str(tmp_path)) == (ONE,)
    assert findings.clear(str(tmp_path), lambda one: one.loop == "unit") == 1
    assert findings.still_open(str(tmp_path)) == ()


def failed(project: Maker, more: str = "") -> Target:
    found = target(project, LOOPS + more)
    found.has("fail-smoke").go().fails(1)
    return found


def test_it_names_file_line_command_log_and_where_to_mend_it(project: Maker) -> None:
    found = failed(project)
    (path,) = (found.project.root / ".loop/findings").iterdir()
    (one,) = json.loads(path.read_text())["findings"]
    assert (one["path"], one["line"], one["message"]) == ("src/app.py", 7, "the total is wrong")
    assert (one["stage"], one["loop"], one["command"]) == ("smoke", "unit", "./smoke.sh")
    assert one["log"].endswith("smoke.1.do/output.log")
    said = json.loads(found.run("findings", "--json").ok().out)
    assert said["findings"][0]["path"] == "src/app.py"


def test_it_is_shown_until_its_loop_has_passed_anew(project: Maker) -> None:
    found = failed(project)
    inner = found.project.run
    line = "1 finding of the outer loop open, from smoke (src/app.py:7): loop inner unit"
    # What passed before it was found says nothing of it.
    assert inner("inner").ok().err.count(line) == 2
    inner("run", "unit").ok()
    assert line not in inner("inner").ok().err


def test_a_receipt_never_answers_while_one_is_open(project: Maker) -> None:
    found = target(project)
    found.project.sealed()
    found.has("fail-smoke").go().fails(1)
    walks = found.project.runs()
    found.project.run("inner").ok().warns("1 finding")
    assert found.project.runs() == walks + 1


def test_the_stage_that_passes_has_nothing_open_any_more(project: Maker) -> None:
    found = failed(project)
    found.lacks("fail-smoke").go().ok()
    found.run("findings").ok().prints("nothing is open")


def test_an_inner_loop_that_fails_is_where_it_is_mended(project: Maker) -> None:
    found = target(project)
    found.project.breaks("unit")
    found.go().fails(1).prints("back to unit")
    found.run("findings").ok().prints("loop inner unit")


def test_a_stage_may_be_gone_back_to_and_the_new_run_knows_its_parent(project: Maker) -> None:
    loops = LOOPS.replace("back_to: unit", "back_to: sandbox")
    found = target(project, loops)
    found.has("fail-smoke").go().fails(1).prints("sent back")
    parent = found.status()["run"]["id"]
    found.run("findings").ok().prints("loop outer release --from sandbox")
    found.lacks("fail-smoke").go("--from", "sandbox").ok()
    assert found.status()["run"]["parent"] == parent


def test_a_loop_that_is_gone_keeps_its_finding_from_nobody(project: Maker) -> None:
    found = failed(project)
    text = (found.project.root / "loops.yaml").read_text()
    found.project.write({"loops.yaml": text.replace("unit", "tests")})
    found.project.run("inner").ok().warns("loop inner unit")
    found.project.commit()
    found.lacks("fail-smoke").go().ok()
    found.run("findings").ok().prints("nothing is open")
