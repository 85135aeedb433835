"""A job that is cancelled while it deploys: whoever comes next finds out, and never guesses."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from forge import REPOSITORY
from test_jobs_once import BARE
from test_relay import CI, SHORT, Jobs, deployments, jobs

from conftest import wait
from innerloop.core.command import parse
from innerloop.core.errors import LoopError
from innerloop.core.outer import Deploy, Loops, Monitor, Stage
from innerloop.core.pipeline import at_work
from innerloop.core.states import State
from innerloop.system.launch import Launch
from innerloop.system.relay import Relay

if TYPE_CHECKING:
    from pathlib import Path
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


BACK = """\
#!/bin/sh
touch "$TARGET/back"
while [ ! -e "$TARGET/go" ]; do sleep 0.05; done
echo "$LOOP_PREVIOUS_VERSION" > "$TARGET/$LOOP_ENVIRONMENT"
echo "back $LOOP_ENVIRONMENT" >> "$TARGET/effects"
"""


def test_the_way_back_is_waited_for_like_a_deploy(project: Maker) -> None:
    found = jobs(project, SHORT)
    before = found.project.git("rev-parse", "HEAD")
    found.project.program("back.sh", BACK, found.project.root)
    found.project.commit()
    for place in ("sandbox", "prod"):
        (found.target / place).write_text(before)
    found.job("qa").ok()
    found.forged("qa", "build")
    deployments(found, before)
    (found.target / "fail-sandbox").touch()
    _waited(found, "sandbox")
    assert found.live("sandbox") == before


def test_a_monitors_way_back_is_waited_for_as_well(project: Maker) -> None:
    loops = SHORT.replace("protected: true, ", "")
    found = jobs(project, loops.replace('    e2e: {approve: "tested by hand?"}\n', ""))
    before = found.project.git("rev-parse", "HEAD")
    found.project.program("back.sh", BACK, found.project.root)
    found.project.commit()
    (found.target / "prod").write_text(before)
    rows = [{"id": 1, "sha": found.project.git("rev-parse", "HEAD")}, {"id": 0, "sha": before}]
    found.answers(f"repos/{REPOSITORY}/deployments?environment=prod", rows)
    found.job("qa").ok()
    found.forged("qa", "build", "sandbox", "smoke")
    found.job("prod").ok()
    (found.target / "sick").touch()
    _waited(found, "eye")
    assert found.live("prod") == before


def _waited(found: Jobs, stage: str) -> None:
    """Its job is cancelled while it rolls back, and sees to the end of that."""
    words = ("outer", "--only", stage, "--relay", str(found.project.root / ".loop/relay"))
    job = found.project.start(*words, env=CI)
    try:
        wait((found.target / "back").exists, "the rollback")
        job.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert job.poll() is None
    finally:
        (found.target / "go").touch()
        job.communicate(timeout=20)
    assert job.returncode == 3
    assert found.leg(stage)["state"] == "rolled back"


def test_a_rollback_that_is_to_come_is_waited_for_and_what_changes_nothing_is_not() -> None:
    deploy = Stage("box", Deploy(parse("./deploy.sh"), "box"))
    watch, look = Stage("eye", Monitor(parse("./health.sh"))), Stage("qa", Loops())
    for stage in (deploy, watch):
        assert at_work(stage, State.FAILING)
    assert at_work(deploy, State.STARTED)
    assert not at_work(look, State.STARTED)
    assert not at_work(watch, State.WATCHING)


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
    again = found.job("sandbox", attempt=2).fails(5)
    again.prints("it has no 'verify': see what is live, then run all of it anew")
    assert found.effects() == ["deploy sandbox"]


def test_nothing_is_begun_beside_what_an_earlier_try_has_at_work(project: Maker) -> None:
    found, job = deploying(project, SHORT)
    job.kill()
    job.communicate(timeout=20)
    shim = int((found.target / "pid").read_text().split()[1])

    def refused() -> None:
        found.job("sandbox", attempt=2).fails(2).warns(
            "an earlier try of this job", "still at work"
        )

    try:
        refused()
        # Whoever cleans the checkout takes what is to be seen of it.
        relay = found.project.root / ".loop/relay"
        (relay / "journal").rename(relay / "cleaned")
        refused()
        (relay / "cleaned").rename(relay / "journal")
        os.kill(shim, signal.SIGKILL)
        refused()
    finally:
        (found.target / "go").touch()
    (file,) = relay.glob("journal/runs/*/*/alive")
    wait(lambda: free(file), "the deploy's end")
    found.job("sandbox", attempt=2).ok().prints("is live already")
    assert found.effects() == ["deploy sandbox"]


def test_what_a_command_left_behind_keeps_no_job_from_beginning(project: Maker) -> None:
    found = jobs(project, SHORT.replace("./build.sh", "'./build.sh && ./serve.sh'"))
    found.project.program(
        "serve.sh", "sleep 60 >/dev/null 2>&1 &\necho $! > $TARGET/pid", found.project.root
    )
    found.project.commit()
    found.job("qa").ok()
    found.job("build").ok()
    try:
        found.job("build", attempt=2).ok()
    finally:
        ended(found)


def test_a_job_that_is_carried_out_keeps_its_journal(tmp_path: Path) -> None:
    relay = Relay(str(tmp_path / "relay"))
    release = Launch(relay.journal(str(tmp_path))).hold("1")
    assert release
    with pytest.raises(LoopError, match="still at work"):
        relay.journal(str(tmp_path))
    release()
    assert not os.listdir(relay.journal(str(tmp_path)).folder)


def free(file: Path) -> bool:
    """Whether nobody has it locked."""
    with suppress(BlockingIOError), file.open() as opened:
        fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return True
    return False
