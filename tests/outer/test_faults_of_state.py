"""The journal's file, broken in every way: nothing is begun anew, and nothing is deployed."""

from __future__ import annotations

import os
import pwd
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from targets import LOOPS, Target, target

from innerloop.core.book import How, Kept
from innerloop.core.errors import LoopError
from innerloop.system.journal import pages
from innerloop.system.journal.book import Book
from innerloop.system.journal.file import File
from innerloop.system.journal.locks import owner
from innerloop.system.journal.place import Room, room
from innerloop.system.journal.schema import MIGRATIONS
from innerloop.system.standpoint import identity

if TYPE_CHECKING:
    from conftest import Maker

pytestmark = pytest.mark.timeout(120)
QUICK = LOOPS.replace("smoke: {run: ./smoke.sh, back_to: unit}\n    ", "")


def waiting(project: Maker) -> Target:
    loops = LOOPS.replace("smoke: {run: ./smoke.sh, back_to: unit}", 'ok: {approve: "go?"}')
    found = target(project, loops)
    found.go().fails(75)
    found.run("approve", "ok").ok()
    return found


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda _data: b"not a database at all, not even nearly" * 50, "is damaged"),
        (lambda data: data[: len(data) // 2], "damaged"),
        (lambda data: data[:100] + b"\xff" * 4096 + data[4196:], ""),
    ],
)
def test_a_damaged_journal_is_refused_and_left_as_it_is(
    project: Maker, harm: object, said: str
) -> None:
    found = waiting(project)
    path = found.state / "outer.db"
    assert callable(harm)
    broken = harm(path.read_bytes())
    path.write_bytes(broken)
    before = found.effects()

    for words in (("resume",), ("--yes",), ("status",)):
        done = found.run(*words)
        assert done.code == 2, (words, done.out, done.err)
        assert said in done.err

    assert found.effects() == before
    assert path.read_bytes() == broken


def test_a_newer_journal_is_refused(project: Maker) -> None:
    found = waiting(project)
    with closing(sqlite3.connect(found.state / "outer.db")) as db:
        db.execute("PRAGMA user_version = 99")
    found.run("resume").fails(2).warns("written by a newer innerloop")
    found.run("status").fails(2).warns("written by a newer innerloop")


def test_an_older_journal_becomes_this_one_and_is_shown_as_it_is(tmp_path: Path) -> None:
    room = Room(str(tmp_path))
    with closing(sqlite3.connect(room.journal, isolation_level=None)) as db:
        for statement in MIGRATIONS[0].split(";"):
            db.execute(statement)
        db.execute("PRAGMA user_version = 1")
        db.execute("INSERT INTO run VALUES (1, 'r', 'release', '[]', 'p', '{}', 0, NULL, 'passed')")
        rows = [("build", "a"), ("build read", "a"), ("eval measured", "v1.csv")]
        db.executemany("INSERT INTO kept VALUES ('r', ?, ?, 'd')", rows)
    before = Path(room.journal).read_bytes()

    with closing(File(room, write=False)) as file:
        assert [one.kept.stage for one in pages.known(file, How.MEASURED)] == ["eval"]
    assert Path(room.journal).read_bytes() == before
    with closing(Book(room)) as book:
        for how in (How.READ, How.LEFT):
            (one,) = pages.known(book.file, how)
            assert one.kept == Kept("build", "a", "d", how)
        assert book.file.rows("PRAGMA user_version") == [(len(MIGRATIONS),)]


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_journal_that_cannot_be_written_is_refused(project: Maker) -> None:
    found = waiting(project)
    (found.state / "outer.db").chmod(0o400)
    found.run("resume").fails(2).warns("cannot")


def test_a_full_disk_stops_it_before_anything_is_done(tmp_path: Path) -> None:
    place = Room(str(tmp_path))
    with closing(Book(place)) as book:
        (page,) = book.file.rows("PRAGMA page_count")
        book.file.rows(f"PRAGMA max_page_count = {page[0]}")
        with pytest.raises(LoopError, match="the disk is full"), book.file.transaction() as db:
            db.execute("CREATE TABLE more AS SELECT zeroblob(100000) AS x")
        assert book.file.rows("PRAGMA integrity_check") == [("ok",)]


def test_a_journal_that_is_removed_meanwhile_is_not_begun_anew(tmp_path: Path) -> None:
    with closing(Book(Room(str(tmp_path)))) as book:
        (tmp_path / "outer.db").unlink()
        with pytest.raises(LoopError, match="was removed meanwhile"), book.file.transaction():
            pass


def test_it_is_its_owners_alone_and_durable(tmp_path: Path) -> None:
    with closing(File(Room(str(tmp_path / "new")), write=True)) as file:
        assert (tmp_path / "new/outer.db").stat().st_mode & 0o777 == 0o600
        assert file.rows("PRAGMA journal_mode") == [("delete",)]
        assert file.rows("PRAGMA synchronous") == [(3,)]
        assert file.rows("PRAGMA foreign_keys") == [(1,)]


def test_a_user_without_a_name_has_a_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container that is run as whoever started it."""

    def unknown(number: int) -> pwd.struct_passwd:
        raise KeyError(number)

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.delenv("LOGNAME", raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    assert owner().startswith(f"{os.getuid()}@")
    assert str(os.getuid()) in identity(str(tmp_path))


def test_a_groups_folder_is_the_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o770)
    monkeypatch.setenv("LOOP_STATE", str(shared))
    place = room(str(tmp_path))
    assert (place.folder, place.files) == (str(shared), 0o660)
    with closing(File(place, write=True)):
        assert (shared / "outer.db").stat().st_mode & 0o777 == 0o660


def test_worktrees_share_it_and_projects_do_not(project: Maker) -> None:
    found = target(project, QUICK)
    found.go().ok()
    other = found.project.place / "other"
    found.project.git("worktree", "add", "-q", str(other))
    said = found.project.run("outer", "status", cwd=other).ok()
    said.prints("passed", found.head()[:12])

    below = found.project.root / "below"
    below.mkdir()
    assert room(str(below)).folder.startswith(str(found.state / "below-"))
    assert room(str(other)).folder == str(found.state)


def test_after_its_loss_what_is_live_is_asked_and_keys_are_new(project: Maker) -> None:
    found = target(project, QUICK)
    found.go().ok()
    for path in sorted(found.state.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    found.go().ok()
    keys = found.keys()
    assert len(set(keys)) == 4
    assert len({key.split(".")[0] for key in keys}) == 2


def test_without_git_it_is_beside_the_history(project: Maker) -> None:
    made = project(git=False)
    made.loops("unit: {run: mark unit, cycle: 1s}\n")
    made.write(
        {
            "loops.yaml": "version: 1\ninner: {unit: {run: mark unit, cycle: 1s}}\n"
            "outer: {release: {qa: {loops: all}, say: {run: 'true'}}}\n"
        }
    )
    made.run("outer").ok()
    assert (made.root / ".loop/outer/outer.db").exists()
    made.run("outer", "status").ok().prints("passed")
    found = made.run("outer", "status", "--json").ok()
    assert '"commit": ""' in found.out
