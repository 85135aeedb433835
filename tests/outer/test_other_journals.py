"""A journal that is not the one of these runs: lost, put back, torn, or another by now."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from targets import BOX, FULL, target

from conftest import wait
from innerloop.core.book import Ticket
from innerloop.core.errors import LoopError
from innerloop.core.outer import Outer
from innerloop.core.stages import End
from innerloop.system.journal.book import Book
from innerloop.system.journal.file import File
from innerloop.system.journal.place import Room
from innerloop.system.journal.schema import migrate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Maker

pytestmark = pytest.mark.timeout(120)


def begun(book: Book, run: str) -> Ticket:
    """A run as it is begun: in the journal, then on the disk."""
    made = book.open(Ticket(run, 0, Outer("release", ()), (), "plan"))
    book.room.make(f"runs/{run}")
    return made


def made_anew(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE run (id)")


def put_over(path: Path) -> None:
    shutil.copy(path, f"{path}.copy")
    os.replace(f"{path}.copy", path)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (made_anew, "was replaced meanwhile"),
        (put_over, "was replaced meanwhile"),
        (lambda path: path.unlink(), "was removed meanwhile"),
        (lambda path: path.write_bytes(b""), "was emptied meanwhile"),
    ],
)
@pytest.mark.parametrize("when", ["before", "within", "behind"])
def test_what_is_not_there_any_more_is_not_written(
    tmp_path: Path, harm: Callable[[Path], None], said: str, when: str
) -> None:
    path = tmp_path / "outer.db"
    with closing(Book(Room(str(tmp_path)))) as book:
        ticket = begun(book, "run1")
        if when == "before":
            harm(path)
        with pytest.raises(LoopError, match=said), book.file.transaction() as db:  # noqa: PT012
            if when == "within":
                harm(path)
            db.execute("UPDATE run SET end = 'passed'")
            if when == "behind":
                harm(path)
        with pytest.raises(LoopError):
            book.close_run(ticket, End.PASSED)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda path: path.unlink(), "is gone"),
        (lambda path: path.write_bytes(b""), "is empty"),
        (made_anew, "is empty"),
    ],
)
@pytest.mark.parametrize("write", [True, False])
def test_a_lost_journal_is_not_begun_anew(
    tmp_path: Path, harm: Callable[[Path], None], said: str, *, write: bool
) -> None:
    with closing(Book(Room(str(tmp_path)))) as book:
        begun(book, "run1")
    path = tmp_path / "outer.db"
    harm(path)
    before = path.read_bytes() if path.exists() else None
    with pytest.raises(LoopError, match=said):
        File(Room(str(tmp_path)), write=write)
    assert (path.read_bytes() if path.exists() else None) == before


def test_who_was_killed_as_it_was_made_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "outer.db").touch()
    with closing(File(Room(str(tmp_path)), write=False)) as file:
        assert file.rows("SELECT id FROM run") == []
    with closing(Book(Room(str(tmp_path)))) as book:
        begun(book, "run1")


@pytest.mark.parametrize("write", [True, False])
def test_an_older_copy_that_was_put_back_is_refused(tmp_path: Path, *, write: bool) -> None:
    path, copy = tmp_path / "outer.db", tmp_path / "copy"
    with closing(Book(Room(str(tmp_path)))) as book:
        begun(book, "run1")
        shutil.copy(path, copy)
        begun(book, "run2")
    shutil.copy(copy, path)
    with pytest.raises(LoopError, match=r"older than what was done.*runs/run2"):
        File(Room(str(tmp_path)), write=write)

    # The way out that it names.
    shutil.move(tmp_path / "runs/run2", tmp_path / "aside")
    with closing(Book(Room(str(tmp_path)))):
        pass


def test_a_copy_from_the_midst_of_a_run_is_refused(tmp_path: Path) -> None:
    place = Room(str(tmp_path))
    with closing(Book(place)) as book:
        begun(book, "run1")
    # Claimed, and not begun with: that is no more than the journal knows.
    place.make("runs/run1/box.1.do")
    with closing(Book(place)):
        pass
    (tmp_path / "runs/run1/box.1.do/begun").touch()
    with pytest.raises(LoopError, match=r"older than what was done.*runs/run1/box\.1\.do"):
        Book(place)


def test_a_copy_that_was_made_while_it_was_written_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "outer.db"
    with closing(Book(Room(str(tmp_path)))) as book:
        for number in range(40):
            begun(book, f"run{number}")
        before = path.read_bytes()
        with book.file.transaction() as db:
            db.execute("DELETE FROM event WHERE seq % 2")
            db.execute("UPDATE run SET id = 'x' || id, name = name || seq")
        after = path.read_bytes()
    shutil.rmtree(tmp_path / "runs")
    size = min(len(before), len(after))
    pages = [
        (after if page % 3 else before)[page * 4096 : page * 4096 + 4096]
        for page in range(size // 4096)
    ]
    path.write_bytes(b"".join(pages))
    with pytest.raises(LoopError, match="is damaged"):
        Book(Room(str(tmp_path)))


def test_with_all_of_it_gone_nothing_begins_beside_what_is_at_work(project: Maker) -> None:
    found = target(project, BOX % FULL).has("hold-sandbox")
    process = found.project.start("outer", "--yes")
    wait(lambda: found.effects() == ["deploy sandbox"], "the deploy", 60)
    process.kill()
    process.communicate()
    shutil.rmtree(found.state)

    found.go().fails(2).warns("the journal is gone", "is still at work")
    found.run("status").ok()
    assert found.effects() == ["deploy sandbox"]

    found.lacks("hold-sandbox")
    wait(lambda: not found.go().code, "the deploy's end")
    assert found.effects() == ["deploy sandbox"] * 2


def test_who_begins_one_at_the_same_moment_is_waited_for(tmp_path: Path) -> None:
    room, faults = Room(str(tmp_path)), list[LoopError]()
    path = tmp_path / "outer.db"
    other = room.at_work(fcntl.LOCK_EX)
    assert other is not None

    def begin() -> None:
        try:
            Book(room).close()
        except LoopError as error:
            faults.append(error)

    thread = threading.Thread(target=begin)
    thread.start()
    wait(path.exists, "the file")
    time.sleep(0.1)
    assert thread.is_alive()
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        migrate(db)
    os.close(other)
    thread.join()
    assert faults == []


def test_nothing_is_deployed_by_whoever_finds_no_journal(project: Maker) -> None:
    found = target(project, BOX % FULL).has("hold-sandbox")
    process = found.project.start("outer", "--yes")
    wait(lambda: found.effects() == ["deploy sandbox"], "the deploy", 60)
    (found.state / "outer.db").unlink()

    for words in (("--yes",), ("resume",), ("status",), ("unlock", "sandbox", "--run", "1")):
        found.run(*words).fails(2).warns("the journal is gone")

    found.lacks("hold-sandbox")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "the journal was removed meanwhile" in err
    assert found.effects() == ["deploy sandbox"]
    assert not (found.state / "outer.db").exists()
