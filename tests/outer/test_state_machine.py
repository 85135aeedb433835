"""Any course that people and crashes can take: run, kill, resume, answer, resolve, unlock.

A short one here; `LOOP_MACHINE=200 pytest tests/outer/test_state_machine.py` for long.
The journal, its locks and the engine are real; the commands are played, so that hundreds of
courses take no longer than a few real ones.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from played import OUTER, PLACES, Killed, World

from innerloop.cli.outer_abandon import settled
from innerloop.cli.outer_run import fenced, unended
from innerloop.core.book import Answer, Ticket
from innerloop.core.consent import subject
from innerloop.core.errors import LoopError
from innerloop.core.hands import Means
from innerloop.core.stages import End
from innerloop.core.states import TERMINAL, Heard, State
from innerloop.engine.cancel import Cancel
from innerloop.engine.outer import outer
from innerloop.system.journal import locks, pages
from innerloop.system.journal.book import Book
from innerloop.system.journal.locks import Fenced
from innerloop.system.journal.place import Room

if TYPE_CHECKING:
    from innerloop.core.book import Attempt
    from innerloop.core.outer import Environment

MOST = 4
KILLS = some.sampled_from([0] * 14 + list(range(1, 15)))
"""after how many chances to be killed we are; 0: not at all"""
RARELY = some.sampled_from([False] * 3 + [True])


class Courses(RuleBasedStateMachine):
    """Runs of one outer loop, and everybody who has to do with them."""

    def __init__(self) -> None:
        super().__init__()
        base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.folder = tempfile.mkdtemp(dir=base)
        self.book = Book(Room(self.folder))
        self.world = World()
        self.book.clock = lambda: self.world.now  # type: ignore[method-assign]
        self.runs: list[str] = []
        self.said: set[tuple[str, str]] = set()
        self.ended: dict[str, str] = {}
        self.late: list[Attempt] = []
        """attempts that said what is live where somebody had had the place since"""
        self.settled = self.book.settle
        self.book.settle = self.settle  # type: ignore[method-assign]

    def settle(self, attempt: Attempt, heard: Heard, **said: Any) -> Attempt:
        """Settle, and see whether who tells of an environment still has it."""
        before = len(self.book.live(attempt.environment))
        made = self.settled(attempt, heard, **said)
        if len(self.book.live(attempt.environment)) > before:
            (row,) = self.book.file.rows("SELECT fence FROM lock WHERE name = ?", attempt.lock)
            if row[0] != attempt.fence:
                self.late.append(attempt)
        return made

    def teardown(self) -> None:
        self.book.close()
        shutil.rmtree(self.folder)

    def carry(self, ticket: Ticket) -> None:
        world: Any = self.world
        means = Means(self.book, world, world, world, self.sleep)
        try:
            with closing(outer(ticket, means, Cancel())) as events:
                for _ in events:
                    self.world.now += 0.5
                    self.world.may_die()
        except Killed:
            pass
        except Fenced as error:
            fenced(self.book, ticket, error)
        self.world.kill_in = 0

    def sleep(self, seconds: float) -> None:
        self.world.now += seconds

    @precondition(lambda self: len(self.runs) < MOST)
    @rule(kill=KILLS, fails=RARELY, lost=RARELY)
    def begin(self, kill: int, *, fails: bool, lost: bool) -> None:
        number = f"run{len(self.runs):03}"
        version = f"v{len(self.runs)}"
        ticket = Ticket(number, 0, OUTER, PLACES, "plan", "commit", version=version)
        self.runs.append(number)
        ticket = self.book.open(ticket._replace(began=self.world.now))
        self.world.kill_in, self.world.fails, self.world.lost = kill, fails, lost
        self.carry(ticket)

    @precondition(lambda self: self.runs)
    @rule(data=some.data(), kill=KILLS, lost=RARELY)
    def resume(self, data: Any, kill: int, *, lost: bool) -> None:
        record = self.book.record(data.draw(some.sampled_from(self.runs)))
        if not record.ticket.end:
            self.world.kill_in, self.world.fails, self.world.lost = kill, False, lost
            self.carry(record.ticket)

    @precondition(lambda self: self.runs)
    @rule(data=some.data(), yes=some.booleans(), stale=some.booleans())
    def answer(self, data: Any, *, yes: bool, stale: bool) -> None:
        run = data.draw(some.sampled_from(self.runs))
        record = self.book.record(run)
        if record.standing("ok").state is State.WAITING:
            about = "something else" if stale else subject(record, OUTER.stages[2])
            self.book.answer(
                Answer(run, "ok", about, yes, "Ada", "local", False, at=self.world.now)
            )
            if yes and not stale:
                self.said.add((run, about))

    @precondition(lambda self: self.runs)
    @rule(data=some.data(), applied=some.booleans())
    def resolve(self, data: Any, *, applied: bool) -> None:
        record = self.book.record(data.draw(some.sampled_from(self.runs)))
        for stage in OUTER.stages:
            latest = record.latest(stage.name)
            if latest is not None and latest.state is State.UNKNOWN and not record.ticket.end:
                heard = Heard.WELL if applied else Heard.ABSENT
                self.book.settle(latest, heard, by_hand=True)

    @precondition(lambda self: self.runs)
    @rule(data=some.data(), place=some.sampled_from(PLACES))
    def unlock(self, data: Any, place: Environment) -> None:
        self.book.unlock(place, data.draw(some.sampled_from(self.runs)), "Ada")

    @precondition(lambda self: bool(pages.holders(self.book.file)))
    @rule(data=some.data())
    def take_over(self, data: Any) -> None:
        """Take an environment from whoever has it, and let them come back late."""
        holder = data.draw(some.sampled_from(pages.holders(self.book.file)))
        place = next(one for one in PLACES if one.lock == holder.lock)
        self.book.unlock(place, holder.run, "Ada")
        record = self.book.record(holder.run)
        if not record.ticket.end:
            self.carry(record.ticket)

    @precondition(lambda self: self.runs)
    @rule(data=some.data())
    def abandon(self, data: Any) -> None:
        record = self.book.record(data.draw(some.sampled_from(self.runs)))
        with suppress(LoopError):
            unended(record.ticket)
            settled(record, self.world.look)
            self.book.give_up(record.ticket, record.begun(), End.ABANDONED, "by Ada")

    @rule(seconds=some.sampled_from([-500.0, 1.0, 200.0, 5000.0]))
    def pass_time(self, seconds: float) -> None:
        self.world.now += seconds

    # -- what is true whatever happened -------------------------------------------------------

    @invariant()
    def one_effect_for_each_key(self) -> None:
        assert len(self.world.effects) == len(set(self.world.effects))

    @invariant()
    def nobody_deploys_what_nobody_approved(self) -> None:
        for effect in self.world.effects:
            run, stage = effect.split()[1].split(".")[:2]
            if stage == "prod":
                assert any(run == one for one, _ in self.said), effect

    @invariant()
    def an_end_is_an_end(self) -> None:
        for run in self.runs:
            record = self.book.record(run)
            if run in self.ended:
                assert record.ticket.end == self.ended[run]
            elif record.ticket.end:
                self.ended[run] = record.ticket.end
                if record.ticket.end is not End.SUPERSEDED:
                    states = {one.state for one in record.standings().values()}
                    assert states <= TERMINAL

    @invariant()
    def an_environment_has_one_holder(self) -> None:
        holders = [one.lock for one in pages.holders(self.book.file)]
        assert len(holders) == len(set(holders))
        for one in pages.holders(self.book.file):
            assert self.book.record(one.run).ticket.end is not End.ABANDONED

    @invariant()
    def who_comes_late_tells_nothing_of_what_is_live(self) -> None:
        assert not self.late

    @invariant()
    def fences_only_rise(self) -> None:
        rows = self.book.file.rows(
            "SELECT environment, fence FROM attempt WHERE fence ORDER BY place"
        )
        for place in PLACES:
            fences = [fence for name, fence in rows if name == place.name]
            assert fences == sorted(fences)  # type: ignore[type-var]


def how(**more: Any) -> settings:
    return settings(
        stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck), **more
    )


Courses.TestCase.settings = how(max_examples=int(os.environ.get("LOOP_MACHINE", "20")))
TestCourses = Courses.TestCase


def test_the_machine_notices_where_nobody_is_fenced_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without the check, courses are found that it is there for."""
    monkeypatch.setattr(locks, "holds", lambda *_, **__: True)
    found = how(max_examples=100, derandomize=True, database=None, phases=(Phase.generate,))
    with pytest.raises(AssertionError, match=r"\.late"):
        run_state_machine_as_test(Courses, settings=found)
