"""Two at once: runs, resumes, answers, and whoever wakes up late."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from targets import LOOPS, Target, sound, target

from conftest import wait

if TYPE_CHECKING:
    from conftest import Maker

pytestmark = pytest.mark.timeout(180)


def both(found: Target, first: tuple[str, ...], second: tuple[str, ...]) -> list[int]:
    """Two commands, begun at one moment by a barrier that both wait at."""
    gate = found.place / "gate"
    os.mkfifo(gate)
    script = f'read _ < {gate}; exec "$@"'
    started = []
    for words in (first, second):
        command = ["sh", "-c", script, "sh", *_loop(words)]
        started.append(
            subprocess.Popen(
                command,
                cwd=found.project.root,
                env=found.project.env,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
    time.sleep(0.2)
    with open(gate, "w", encoding="ascii") as file:
        file.write("go\ngo\n")
    # Who has not been let through yet is, now that nobody writes.
    return [process.wait(timeout=90) for process in started]


def _loop(words: tuple[str, ...]) -> tuple[str, ...]:
    from conftest import LOOP  # noqa: PLC0415 - as every test starts it

    return (*LOOP, "outer", *words)


def waiting(project: Maker) -> Target:
    loops = LOOPS.replace("smoke: {run: ./smoke.sh, back_to: unit}", 'ok: {approve: "go?"}')
    found = target(project, loops)
    found.go().fails(75)
    return found


def test_two_runs_deploy_one_after_the_other_or_one_waits(project: Maker) -> None:
    found = target(project)
    codes = both(found, ("--yes",), ("--yes",))
    assert set(codes) <= {0, 1, 75}
    assert 0 in codes
    sound(found)
    keys = found.keys()
    runs = {key.split(".")[0] for key in keys if ".prod." in key}
    assert len(runs) == codes.count(0)


def test_two_resumes_carry_it_on_once(project: Maker) -> None:
    found = waiting(project)
    found.run("approve", "ok").ok()
    codes = both(found, ("resume",), ("resume",))
    assert 0 in codes
    assert set(codes) <= {0, 2, 75}
    assert found.effects() == ["deploy sandbox", "deploy prod"]
    sound(found)


def test_two_answers_are_one_or_the_other(project: Maker) -> None:
    found = waiting(project)
    assert both(found, ("approve", "ok"), ("reject", "ok", "-m", "no")) == [0, 0]
    (row,) = found.rows("SELECT yes FROM answer")
    found.run("resume").fails(0 if row[0] else 1)
    sound(found)


def test_an_answer_races_a_resume(project: Maker) -> None:
    found = waiting(project)
    codes = both(found, ("approve", "ok"), ("resume",))
    assert codes[0] == 0
    assert codes[1] in {0, 75}
    if codes[1] == 75:
        found.run("resume").ok()
    assert found.effects() == ["deploy sandbox", "deploy prod"]


def test_who_wakes_up_after_a_takeover_can_write_nothing(project: Maker) -> None:
    found = target(project).has("hold-sandbox")
    process = found.project.start("outer", "--yes", "--until", "sandbox")
    wait(lambda: found.effects() == ["deploy sandbox"], "the deploy", 60)
    old = found.status()["run"]["id"]
    process.send_signal(signal.SIGSTOP)
    found.run("unlock", "sandbox", "--run", "wrong").fails(2)
    found.run("unlock", "sandbox", "--run", old).fails(2).warns("a process carries it out")
    found.run("unlock", "sandbox", "--run", old, "--force").ok()
    found.lacks("hold-sandbox")
    found.go("--until", "sandbox").ok()

    process.send_signal(signal.SIGCONT)
    _, err = process.communicate(timeout=60)

    assert process.returncode == 5
    assert "took 'sandbox' over" in err
    assert [run for (run,) in found.rows("SELECT run FROM live")] != [old]
    assert len(found.rows("SELECT run FROM live")) == 1
    assert found.rows(
        f"SELECT DISTINCT state FROM attempt WHERE run = '{old}' AND stage != 'qa'"
    ) == [("abandoned",)]
    assert found.rows(f"SELECT end FROM run WHERE id = '{old}'") == [("superseded",)]


def test_a_holder_that_may_be_at_work_is_never_timed_out(project: Maker) -> None:
    found = target(project).has("hold-sandbox")
    process = found.project.start("outer", "--yes")
    wait(lambda: found.effects() == ["deploy sandbox"], "the deploy", 60)
    process.kill()
    process.communicate()
    _forget(found)

    found.go().fails(75).warns("sandbox is held by run", "it is open: loop outer resume ")

    found.lacks("hold-sandbox")


def test_a_holder_that_is_dead_and_had_nothing_at_work_is(project: Maker) -> None:
    found = target(project).has("hold-smoke")
    process = found.project.start("outer", "--yes")
    wait((found.place / "smokes").exists, "the smoke test", 60)
    process.kill()
    process.communicate()
    found.lacks("hold-smoke")
    assert found.status()["held"]
    _forget(found)

    found.go().ok()

    assert found.effects().count("deploy sandbox") == 2


def _forget(found: Target) -> None:
    """As if nothing had been heard of the holder for long."""
    with closing(sqlite3.connect(found.state / "outer.db")) as db:
        db.execute("UPDATE lock SET expires = 1")
        db.commit()
