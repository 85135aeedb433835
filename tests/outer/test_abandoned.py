"""Runs that nobody wants to carry on: what may be given up, and what has to be settled first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from targets import BOX, FULL, LOOPS, Target, killed, sound, target

from conftest import wait

if TYPE_CHECKING:
    from conftest import Maker

pytestmark = pytest.mark.timeout(120)
WATCHED = BOX % FULL + "    eye: {monitor: ./health.sh, every: 100ms, for: 60s}\n"


def asking(project: Maker) -> Target:
    loops = LOOPS.replace("smoke: {run: ./smoke.sh, back_to: unit}", 'ok: {approve: "go?"}')
    found = target(project, loops)
    found.go().fails(75)
    return found


def test_a_run_that_waits_is_given_up_and_can_neither_be_answered_nor_resumed(
    project: Maker,
) -> None:
    found = asking(project)
    run = found.status()["run"]["id"]

    found.run("abandon", "-m", "the feature was dropped").ok().prints(run)

    assert found.status()["run"]["state"] == "abandoned"
    assert found.stages()["ok"] == "abandoned"
    found.run("status").ok().prints("by Ada <ada@example.org>", ": the feature was dropped")
    found.run("approve", "ok", "--run", run).fails(2).warns("has ended: abandoned")
    found.run("resume", run).fails(2).warns("has ended: abandoned")
    found.run("abandon").fails(2).warns("no run")
    ((data,),) = found.rows("SELECT data FROM event WHERE kind = 'run ended'")
    assert json.loads(data)["why"].startswith("by Ada <ada@example.org>")
    assert found.effects() == ["deploy sandbox"]
    sound(found)
    found.go("--until", "sandbox").ok()


def test_what_is_watched_stays_live_and_its_environment_is_free(project: Maker) -> None:
    found = target(project, WATCHED)
    killed(found, "watching")
    assert found.status()["held"] != []

    found.run("abandon").ok().prints("stays live in sandbox, and nobody watches it")

    assert found.status()["held"] == []
    assert found.live("sandbox") == found.head()
    sound(found)


def test_a_deploy_that_still_runs_or_was_never_heard_of_again_is_settled_first(
    project: Maker,
) -> None:
    found = target(project, BOX % FULL).has("hold-sandbox")
    run = killed(found)

    found.run("abandon").fails(2).warns("sandbox", "is still at work")
    found.lacks("hold-sandbox")
    wait(lambda: found.live("sandbox"), "the deploy", 60)
    wait(lambda: found.run("abandon").fails(2).err.count(f"loop outer resume {run}"), "its end", 60)
    found.run("resume").ok()
    found.run("abandon").fails(2)
    assert found.effects() == ["deploy sandbox"]


def test_a_run_that_somebody_carries_out_is_not_given_up(project: Maker) -> None:
    found = target(project).has("hold-smoke")
    process = found.project.start("outer", "--yes", "--until", "smoke")
    wait((found.place / "smokes").exists, "the test", 60)

    found.run("abandon").fails(2).warns("is carried out by another process")

    found.lacks("hold-smoke")
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_of_two_open_runs_the_older_is_named_where_it_is_meant(project: Maker) -> None:
    found = asking(project)
    first = found.status()["run"]["id"]
    found.run("resume").fails(75).prints("loop outer approve ok -m WHY")
    found.go().fails(75)
    said = f"loop outer approve ok --run {first} -m WHY"
    found.run("resume", first).fails(75).prints(said, f"then: loop outer resume {first}")

    done = found.run("approve", "ok", "--run", first).ok()
    done.prints(f"next: loop outer resume {first}")
    found.run("approve", "ok").ok().prints("next: loop outer resume\n")
