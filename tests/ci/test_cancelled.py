"""A job that is cancelled while it deploys: whoever comes next finds out, and never guesses."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest
from test_jobs_once import BARE
from test_relay import CI, SHORT, Jobs, deployments, jobs

from conftest import wait

if TYPE_CHECKING:
    from subprocess import Popen

    from conftest import Maker

pytestmark = pytest.mark.timeout(120)
SLOW = """\
#!/bin/sh
echo "deploy $LOOP_ENVIRONMENT" >> "$TARGET/effects"
echo "$LOOP_VERSION" > "$TARGET/$LOOP_ENVIRONMENT"
echo "$$ $PPID" > "$TARGET/pid.new" && mv "$TARGET/pid.new" "$TARGET/pid"
while [ ! -e "$TARGET/go" ]; do sleep 0.05; done
"""


def deploying(project: Maker, loops: str) -> tuple[Jobs, Popen[str]]:
    """A job in the middle of its deploy."""
    found = jobs(project, loops)
    found.project.program("deploy.sh", SLOW, found.project.root)
    found.project.commit()
    deployments(found)
    found.job("qa").ok()
    found.forged("qa", "build")
    words = ("outer", "--only", "sandbox", "--relay", str(found.project.root / ".loop/relay"))
    job = found.project.start(*words, env=CI)
    wait((found.target / "pid").exists, "the deploy")
    return found, job


def ended(found: Jobs) -> None:
    """The forge's runner ends whatever the job has left."""
    for pid in (found.target / "pid").read_text().split():
        os.kill(int(pid), signal.SIGKILL)


def test_a_deploy_is_waited_for_as_long_as_the_forge_lets_it(project: Maker) -> None:
    found, job = deploying(project, SHORT)
    job.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert job.poll() is None
    (found.target / "go").touch()
    job.communicate(timeout=20)
    assert job.returncode == 0
    assert found.leg("sandbox")["state"] == "passed"
    assert found.effects() == ["deploy sandbox"]


def test_what_was_cut_off_is_asked_of_the_environment_and_not_done_twice(project: Maker) -> None:
    found, job = deploying(project, SHORT)
    job.send_signal(signal.SIGINT)
    time.sleep(0.5)
    job.send_signal(signal.SIGTERM)
    job.communicate(timeout=20)
    assert job.returncode == 128 + signal.SIGTERM
    assert found.leg("sandbox")["state"] == "started"
    ended(found)
    found.job("smoke").fails(2).warns("it is started")
    (found.target / "blind").touch()
    found.job("sandbox", attempt=2).fails(5).prints("verify cannot tell")
    (found.target / "blind").unlink()
    found.job("sandbox", attempt=2).ok().prints("is live already")
    assert found.effects() == ["deploy sandbox"]


def test_where_there_is_no_verify_a_person_has_to_see(project: Maker) -> None:
    found, job = deploying(project, BARE)
    job.kill()
    job.communicate(timeout=20)
    ended(found)
    found.job("sandbox", attempt=2).fails(5).prints("see what is live, then run all of it anew")
    assert found.effects() == ["deploy sandbox"]
