"""loop inner in CI: what GitHub and GitLab read, and what is left for them."""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from contextlib import closing
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from innerloop.core.reading.junit import cases

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conftest import Maker, Project
    from innerloop.core.reading.junit import Case

GITHUB = {"CI": "true", "GITHUB_ACTIONS": "true"}
GITLAB = {"CI": "true", "GITLAB_CI": "true"}
TOOLS = f"""
lint:
  run: "{sys.executable} -m ruff check --isolated --select F --no-cache ."
  cycle: 1s
  required: false
unit: {{run: "{sys.executable} -m pytest -q -p no:cacheprovider tests", cycle: 5s}}
"""
FILES = {
    "shop.py": "import os\n",
    "tests/test_shop.py": (
        "def test_total():\n"
        '    print("::set-output name=token::stolen")\n'
        '    print("::endgroup::")\n'
        '    print("section_end:1:loop_1_unit\\r\\x1b[0K")\n'
        '    assert 1 == 2, "50%, no"\n'
    ),
}


def test_ruff_and_pytest_fail_on_github(project: Maker, tmp_path: Path) -> None:
    found = project(TOOLS, FILES, root="checkout/apps/shop")
    env = {
        **GITHUB,
        "GITHUB_WORKSPACE": str(tmp_path / "checkout"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }
    (tmp_path / "summary.md").write_text("of another step\n")

    done = found.run("inner", env=env).fails(1).quiet()

    done.prints(
        "::warning file=apps/shop/shop.py,line=1,col=8,title=lint (ruff)::F401",
        "::error file=apps/shop/tests/test_shop.py,line=5,title=unit (pytest)::AssertionError: "
        "50%25, no",
    )
    unheard = re.sub(r"(?s)::stop-commands::([0-9a-f]{32})\n.*?\n::\1::\n", "", done.out)
    assert "::set-output" in done.out
    assert "set-output" not in unheard
    assert unheard.count("::group::") == unheard.count("::endgroup::") == 2
    summary = (tmp_path / "summary.md").read_text()
    assert summary.startswith("of another step\n### loop: red: unit failed")
    assert "| lint | FAILED (not required) |" in summary
    assert "::set-output name=token::stolen" in summary


def test_ruff_and_pytest_fail_on_gitlab(project: Maker, tmp_path: Path) -> None:
    found = project(TOOLS, FILES, root="checkout/apps/shop")

    env = {**GITLAB, "CI_PROJECT_DIR": str(tmp_path / "checkout")}
    done = found.run("inner", env=env).fails(1).quiet()

    # Read as text, a carriage return has become an end of line.
    assert re.findall(r"section_(\w+):\d+:([\w.-]+)(?:\[[^]]*\])?\n\x1b\[0K", done.out) == [
        ("start", "loop_1_lint"),
        ("end", "loop_1_lint"),
        ("start", "loop_2_unit"),
        ("end", "loop_2_unit"),
    ]
    report = json.loads((found.root / "gl-code-quality-report.json").read_text())
    assert [(one["check_name"], one["location"], one["severity"]) for one in report] == [
        ("unit/pytest", at("apps/shop/tests/test_shop.py", 5), "major"),
        ("lint/ruff", at("apps/shop/shop.py", 1), "minor"),
    ]


def at(path: str, line: int) -> dict[str, object]:
    return {"path": path, "lines": {"begin": line}}


def test_nothing_wrong_is_an_empty_report_elsewhere(project: Maker) -> None:
    found = project()
    env = {**GITLAB, "LOOP_CODE_QUALITY": "out/deep/quality.json"}

    found.run("inner", env=env).ok()

    assert json.loads((found.root / "out/deep/quality.json").read_text()) == []
    assert not (found.root / "gl-code-quality-report.json").exists()


def test_the_report_is_no_input(project: Maker) -> None:
    found = project()
    found.run("inner", env=GITLAB).ok()
    assert found.ran() == ["unit"]

    found.run("inner", env=GITLAB).ok().prints("cached")

    assert (found.root / "gl-code-quality-report.json").exists()
    assert found.ran() == []


def test_a_report_that_cannot_be_written_is_said(project: Maker) -> None:
    found = project()
    found.write({"file": "x"})
    env = {**GITLAB, "LOOP_CODE_QUALITY": "file/quality.json"}

    found.run("inner", env=env).fails(2).warns("cannot write", "file/quality.json")


@pytest.mark.parametrize(
    ("env", "shows"),
    [
        ({"GITHUB_ACTIONS": "false"}, "unit      passed"),
        ({"GITHUB_ACTIONS": "true"}, "::group::unit"),
        ({"GITLAB_CI": "true"}, "section_start"),
        ({"GITLAB_CI": "true", "LOOP_WALK": "1-1.1"}, "unit      passed"),
    ],
)
def test_the_format_is_chosen_by_who_runs_it(
    env: Mapping[str, str], shows: str, project: Maker
) -> None:
    done = project().run("inner", env=env).ok().prints(shows)

    assert "--format" not in done.out
    assert ("::group::" in done.out) == (shows == "::group::unit")
    assert ("section_start" in done.out) == (shows == "section_start")


def test_what_is_asked_for_is_shown(project: Maker) -> None:
    found = project()

    assert "::group::" not in found.run("inner", "--format", "plain", env=GITHUB).ok().out
    found.run("inner", "--force", "--format", "github").ok().prints("::group::unit")
    found.run("inner", "--force", "--format", "gitlab", env=GITHUB).ok().prints("section_start")


def test_a_receipt_does_not_answer_for_a_report(project: Maker, tmp_path: Path) -> None:
    found = project()
    found.sealed()
    summary = tmp_path / "summary.md"

    env = {**GITHUB, "GITHUB_STEP_SUMMARY": str(summary)}
    for times in (1, 2):
        found.run("inner", env=env).ok().prints("cached")
        assert summary.read_text().count("| unit | cached |") == times
    found.run("inner", env=GITLAB).ok()
    assert (found.root / "gl-code-quality-report.json").exists()


def test_nobody_comes_back_in_ci_for_what_is_deferred(project: Maker) -> None:
    found = project(
        """
        version: 1
        walk: {budget: 10s}
        inner:
          lint: {run: mark lint, cycle: 1s}
          slow: {run: mark slow, cycle: 1m}
        """
    )
    found.run("inner").ok().prints("slow      deferred")
    assert found.ran() == ["lint"]

    found.run("inner", "--force", "--budget", "10s", env={"CI": "true"}).ok().prints("deferred")
    assert found.ran() == ["lint"]

    found.run("inner", env={"CI": "true"}).ok().prints("green")
    assert found.ran() == ["slow"]
    found.run("plan", env={"CI": "1"}).ok()
    assert "defer" not in found.run("plan", "--force", env={"CI": "1"}).ok().out
    assert "defer" in found.run("plan", "--force", env={"CI": "false"}).ok().out


@pytest.fixture
def deferred(project: Maker) -> Project:
    """A commit on which somebody has walked as far as a budget goes."""
    found = project(
        """
        version: 1
        inner:
          lint: {run: mark lint, cycle: 1s}
          slow: {run: mark slow, cycle: 1m}
        """
    )
    found.write({".gitignore": "summary.md\n"}).commit()
    found.run("inner", "--budget", "10s").ok().prints("deferred")
    return found


def summary(found: Project) -> str:
    place = found.root / "summary.md"
    found.run("inner", env={**GITHUB, "GITHUB_STEP_SUMMARY": str(place)}).ok()
    text = place.read_text()
    place.unlink()
    return text


def test_what_was_deferred_on_the_developers_side_is_run_and_said(deferred: Project) -> None:
    deferred.ran()
    said = summary(deferred)

    assert deferred.ran() == ["slow"]
    assert "| loop | outcome | on the developer's side |" in said
    assert "| slow | passed | deferred |" in said
    # What the CI itself left there is nobody's side.
    assert "developer" not in summary(deferred)


def test_what_was_walked_before_it_was_committed_is_the_developers_side(deferred: Project) -> None:
    deferred.write({"new.py": "1"})
    deferred.run("inner", "--budget", "10s").ok()
    deferred.commit()

    assert "| slow | passed | deferred |" in summary(deferred)


def test_of_another_content_nothing_is_said(deferred: Project) -> None:
    deferred.write({"new.py": "1"}).commit()

    assert "developer" not in summary(deferred)


def test_of_what_was_not_committed_nothing_is_said(deferred: Project) -> None:
    deferred.write({"new.py": "1"})
    deferred.run("inner", "--budget", "10s").ok()
    (deferred.root / "new.py").unlink()

    assert "developer" not in summary(deferred)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"version": 1, "dirty": false, "ci": false}'])
