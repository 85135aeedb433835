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

from innerloop.cli.outer_abandon import settled
from innerloop.cli.outer_run import fenced, unended
from innerloop.core.book import Act, Answer, Ticket
from innerloop.core.command import parse
from innerloop.core.consent import subject
from innerloop.core.errors import LoopError
from innerloop.core.hands import Answers, Ended, Errand, Gone, Means, Never, Reviewed, Said
from innerloop.core.outer import (
    Approve,
    Deploy,
    Environment,
    Interrupted,
    OnFail,
    Outer,
    Stage,
    Work,
)
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

RUN, VERIFY, BACK = parse("deploy"), parse("verify"), parse("back")
OUTER = Outer(
    "release",
    (
        Stage("build", Work(RUN), if_interrupted=Interrupted.RERUN),
        Stage(
            "box",
            Deploy(RUN, "box", VERIFY, BACK, OnFail.ROLLBACK),
            ("build",),
            if_interrupted=Interrupted.VERIFY,
        ),
        Stage("ok", Approve("go?"), ("box",)),
        Stage("prod", Deploy(RUN, "prod"), ("ok",), if_interrupted=Interrupted.ASK),
    ),
)
PLACES = (Environment("box", lock="env:box"), Environment("prod", lock="env:prod"))


MOST = 4
KILLS = some.sampled_from([0] * 14 + list(range(1, 15)))
"""after how many chances to be killed we are; 0: not at all"""
RARELY = some.sampled_from([False] * 3 + [True])


class Killed(BaseException):
    """Everything of ours is gone, in the midst of it."""


class World:
    """What the commands do, and where we are killed."""

    host, boot = "here", "now"

    def __init__(self) -> None:
        self.now = 1000.0
        self.effects: list[str] = []
        self.live: dict[str, str] = {}
        self.looks: dict[str, Any] = {}
        self.kill_in = 0
        self.fails = False
        self.lost = False

    def may_die(self) -> None:
        if self.kill_in:
            self.kill_in -= 1
            if not self.kill_in:
                raise Killed

    # -- launcher
    def claim(self, attempt: Attempt) -> None:
        self.looks[attempt.folder] = Never()

    def drop(self, attempt: Attempt) -> None: ...

    def start(self, attempt: Attempt, errand: Errand) -> None:
        self.may_die()
        environment = errand.env["environment"]
        self.effects.append(f"{attempt.act} {attempt.key}")
        rc = 1 if self.fails and attempt.act is Act.DO else 0
        self.live[environment] = attempt.version if not rc else self.live.get(environment, "")
        self.looks[attempt.folder] = Gone() if self.lost else Ended(rc, self.now)
        self.lost = False
        self.may_die()

    def look(self, attempt: Attempt) -> Any:
        return self.looks.get(attempt.folder, Gone())

    def here(self, attempt: Attempt) -> bool:
        return attempt.host == self.host

    def held(self, _run: str) -> bool:
        return False

    def wait(self, attempt: Attempt, _seconds: float, _stop: object) -> Any:
        self.may_die()
        return self.look(attempt)

    def end(self, attempt: Attempt) -> None: ...

    def log(self, attempt: Attempt) -> str:
        return attempt.log

    # -- site
    def errand(self, _ticket: Ticket, stage: Stage, attempt: Attempt, command: Any) -> Errand:
        told = {"environment": stage.environment, "version": attempt.version}
        return Errand((command.text,), "/", told, 5.0)

    def ask(self, errand: Errand, _stop: object) -> Said:
        there = self.live.get(errand.env["environment"])
        return Said(0 if there == errand.env["version"] else 3)

    def walk(self, *_: object) -> Any:
        raise NotImplementedError

    def proven(self, *_: object) -> bool:
        return True

    def moved(self, *_: object) -> str:
        return ""

    def keep(self, _stage: Stage) -> tuple[()]:
        return ()

    def unfair(self, _stage: Stage) -> str:
        return ""

    def measured(self, _stage: Stage) -> tuple[()]:
        return ()

    def lay(self, *_: object) -> str:
        return ""

    def findings(self, *_: object) -> tuple[()]:
        return ()

    # -- forge
    def answers(self, *_: object) -> Answers:
        return Answers()

    def reviewed(self, *_: object) -> Reviewed:
        return Reviewed(False)


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
