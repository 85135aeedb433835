"""A project of which nobody has measured anything: from `loop init` to its first commits."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from test_hook import commit, script

from innerloop.config.compiled import load

if TYPE_CHECKING:
    from conftest import Maker, Project

PRE_COMMIT = "hook: {{pre-commit: {{budget: {budget}}}}}\n"


@pytest.fixture
def fresh(project: Maker) -> Project:
    """Tools that are scripts, each of which leaves a mark; no loops.yaml yet."""
    made = project()
    (made.root / "loops.yaml").unlink()
    script(made.root / ".venv/bin/python", f'exec {sys.executable} "$@"')
    made.write({".gitignore": ".venv\nloops.local.yaml\n", "shop.py": "", "conftest.py": ""})
    made.write({"tests/test_shop.py": "import pytest\n"})
    return made


def tool(made: Project, name: str, text: str = "") -> None:
    script(made.root / f".venv/bin/{name}", f"mark {name}\n{text}")
    made.write({f"{name}.ini" if name != "ruff" else "ruff.toml": f"[{name}]\n" * (name != "ruff")})


def begun(made: Project) -> Project:
    made.run("init").ok().prints("not measured", "finds out how long each takes")
    made.run("hook", "install").ok()
    made.git("add", "-A")
    return made


def test_every_quick_loop_is_checked_at_the_first_commit(fresh: Project) -> None:
    for name in ("ruff", "mypy", "pytest"):
        tool(fresh, name)
    begun(fresh)
    text = (fresh.root / "loops.yaml").read_text()
    assert text.count("cycle: ~10s  # a guess, until it has passed here\n") == 2

    done = commit(fresh).ok()

    assert fresh.ran() == ["ruff", "mypy", "pytest"]
    assert "later" not in done.err
    # Declared, they would not fit into the ten seconds that a commit may take.
    fresh.write({"loops.yaml": text.replace("~", "")})
    fresh.write({"tests/test_shop.py": "import pytest\n\n"}).git("add", "-A")
    said = commit(fresh).ok()
    assert fresh.ran() == ["ruff"]
    said.warns("left for later: typecheck, unit. 'loop inner' checks them now")
    said.warns("give it more than 10s in loops.yaml", "{budget: 20s, always: [typecheck]}")


def test_one_pass_is_enough_to_know(fresh: Project) -> None:
    tool(fresh, "pytest", "sleep 0.2")
    begun(fresh)
    commit(fresh).ok()
    fresh.run("plan").ok()
    fresh.write({"shop.py": "x = 1\n"}).git("add", "-A")
    assert "~10s" not in fresh.run("plan").ok().prints("run ").out
    fresh.run("doctor").ok().prints("unit: its cycle is a guess", "write cycle: 1s")


def test_a_slow_suite_is_tried_once_and_left_for_later(fresh: Project) -> None:
    tool(fresh, "pytest", "sleep 60")
    begun(fresh)
    path = fresh.root / "loops.yaml"
    path.write_text(path.read_text().replace("~10s", "~1s"))
    fresh.write({"loops.local.yaml": PRE_COMMIT.format(budget="2s")}).git("add", "-A")

    first = commit(fresh).ok()

    assert fresh.git("log", "--format=%s") == "x"
    assert fresh.ran() == ["pytest"]
    first.warns("compile", "passed", "at the end of the budget", "partly green")
    first.warns("left for later: unit. 'loop inner' checks it now", "the cycle of unit (~1.0s)")
    fresh.write({"shop.py": "x = 1\n"}).git("add", "-A")
    second = commit(fresh).ok()
    assert fresh.ran() == []
    second.warns("compile", "when it tried, and the budget is 2.0s", "left for later: unit")
    # With more time it tries once more, and what is meant to run whatever it takes runs.
    fresh.write({"loops.local.yaml": PRE_COMMIT.format(budget="5m")})
    script(fresh.root / ".venv/bin/pytest", "mark pytest")
    fresh.write({"shop.py": "x = 2\n"}).git("add", "-A")
    commit(fresh).ok()
    assert fresh.ran() == ["pytest"]


def test_what_was_measured_to_be_slow_is_explained_once(fresh: Project) -> None:
    tool(fresh, "pytest")
    begun(fresh)
    path = fresh.root / "loops.yaml"
    path.write_text(path.read_text().replace("~10s", "30s"))
    fresh.git("add", "-A")

    commit(fresh).ok().warns("over the budget of 10s by", "left for later: unit", "always: [unit]")

    fresh.write({"shop.py": "x = 1\n"}).git("add", "-A")
    second = commit(fresh).ok()
    assert "not yet: unit" in second.err
    assert "left for later" not in second.err


def test_what_fails_as_it_is_tried_ends_the_commit(fresh: Project) -> None:
    tool(fresh, "pytest", "exit 1")
    begun(fresh)
    commit(fresh).fails(1).warns("unit", "FAILED")


def test_a_suite_without_a_linter_has_something_quick_before_it(fresh: Project) -> None:
    tool(fresh, "pytest")
    begun(fresh)
    loops = load(str(fresh.root), store=False).config.loops
    assert [(loop.name, loop.guessed) for loop in loops] == [("compile", True), ("unit", True)]
    tool(fresh, "ruff")
    fresh.run("init", "--force").ok()
    loops = load(str(fresh.root), store=False).config.loops
    assert [loop.name for loop in loops] == ["lint", "unit"]