def test_a_broken_hand_off_says_nothing(text: str, deferred: Project) -> None:
    (deferred.root / ".loop/handoff.json").write_text(text)

    assert "developer" not in summary(deferred)


def test_a_summary_that_cannot_be_written_is_no_failure(project: Maker) -> None:
    env = {**GITHUB, "GITHUB_STEP_SUMMARY": "/no/such/folder/summary.md"}

    project().run("inner", env=env).ok().warns("no job summary")


def test_a_watch_has_its_own_formats(project: Maker) -> None:
    project().run("watch", "--format", "github").fails(2).warns("loop inner --format github")
    project(root="other").run("inner", "--format", "nope").fails(2).warns("github or gitlab")


def test_two_at_once_do_not_mix(project: Maker) -> None:
    found = project("a: {run: mark a, cycle: 1s}\nb: {run: mark b, cycle: 2s}")
    found.hold("a")
    process = found.start("inner", "-j", "2", env=GITHUB)
    found.underway("a")
    found.underway("b")
    found.release("a")
    out, _ = process.communicate(timeout=20)

    assert re.findall(r"::(group|endgroup)::", out) == ["group", "endgroup"] * 2


# -- JUnit --------------------------------------------------------------------------------------

REPORTING = f"""
lint: {{run: mark lint, cycle: 1s}}
unit:
  run: {sys.executable} -m pytest -q -p no:cacheprovider tests --junitxml={{out}}/deep/x.xml
  cycle: 5s
slow: {{run: mark slow, cycle: 1m}}
"""


