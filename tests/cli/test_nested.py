"""A loop inside a loop: allowed, unless it is the same one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Maker, Project

LIMIT = 4
"""how deep it may get where nothing stops it, so that a broken guard ends in a failure"""


def nests(project: Maker, loops: str) -> Project:
    """A project where `again NAME` is `loop inner NAME`, and gives up where it gets too deep."""
    made = project(loops)
    made.program(
        "again",
        f"""mark "$1"
DEPTH=$((DEPTH + 1)); export DEPTH
[ $DEPTH -gt {LIMIT} ] && exit 99
exec {sys.executable} -P -m innerloop inner "$@" """,
    )
    return made


@pytest.mark.parametrize(
    "more", ["", ", cache: false", ", writes: true", ", mutex: gpu"], ids=lambda more: more[2:]
)
def test_a_loop_that_runs_itself_is_told_so(project: Maker, more: str) -> None:
    found = nests(project, f"unit: {{run: again unit, cycle: 1s{more}}}")

    found.run("inner").fails(1).prints("loop 'unit' was started by itself", "take `loop` out")

    assert found.ran() == ["unit"]


def test_a_loop_that_moves_its_inputs_and_runs_itself_is_told_so(project: Maker) -> None:
    found = nests(project, "unit: {run: 'echo >> a.py && again unit', cycle: 1s}")

    found.run("inner").fails(1).prints("loop 'unit' was started by itself")

    assert found.ran() == ["unit"]


def test_a_circle_of_loops_is_told_so(project: Maker) -> None:
    found = nests(
        project,
        """
        one: {run: again two, cycle: 1s, auto: false}
        two: {run: again one, cycle: 2s, auto: false}
        """,
    )

    found.run("inner", "one").fails(1).prints("loop 'one' was started by itself")

    assert found.ran() == ["two", "one"]


def test_a_mutex_held_above_is_not_waited_for(project: Maker) -> None:
    found = nests(
        project,
        """
        one: {run: again two, cycle: 1s, mutex: gpu}
        two: {run: mark two, cycle: 2s, mutex: gpu}
        """,
    )

    found.run("inner", "one").fails(1).prints("mutex 'gpu' is held", "it would wait for ever")


def test_another_loop_inside_a_loop_runs_and_is_remembered(project: Maker) -> None:
    found = nests(
        project,
        """
        one: {run: again two, cycle: 1s}
        two: {run: mark inside, cycle: 2s}
        """,
    )

    found.run("inner", "one").ok()

    assert found.ran() == ["two", "inside"]
    assert found.walked("two") == []


def test_another_project_inside_a_loop_is_its_own(project: Maker) -> None:
    found = nests(project, "unit: {run: 'cd sub && again unit', cycle: 1s}")
    found.write({"sub/loops.yaml": "version: 1\ninner:\n  unit: {run: mark own, cycle: 1s}\n"})

    found.run("inner").ok()

    assert found.ran() == ["unit", "own"]
