"""Under an AI coding tool: its format, chosen by itself, and the exit codes it acts on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from conftest import LOOP
from innerloop.core.agents import SURE

if TYPE_CHECKING:
    from conftest import Maker

TWO = "lint: {run: mark lint, cycle: 1s}\nunit: {run: mark unit, cycle: 5s}"


@pytest.mark.parametrize("name", [name for name, _ in SURE])
def test_it_is_chosen_where_a_tool_is_at_work(project: Maker, name: str) -> None:
    found = project(TWO)
    found.breaks("unit")

    done = found.run("inner", env={name: "1"}).fails(1).quiet()

    assert done.out.splitlines() == [
        done.out.splitlines()[0],
        done.out.splitlines()[1],
        "--- mark unit",
        "unit is broken",
        "--- whole log: .loop/runs/1/unit/output.log",
        done.out.splitlines()[5],
        "check the fix with: loop inner unit",
    ]
    assert done.out.startswith("lint passed in ")


def test_a_format_that_is_named_is_that_one(project: Maker) -> None:
    found = project(TWO)
    found.breaks("lint")
    under = {"GEMINI_CLI": "1"}

    found.run("inner", "--format", "plain", env=under).fails(1).prints("--- lint: mark lint")
    found.run("inner", "--format", "jsonl", env=under).fails(1).prints('{"type": "walk_started"')
    found.run("inner", "--format", "agent").fails(1).prints("check the fix with: loop inner lint")
    found.run("inner", "--format", "agnet").fails(2).warns("no format called 'agnet'", "agent")


def test_a_person_has_the_last_word(project: Maker) -> None:
    found = project(TWO)
    found.breaks("lint")

    found.run("inner", env={"GEMINI_CLI": "1", "LOOP_AGENT": "0"}).prints("--- lint: mark lint")
    found.run("inner", env={"LOOP_AGENT": "1"}).prints("check the fix with: loop inner lint")


def test_at_a_terminal_a_tool_is_shown_no_colours_and_its_commands_have_none(
    project: Maker,
) -> None:
    found = project("unit: {run: 'test -t 1 && echo a terminal; exit 1', cycle: 1s}")

    def seen(*env: tuple[str, str]) -> str:
        child = pexpect.spawn(
            sys.executable,
            [*LOOP[1:], "inner"],
            cwd=str(found.root),
            env={**found.env, "TERM": "xterm", **dict(env)},
            encoding="utf-8",
            timeout=20,
        )
        return str(child.read())

    shown = seen(("COPILOT_AGENT", "1"))
    assert "\x1b" not in shown
    assert "check the fix with: loop inner unit" in shown
    assert "a terminal\r\n" not in shown
    # A person's integrated terminal, with the tool's extension in the editor.
    shown = seen(("CLAUDECODE", "1"))
    assert "\x1b" in shown
    assert "check the fix with" not in shown


def test_what_passed_before_is_one_line(project: Maker) -> None:
    found = project(TWO)
    found.walked()

    done = found.run("inner", "--format", "agent").ok().quiet()

    assert (
        done.out == "green: 2 loops passed before. Ready for the outer loop: .loop/handoff.json\n"
    )


def test_the_command_that_checks_the_fix_runs_what_failed_and_no_more(project: Maker) -> None:
    found = project(
        f"unit: {{run: '{sys.executable} -m pytest -q -p no:cacheprovider', cycle: 5s}}",
        {"test_a.py": "def test_x(): assert 1 == 2\ndef test_y(): pass\n"},
    )

    last = found.run("inner", "--format", "agent").fails(1).out.splitlines()[-1]
    assert last == (
        "check the fix with: loop run unit -- test_a.py::test_x "
        "(records nothing; then: loop inner --format agent)"
    )
    found.write({"test_a.py": "def test_x(): assert 1 == 1\ndef test_y(): pass\n"})
    words = last.partition(": loop ")[2].partition(" (")[0].split()
    found.run(*words).ok().prints("1 passed")


# -- --fail-code -----------------------------------------------------------------------------


@pytest.mark.parametrize("words", [["inner"], ["run", "lint"], ["fix", "lint"]], ids=" ".join)
def test_a_failure_ends_with_the_code_that_was_asked_for(project: Maker, words: list[str]) -> None:
    found = project("lint: {run: mark lint, fix: mark fix, cycle: 1s}")
    found.breaks("lint")

    found.run(*words).fails(1)
    found.run(*words, "--fail-code", "2").fails(2)
    found.mends("lint")
    found.run(*words, "--fail-code", "2").ok()


def test_other_ends_keep_their_codes(project: Maker) -> None:
    found = project("unit: {run: 'exit 5', cycle: 1s}")

    found.run("inner", "--fail-code", "9", "--budget", "soon").fails(2).warns("not a duration")
    found.run("inner", "--fail-code", "9", "nope").fails(2)
    found.run("run", "unit", "--fail-code", "9").fails(9)
    found.run("run", "unit", "--fail-code", "9", "--", "more").fails(5)


@pytest.mark.parametrize("code", ["0", "126", "-1", "two"])
def test_a_code_that_means_something_else_is_refused(project: Maker, code: str) -> None:
    found = project()

    found.run("inner", "--fail-code", code).fails(2).warns("--fail-code")

    assert found.ran() == []
