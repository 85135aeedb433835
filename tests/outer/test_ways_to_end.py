"""How deploys and monitors end where `loops.yaml` says so, and what a rollback keeps off."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from targets import BOX, FULL, LOOPS, Target, killed, sound, target

from conftest import wait

if TYPE_CHECKING:
    from conftest import Maker

pytestmark = pytest.mark.timeout(120)
EYE = "    eye: {monitor: ./health.sh, every: 100ms, for: 300ms%s}\n"


def box(project: Maker, deploy: str = FULL, eye: str = "") -> Target:
    return target(project, BOX % deploy + (EYE % eye if eye else ""))


def test_a_failed_deploy_stops_where_it_is_told_to(project: Maker) -> None:
    found = box(project, f"{FULL}, on_fail: stop")
    found.go().ok()
    found.commit()
    found.has("fail-sandbox", "dead-sandbox").go().fails(1).prints("FAILED")
    assert found.effects() == ["deploy sandbox"] * 2
    assert found.stages() == {"sandbox": "failed"}


def test_what_is_live_of_a_run_that_failed_is_said(project: Maker) -> None:
    found = target(project)
    found.go("--until", "smoke").ok()
    new = found.commit()
    done = found.has("fail-smoke").go().fails(1)
    done.prints("next: loop inner unit")
    done.prints(f"next: loop outer rollback sandbox, where {new[:12]} stays live")


def test_a_monitor_stops_where_it_is_told_to_and_what_is_live_stays(project: Maker) -> None:
    found = box(project, eye=", on_fail: stop")
    found.go().ok()
    new = found.commit()
    found.has("sick").go().fails(1)
    assert found.live("sandbox") == new
    assert found.status()["held"] == []


def test_what_nobody_can_tell_may_be_a_failure_that_is_taken_back(project: Maker) -> None:
    found = box(project, eye=", on_fail: rollback, on_inconclusive: fail")
    old = found.head()
    found.go().ok()
    found.commit()
    found.has("silent").go().fails(3).prints("rolled back")
    assert found.live("sandbox") == old


def test_after_a_rollback_the_mended_one_is_watched_anew(project: Maker) -> None:
    found = box(project, eye=", on_fail: rollback")
    found.go().ok()
    found.commit()
    found.has("sick").go().fails(3)
    found.lacks("sick")
    mended = found.commit("total = 3\n")

    found.go().ok()

    run = found.status()["run"]["id"]
    ((seen,),) = found.rows(f"SELECT COUNT(*) FROM sample WHERE run = '{run}'")
    assert seen >= 2
    assert found.live("sandbox") == mended
    # What was taken back in between is not what the next rollback brings back.
    found.commit("total = 4\n")
    found.has("sick").go().fails(3)
    assert found.live("sandbox") == mended


def test_a_rollback_does_not_undo_what_a_newer_run_has_deployed(project: Maker) -> None:
    found = box(project, eye=", on_fail: rollback").has("slow-eye", "sick")
    found.has("hold-sandbox")
    old = killed(found)
    found.lacks("hold-sandbox")
    wait(lambda: found.live("sandbox"), "the deploy", 60)
    # As another clone with a journal of its own would have: it knows nothing of our lock.
    found.write(
        "INSERT INTO live (environment, version, run, stage, at, seq, how) "
        "VALUES ('sandbox', 'newer', 'another', 'sandbox', 9e9, 99, 'deployed')"
    )
    (found.place / "sandbox").write_text("newer\n")

    done = found.run("resume", old)

    assert done.code == 1, done.out + done.err
    assert "back sandbox" not in found.effects()
    assert found.live("sandbox") == "newer"


def test_a_failure_that_names_no_file_is_a_finding_all_the_same(project: Maker) -> None:
    found = target(project, LOOPS.replace("./smoke.sh", "test 1 = 2"))
    found.go().fails(1)
    ((one,),) = [json.loads(found.run("findings", "--json").ok().out)["findings"]]
    assert (one["stage"], one["path"], one["line"]) == ("smoke", "", 0)
    assert one["loop"] == "unit"
    found.run("findings").ok().prints("smoke of release: exit 1", "loop inner unit")


def test_who_tells_late_and_by_hand_says_nothing_of_what_is_live(project: Maker) -> None:
    found = box(project, "").has("hold-sandbox")
    old = killed(found)
    found.lacks("hold-sandbox")
    rc = found.state / f"runs/{old}/sandbox.1.do/rc"
    wait(rc.exists, "its end", 60)
    # Nobody knows how it ended, and somebody takes the environment from it.
    rc.unlink()
    found.run("resume").fails(5)
    found.run("unlock", "sandbox", "--run", old).ok()
    new = found.commit()
    found.go().ok()

    found.run("resolve", "sandbox", "--run", old, "--applied").ok()

    assert found.rows("SELECT version FROM live") == [(new,)]
    sound(found)


def test_a_dirty_tree_is_one_version_by_all_that_it_holds(project: Maker) -> None:
    loops = (BOX % FULL).replace("sandbox: {}", "sandbox: {dirty: true}")
    found = target(project, loops + '    ok: {approve: "go?"}\n')
    (found.project.root / "src/app.py").write_text("total = 7\n")
    found.go().fails(75)
    first = found.live("sandbox")
    assert first.startswith(f"{found.head()}-")
    found.run("approve", "ok").ok()
    # A file that git has never heard of is part of it as well.
    (found.project.root / "src/new.py").write_text("x = 1\n")
    found.go().fails(75)
    assert found.live("sandbox") not in {first, found.head()}
