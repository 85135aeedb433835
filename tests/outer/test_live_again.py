"""What is said of a version that is live again, though its own run was not content with it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from played import BACK, RUN, VERIFY, World, begun, carried

from innerloop.core.outer import Deploy, Interrupted, OnFail, Stage, Work
from innerloop.core.states import State
from innerloop.system.journal.book import Book
from innerloop.system.journal.place import Room

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from innerloop.core.book import Attempt
    from innerloop.core.hands import Errand

FIRST, SECOND = "1" * 40, "2" * 40
BOX = Stage(
    "box",
    Deploy(RUN, "box", VERIFY, BACK, OnFail.ROLLBACK),
    if_interrupted=Interrupted.VERIFY,
)
SMOKE = Stage("smoke", Work(RUN), ("box",))


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with closing(Book(Room(str(tmp_path)))) as one:
        yield one


class Failing(World):
    """That stage fails in it."""

    stage = ""

    def start(self, attempt: Attempt, errand: Errand) -> None:
        self.fails = attempt.stage == self.stage
        super().start(attempt, errand)


@pytest.mark.parametrize(
    ("failed", "though"),
    [("smoke", ", though the run that deployed it ended failed"), ("", "")],
)
def test_it_is_said_that_its_own_run_ended_badly(book: Book, failed: str, though: str) -> None:
    world = Failing()
    world.stage = failed
    carried(book, world, begun(book, BOX, SMOKE)._replace(version=FIRST))
    world.stage = "box"

    found = carried(book, world, begun(book, BOX, SMOKE)._replace(version=SECOND)).latest("box")

    assert found
    again = f"exit 1; {FIRST[:12]} is live again in box{though}"
    assert (found.state, found.why) == (State.ROLLED_BACK, again)


def test_of_a_run_of_another_journal_nothing_is_said(book: Book) -> None:
    world = Failing()
    carried(book, world, begun(book, BOX)._replace(version=FIRST))
    with book.file.transaction() as db:
        db.execute("UPDATE live SET run = 'elsewhere'")
    world.stage = "box"
    found = carried(book, world, begun(book, BOX)._replace(version=SECOND)).latest("box")
    assert found
    assert found.why.endswith(f"{FIRST[:12]} is live again in box")
