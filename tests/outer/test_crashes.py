"""Killed at every transition, and carried on: each environment is deployed to exactly once.

A part of the matrix runs here; the whole of it with LOOP_CRASH_ALL=1.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from targets import Target, sound, target

from conftest import wait

if TYPE_CHECKING:
    from conftest import Maker

ALL = "LOOP_CRASH_ALL" in os.environ
KILLED = -signal.SIGKILL
LAST = 36
"""the transitions of the example, each looked at before, in and after its commit"""
SOME = range(1, LAST + 1) if ALL else (2, 3, 10, 11, 12, 13, 15, 25, 30, 33, 36)
SHIM = (1, 2, 3, 4)
"""places in the shim: before the command, after its end, in the midst of writing it down, behind"""
UNSAFE = """\
version: 1
inner: {unit: {run: mark unit, cycle: 1s}}
environments: {sandbox: {}}
outer:
  release:
    sandbox: {deploy: ./deploy.sh, environment: sandbox, idempotent: true}
"""


def crashing(at: int) -> dict[str, str]:
    return {"LOOP_CRASH_TEST": "1", "LOOP_CRASH_AT": str(at)}


def carried_on(found: Target, **env: str) -> None:
    """Go on, as somebody would who sees that it was killed."""
    if not (found.state / "outer.db").exists() or not found.rows("SELECT 1 FROM run"):
        found.go(env=env).ok()
    else:
        done = found.run("resume", env=env)
        if "no run is open" in done.err:  # it was over, and only the last word was missing
            assert found.rows("SELECT end FROM run") == [("passed",)]
        else:
            done.ok()


def once(found: Target) -> None:
    assert found.effects() == ["deploy sandbox", "deploy prod"]
    assert found.live("prod") == found.live("sandbox") == found.head()
    assert found.rows("SELECT end FROM run") == [("passed",)]
    sound(found)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("at", SOME)
def test_killed_at_a_transition_it_deploys_once(project: Maker, at: int) -> None:
    found = target(project)
    assert found.go(env=crashing(at)).code == KILLED

    carried_on(found)

    once(found)


@pytest.mark.timeout(120)
def test_every_transition_is_in_the_matrix(project: Maker) -> None:
    found = target(project)
    trace = found.place / "trace"
    found.go(env={"LOOP_CRASH_TEST": "1", "LOOP_CRASH_TRACE": str(trace)}).ok()
    assert len(trace.read_text().splitlines()) == LAST
    once(found)


@pytest.mark.timeout(120)
def test_nobody_but_a_test_can_have_it_killed(project: Maker) -> None:
    found = target(project)
    found.go(env={"LOOP_CRASH_AT": "1", "LOOP_SHIM_CRASH_AT": "sandbox.1.do:1"}).ok()
    once(found)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("place", SHIM)
def test_killed_with_its_shim_it_asks_what_is_live(project: Maker, place: int) -> None:
    found = target(project)
    env = {"LOOP_CRASH_TEST": "1", "LOOP_SHIM_CRASH_AT": f"sandbox.1.do:{place}"}
    found.run("--yes", "--until", "sandbox", env=env)

    done = found.run("resume")

    assert done.code == 0 or "no run is open" in done.err
    assert found.effects() == ["deploy sandbox"]
    sound(found)


@pytest.mark.timeout(120)
def test_the_harness_sees_a_double_deploy(project: Maker) -> None:
    """The control: what is always run again is deployed twice, where a target minds that."""
    found = target(project, UNSAFE)
    # After the effect, before it is written down that there was one.
    env = {"LOOP_CRASH_TEST": "1", "LOOP_SHIM_CRASH_AT": "sandbox.1.do:2"}
    found.go(env=env)

    assert found.effects() == ["deploy sandbox", "deploy sandbox"]
    # It may have been one and the same, and a target that minds can tell.
    assert found.keys() == [f"{found.status()['run']['id']}.sandbox.1"] * 2


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("first", "second"),
    [(a, b) for a in range(1, LAST + 1, 3) for b in range(1, 13, 4)]
    if ALL
    else [(12, 2), (13, 4), (15, 8), (33, 3)],
)
def test_killed_twice_it_deploys_once(project: Maker, first: int, second: int) -> None:
    found = target(project)
    assert found.go(env=crashing(first)).code == KILLED
    found.run("resume", env=crashing(second))

    carried_on(found)

    once(found)


@pytest.mark.timeout(120)
def test_a_deploy_outlives_us_and_is_found_again(project: Maker) -> None:
    found = target(project).has("hold-sandbox")
    process = found.project.start("outer", "--yes")
    wait(lambda: found.effects() == ["deploy sandbox"], "the deploy")
    process.kill()
    process.communicate()
    assert found.status()["run"]["running"] is False

    again = found.project.start("outer", "resume")
    wait(lambda: found.status()["run"]["running"], "somebody to carry it on")
    found.lacks("hold-sandbox")
    out, err = again.communicate(timeout=60)

    assert again.returncode == 0, (out, err)
    assert "still runs, begun before us" in err
    once(found)


@pytest.mark.timeout(120)
def test_interrupted_it_leaves_a_deploy_alone_and_ends_a_test(project: Maker) -> None:
    found = target(project).has("hold-sandbox", "hold-smoke")
    process = found.project.start("outer", "--yes")
    wait(lambda: found.effects() == ["deploy sandbox"], "the deploy")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "sandbox goes on without us" in out
    found.lacks("hold-sandbox")

    again = found.project.start("outer", "resume")
    smokes = found.place / "smokes"
    wait(smokes.exists, "the smoke test", 30)
    again.send_signal(signal.SIGINT)
    again.communicate(timeout=30)
    assert again.returncode == 130
    assert found.stages()["smoke"] == "undone"

    found.lacks("hold-smoke")
    found.run("resume").ok()
    once(found)
    assert len(smokes.read_text().splitlines()) == 2


@pytest.mark.timeout(120)
def test_a_clean_between_loses_nothing(project: Maker) -> None:
    found = target(project)
    found.go(env=crashing(14))
    found.project.git("clean", "-fdxq")

    carried_on(found)

    once(found)


@pytest.mark.timeout(120)
def test_what_is_lost_again_and_again_is_not_begun_for_ever(project: Maker) -> None:
    found = target(project)
    # The shim is killed, and whatever ends it does so each time.
    found.project.write({"smoke.sh": "#!/bin/sh\necho here\nkill -9 $PPID\n"})
    found.project.commit()

    found.go().fails(5).warns("smoke was begun 3 times")
