from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from children import Ran

from innerloop.system.runners.local import child_environment, local

if TYPE_CHECKING:
    from pathlib import Path


class Noted:
    """A guard that keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []

    def ready(self) -> None:
        self.told.append(("ready", 0))

    def add(self, group: int) -> None:
        self.told.append(("+", group))

    def remove(self, group: int) -> None:
        self.told.append(("-", group))


@pytest.fixture
def run(tmp_path: Path) -> Ran:
    return Ran(tmp_path)


def test_each_group_is_made_known_and_taken_back(run: Ran) -> None:
    guard = Noted()
    job = run.job(("sh", "-c", "echo $$"), ("sh", "-c", "echo $$; exit 3"), ("true",))

    done = local(guard)(job, run.shown.append, run.cancel)

    first, second = (int(line) for line in done.tail.split())
    assert done.exit_code == 3
    assert guard.told == [
        *(("ready", 0), ("+", first), ("-", first)),
        *(("ready", 0), ("+", second), ("-", second)),
    ]


def test_it_runs_without_a_watchdog(run: Ran) -> None:
    assert local()(run.job(("true",)), run.shown.append, run.cancel).exit_code == 0


def test_a_group_is_known_while_it_runs(run: Ran) -> None:
    guard = Noted()
    during: list[int] = []

    local(guard)(
        run.job(("sh", "-c", "echo up")), lambda _: during.append(len(guard.told)), run.cancel
    )

    assert during == [2]


def test_nothing_of_one_repository_reaches_a_child() -> None:
    listed = subprocess.run(
        ["git", "rev-parse", "--local-env-vars"], capture_output=True, text=True, check=True
    )
    names = listed.stdout.split()
    assert "GIT_DIR" in names

    assert child_environment(dict.fromkeys(names, "x"), python_bin="") == {}


def test_nor_what_git_tells_its_hooks() -> None:
    env = {
        "GIT_QUARANTINE_PATH": "x",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.worktree",
        "GIT_CONFIG_VALUE_0": "/elsewhere",
    }

    assert child_environment(env, python_bin="") == {}


def test_what_is_the_persons_own_stays() -> None:
    env = {"GIT_SSH_COMMAND": "ssh -i key", "GIT_AUTHOR_NAME": "A", "HOME": "/home/a", "PATH": "/b"}

    assert child_environment(env, python_bin="") == env


def test_a_repository_made_by_a_child_is_its_own(run: Ran) -> None:
    outer = run.folder / "outer"
    subprocess.run(["git", "init", "-q", str(outer)], check=True)
    env = child_environment(os.environ | {"GIT_DIR": str(outer / ".git")}, python_bin="")

    done = run.sh("git init -q inner && git -C inner rev-parse --absolute-git-dir", env=env)

    assert done.tail.strip() == str(run.folder / "inner" / ".git")


def test_the_projects_python_comes_first(run: Ran) -> None:
    folder = run.folder / "venv" / "bin"
    folder.mkdir(parents=True)
    (folder / "python").symlink_to(sys.executable)
    env = child_environment(
        {"PATH": "/usr/bin", "PYTHONHOME": "/lost", "VIRTUAL_ENV": "/other"}, python_bin=str(folder)
    )

    # Without pyvenv.cfg it is not an environment, and the person's own settings stand.
    assert env == {
        "PATH": f"{folder}:/usr/bin",
        "PYTHONHOME": "/lost",
        "VIRTUAL_ENV": "/other",
    }

    (folder.parent / "pyvenv.cfg").touch()
    env = child_environment({"PATH": "/usr/bin", "PYTHONHOME": "/lost"}, python_bin=str(folder))
    assert env == {"PATH": f"{folder}:/usr/bin", "VIRTUAL_ENV": str(folder.parent)}


def test_what_the_loop_sets_comes_last() -> None:
    base = {"PATH": "/usr/bin", "MODE": "a"}
    env = child_environment(base, python_bin="/venv/bin", extra={"MODE": "b", "PATH": "/own"})

    assert env == {"PATH": "/own", "MODE": "b"}
    assert base == {"PATH": "/usr/bin", "MODE": "a"}


def test_an_empty_path_is_not_the_current_folder() -> None:
    assert child_environment({"PATH": ""}, python_bin="/venv/bin")["PATH"] == "/venv/bin"
