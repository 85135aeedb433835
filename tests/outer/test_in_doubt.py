"""What nobody can see from here: begun elsewhere, or told by a check at a bad moment."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from played import BACK, PLACES, RUN, VERIFY, Watched, World, begun, carried

from innerloop.core.book import Act, Attempt, Sample, Ticket, Wanted
from innerloop.core.hands import Errand, Gone, Missing, Orphan, Said
from innerloop.core.monitor import BAD
from innerloop.core.outer import Deploy, Interrupted, Monitor, OnFail, Stage
from innerloop.core.states import Heard, State
from innerloop.system import launch
from innerloop.system.journal.book import Book
from innerloop.system.journal.locks import Fenced
from innerloop.system.journal.place import Room
from innerloop.system.launch import Launch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HERE = {"host": launch.host(), "boot": launch.boot()}
ELSEWHERE = [{**HERE, "host": "elsewhere"}, {**HERE, "boot": "before"}]
PROBED = Stage("box", Deploy(RUN, "box", VERIFY), if_interrupted=Interrupted.VERIFY)
UNPROBED = Stage("box", Deploy(RUN, "box"), if_interrupted=Interrupted.ASK)
NOT_LIVE, BLIND = Said(3), Said(9)


class Told(World):
    """A world that says of itself what it is told to, and sees what is on the disk."""

    def __init__(self, room: Room, *says: Said) -> None:
        super().__init__()
        self.host, self.boot = HERE["host"], HERE["boot"]
        self.launch, self.says, self.asked = Launch(room), list(says), [""] * 0

    def ask(self, errand: Errand, _stop: object) -> Said:
        self.asked.append(errand.argv[0])
        return self.says.pop(0) if self.says else super().ask(errand, _stop)

    def look(self, attempt: Attempt) -> Any:
        return self.looks.get(attempt.folder) or self.launch.look(attempt)

    def here(self, attempt: Attempt) -> bool:
        return self.launch.here(attempt)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with closing(Book(Room(str(tmp_path)))) as one:
        yield one


def left_by(book: Book, stage: Stage, where: dict[str, str]) -> Ticket:
    """A deploy that was claimed, and of which nothing is to be seen but that it was not begun."""
    ticket, launcher = begun(book, stage), Launch(book.room)
    one = Attempt("run1", "box", 1, State.READY, "run1.box.1", environment="box", lock="env:box")
    one = one._replace(version="v1", at=book.clock(), **where)  # type: ignore[arg-type]
    launcher.claim(one)
    assert isinstance(book.begin(one, Heard.BEGUN, Wanted(PLACES[0], 1)), Attempt)
    launcher.drop(one)
    return ticket


def test_what_was_begun_here_is_known_by_what_is_on_the_disk(book: Book) -> None:
    ticket, world = left_by(book, UNPROBED, HERE), Told(book.room)
    assert carried(book, world, ticket).standing("box").state is State.PASSED
    assert world.effects == ["do run1.box.2"]


@pytest.mark.parametrize("where", ELSEWHERE)
def test_what_was_begun_elsewhere_is_asked_of_its_environment(
    book: Book, where: dict[str, str]
) -> None:
    ticket, world = left_by(book, PROBED, where), Told(book.room, BLIND, NOT_LIVE)
    assert carried(book, world, ticket).standing("box").state is State.UNKNOWN
    assert world.effects == []
    assert carried(book, world, ticket).standing("box").state is State.PASSED
    assert world.asked == ["verify"] * 3
    assert world.effects == ["do run1.box.2"]


@pytest.mark.parametrize("where", ELSEWHERE)
def test_what_was_begun_elsewhere_is_a_persons_to_decide(book: Book, where: dict[str, str]) -> None:
    ticket, world = left_by(book, UNPROBED, where), Told(book.room)
    found = carried(book, world, ticket).latest("box")
    assert found
    assert found.state is State.UNKNOWN
    assert f"it was begun on {where['host']}, and nobody knows how it ended" in found.why
    assert world.effects == []


@pytest.mark.parametrize("rc", [0, 3])
def test_a_verify_that_hangs_has_said_nothing_whatever_its_exit_code(book: Book, rc: int) -> None:
    hung = Said(rc, "", timed_out=True)
    world = Told(book.room, hung, hung)
    found = carried(book, world, begun(book, PROBED)).latest("box")
    assert found
    assert found.state is State.UNKNOWN
    assert "verify cannot tell: it took too long" in found.why
    assert book.live("box") == ()


def test_a_verify_that_changes_its_mind_is_asked_once_at_a_time(book: Book) -> None:
    ticket = left_by(book, PROBED, ELSEWHERE[1])
    world = Told(book.room, BLIND, BLIND, Said(0))
    states = [carried(book, world, ticket).standing("box").state for _ in range(3)]
    assert states == [State.UNKNOWN, State.UNKNOWN, State.PASSED]
    assert world.effects == []


class Fading(Told):
    """What it rolls back, it loses sight of."""

    left: Any = Gone()

    def start(self, attempt: Attempt, errand: Errand) -> None:
        super().start(attempt, errand)
        if attempt.act is Act.ROLL_BACK:
            self.looks[attempt.folder] = self.left

    def look(self, attempt: Attempt) -> Any:
        return self.looks[attempt.folder]


@pytest.mark.parametrize("left", [Gone(), Missing(), Orphan()])
@pytest.mark.parametrize(
    ("says", "state"),
    [(Said(0), State.ROLLED_BACK), (NOT_LIVE, State.ROLLBACK_FAILED), (BLIND, "rollback failed")],
)
def test_a_rollback_that_nobody_sees_any_more_is_what_its_environment_says(
    book: Book, left: object, says: Said, state: State
) -> None:
    deploy = Deploy(RUN, "box", VERIFY, BACK, OnFail.ROLLBACK)
    stage = PROBED._replace(doing=deploy, timeout=0.0)
    carried(book, Told(book.room), begun(book, stage))
    world = Fading(book.room, NOT_LIVE, says)
    world.left, world.fails = left, True

    ticket = begun(book, stage)._replace(version="v2")
    assert carried(book, world, ticket).standing("box").state == state
    assert world.effects == ["do run2.box.1", "rollback run2.box.2.rollback"]


# -- monitors ---------------------------------------------------------------------------------

EYE = Monitor(RUN, every=10.0, lasts=60.0, on_fail=OnFail.STOP)
WATCHED = (
    Stage("box", Deploy(RUN, "box", None, BACK), if_interrupted=Interrupted.ASK),
    Stage("eye", EYE, ("box",), timeout=60.0),
)


@pytest.mark.parametrize("takes", [9.5, 10.5])
def test_what_fails_in_the_last_second_of_a_window_has_failed(book: Book, takes: float) -> None:
    world = Watched(book, *[(0, 0.0)] * 5, (1, takes))
    ticket = begun(book, *WATCHED)
    found = carried(book, world, ticket).latest("eye")
    assert found
    assert (found.state, found.why) == (State.FAILED, "1 of 6 samples bad, 0 borne")
    samples = book.samples(found)
    assert (samples[-1].verdict, samples[-1].due - found.began) == (BAD, 50.0)
    assert samples[-1].at - found.began == 50.0 + takes
    assert not world.says


def test_a_clock_that_is_set_forward_ends_no_window(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, before = time.time, book.clock()
    for step in (5000.0, -5000.0):
        monkeypatch.setattr(time, "time", lambda step=step: real() + step)
        assert 0 <= book.clock() - before < 10.0
        with closing(Book(book.room)) as late:
            assert abs(late.clock() - before - step) < 10.0


def test_who_lost_an_environment_tells_nothing_of_its_health(book: Book) -> None:
    begun(book, *WATCHED)
    one = Attempt("run1", "eye", 1, State.READY, "key", environment="box", lock="env:box")
    made = book.begin(one, Heard.WATCHED, Wanted(PLACES[0], 1))
    assert isinstance(made, Attempt)
    book.sample(made, Sample(0, 0.0, 0.0, BAD))
    assert book.unlock(PLACES[0], "run1", "Ada")

    with pytest.raises(Fenced):
        book.sample(made, Sample(1, 0.0, 0.0, BAD))
    assert [one.number for one in book.samples(made)] == [0]
