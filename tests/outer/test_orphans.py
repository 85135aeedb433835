"""A shim is killed, and what it started is still at work: waited for, and then asked after."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from targets import BOX, FULL, Target, sound, target

from conftest import wait

if TYPE_CHECKING:
    import subprocess

    from conftest import Maker

pytestmark = pytest.mark.timeout(120)


def resumed(found: Target) -> subprocess.Popen[str]:
    """Somebody who carries it on, and waits by now."""
    process = found.project.start("outer", "resume")
    wait(lambda: found.status()["run"]["running"], "somebody to carry it on", 60)
    return process


def told(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out + err


def test_it_is_waited_for_and_then_its_environment_is_asked(project: Maker) -> None:
    found = target(project, BOX % FULL).has("hold-sandbox")
    found.orphan("--yes", until="deploy sandbox")
    again = resumed(found)
    assert again.poll() is None
    found.lacks("hold-sandbox")

    code, said = told(again)

    assert code == 0, said
    assert "still runs, begun before us" in said
    assert "it was interrupted, and is live all the same" in said
    assert found.effects() == ["deploy sandbox"]
    sound(found)


def test_what_it_left_undone_is_begun_again(project: Maker) -> None:
    found = target(project, BOX % FULL).has("hold-sandbox", "dead-sandbox")
    found.orphan("--yes", until="deploy sandbox")
    again = resumed(found)
    found.lacks("hold-sandbox")
    code, said = told(again)
    assert code == 1, said
    assert found.effects() == ["deploy sandbox", "deploy sandbox"]


def test_without_verify_somebody_is_asked_once_it_has_ended(project: Maker) -> None:
    found = target(project, BOX % "").has("hold-sandbox")
    found.orphan("--yes", until="deploy sandbox")
    again = resumed(found)
    found.lacks("hold-sandbox")

    code, said = told(again)

    assert code == 5, said
    assert "nobody knows how it ended" in said
    found.run("resume").fails(5)
    assert found.effects() == ["deploy sandbox"]


def test_beyond_its_timeout_somebody_is_asked_until_it_has_ended(project: Maker) -> None:
    found = target(project, BOX % f"{FULL}, timeout: 1s").has("hold-sandbox")
    found.orphan("--yes", until="deploy sandbox")

    found.run("resume").fails(5).prints("still at work, beyond its timeout")
    found.run("resume").fails(5)
    found.run("resolve", "sandbox", "--not-applied").fails(2).warns("is still at work")

    found.lacks("hold-sandbox")
    wait(lambda: found.live("sandbox"), "the deploy's end")
    found.run("resume").ok()
    assert found.effects() == ["deploy sandbox"]
    sound(found)


def test_what_it_left_running_is_not_waited_for_where_it_is_live(project: Maker) -> None:
    found = target(project, BOX % f"{FULL}, timeout: 1s")
    script = (found.project.root / "deploy.sh").read_text()
    found.project.write({"deploy.sh": f"{script}sleep 20 &\necho $! > $TARGET/server\n"})
    found.commit()
    env = {"LOOP_CRASH_TEST": "1", "LOOP_SHIM_CRASH_AT": "sandbox.1.do:2"}
    found.go(env=env).ok().prints("beyond its timeout; it is live all the same")
    os.kill(int((found.place / "server").read_text()), signal.SIGKILL)
    assert found.effects() == ["deploy sandbox"]


def test_who_is_in_doubt_is_asked_again_by_whoever_comes_after(project: Maker) -> None:
    found = target(project, BOX % FULL).has("hold-sandbox", "blind")
    found.orphan("--yes", until="deploy sandbox")
    found.lacks("hold-sandbox")
    wait(lambda: found.live("sandbox"), "the deploy's end")

    found.run("resume").fails(5).prints("verify cannot tell: exit 9")
    found.run("resume").fails(5)
    assert found.stages() == {"sandbox": "unknown"}
    found.lacks("blind")
    found.run("resume").ok()

    assert found.effects() == ["deploy sandbox"]
    sound(found)


def test_interrupted_we_leave_it_to_whoever_comes_after(project: Maker) -> None:
    found = target(project, BOX % FULL).has("hold-sandbox")
    found.orphan("--yes", until="deploy sandbox")
    again = resumed(found)
    again.send_signal(signal.SIGINT)
    code, said = told(again)
    assert code == 130
    assert "sandbox goes on without us" in said
    assert found.stages() == {"sandbox": "started"}
    found.lacks("hold-sandbox")


def test_a_rollback_is_waited_for_as_well(project: Maker) -> None:
    found = target(project, BOX % FULL)
    found.go().ok()
    before = found.head()
    found.commit()
    found.has("fail-sandbox", "dead-sandbox", "hold-back")
    (found.place / "sandbox").write_text("something else\n")
    found.orphan("--yes", until="back sandbox")
    again = resumed(found)
    found.lacks("hold-back")

    code, said = told(again)

    assert code == 3, said
    assert f"{before[:12]} is live again in" in said
