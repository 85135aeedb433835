"""loop plan and loop why: they tell, and leave no trace of having looked."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Maker, Project

TWO = """
lint: {run: mark lint, cycle: 1s, inputs: [a.py]}
unit: {run: mark unit, cycle: 2s, after: [lint], inputs: [a.py, b.py]}
"""


def seen(p: Project) -> dict[str, tuple[int, ...]]:
    """Every file and folder below the project, with all that a write would move."""
    found: dict[str, tuple[int, ...]] = {}
    for folder, folders, files in os.walk(p.root):
        for name in [".", *folders, *files]:
            path = os.path.join(folder, name)
            stat = os.lstat(path)
            found[path] = (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
    return found


def fresh(_: Project) -> None:
    """Nothing has run here yet."""


def passed(p: Project) -> None:
    p.run("inner").ok()


def edited(p: Project) -> None:
    p.run("inner").ok()
    p.write({"a.py": "other"})


def without_caches(p: Project) -> None:
    p.run("inner").ok()
    shutil.rmtree(p.root / ".loop/cache")


def broken(p: Project) -> None:
    p.run("inner").ok()
    (p.root / ".loop/history.db").write_bytes(b"no database" * 1000)


@pytest.mark.parametrize("stand", [fresh, passed, edited, without_caches, broken])
def test_nothing_is_written(project: Maker, stand: Callable[[Project], None]) -> None:
    found = project(TWO, {"a.py": "a", "b.py": "b"}).commit()
    stand(found)
    before = seen(found)

    for words in (["plan"], ["why", "unit"], ["inner", "--plan"]):
        found.run(*words).ok()
        assert seen(found) == before, words


@pytest.mark.parametrize(
    "words", [["check"], ["history"], ["doctor"], ["plan", "--json"]], ids=" ".join
)
def test_nor_by_whatever_else_only_tells(project: Maker, words: list[str]) -> None:
    found = project(TWO, {"a.py": "a"})
    passed(found)
    before = seen(found)

    found.run(*words).ok()

    assert seen(found) == before


def test_the_plan_is_what_the_walk_does(project: Maker) -> None:
    found = project(TWO, {"a.py": "a", "b.py": "b"})
    found.run("plan").ok().prints("2 loops to run, about 3.0s", "never passed here")
    found.run("inner").ok()
    found.run("plan").ok().prints("nothing to run", "passed ")
    found.write({"b.py": "other"})

    said = json.loads(found.run("plan", "--json").ok().out)

    steps = [(step["loop"]["name"], step["action"]) for step in said["plan"]["steps"]]
    assert steps == [("lint", "cached"), ("unit", "run")]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda p: p.write({"a.py": "2"}), "file changed: a.py"),
        (lambda p: p.write({"c.py": "2"}), "file added: c.py"),
        (lambda p: (p.root / "b.py").unlink(), "file removed: b.py"),
        (lambda p: p.env.update({"MODEL": "large"}), "variable changed: MODEL"),
        (lambda p: p.env.update({"PYTHONPATH": "large"}), "variable added: PYTHONPATH"),
        (lambda p: p.program("mark", "exit 0"), "program changed: mark"),
    ],
    ids=["changed", "added", "removed", "variable", "always", "program"],
)
def test_why_names_what_changed(
    project: Maker, change: Callable[[Project], object], told: str
) -> None:
    found = project(
        "unit: {run: mark unit, cycle: 2s, env_inputs: [MODEL], ignore: [loops.yaml]}",
        {"a.py": "1", "b.py": "1"},
    )
    found.run("inner").ok()
    found.run("why", "unit").ok().prints("would not run: passed ")
    change(found)

    found.run("why", "unit").ok().prints("would run: last passed ", "(run #1); since then", told)


def test_why_says_that_a_command_changed(project: Maker) -> None:
    found = project("unit: {run: mark unit, cycle: 2s, inputs: [a.py]}", {"a.py": "1"})
    found.run("inner").ok()
    found.loops("unit: {run: mark unit again, cycle: 2s, inputs: [a.py]}")

    found.run("why", "unit").ok().prints("command changed: mark unit -> mark unit again")


def test_why_of_a_loop_nobody_knows(project: Maker) -> None:
    project(TWO).run("why", "unti").fails(2).warns("no loop called 'unti'", "did you mean 'unit'?")