def suites(path: Path) -> dict[str, list[Case]]:
    root = ET.fromstring(path.read_bytes())
    return {
        suite.get("name", ""): list(cases(ET.tostring(suite))) for suite in root.iter("testsuite")
    }


def test_the_tests_of_a_loop_are_folded_in(project: Maker) -> None:
    found = project(REPORTING, FILES)

    found.run("inner", "--junit", "report/ci/junit.xml").fails(1).quiet()

    said = suites(found.root / "report/ci/junit.xml")
    assert [*said] == ["lint", "unit", "slow"]
    (failed,) = said["unit"]
    assert (failed.classname, failed.name) == ("tests.test_shop", "test_total")
    assert failed.outcome == "failure"
    assert "50%, no" in failed.message
    assert said["lint"] == [said["lint"][0]._replace(outcome="passed", name="lint")]
    assert [(one.outcome, one.message) for one in said["slow"]] == [
        ("skipped", "skipped: unit failed")
    ]


def test_the_report_is_where_the_command_was_typed(project: Maker) -> None:
    found = project(files={"sub/a": ""})

    found.run("inner", "--junit", "j.xml", cwd=found.root / "sub").ok()
    found.run("inner", "--junit", "../k.xml", "-C", str(found.root / "sub")).ok()

    assert suites(found.root / "sub/j.xml")["unit"][0].outcome == "passed"
    assert suites(found.root / "k.xml")


def test_no_receipt_answers_for_a_report(project: Maker, tmp_path: Path) -> None:
    found = project()
    found.sealed()
    report = str(tmp_path / "j.xml")
    for _ in range(3):
        found.run("inner", "--junit", report).ok()
        assert suites(tmp_path / "j.xml")["unit"][0].message.startswith("cached: passed")
        (tmp_path / "j.xml").unlink()
    # Nor does such a walk write one.
    for path in found.receipts():
        path.unlink()
    found.run("inner", "--junit", report).ok()
    found.run("inner", env={"CI": "true"}).ok()
    assert found.receipts() == []
    found.run("inner").ok()
    assert found.receipts() != []


def test_xml_that_is_broken_or_declares_something_is_left_out(project: Maker) -> None:
    found = project("unit: {run: 'copy {out}', cycle: 1s}", {"a.xml": "<testsuite>"})
    found.write({"b.xml": "<!DOCTYPE t [<!ENTITY a 'b'>]><testsuite/>", "c.xml": "<coverage/>"})
    found.program("copy", 'cp *.xml "$1"; mkfifo "$1/pipe.xml"; ln -s / "$1/link.xml"')

    done = found.run("inner", "--junit", "j.xml").ok()

    done.warns("out/a.xml' is left out: no element found", "out/b.xml' is left out: it declares")
    assert "c.xml" not in done.err
    assert [one.name for one in suites(found.root / "j.xml")["unit"]] == ["unit"]


def test_where_no_report_can_be_written_nothing_runs(project: Maker) -> None:
    found = project(files={"file": "x"})

    found.run("inner", "--junit", "file/j.xml").fails(2).warns("cannot write")
    found.run("inner", "--junit", "").fails(2).warns("names no file")
    found.run("inner", "--junit", ".").fails(2).warns("is a folder", "--junit ./junit.xml")

    assert found.ran() == []


def test_what_a_loop_reports_is_masked(project: Maker) -> None:
    found = project(
        "version: 1\nsecrets: [TOKEN]\ninner: {unit: {run: 'copy {out}', cycle: 1s}}",
        {"a.xml": "<testsuite><testcase classname='hunter2' name='x hunter2'/></testsuite>"},
    )
    found.program("copy", 'cp *.xml "$1"')

    found.run("inner", "--junit", "j.xml", env={"TOKEN": "hunter2"}).ok()

    assert [one.name for one in suites(found.root / "j.xml")["unit"]] == ["x ***"]


def test_the_word_of_a_warm_process_is_not_enough_in_ci(project: Maker) -> None:
    found = project()
    found.run("inner").ok()
    assert found.ran() == ["unit"]
    with closing(sqlite3.connect(found.root / ".loop/history.db")) as connection:
        connection.execute("UPDATE results SET mode = 'warm'")
        connection.commit()

    found.run("inner", "--format", "plain").ok().prints("passed before")
    assert found.ran() == []
    found.run("inner", env={"CI": "true"}).ok()
    assert found.ran() == ["unit"]
    assert "passed before" in found.run("inner", env={"CI": "true"}).ok().out
