"""loop doctor: what history says is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Maker


def test_a_healthy_project(project: Maker) -> None:
    found = project()
    found.run("inner").ok()

    found.run("doctor").ok().prints("nothing is wrong that history can tell")


def test_a_program_that_is_not_there(project: Maker) -> None:
    found = project("lint: {run: ruffle check, cycle: 1s}")

    found.run("doctor").ok().prints("lint: there is no program 'ruffle' on PATH")


def test_a_loop_that_both_passed_and_failed_on_the_same(project: Maker) -> None:
    found = project()
    found.run("inner").ok()
    found.breaks("unit")
    found.run("inner", "--force").fails(1)

    found.run("doctor").ok().prints("unit: flaky")


def test_a_loop_that_changes_its_own_inputs(project: Maker) -> None:
    found = project("unit: {run: 'mark unit && date +%N > stamp', cycle: 1s}")
    found.run("inner").ok()

    found.run("doctor").ok().prints("unit: changes its own inputs (stamp)", "outputs")
