"""loop check: everything that is wrong with loops.yaml, at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Maker


def test_what_is_right_is_said_in_a_line(project: Maker) -> None:
    project().run("check").ok().quiet().prints("loops.yaml is right: 1 loop", "Python: /")


def test_every_problem_is_told_with_its_line(project: Maker) -> None:
    found = project(
        """
        lint: {rnu: ruff check, cycle: 1s}
        unit: {run: pytest, cycle: soon, after: [lin]}
        """
    )

    for words in (["check"], ["inner"], ["plan"]):
        done = found.run(*words).fails(2)
        done.warns("loops.yaml:3:10", "did you mean 'run'?", "loops.yaml:4", "did you mean 'lint'?")


def test_a_key_that_is_not_built_yet_is_refused(project: Maker) -> None:
    found = project("unit: {run: mark unit, cycle: 1s, engine: cluster}")

    found.run("inner").fails(2).warns("engine", "not built yet")

    assert found.ran() == []


def test_a_pattern_that_matches_nothing_is_a_warning(project: Maker) -> None:
    found = project("unit: {run: mark unit, cycle: 1s, inputs: ['*.rs']}")

    found.run("check").ok().warns("unit: '*.rs' matches no file")


def test_the_schema_is_json(project: Maker) -> None:
    assert json.loads(project().run("check", "--schema").ok().out)["type"] == "object"
