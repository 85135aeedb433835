"""What runs had on the disk is taken away: that is no proof that nothing is at work."""

from __future__ import annotations

import os
import shutil
import sys
import time
from typing import TYPE_CHECKING

import pytest
from targets import BOX, FULL, sound, target

from conftest import wait
from innerloop.core.book import Attempt
from innerloop.core.errors import LoopError
from innerloop.core.hands import Alive, Ended, Errand, Gone, Missing, Never, Orphan
from innerloop.core.states import State
from innerloop.engine.cancel import Cancel
from innerloop.system import launch
from innerloop.system.journal.place import Room
from innerloop.system.launch import Launch

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Maker

pytestmark = pytest.mark.timeout(120)


def begun() -> Attempt:
    return Attempt("run1", "box", 1, State.STARTED, "key", host=launch.host(), boot=launch.boot())


def waiting(place: Path) -> Errand:
    """A command that ends once the file is gone."""
    (place / "hold").touch()
    script = f"touch {place}/at-work; while [ -e {place}/hold ]; do sleep 0.01; done"
    return Errand(("sh", "-c", script), str(place), dict(os.environ), 30.0)


@pytest.mark.parametrize("how", ["the folder", "what is in it"])
def test_what_was_taken_away_is_not_seen(tmp_path: Path, how: str) -> None:
    place = Room(str(tmp_path / "room"))
    attempt, ours, others = begun(), Launch(place), Launch(place)
    ours.claim(attempt)
    ours.start(attempt, waiting(tmp_path))
    wait((tmp_path / f"room/{attempt.folder}/output.log").exists, "the command")
    assert type(others.look(attempt)) is Alive

    shutil.rmtree(tmp_path / "room/runs")
    if how == "what is in it":
        place.make(attempt.folder)

    assert type(others.look(attempt)) is Missing
    assert type(ours.look(attempt)) is Alive, "its own shim is there to be seen"
    # After another start of the machine, nothing of it can be at work.
    assert type(others.look(attempt._replace(boot="another"))) is Gone
    (tmp_path / "hold").unlink()
    # How it ended can be written down only where there is a folder again.
    known = how == "what is in it"
    wait(lambda: isinstance(ours.look(attempt), Ended if known else Gone), "its end")
    assert type(others.look(attempt)) is (Ended if known else Missing)


def test_without_its_shim_it_is_waited_for_and_not_looked_at_all_the_time(tmp_path: Path) -> None:
    place = Room(str(tmp_path / "room"))
    attempt, ours = begun(), Launch(place)
    ours.claim(attempt)
    ours.start(attempt, waiting(tmp_path))
    wait((tmp_path / f"room/{attempt.folder}/output.log").exists, "the command")
    wait((tmp_path / "at-work").exists, "the command")
    ours._shims[attempt.folder].kill()
    wait(lambda: isinstance(ours.look(attempt), Orphan), "the end of the shim")

    start = time.monotonic()
    assert type(ours.wait(attempt, 0.2, Cancel())) is Orphan
    assert time.monotonic() - start >= 0.2

    (tmp_path / "hold").unlink()
    assert type(ours.wait(attempt, 10.0, Cancel())) is Gone


def test_only_what_was_claimed_is_known_never_to_have_begun(tmp_path: Path) -> None:
    place = Room(str(tmp_path))
    attempt, ours = begun(), Launch(place)
    ours.claim(attempt)
    ours.drop(attempt)
    assert type(Launch(place).look(attempt)) is Never


def test_a_run_whose_folder_was_taken_away_begins_nothing_more(tmp_path: Path) -> None:
    place = Room(str(tmp_path))
    ours = Launch(place)
    release = ours.hold("run1")
    assert release
    shutil.rmtree(tmp_path / "runs")
    other = Launch(place).hold("run1")
    assert other, "its lock went with the folder"

    with pytest.raises(LoopError, match="was taken away while"):
        ours.claim(begun())
    once = Launch(place)
    once.claim(begun())
    with pytest.raises(LoopError, match="is begun by another process"):
        Launch(place).claim(begun())
    once.drop(begun())

    other()
    release()


@pytest.mark.skipif(os.getuid() == 0, reason="root may read anything")
def test_what_may_not_be_looked_at_is_not_free(tmp_path: Path) -> None:
    place = Room(str(tmp_path))
    attempt, ours = begun(), Launch(place)
    ours.claim(attempt)
    (tmp_path / attempt.folder / "lock").chmod(0)
    with pytest.raises(LoopError, match="cannot be seen"):
        Launch(place).look(attempt)


@pytest.mark.parametrize("text", ["", "0", "0 0 0", "x 0 0 1.0", "0 0 0 1.0 9", "\x00" * 12])
def test_an_end_that_was_not_written_whole_is_not_known(tmp_path: Path, text: str) -> None:
    place = Room(str(tmp_path))
    attempt, ours = begun(), Launch(place)
    ours.claim(attempt)
    ours.start(attempt, Errand((sys.executable, "-c", ""), str(tmp_path), dict(os.environ), 30.0))
    wait(lambda: isinstance(ours.look(attempt), Ended), "its end")
    (tmp_path / attempt.folder / "rc").write_text(text)
    assert type(ours.look(attempt)) is Gone


def test_a_deploy_whose_folder_was_taken_away_is_not_begun_again(project: Maker) -> None:
    found = target(project, BOX % FULL).has("hold-sandbox")
    process = found.project.start("outer", "--yes")
    wait(lambda: found.effects() == ["deploy sandbox"], "the deploy", 60)
    process.kill()
    process.communicate()
    shutil.rmtree(found.state / "runs")
    run = found.status()["run"]["id"]

    found.run("resume").fails(5).prints("was taken away, and it may", "loop outer resolve sandbox")
    found.run("resume").fails(5)
    found.go().fails(75).warns("sandbox is held by run")

    found.lacks("hold-sandbox")
    wait(lambda: found.live("sandbox"), "the deploy's end")
    found.run("resume", run).ok()
    assert found.effects() == ["deploy sandbox"]
    sound(found)


def test_where_it_is_live_it_is_live_whatever_was_taken_away(project: Maker) -> None:
    found = target(project, BOX % FULL)
    env = {"LOOP_CRASH_TEST": "1", "LOOP_CRASH_AT": "10"}
    found.go(env=env)
    assert found.stages() == {"sandbox": "started"}
    wait(lambda: found.live("sandbox"), "the deploy's end")
    shutil.rmtree(found.state / "runs")
    found.run("resume").ok().prints("live all the same")
    assert found.effects() == ["deploy sandbox"]
