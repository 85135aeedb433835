"""loop fix: the fix commands of what failed, and the walk that says whether it helped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Maker, Project


@pytest.fixture
def found(project: Maker) -> Project:
    """A project whose linter dislikes `b`, and whose fixer writes `a` instead."""
    made = project(
        """
        lint: {run: 'dislikes {changed}', fix: 'mends {changed}', cycle: 1s, files: ['*.py']}
        unit: {run: mark unit, cycle: 2s}
        """,
        {"x.py": "a", "y.py": "b"},
    )
    made.program("dislikes", 'mark lint; ! grep -n b "$@"')
    made.program("mends", 'mark fix; sed -i s/b/a/ "$@"')
    return made


def test_it_mends_what_failed_and_walks(found: Project) -> None:
    found.run("inner").fails(1)
    found.ran()

    found.run("fix").ok().prints("green")

    assert (found.root / "y.py").read_text() == "a"
    assert found.ran() == ["fix", "lint", "unit"]
    assert found.walked() == []


def test_it_never_claims_what_it_did_not_check(found: Project) -> None:
    found.program("mends", "mark fix")

    found.run("fix", "lint").fails(1).prints("red: lint failed")

    assert found.ran() == ["fix", "lint"]
    found.run("inner").fails(1)


def test_where_nothing_failed_it_asks_for_a_name(found: Project) -> None:
    found.run("fix").fails(2).warns("nothing failed", "loop fix lint")

    assert found.ran() == []


def test_a_loop_without_a_fix_command_says_so(found: Project) -> None:
    found.run("fix", "unit").fails(2).warns("loop 'unit' has no fix command")
