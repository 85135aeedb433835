"""Deploys and rollbacks, against a target that may say one thing and be another."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest
from targets import BOX, FULL, LOOPS, Target, sound, target

from conftest import wait

if TYPE_CHECKING:
    from conftest import Maker

pytestmark = pytest.mark.timeout(120)
QUICK = LOOPS.replace("smoke: {run: ./smoke.sh, back_to: unit}\n    ", "")


def box(project: Maker, more: str = "") -> Target:
    return target(project, BOX % more)


def twice(project: Maker, more: str = FULL) -> tuple[Target, str, str]:
    """Two versions; the first is live."""
    found = box(project, more)
    found.go().ok()
    first = found.head()
    return found, first, found.commit()


def test_it_goes_from_green_to_production(project: Maker) -> None:
    found = target(project)
    found.go().ok().prints("passed: run", "verified")
    assert found.project.ran() == ["unit"]
    assert found.effects() == ["deploy sandbox", "deploy prod"]
    assert found.live("prod") == found.head()
    sound(found)


def test_nothing_outer_begins_before_the_inner_loops_are_green(project: Maker) -> None:
    found = target(project)
    found.project.breaks("unit")
    found.go().fails(1).prints("unit failed")
    assert found.effects() == []
    assert found.stages()["sandbox"] == "skipped"


def test_what_has_passed_is_not_walked_again_but_a_warm_pass_is(project: Maker) -> None:
    found = target(project)
    found.project.walked()
    found.go().ok()
    assert found.project.ran() == []


def test_exit_0_and_not_live_is_a_failure_and_rolled_back(project: Maker) -> None:
    found, first, _ = twice(project)
    found.has("dead-sandbox").go().fails(3).prints("is not live", f"{first[:12]} is live again in")
    assert found.effects()[1:] == ["deploy sandbox", "back sandbox"]
    assert found.live("sandbox") == first
    sound(found)


def test_exit_1_and_live_is_a_failure_and_rolled_back(project: Maker) -> None:
    found, first, second = twice(project)
    found.has("fail-sandbox").go().fails(3).prints(f"exit 1, though {second[:12]} is live")
    assert found.live("sandbox") == first
    status = found.status()
    assert [one["version"] for one in status["live"]] == [first]
    assert status["live"][0]["how"] == "rolled back"


def test_with_nothing_live_before_nothing_is_rolled_back_and_it_says_so(project: Maker) -> None:
    found = box(project, FULL).has("fail-sandbox")
    found.go().fails(1).prints("nothing was live there before, so nothing is rolled back")
    assert found.effects() == ["deploy sandbox"]


def test_a_failed_rollback_is_the_loudest(project: Maker) -> None:
    found, _, second = twice(project)
    found.has("fail-sandbox", "stuck").go().fails(4).prints(
        *("ROLLBACK FAILED", "exit 1"),
        "see what is live in sandbox, then: loop outer rollback sandbox",
    )
    found.run("status").ok().prints("or another: its rollback failed")
    assert found.live("sandbox") == second
    found.run("resume").fails(2).warns("no run is open")


def test_a_rollback_that_is_not_live_has_failed(project: Maker) -> None:
    found, _, _ = twice(project)
    found.project.write({"back.sh": "#!/bin/sh\nexit 0\n"}).commit()
    found.has("fail-sandbox").go().fails(4).prints("verify says 3")


def test_an_interrupted_rollback_is_found_again_and_done_once(project: Maker) -> None:
    found, first, _ = twice(project)
    found.has("fail-sandbox", "hold-back")
    process = found.project.start("outer", "--yes")
    wait(lambda: "back sandbox" in found.effects(), "the rollback")
    process.kill()
    process.communicate()
    found.lacks("hold-back")

    found.run("resume").fails(3)

    assert found.effects().count("back sandbox") == 1
    assert found.live("sandbox") == first
    sound(found)


def test_a_rollback_whose_shim_was_killed_asks_what_is_live(project: Maker) -> None:
    found, first, _ = twice(project)
    env = {"LOOP_CRASH_TEST": "1", "LOOP_SHIM_CRASH_AT": "sandbox.2.rollback:2"}
    found.has("fail-sandbox").go(env=env).fails(3)
    assert found.effects().count("back sandbox") == 1
    assert found.live("sandbox") == first


def test_over_its_time_nobody_knows_and_verify_says(project: Maker) -> None:
    found = box(project, f"{FULL}, timeout: 1s").has("hold-sandbox")
    script = "#!/bin/sh\necho $LOOP_VERSION > $TARGET/sandbox\nsleep 30\n"
    found.project.write({"deploy.sh": script}).commit()
    found.go().ok().prints("verified")


def test_over_its_time_without_verify_a_person_says(project: Maker) -> None:
    found = box(project, ", timeout: 1s").has("hold-sandbox")
    found.go().fails(5).prints("nobody knows what is live", "loop outer resolve sandbox")
    found.run("resume").fails(5)
    assert found.status()["held"], "what may be going on there keeps others out"

    found.run("resolve", "sandbox", "--not-applied", "-m", "looked").ok()
    found.lacks("hold-sandbox")
    found.run("resume").ok()

    assert found.effects() == ["deploy sandbox", "deploy sandbox"]
    sound(found)


def test_where_verify_cannot_tell_a_person_says(project: Maker) -> None:
    found = box(project, FULL).has("blind")
    found.go().fails(5).prints("verify cannot tell: exit 9")
    found.lacks("blind")
    found.run("resolve", "sandbox", "--applied").ok()
    found.run("resume").ok()
    assert found.effects() == ["deploy sandbox"]
    assert [one["version"] for one in found.status()["live"]] == [found.head()]


def test_a_daemon_it_leaves_behind_holds_nothing_up(project: Maker) -> None:
    found = box(project, FULL)
    script = "sleep 20 &\necho $! > $TARGET/pid\necho $LOOP_VERSION > $TARGET/sandbox\n"
    found.project.write({"deploy.sh": f"#!/bin/sh\n{script}"})
    found.project.commit()
    found.go().ok()
    pid = int((found.place / "pid").read_text())
    os.kill(pid, signal.SIGTERM)  # it is still there: what a deploy starts is its own


def test_the_same_version_may_be_deployed_again(project: Maker) -> None:
    found = box(project, FULL)
    found.go().ok()
    found.go().ok()
    assert found.effects() == ["deploy sandbox", "deploy sandbox"]
    assert len(set(found.keys())) == 2


def test_an_old_run_never_overtakes_a_newer_one(project: Maker) -> None:
    loops = LOOPS.replace("smoke: {run: ./smoke.sh, back_to: unit}", 'ok: {approve: "go?"}')
    found = target(project, loops)
    found.go().fails(75)
    old = found.status()["run"]["id"]
    found.go("--from", "sandbox").fails(75)
    new = found.status()["run"]["id"]
    found.run("approve", "ok", "--run", new).ok()
    found.run("resume", new).ok()
    found.run("approve", "ok", "--run", old).ok()

    found.run("resume", old).fails(1).prints("superseded", f"run {new}, which is newer")

    assert found.effects().count("deploy prod") == 1


def test_an_old_run_may_deploy_where_that_is_asked_for(project: Maker) -> None:
    loops = LOOPS.replace("smoke: {run: ./smoke.sh, back_to: unit}", 'ok: {approve: "go?"}')
    found = target(project, loops)
    found.go().fails(75)
    old = found.status()["run"]["id"]
    found.go().fails(75)
    new = found.status()["run"]["id"]
    for run in (new, old):
        found.run("approve", "ok", "--run", run).ok()
    found.run("resume", new).ok()

    found.run("resume", old, "--allow-older").ok()

    assert found.effects().count("deploy prod") == 2


def test_an_environment_is_one_runs_at_a_time_and_its_holder_is_named(project: Maker) -> None:
    found = box(project, FULL).has("hold-sandbox")
    first = found.project.start("outer", "--yes")
    wait(lambda: found.effects() == ["deploy sandbox"], "the deploy")

    found.go().fails(75).warns("sandbox is held by run", "@")

    found.lacks("hold-sandbox")
    first.communicate(timeout=60)
    found.run("resume").ok()
    assert found.effects() == ["deploy sandbox", "deploy sandbox"]


def test_an_environment_may_be_waited_for(project: Maker) -> None:
    found = box(project, f"{FULL}, lock_wait: 1m").has("hold-sandbox")
    first = found.project.start("outer", "--yes")
    wait(lambda: found.effects() == ["deploy sandbox"], "the deploy")
    second = found.project.start("outer", "--yes")
    found.lacks("hold-sandbox")
    first.communicate(timeout=60)
    out, err = second.communicate(timeout=60)
    assert second.returncode == 0, (out, err)


def test_what_changes_while_it_waits_for_the_environment_is_not_deployed(project: Maker) -> None:
    found = box(project, f"{FULL}, lock_wait: 1m").has("hold-sandbox")
    first = found.project.start("outer", "--yes")
    wait(lambda: found.effects() == ["deploy sandbox"], "the deploy")
    second = found.project.start("outer", "--yes")
    time.sleep(2)  # by now it waits; else it would see the change before it has to
    found.project.write({"src/app.py": "total = 777\n"})
    found.lacks("hold-sandbox")
    first.communicate(timeout=60)
    _, err = second.communicate(timeout=60)
    assert second.returncode == 2, err
    assert "src/app.py" in err
    assert found.effects() == ["deploy sandbox"]


def test_what_is_not_committed_is_not_deployed(project: Maker) -> None:
    found = box(project, FULL)
    found.project.write({"src/app.py": "total = 9\n"})
    found.go().fails(2).warns("src/app.py: not committed, and sandbox deploys")
    assert found.effects() == []


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_git_may_not_be_told_to_overlook_a_change(project: Maker, flag: str) -> None:
    found = box(project, FULL)
    found.project.git("update-index", flag, "src/app.py")
    found.go().ok()
    found.project.write({"src/app.py": "total = 9\n"})
    found.go().fails(2).warns("src/app.py: not committed, and sandbox deploys")
    assert found.effects() == ["deploy sandbox"]


def test_an_environment_may_take_what_is_not_committed(project: Maker) -> None:
    found = target(project, (BOX % FULL).replace("sandbox: {}", "sandbox: {dirty: true}"))
    found.project.write({"src/app.py": "total = 9\n"})
    found.go().ok()
    assert found.live("sandbox").startswith(f"{found.head()}-")


def test_what_moved_since_is_not_what_was_tested(project: Maker) -> None:
    loops = LOOPS.replace("smoke: {run: ./smoke.sh, back_to: unit}", 'ok: {approve: "go?"}')
    found = target(project, loops)
    found.go().fails(75)
    found.run("approve", "ok").ok()
    found.commit()
    found.run("resume").fails(2).warns("prod does not begin: HEAD is")
    assert found.effects() == ["deploy sandbox"]


def test_what_was_tested_is_what_is_deployed(project: Maker) -> None:
    build = "build: {run: \"sh -c 'mkdir -p dist; echo one > dist/app'\", outputs: [dist]}"
    loops = LOOPS.replace("qa: {loops: all}", build).replace(
        "smoke: {run: ./smoke.sh, back_to: unit}", 'ok: {approve: "go?"}'
    )
    found = target(project, loops)
    found.go().fails(75)
    found.run("approve", "ok").ok()
    found.project.write({"dist/app": "two\n"})
    found.run("resume").fails(2).warns("'dist/app' is no longer what build left")

    (found.project.root / "dist/app").unlink()
    found.run("resume").ok()
    assert (found.project.root / "dist/app").read_text() == "one\n"


def test_a_rollback_by_hand_brings_back_what_was_live(project: Maker) -> None:
    found, first, second = twice(project)
    found.go().ok()
    found.run("rollback", "sandbox").ok().prints("passed")
    assert found.live("sandbox") == first
    found.run("rollback", "sandbox", "--to", second[:8]).ok()
    assert found.live("sandbox") == second
    found.run("rollback", "sandbox", "--to", "nothing").fails(2)
    sound(found)


def test_a_retry_is_tried_again_and_said(project: Maker) -> None:
    found = target(project, LOOPS.replace("back_to: unit", "retry: {max: 1, delay: 100ms}"))
    found.project.write(
        {"smoke.sh": "#!/bin/sh\n[ -e $TARGET/once ] || { touch $TARGET/once; exit 1; }\n"}
    )
    found.project.commit()
    found.go().ok().warns("smoke     begins once more (2)")


def test_flags_choose_stages_and_never_leave_out_an_answer(project: Maker) -> None:
    loops = LOOPS.replace("smoke: {run: ./smoke.sh, back_to: unit}", 'ok: {approve: "go?"}')
    found = target(project, loops)
    found.go("--until", "sandbox").ok()
    found.go("--from", "prod").fails(2).warns("prod deploys, and ok would be left out")
    found.go("--only", "prod").fails(2)
    found.go("--only", "qa").ok()
    assert found.effects() == ["deploy sandbox"]
    found.go("--from", "prod", "--until", "ok").fails(2).warns("nothing is between them")
    found.go("--only", "nothing").fails(2).warns("there is no stage called")


def test_secrets_are_in_no_log_and_no_journal(project: Maker) -> None:
    found = box(project, f"{FULL}, secrets: [TOKEN]")
    found.project.write({"deploy.sh": "#!/bin/sh\necho the token is $TOKEN\nexit 1\n"}).commit()
    found.go(env={"TOKEN": "hunter2hunter2"}).fails(1).prints("the token is ***")
    for path in found.state.rglob("*"):
        assert not path.is_file() or b"hunter2" not in path.read_bytes(), path
