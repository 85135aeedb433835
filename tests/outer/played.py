"""An outer loop whose commands are played: its engine, journal and locks are real."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

from innerloop.core.book import Act, Ticket
from innerloop.core.command import parse
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
from innerloop.engine.cancel import Cancel
from innerloop.engine.outer import outer

if TYPE_CHECKING:
    from innerloop.core.book import Attempt, Record
    from innerloop.system.journal.book import Book

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
        self.blind = False
        """nobody can tell what is live"""
        self.edited = ""
        """how the files are not those that the run is of"""

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
        if self.blind:
            return Said(9)
        there = self.live.get(errand.env["environment"])
        return Said(0 if there == errand.env["version"] else 3)

    def walk(self, *_: object) -> Any:
        raise NotImplementedError

    def proven(self, *_: object) -> bool:
        return True

    def moved(self, *_: object) -> str:
        return ""

    def altered(self, _ticket: Ticket) -> str:
        return self.edited

    def rewritten(self, _ticket: Ticket) -> str:
        return self.edited

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


class Watched(World):
    """Its clock is ours, and of its health it says what it is told to, and takes its time."""

    def __init__(self, book: Book, *says: tuple[int, float]) -> None:
        super().__init__()
        self.says = list(says)
        book.clock = lambda: self.now  # type: ignore[method-assign]

    def ask(self, _errand: Errand, _stop: object) -> Said:
        rc, takes = self.says.pop(0)
        self.now += takes
        return Said(rc)

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def append(self, *_: object) -> None: ...


def begun(book: Book, *stages: Stage) -> Ticket:
    """A run of these, which nobody has carried on yet."""
    name = f"run{len(book.file.rows('SELECT 1 FROM run')) + 1}"
    ticket = Ticket(name, 0, Outer("release", stages), PLACES[:1], "plan", version="v1")
    return book.open(ticket._replace(began=book.clock()))


def carried(book: Book, world: World, ticket: Ticket) -> Record:
    """The run, as far as it goes."""
    played: Any = world
    means = Means(book, played, played, played, getattr(world, "sleep", time.sleep))
    with closing(outer(ticket, means, Cancel())) as events:
        for _ in events:
            pass
    return book.record(ticket.id)
