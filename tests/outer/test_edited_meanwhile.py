"""Somebody goes on working where a run is carried out: what it left may be of another content."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from played import BACK, RUN, VERIFY, Watched, World, begun, carried
from targets import Target, target

from innerloop.config.compiled import load
from innerloop.core.outer import Deploy, Interrupted, Monitor, OnFail, Retry, Stage, Work
from innerloop.core.states import State
from innerloop.system.ground import Ground
from innerloop.system.journal.book import Book
from innerloop.system.journal.place import Room
from innerloop.system.standpoint import altered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Maker
    from innerloop.core.book import Attempt
    from innerloop.core.hands import Errand

EDITED = "'app.txt' was changed"
BUILD = Stage("build", Work(RUN), retry=Retry(3, delay=0.0))
BOX = Stage("box", Deploy(RUN, "box", VERIFY, BACK, OnFail.ROLLBACK), ("build",))
PROBED = BOX._replace(needs=(), if_interrupted=Interrupted.VERIFY)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with closing(Book(Room(str(tmp_path)))) as one:
        yield one


class Edited(World):
    """Somebody edits a file while that stage runs."""

    def __init__(self, stage: str) -> None:
        super().__init__()
        self.stage = stage

    def start(self, attempt: Attempt, errand: Errand) -> None:
        super().start(attempt, errand)
        if attempt.stage == self.stage:
            self.edited = EDITED

    def moved(self, *_: object) -> str:
        return f"{self.edited} since" if self.edited else ""


def test_what_was_edited_while_a_stage_ran_is_not_what_it_proved(book: Book) -> None:
    world = Edited("build")
    found = carried(book, world, begun(book, BUILD, BOX)).latest("build")
    assert found
    assert found.state is State.FAILED
    assert found.why.startswith(f"{EDITED} while it ran: name what a stage writes in its outputs")
    assert world.effects == ["do run1.build.1"], "neither tried again, nor deployed"


@pytest.mark.parametrize("verify", [VERIFY, None])
def test_what_was_edited_while_it_was_deployed_is_a_persons_to_decide(
    book: Book, verify: None
) -> None:
    world = Edited("box")
    stage = BOX._replace(doing=Deploy(RUN, "box", verify), needs=())
    found = carried(book, world, begun(book, stage)).latest("box")
    assert found
    said = f"{EDITED} while it was deployed: nobody can tell what is live"
    assert (found.state, found.why) == (State.UNKNOWN, said)
    assert book.live("box") == ()


def test_so_it_is_after_a_crash_and_though_the_files_are_brought_back(book: Book) -> None:
    world = Edited("box")
    world.lost = True
    ticket = begun(book, PROBED)
    assert carried(book, world, ticket).standing("box").state is State.UNKNOWN
    world.edited = ""
    assert carried(book, world, ticket).standing("box").state is State.UNKNOWN
    assert world.effects == ["do run1.box.1"]


def test_a_deploy_in_doubt_is_in_doubt_still_where_files_are_others_by_now(book: Book) -> None:
    world = World()
    world.lost, world.blind = True, True
    ticket = begun(book, PROBED)
    assert carried(book, world, ticket).standing("box").state is State.UNKNOWN
    world.blind, world.edited = False, EDITED
    found = carried(book, world, ticket).latest("box")
    assert found
    assert (found.state, found.why[: len(EDITED)]) == (State.UNKNOWN, EDITED)
    world.edited = ""
    assert carried(book, world, ticket).standing("box").state is State.UNKNOWN


def test_what_is_taken_back_by_hand_is_no_file_of_here(book: Book) -> None:
    world = Edited("box")
    ticket = begun(book, PROBED)
    by_hand = ticket._replace(outer=ticket.outer._replace(name="rollback"))
    assert carried(book, world, by_hand).standing("box").state is State.PASSED


def test_what_is_live_is_watched_whatever_stands_here(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = Watched(book, (0, 0.0), (0, 0.0), (0, 0.0))
    eye = Monitor(RUN, 10.0, 20.0, environment="box")
    ticket = begun(book, PROBED, Stage("eye", eye, ("box",)))
    monkeypatch.setattr(world, "moved", lambda _, place: "" if place else "HEAD is another now")
    monkeypatch.setattr(world, "lay", lambda _, stage: EDITED if stage.name == "eye" else "")
    assert carried(book, world, ticket).standing("eye").state is State.PASSED


# -- for real ---------------------------------------------------------------------------------

LOOPS = """\
version: 1
inner: {unit: {run: mark unit, cycle: 1s}}
environments: {sandbox: {}}
outer:
  release:
    build: {run: ./build.sh, outputs: [dist]}
    sandbox: {deploy: ./deploy.sh, environment: sandbox}
