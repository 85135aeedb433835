"""loop run and loop debug: one loop, now, by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Maker


def test_it_runs_whether_or_not_it_has_passed_and_records_the_pass(project: Maker) -> None:
    found = project()
    for _ in range(2):
        found.run("run", "unit").ok()
    assert found.ran() == ["unit", "unit"]

    assert found.walked() == []


def test_its_failure_revokes_a_pass(project: Maker) -> None:
    found = project()
    found.sealed()
    found.breaks("unit")
    found.run("run", "unit").fails(1)
    found.mends("unit")
    found.ran()

    assert found.walked() == ["unit"]


def test_with_arguments_it_records_no_pass(project: Maker) -> None:
    found = project()
    found.run("run", "unit", "--", "-k", "one").ok()
    found.ran()

    assert found.walked() == ["unit"]


def test_with_arguments_it_records_no_failure(project: Maker) -> None:
    found = project()
    found.sealed()
    found.breaks("unit")
    found.run("run", "unit", "--", "-k", "one").fails(1)
    found.mends("unit")
    found.ran()

    assert found.walked() == []


@pytest.mark.parametrize("command", ["show a", "show a && true; show b"], ids=["plain", "shell"])
def test_arguments_are_appended_as_they_are(project: Maker, command: str) -> None:
    found = project(f"unit: {{run: '{command}', cycle: 1s}}")
    found.program("show", 'for word in "$@"; do echo "[$word]"; done')

    done = found.run("run", "unit", "--", "two words", "$HOME", "-C", "*")

    done.ok().prints("[two words]\n[$HOME]\n[-C]\n[*]\n")


def test_inputs_that_move_meanwhile_are_not_recorded(project: Maker) -> None:
    found = project("unit: {run: 'mark unit && echo 2 > a.py', cycle: 1s}", {"a.py": "1"})

    found.run("run", "unit").ok().warns("a.py changed while it ran")
    found.ran()

    found.run("plan").ok().prints("1 loop to run")


def test_changed_is_all_of_them(project: Maker) -> None:
    found = project("lint: {run: 'show {changed}', cycle: 1s, files: ['*.py']}", {"a.py": ""})
    found.program("show", 'mark "$*"')
    found.run("inner").ok()
    found.write({"b.py": ""})
    found.ran()

    found.run("run", "lint").ok()

    assert found.ran() == ["./a.py", "./b.py"]


def test_while_another_walk_runs_it_it_says_so(project: Maker) -> None:
    found = project()
    found.hold("unit")
    process = found.start("inner")
    found.underway("unit")

    found.run("run", "unit").fails(2).warns("cannot run 'unit' now", "wait until it is done")

    found.release("unit")
    process.communicate()


def test_debug_runs_its_own_command_and_records_nothing(project: Maker) -> None:
    found = project("unit: {run: mark unit, debug: mark debug, cycle: 1s}")

    found.run("debug", "unit").ok()

    assert found.ran() == ["debug"]
    assert found.walked() == ["unit"]


def test_debug_without_a_command_says_what_to_write(project: Maker) -> None:
    project().run("debug", "unit").fails(2).warns("has no debug command", "in loops.yaml")


def test_a_loop_nobody_knows(project: Maker) -> None:
    project().run("run", "uint").fails(2).warns("no loop called 'uint'")


def test_a_formatter_runs_until_it_has_nothing_to_change(project: Maker) -> None:
    loops = "format: {run: 'mark format && tidy', cycle: 1s, inputs: [a.py], writes: true}"
    found = project(loops, {"a.py": "untidy\n"})
    found.program("tidy", "grep -q untidy a.py && echo tidy > a.py; true")

    found.run("run", "format").ok()

    assert found.ran() == ["format", "format"]
    assert found.walked() == []
