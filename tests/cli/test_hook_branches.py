"""Hooks where what is checked out has other loops than what is checked, or none; and who hears."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from conftest import LIMIT
from kept import kept

if TYPE_CHECKING:
    from conftest import Maker, Project

CHECK = "import app\nassert app.VALUE == 1, app.VALUE\n"
UNIT = f"unit: {{run: '{sys.executable} check.py', cycle: 1s}}"


@pytest.fixture
def one(project: Maker) -> Project:
    """A project with one loop on `main`, and a branch `pages` that has nothing of it."""
    made = project(UNIT, {"check.py": CHECK, "app.py": "VALUE = 1\n"})
    made.commit()
    made.git("branch", "-M", "main")
    made.git("init", "-q", "--bare", str(made.place / "remote"))
    made.git("remote", "add", "origin", str(made.place / "remote"))
    made.git("checkout", "-q", "--orphan", "pages")
    made.git("rm", "-rfq", ".")
    made.write({"index.html": "<p>"}).commit()
    made.git("checkout", "-q", "main")
    made.run("hook", "install").ok()
    return made


def told(found: Project, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", *words],
        cwd=found.root,
        env=found.env,
        capture_output=True,
        text=True,
        timeout=LIMIT * 2,
        check=False,
    )


def handed(found: Project, below: str = "") -> dict[str, object]:
    said = json.loads((found.root / below / ".loop/handoff.json").read_text())
    assert isinstance(said, dict)
    return said


def test_a_push_is_checked_from_a_branch_without_loops(one: Project) -> None:
    one.write({"app.py": "VALUE = 2\n"})
    told(one, "commit", "-qanm", "broken")
    one.git("checkout", "-q", "pages")
    before = kept(one.root, one.env)

    pushed = told(one, "push", "-q", "origin", "main")

    assert pushed.returncode != 0
    assert "AssertionError: 2" in pushed.stdout + pushed.stderr
    assert kept(one.root, one.env) == before
    assert told(one, "push", "-q", "origin", "main~:refs/heads/main").returncode == 0


def test_a_branch_without_loops_is_pushed_from_anywhere(one: Project) -> None:
    pushed = told(one, "push", "-q", "origin", "pages")

    assert pushed.returncode == 0
    assert "there is no loops.yaml in " in pushed.stderr
    one.git("checkout", "-q", "pages")
    one.write({"index.html": "<p>more"})
    assert told(one, "commit", "-qam", "more").returncode == 0
    assert told(one, "push", "-q", "origin", "pages").stderr == ""


def test_a_loops_yaml_that_is_only_staged_is_obeyed(one: Project) -> None:
    one.write({"app.py": "VALUE = 3\n"})
    one.git("add", "app.py")
    (one.root / "loops.yaml").unlink()
    before = kept(one.root, one.env)

    committed = told(one, "commit", "-qm", "more")

    assert committed.returncode == 1
    assert "AssertionError: 3" in committed.stdout + committed.stderr
    assert kept(one.root, one.env) == before


def test_the_loops_are_those_of_what_is_staged_with_all_they_say(one: Project) -> None:
    one.write({".gitignore": "data/\n", "data/want": "7\n"})
    text = f"{sys.executable} -c \"assert open('data/want').read() == '7\\\\n'\""
    other = f"other: {{run: {json.dumps(text)}, cycle: 1s}}"
    own = f"version: 1\nhook: {{needs: [data]}}\ninner:\n  {other}\n"
    before = (one.root / "loops.yaml").read_text()
    one.write({"loops.yaml": own})
    one.git("add", "-A")
    one.write({"loops.yaml": before})

    committed = told(one, "commit", "-qm", "more")

    assert committed.returncode == 0, committed.stderr
    assert "other" in committed.stdout + committed.stderr


def test_loops_that_git_does_not_have_are_asked_all_the_same(one: Project) -> None:
    one.git("rm", "-q", "--cached", "loops.yaml")
    (one.root / ".git/info/exclude").write_text("loops.yaml\n")
    one.write({"app.py": "VALUE = 4\n"})

    committed = told(one, "commit", "-qam", "mine alone")

    assert committed.returncode == 1
    assert "AssertionError: 4" in committed.stdout + committed.stderr


def test_a_project_below_that_is_not_checked_out_is_pushed_and_checked(project: Maker) -> None:
    made = project("x: {run: 'true', cycle: 1s}", {"readme": ""}).commit()
    (made.root / "loops.yaml").unlink()
    made.git("add", "-A")
    made.git("commit", "-qm", "no loops at the top")
    made.git("branch", "-M", "main")
    made.git("init", "-q", "--bare", str(made.place / "remote"))
    made.git("remote", "add", "origin", str(made.place / "remote"))
    made.git("checkout", "-qb", "work")
    made.write({"sub/loops.yaml": f"version: 1\ninner: {{{UNIT}}}\n", "sub/check.py": CHECK}).write(
        {"sub/app.py": "VALUE = 5\n"}
    ).commit()
    made.run("hook", "install", cwd=made.root / "sub").ok()
    made.git("checkout", "-q", "main")
    shutil.rmtree(made.root / "sub", ignore_errors=True)

    pushed = told(made, "push", "-q", "origin", "work")

    assert pushed.returncode != 0
    assert "AssertionError: 5" in pushed.stdout + pushed.stderr
    assert told(made, "status", "--porcelain").stdout == ""


def test_what_a_commit_was_checked_as_is_handed_over(one: Project) -> None:
    one.write({"app.py": "VALUE = 1  # in place\n"})
    assert told(one, "commit", "-qam", "in place").returncode == 0
    assert handed(one)["tree"] == one.git("rev-parse", "HEAD^{tree}")
    assert handed(one)["complete"] is True

    one.write({"app.py": "VALUE = 1  # apart\n"})
    one.git("add", "-A")
    one.write({"app.py": "VALUE = 9\n"})
    assert told(one, "commit", "-qm", "apart").returncode == 0

    assert handed(one)["tree"] == one.git("rev-parse", "HEAD^{tree}")
    assert handed(one)["complete"] is True


def test_a_push_hands_over_the_commit_that_was_checked(one: Project) -> None:
    one.write({"app.py": "VALUE = 1  # more\n"})
    told(one, "commit", "-qanm", "more")
    one.write({"app.py": "VALUE = 9\n"})

    assert told(one, "push", "-q", "origin", "main").returncode == 0

    assert handed(one)["commit"] == one.git("rev-parse", "HEAD")
    assert handed(one)["dirty"] is False


def test_what_a_loop_would_change_is_not_handed_over(project: Maker) -> None:
    made = project("tidy: {run: 'echo done > a.txt', writes: true, cycle: 1s}", {"a.txt": "to do"})
    made.commit()
    made.run("hook", "install").ok()
    made.write({"a.txt": "to do again"})

    assert told(made, "commit", "-qam", "more").returncode == 1

    assert not (made.root / ".loop/handoff.json").exists()
