"""No run is stuck for ever, and what a person says of one is written down as it is."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from played import BACK, PLACES, RUN, VERIFY, World, begun, carried
from targets import BOX, FULL, Target, killed, sound, target

from conftest import wait
from innerloop.core.hands import Ended, Never
from innerloop.core.outer import Deploy, Interrupted, OnFail, Stage
from innerloop.core.states import State
from innerloop.engine.course import MOST_LOST, Beaten
from innerloop.system.journal.book import Book
from innerloop.system.journal.place import Room

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Maker
    from innerloop.core.book import Attempt
    from innerloop.core.hands import Errand

pytestmark = pytest.mark.timeout(120)


def lost(found: Target) -> str:
    """A deploy of which nobody knows how it ended, and not whether it is live; its run."""
    found.has("hold-sandbox")
    run = killed(found)
    found.lacks("hold-sandbox")
    rc = found.state / f"runs/{run}/sandbox.1.do/rc"
    wait(rc.exists, "its end", 60)
    rc.unlink()
    return run


def test_a_folder_that_is_not_there_is_said_before_anything_begins(project: Maker) -> None:
    found = target(project, BOX % f"{FULL}, cwd: nowhere")
    found.go().fails(2).warns("sandbox does not begin: there is no folder 'nowhere'")
    assert found.stages() == {"sandbox": "ready"}
    found.run("abandon").ok()


def test_what_can_never_go_on_may_be_decided_and_given_up(project: Maker) -> None:
    loops = (BOX % ", idempotent: true").replace("sandbox: {}", "sandbox: {dirty: true}")
    found = target(project, loops)
    (found.project.root / "src/app.py").write_text("total = 7\n")
    run = lost(found)
    (found.project.root / "src/app.py").write_text("total = 8\n")
    found.run("resume").fails(2).warns("files were changed since")
    assert found.stages() == {"sandbox": "interrupted"}

    said = f"loop outer resolve sandbox --run {run} --applied, or --not-applied"
    found.run("abandon").fails(2).warns(said)
    found.run("resolve", "sandbox", "--not-applied").ok()
    found.run("abandon").ok()
    sound(found)


def test_a_rollback_by_hand_that_somebody_resolves_is_one_all_the_same(project: Maker) -> None:
    found = target(project, BOX % FULL)
    old = found.head()
    found.go().ok()
    found.commit()
    found.go().ok()
    found.has("blind").run("rollback", "sandbox").fails(5)
    found.run("resolve", "sandbox", "--applied").ok()

    lives = found.rows("SELECT version, how FROM live ORDER BY number DESC LIMIT 1")
    assert lives == [(old, "rolled back")]


def test_an_input_that_changes_during_a_deploy_is_said_with_verify_as_well(project: Maker) -> None:
    found = target(project, BOX % f"{FULL}, inputs: [conf/*]").has("hold-sandbox")
    found.project.write({".gitignore": "conf/\n", "conf/a": "1\n"})
    found.project.commit()
    process = found.project.start("outer", "--yes")
    wait(lambda: bool(found.effects()), "the deploy", 60)
    (found.project.root / "conf/a").write_text("2\n")
    found.lacks("hold-sandbox")
    out, _ = process.communicate(timeout=60)
    assert "'conf/a', an input, was changed while it ran" in out


def test_an_environment_that_is_another_now_is_said_when_a_run_goes_on(project: Maker) -> None:
    found = target(project, BOX % FULL + '    ok: {approve: "go?"}\n')
    found.go().fails(75)
    loops = found.project.root / "loops.yaml"
    loops.write_text(loops.read_text().replace("sandbox: {}", "sandbox: {url: http://x}"))
    found.run("resume").warns("loops.yaml has changed")


class Stillborn(World):
    """Where no rollback is ever begun: whoever is to start it is killed before that."""

    def start(self, attempt: Attempt, errand: Errand) -> None:
        if attempt.act == "do":
            self.fails = True
            super().start(attempt, errand)
        else:
            self.looks[attempt.folder] = Never()


def test_a_rollback_that_never_begins_is_not_begun_for_ever(tmp_path: Path) -> None:
    deploy = Deploy(RUN, PLACES[0].name, VERIFY, BACK, OnFail.ROLLBACK)
    stage = Stage("box", deploy, if_interrupted=Interrupted.VERIFY)
    with closing(Book(Room(str(tmp_path)))) as book:
        carried(book, World(), begun(book, stage))
        ticket = begun(book, stage)._replace(version="v2")
        with pytest.raises(Beaten):
            carried(book, Stillborn(), ticket)
        record = book.record(ticket.id)
        assert sum(1 for one in record.attempts if one.act != "do") == MOST_LOST


@pytest.mark.parametrize("ended", [Ended(1, 0.0), Ended(0, 0.0, timed_out=True)])
def test_a_rollback_that_did_not_end_well_has_failed_though_its_version_is_live(
    tmp_path: Path, ended: Ended
) -> None:
    class HalfWell(World):
        def start(self, attempt: Attempt, errand: Errand) -> None:
            self.fails = attempt.act == "do"
            super().start(attempt, errand)
            if attempt.act != "do":
                self.looks[attempt.folder] = ended

    deploy = Deploy(RUN, PLACES[0].name, VERIFY, BACK, OnFail.ROLLBACK)
    stage = Stage("box", deploy, if_interrupted=Interrupted.VERIFY)
    with closing(Book(Room(str(tmp_path)))) as book:
        carried(book, World(), begun(book, stage))
        ticket = begun(book, stage)._replace(version="v2")
        assert carried(book, HalfWell(), ticket).standing("box").state is State.ROLLBACK_FAILED


def test_what_is_in_doubt_keeps_its_environment_from_everybody(project: Maker) -> None:
    found = target(project, BOX % "")
    lost(found)
    found.run("resume").fails(5)
    assert found.status()["held"] != []
    found.go().fails(75).warns("sandbox is held by run", "it needs a decision")
    assert found.effects() == ["deploy sandbox"]


def test_a_run_of_files_that_are_not_committed_is_not_replanned(project: Maker) -> None:
    loops = (BOX % FULL).replace("sandbox: {}", "sandbox: {dirty: true}")
    found = target(project, loops + '    ok: {approve: "go?"}\n')
    (found.project.root / "src/app.py").write_text("total = 7\n")
    found.go().fails(75)
    text = found.project.root / "loops.yaml"
    text.write_text(text.read_text() + "    late: {run: 'true'}\n")
    found.run("resume", "--replan").fails(2).warns("is of files that are not committed")
