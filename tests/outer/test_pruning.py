"""Old runs: their files go, and nothing that anybody may need of them."""

from __future__ import annotations

import os
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from innerloop.core.book import Act, Attempt, How, Kept, Live, Sample, Ticket
from innerloop.core.command import parse
from innerloop.core.outer import Environment, Monitor, Outer, Stage
from innerloop.core.stages import End
from innerloop.core.states import Heard, State
from innerloop.system import artifacts
from innerloop.system.journal import pages, pruning
from innerloop.system.journal.book import Book
from innerloop.system.journal.place import Room

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OUTER = Outer("release", (Stage("eye", Monitor(parse("check"))),))
PLACES = (Environment("prod"),)
LONG_AGO = pruning.AGE + 1000


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Book]:
    monkeypatch.setattr(pruning, "KEPT", 2)
    with closing(Book(Room(str(tmp_path / "state")))) as made:
        yield made


def run(book: Book, name: str, *, ago: float = LONG_AGO, ends: bool = True, live: str = "") -> None:
    """A run with a folder, an artifact, a sample, and perhaps a version that it brought."""
    now = time.time() - ago
    book.clock = lambda: now  # type: ignore[method-assign]
    ticket = book.open(Ticket(name, 0, OUTER, PLACES, "plan", began=now))
    attempt = Attempt(name, "eye", 1, State.READY, f"{name}.eye.1", Act.DO, began=now, at=now)
    attempt = book.begin(attempt, Heard.WATCHED)  # type: ignore[assignment]
    book.sample(attempt, Sample(0, now, now, "good"))
    artifact = f"{book.room.make('artifacts')}/of-{name}"
    with open(artifact, "w", encoding="utf-8") as file:
        file.write(name)
    os.utime(artifact, (now, now))
    kept = (Kept("eye", f"{name}.txt", f"of-{name}"), Kept("eye", "v1.csv", "1:x", How.MEASURED))
    told = Live("prod", live, name, "eye", now, ticket.seq) if live else None
    book.settle(attempt, Heard.WELL, live=told, kept=kept)
    book.room.make(f"runs/{name}/eye.1.do")
    if ends:
        book.close_run(ticket, End.PASSED)
    book.clock = time.time  # type: ignore[method-assign]


def files(book: Book) -> tuple[set[str], set[str]]:
    folder = book.room.folder
    kept = {name.removeprefix("of-") for name in os.listdir(f"{folder}/artifacts")}
    return set(os.listdir(f"{folder}/runs")), kept


def test_the_files_of_old_runs_go_and_what_was_decided_stays(book: Book) -> None:
    for name in ("a", "b", "c", "d"):
        run(book, name)

    assert pruning.prune(book) == 2

    assert files(book) == ({"c", "d"}, {"c", "d"})
    assert {str(row[0]) for row in book.file.rows("SELECT run FROM sample")} == {"c", "d"}
    assert book.record("a").attempts[0].state is State.PASSED
    assert {one.kept.path for one in pages.known(book.file, How.MEASURED)} == {"v1.csv"}
    assert pruning.prune(book) == 0


def test_what_is_young_stays_however_many_there_are(book: Book) -> None:
    for name in ("a", "b", "c", "d"):
        run(book, name, ago=1000)
    assert pruning.prune(book) == 0
    assert len(files(book)[0]) == 4


def test_what_is_open_or_live_or_was_before_it_stays(book: Book) -> None:
    run(book, "gone", live="v0")
    run(book, "before", live="v1")
    run(book, "live", live="v2")
    run(book, "open", ends=False)
    run(book, "x")
    run(book, "y")

    assert pruning.prune(book) == 1

    assert files(book)[0] == {"before", "live", "open", "x", "y"}


def test_an_artifact_that_another_run_needs_or_is_about_to_stays(
    book: Book, tmp_path: Path
) -> None:
    (tmp_path / "out.txt").write_text("kept")
    for name in ("a", "b", "c"):
        run(book, name)
    (found,) = artifacts.keep(book.room, str(tmp_path), "build", ["out.txt"])
    path = f"{book.room.folder}/artifacts/{found.digest}"
    os.utime(path, (1, 1))
    artifacts.keep(book.room, str(tmp_path), "build", ["out.txt"])

    assert pruning.prune(book) == 1

    assert os.path.exists(path), "whoever has just kept it has not said so yet"
    assert files(book)[1] - {found.digest} == {"b", "c"}