"""


def built(project: Maker, script: str) -> Target:
    found = target(project, LOOPS)
    found.project.program("build.sh", script, found.project.root)
    found.project.commit()
    return found


@pytest.mark.timeout(120)
def test_an_edited_build_is_never_deployed_as_the_commit(project: Maker) -> None:
    edit = "echo 'total = 9' > src/app.py\n"
    found = built(project, f"{edit}mkdir -p dist\ncp src/app.py dist/\n")
    found.go().fails(1).prints("'src/app.py' was changed while it ran")
    found.project.git("checkout", "src/app.py")
    found.run("resume").fails(2)
    assert found.effects() == []
    assert found.rows("SELECT 1 FROM kept") == []


WALKED = """\
version: 1
inner: {unit: {run: ./unit.sh, inputs: [unit.sh], cycle: 1s}}
environments: {sandbox: {}}
outer: {release: {qa: {loops: all}, sandbox: {deploy: ./deploy.sh, environment: sandbox}}}
"""


@pytest.mark.timeout(120)
def test_what_was_edited_while_the_inner_loops_were_walked_is_not_what_they_proved(
    project: Maker,
) -> None:
    found = target(project, WALKED)
    found.project.program("unit.sh", "echo all well > report.xml\n", found.project.root)
    found.project.commit()
    found.run("--only", "qa").ok()  # a report beside the files is nobody's edit
    (found.project.root / "report.xml").unlink()
    edit = "echo 'total = 9' > src/app.py\n"
    found.project.program("unit.sh", edit, found.project.root)
    found.project.commit()
    found.go().fails(1).prints("'src/app.py' was changed while the inner loops were walked")
    found.project.git("checkout", "src/app.py")
    found.run("resume").fails(2)
    assert found.effects() == []


@pytest.mark.timeout(120)
def test_where_head_is_meanwhile_is_no_matter_where_the_files_are_the_same(project: Maker) -> None:
    commit = "git -c user.name=a -c user.email=a@b commit -q --allow-empty -m"
    found = built(project, f"mkdir -p dist\necho 1 > dist/app\n{commit} more\n")
    found.run("--until", "build").ok().prints("build     passed")
    first = found.git("rev-parse", "HEAD~1")
    ground = Ground(
        str(found.project.root), load(str(found.project.root), store=False).config, write=True
    )

    assert altered(ground, first, "", ["dist"]) == ""
    assert altered(ground, first, "") == "'dist/app' was changed"
    found.commit()
    assert altered(ground, first, "", ["dist"]) == "'src/app.py' was changed"
    found.project.git("reset", "-q", "--hard", first)
    found.project.git("update-index", "--assume-unchanged", "src/app.py")
    found.project.write({"src/app.py": "total = 3\n"})
    found.project.git("commit", "-q", "--allow-empty", "-m", "more")
    assert altered(ground, first, "", ["dist"]) == "'src/app.py' was changed"


def test_what_the_last_stage_leaves_for_the_next_commit_is_no_change_of_this_one(
    project: Maker,
) -> None:
    inner = "version: 1\ninner: {unit: {run: mark unit, cycle: 1s}}\n"
    stages = "{qa: {loops: all}, more: {run: touch case.csv}}"
    found = target(project, f"{inner}outer: {{release: {stages}}}\n")
    found.go().ok().prints("more      passed")
