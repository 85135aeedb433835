"""Processes that see little of one another: of another clone, or in a container of their own."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from targets import BOX, FULL, Target, target

from conftest import LOOP, Done, wait

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Maker

pytestmark = pytest.mark.timeout(120)
APART = ("unshare", "--pid", "--fork", "--kill-child")
"""a command in a PID namespace of its own, as a container has it"""


def lonely() -> bool:
    return (
        bool(shutil.which(APART[0]))
        and not subprocess.run((*APART, "true"), check=False).returncode
    )


def at(found: Target, place: Path, *words: str) -> Done:
    command = (*LOOP, "outer", *words)
    done = subprocess.run(
        command, cwd=place, env=found.project.env, capture_output=True, text=True, check=False
    )
    return Done(command, done.returncode, done.stdout, done.stderr)


def test_two_clones_with_one_folder_deploy_one_after_the_other(project: Maker) -> None:
    found = target(project, BOX % FULL).has("hold-sandbox")
    found.project.env["LOOP_STATE"] = str(found.project.place / "shared")
    other = found.project.place / "other"
    found.git("clone", "-q", ".", str(other))
    first = found.project.start("outer", "--yes")
    wait(lambda: bool(found.effects()), "the deploy", 60)

    at(found, other, "--yes").fails(75).warns("sandbox is held by run", "it is at work")

    found.lacks("hold-sandbox")
    first.communicate(timeout=60)
    at(found, other, "resume").ok()
    assert found.effects() == ["deploy sandbox"] * 2


@pytest.mark.skipif(not lonely(), reason="nobody may make a namespace here")
def test_who_is_in_another_pid_namespace_is_seen_at_work(project: Maker) -> None:
    found = target(project, BOX % FULL).has("hold-sandbox")
    command = (*APART, *LOOP, "outer", "--yes")
    inside = subprocess.Popen(
        command,
        cwd=found.project.root,
        env=found.project.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait(lambda: bool(found.effects()), "the deploy", 60)
        found.run("resume").fails(75).warns("is carried out by another process")
        found.go().fails(75).warns("sandbox is held by run", "it is at work")
        assert found.effects() == ["deploy sandbox"]
    finally:
        inside.kill()
        inside.wait()
