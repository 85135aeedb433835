"""examples/steps, as its README has it: each mistake is found by the loop that is named there."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from snapped import equipped

if TYPE_CHECKING:
    from conftest import Maker, Project

pytestmark = pytest.mark.timeout(300)

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples/steps"
LEFT_OUT = shutil.ignore_patterns(".venv", ".loop", "__pycache__", "__test_results__", ".*_cache")
# The linter and the type checker are not in that environment; CI runs them.
LOOPS = ("unit", "steps", "full")
MISTAKES = [
    ("features.py", " and weekday not in WEEKEND", "", "unit", "test_the_rush_is_on_weekdays"),
    ("load.py", '(cell or "").strip()', 'cell or ""', "steps", "test_load"),
    ("features.py", "km / minutes, 1)", "km / minutes)", "steps", "test_features"),
    ("summary.py", "in sorted(found)", "in found", "steps", "test_summary"),
]
"""in which file, what is written, what instead, and which loop's test is to fail alone"""


@pytest.fixture
def found(project: Maker, snappylapy: Path) -> Project:
    made = project()
    shutil.copytree(EXAMPLE, made.root, dirs_exist_ok=True, ignore=LEFT_OUT)
    made = equipped(made, snappylapy)
    shutil.copy(EXAMPLE / ".gitignore", made.root)
    return made.commit()


def edit(found: Project, name: str, old: str, new: str) -> None:
    path = found.root / "src/rides" / name
    assert path.read_text().count(old) == 1
    path.write_text(path.read_text().replace(old, new))


def test_it_is_green_as_it_stands_and_nothing_waits(found: Project) -> None:
    found.run("inner", *LOOPS).ok()
    found.run("inner", *LOOPS).ok().prints("3 loops passed before")
    found.run("review").ok().prints("4 unchanged")
    assert found.git("status", "--porcelain") == ""


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found_by_the_loop_that_is_named(
    found: Project, mistake: tuple[str, str, str, str, str]
) -> None:
    name, old, new, loop, test = mistake
    edit(found, name, old, new)

    said = found.run("inner", *LOOPS).fails(1).prints(f"red: {loop} failed")

    assert set(re.findall(r"^FAILED \S+::(\w+)", said.out, re.MULTILINE)) == {test}


def test_data_that_is_wrong_is_found_on_all_of_it(found: Project) -> None:
    path = found.root / "data/rides.csv"
    path.write_text(re.sub(r"2024-05-(\d\d) ", r"\1.05.2024 ", path.read_text()))

    found.run("inner", *LOOPS).fails(1).prints("red: full failed", "121 of 121 lines are no rides")


def test_a_change_that_is_meant_goes_through_the_whole_chain(found: Project) -> None:
    edit(found, "clean.py", 'float(row["km"]),', 'float(round(float(row["km"]))),')
    said = found.run("inner", *LOOPS).fails(1)
    assert re.findall(r"^FAILED \S+::(\w+)", said.out, re.MULTILINE) == ["test_clean"]
    found.run("review", "steps").fails(1).prints(
        "1 waiting", '-      "km": 6.7,', '+      "km": 7.0,'
    )

    said = found.run("accept", "steps", "-m", "whole kilometres are enough").ok()

    said.prints("accepted, 3 files")
    assert "test_load" not in said.out
    found.run("inner", *LOOPS).ok()
    assert all(
        "__snapshots__" in line or "clean.py" in line
        for line in found.git("status", "--porcelain").splitlines()
    )


def test_nothing_of_ours_imports_the_tool() -> None:
    for path in (*(ROOT / "src").rglob("*.py"), *(ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("snappylapy"), path
            elif isinstance(node, ast.Import):
                assert not [one for one in node.names if one.name.startswith("snappylapy")], path
