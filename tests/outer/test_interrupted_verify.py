"""Interrupted while `verify` is asked: nothing is concluded from what it says then."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from targets import BOX, FULL, Target, target

from conftest import wait

if TYPE_CHECKING:
    from conftest import Maker

pytestmark = pytest.mark.timeout(120)
SLOW = """\
#!/bin/sh
if [ -e $TARGET/slow ] && grep -q %s $TARGET/effects; then
  touch $TARGET/asked
  sleep 3 || exit 3
fi
[ "$(cat $TARGET/sandbox)" = "$LOOP_VERSION" ] || exit 3
"""


def interrupted(found: Target, *words: str) -> None:
    """^C while verify is slow to say."""
    process = found.project.start("outer", *words)
    wait((found.place / "asked").exists, "the verify", 60)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, (out, err)
    found.lacks("slow", "asked")


def test_a_deploy_is_verified_by_whoever_comes_after(project: Maker) -> None:
    found = target(project, BOX % FULL)
    found.project.write({"live.sh": SLOW % "deploy"})
    found.commit()
    found.has("slow")
    interrupted(found, "--yes")
    assert found.stages() == {"sandbox": "started"}

    found.run("resume").ok()
    assert found.effects() == ["deploy sandbox"]


def test_a_rollback_is_verified_by_whoever_comes_after(project: Maker) -> None:
    found = target(project, BOX % FULL)
    found.go().ok()
    before = found.head()
    found.project.write({"live.sh": SLOW % "back"})
    found.commit()
    found.has("fail-sandbox", "slow")
    interrupted(found, "--yes")
    assert found.stages() == {"sandbox": "rolling back"}

    found.run("resume").fails(3).prints(f"{before[:12]} is live again in")
    assert found.effects() == ["deploy sandbox", "deploy sandbox", "back sandbox"]


def test_who_is_interrupted_in_a_probe_begins_nothing_again(project: Maker) -> None:
    found = target(project, BOX % FULL)
    found.project.write({"live.sh": SLOW % "deploy"})
    found.commit()
    env = {"LOOP_CRASH_TEST": "1", "LOOP_SHIM_CRASH_AT": "sandbox.1.do:2"}
    found.has("slow")
    process = found.project.start("outer", "--yes", env=env)
    wait((found.place / "asked").exists, "the verify", 60)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert found.stages() == {"sandbox": "interrupted"}
    found.lacks("slow", "asked")

    found.run("resume").ok()
    assert found.effects() == ["deploy sandbox"]
