"""The real pre-commit and prek, running `loop` from a tag of this repository."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from conftest import Maker, Project

ROOT = Path(__file__).resolve().parent.parent.parent
TAG = "v0.0.1"
PARTS = ("src", "bin", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")
pytestmark = pytest.mark.timeout(300)


class Frameworks(NamedTuple):
    """Where the two are, with what they keep, and the repository that they take `loop` from."""

    bin: Path
    kept: Path
    source: Path


def called(*words: str | Path, cwd: Path | None = None) -> None:
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{shlex.join(map(str, words))}\n{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="module")
def frameworks(tmp_path_factory: pytest.TempPathFactory) -> Frameworks:
    place = tmp_path_factory.mktemp("frameworks")
    venv.create(place / "env", with_pip=True, symlinks=True)
    words: list[str | Path] = [place / "env/bin/pip", "install", "-q", "pre-commit", "prek"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"pre-commit and prek cannot be installed here: {done.stderr[-300:]}")
    source = place / "source"
    source.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", ".*")
            shutil.copytree(ROOT / part, source / part, ignore=ignored)
        else:
            shutil.copy(ROOT / part, source / part)
    for command in ("init -q", "add -A", "commit -qm one", f"tag {TAG}"):
        called("git", *command.split(" ", 2), cwd=source)
    return Frameworks(place / "env/bin", place, source)


class Framed:
    """A project whose hooks are a framework's."""

    def __init__(self, found: Project, frameworks: Frameworks, tool: str) -> None:
        self.found = found
        self.tool = frameworks.bin / tool
        mine = {"PRE_COMMIT_HOME": "pre-commit", "PREK_HOME": "prek"}
        stores = {name: str(frameworks.kept / store) for name, store in mine.items()}
        # What pip and uv need to reach their registry, and beside that what every project has.
        self.env = {**os.environ, **found.env, **stores}
        # prek has uv installed by the first Python on PATH: it has to be one.
        found.program("python3", f'exec {sys.executable} "$@"')
        self.env["PATH"] = f"{found.env['PATH']}:{frameworks.bin}"
        hooks = "hooks: [{id: loop}, {id: loop-pre-push}]"
        config = f"repos:\n  - repo: {frameworks.source}\n    rev: {TAG}\n    {hooks}\n"
        found.write({".pre-commit-config.yaml": config, "state": "good\n"}).commit()
        self.call(self.tool, "install", "-t", "pre-commit", "-t", "pre-push")

    def call(self, *words: str | Path, code: int = 0) -> str:
        done = subprocess.run(
            words,
            cwd=self.found.root,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == code, f"{shlex.join(map(str, words))}\n{done.stdout}"
        return done.stdout

    def stage(self, text: str) -> None:
        self.found.write({"state": text})
        self.found.git("add", "state")


@pytest.fixture(params=["pre-commit", "prek"])
def framed(request: pytest.FixtureRequest, project: Maker, frameworks: Frameworks) -> Framed:
    found = project("unit: {run: 'mark unit && cat state && grep -q good state', cycle: 1s}")
    return Framed(found, frameworks, request.param)


def test_a_commit_is_checked_as_it_is_staged(framed: Framed) -> None:
    framed.stage("good one\n")
    assert "Passed" in framed.call("git", "commit", "-m", "one")
    assert framed.found.ran() == ["unit"]

    framed.stage("bad\n")
    shown = framed.call("git", "commit", "-m", "two", code=1)
    assert "unit      FAILED" in shown
    assert "hook id: loop" in shown
    framed.stage("good two\n")
    framed.found.write({"state": "bad, and not staged\n"})
    framed.call("git", "commit", "-m", "two")

    assert framed.found.git("show", "HEAD:state") == "good two"
    assert (framed.found.root / "state").read_text() == "bad, and not staged\n"


def test_all_files(framed: Framed) -> None:
    assert "Passed" in framed.call(framed.tool, "run", "--all-files")
    framed.stage("bad\n")
    assert "Failed" in framed.call(framed.tool, "run", "--all-files", code=1)


def test_a_push_is_checked(framed: Framed) -> None:
    framed.found.git("init", "-q", "--bare", "../remote")
    framed.found.git("remote", "add", "origin", "../remote")
    assert "loop (pre-push)" in framed.call("git", "push", "origin", "HEAD:refs/heads/main")
    assert framed.found.ran() == ["unit"]

    framed.stage("bad\n")
    framed.found.git("commit", "-qnm", "bad")
    shown = framed.call("git", "push", "origin", "HEAD:refs/heads/main", code=1)
    assert "unit      FAILED" in shown


def test_the_projects_python_is_not_the_frameworks(framed: Framed) -> None:
    framed.found.loops("unit: {run: 'command -v python3 > place; env > variables', cycle: 1s}")
    framed.found.git("add", "loops.yaml")

    framed.call(framed.tool, "run", "--all-files")

    # Ignored by nobody, so git has not been told of them: they are read where they were left.
    assert (framed.found.root / "place").read_text().strip() == f"{framed.found.bin}/python3"
    variables = (framed.found.root / "variables").read_text()
    assert "PRE_COMMIT=1" in variables
    assert "VIRTUAL_ENV" not in variables.replace(f"VIRTUAL_ENV={framed.found.place}\n", "")
