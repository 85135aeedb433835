"""The guards of conftest.py, each proven by what it keeps out."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Maker

BAD = {
    "CI": "true",
    "COLUMNS": "20",
    "CONDA_PREFIX": "/opt/conda",
    "FORCE_COLOR": "1",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "core.excludesFile",
    "GIT_CONFIG_VALUE_0": "/dev/null",
    "GIT_DIR": "/nowhere/.git",
    "GIT_INDEX_FILE": "/nowhere/index",
    "LOOP_HOLDS": "/nowhere",
    "LOOP_STATE": "/nowhere",
    "LOOP_WALK": "1-1",
    "MYPYPATH": "/nowhere",
    "NO_COLOR": "1",
    "PYTEST_ADDOPTS": "-p no:cacheprovider",
    "PYTHONPATH": "/nowhere",
    "UV_PROJECT_ENVIRONMENT": "/nowhere",
    "VIRTUAL_ENV": "/nowhere",
    "XDG_CACHE_HOME": "/nowhere",
}
INSIDE = "INSIDE_THE_GUARDS"


@pytest.mark.skipif(INSIDE in os.environ, reason="is what runs the others")
def test_the_guards_hold_whoever_starts_us(tmp_path: Path) -> None:
    home = tmp_path / "real"
    home.mkdir()
    (home / ".gitconfig").write_text("[user]\n\tname = Somebody Real\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", __file__, "-o", f"cache_dir={tmp_path}"],
        cwd=os.path.dirname(os.path.dirname(__file__)),
        env={**os.environ, **BAD, "HOME": str(home), "XDG_CONFIG_HOME": str(home), INSIDE: "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert f"{len(BAD) + 5} passed, 1 skipped" in done.stdout


@pytest.mark.parametrize("name", sorted(BAD))
def test_nothing_is_inherited(name: str) -> None:
    assert name not in os.environ or name.startswith("PYTEST_")
    assert os.environ.get(name) != BAD[name]


def test_home_is_nobodys(tmp_path_factory: pytest.TempPathFactory) -> None:
    base = str(tmp_path_factory.getbasetemp())

    assert os.path.expanduser("~").startswith(base)
    assert os.environ["XDG_CONFIG_HOME"].startswith(base)


def test_git_has_nobodys_settings() -> None:
    said = subprocess.run(
        ["git", "config", "--list", "--show-scope"], capture_output=True, text=True, check=True
    ).stdout.splitlines()

    assert "global\tuser.name=Ada" in said
    assert not [line for line in said if line.startswith("system")]


def test_a_projects_home_is_its_own(project: Maker, tmp_path: Path) -> None:
    found = project()

    assert found.env["HOME"] == str(tmp_path / "home")
    assert found.git("config", "user.email") == "ada@example.org"
    assert set(found.env) == {
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_NOSYSTEM",
        "HOME",
        "LC_ALL",
        "PATH",
        "XDG_CONFIG_HOME",
    }


def test_a_claim_that_is_wrong_fails(project: Maker) -> None:
    done = project().run("inner")

    with pytest.raises(AssertionError, match="loop inner"):
        done.fails(1)
    with pytest.raises(AssertionError, match="loop inner"):
        done.prints("red")
    with pytest.raises(AssertionError, match="loop inner"):
        done.warns("anything")
    wrong = project(root="other").run("nonsense")
    with pytest.raises(AssertionError, match="loop nonsense"):
        wrong.ok()
    with pytest.raises(AssertionError, match="loop nonsense"):
        wrong.quiet()


def test_a_mark_leaves_a_trace_waits_and_fails(project: Maker) -> None:
    found = project()
    assert found.walked() == ["unit"]
    assert found.ran() == []
    found.breaks("unit")
    found.run("inner", "--force").fails(1)
    found.mends("unit")
    found.hold("unit")
    process = found.start("inner")
    found.underway("unit")
    assert process.poll() is None
    found.release("unit")
    process.communicate()
    assert process.returncode == 0
