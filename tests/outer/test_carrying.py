"""A run is one process's: who comes meanwhile does nothing, and who comes then reads it anew."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from targets import BOX, FULL, Target, inside, target

from innerloop.__main__ import main
from innerloop.core.stages import End
from innerloop.system.journal import pages
from innerloop.system.journal.book import Book
from innerloop.system.journal.place import Room
from innerloop.system.launch import Launch

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Maker

pytestmark = pytest.mark.timeout(120)


def here(found: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be in the project, in this very process."""
    monkeypatch.chdir(found.project.root)
    for name, value in found.project.env.items():
        monkeypatch.setenv(name, value)


def test_who_comes_meanwhile_is_told_so(project: Maker) -> None:
    found = target(project, BOX % FULL).has("fail-sandbox", "blind")
    found.go().fails(5)
    run = found.status()["run"]["id"]
    release = Launch(Room(str(found.state))).hold(run)
    assert release

    said = "is carried out by another process"
    found.run("resume").fails(75).warns(said)
    found.run("resolve", "sandbox", "--applied").fails(2).warns(said)
    assert found.stages() == {"sandbox": "unknown"}

    release()
    found.run("resolve", "sandbox", "--applied").ok()
    found.run("resume").ok()
    assert found.effects() == ["deploy sandbox"]


def test_what_somebody_else_has_said_of_it_is_not_said_again(
    project: Maker, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    found = target(project, BOX % FULL).has("fail-sandbox", "blind")
    found.go().fails(5)
    hold = Launch.hold

    def late(self: Launch, run: str) -> Callable[[], None] | None:
        found.run("resolve", "sandbox", "--applied").ok()
        return hold(self, run)

    monkeypatch.setattr(Launch, "hold", late)
    here(found, monkeypatch)

    assert main(["outer", "resolve", "sandbox", "--not-applied"]) == 2
    assert "is in no doubt" in capfd.readouterr().err
    assert found.stages() == {"sandbox": "passed"}


def test_what_it_became_before_we_had_it_is_what_counts(
    project: Maker, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    found = target(project, BOX % FULL)
    found.go(env={"LOOP_CRASH_TEST": "1", "LOOP_CRASH_AT": "4"})
    assert found.stages() == {"sandbox": "ready"}
    hold = Launch.hold

    def late(self: Launch, run: str) -> Callable[[], None] | None:
        """Somebody ends the run between our reading of it and our having it."""
        with closing(Book(Room(str(found.state)))) as book:
            book.close_run(pages.record(book.file, run).ticket, End.SUPERSEDED)
        return hold(self, run)

    monkeypatch.setattr(Launch, "hold", late)
    here(found, monkeypatch)

    assert main(["outer", "resume"]) == 2
    assert "has ended: superseded" in capfd.readouterr().err
    assert found.effects() == []


def test_a_rollback_that_is_over_before_we_had_it_is_not_begun(
    project: Maker, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    found = inside(target(project, BOX % FULL), monkeypatch, capfd)
    found.go().ok()
    found.commit()
    found.go().ok()
    hold = Launch.hold

    def late(self: Launch, run: str) -> Callable[[], None] | None:
        """Somebody sees a rollback that has not begun, and gives it up."""
        with closing(Book(Room(str(found.state)))) as book:
            book.close_run(pages.record(book.file, run).ticket, End.ABANDONED)
        return hold(self, run)

    monkeypatch.setattr(Launch, "hold", late)
    found.run("rollback", "sandbox").fails(2).warns("has ended: abandoned")
    assert found.effects() == ["deploy sandbox"] * 2
