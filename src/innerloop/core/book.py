"""The nouns of the journal: runs of an outer loop, attempts at its stages, and what people said."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import NamedTuple

from innerloop.core.digest import blake
from innerloop.core.frozen import plain
from innerloop.core.stages import End
from innerloop.core.states import DOUBTFUL, TERMINAL, Standing, State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from innerloop.core.outer import Environment, Outer


def plan_digest(outer: Outer, environments: tuple[Environment, ...]) -> str:
    """What an answer is given to, and a job of many goes by: another plan has another."""
    return blake(json.dumps(plain((outer, environments))).encode())


class Act(StrEnum):
    """Which of a stage's commands."""

    DO = "do"
    ROLL_BACK = "rollback"


class Ticket(NamedTuple):
    """One run of an outer loop: what it was begun with, all of it fixed from then on."""

    id: str
    seq: int
    """runs are older or newer by it"""
    outer: Outer
    environments: tuple[Environment, ...]
    plan: str
    """the digest of both (`plan_digest`)"""
    commit: str = ""
    branch: str = ""
    dirty: bool = False
    content: str = ""
    """what every file of the project held, as one digest"""
    version: str = ""
    """what is deployed: LOOP_VERSION"""
    author: str = ""
    parent: str = ""
    """the run that sent this one back to an earlier stage"""
    left: tuple[tuple[str, str], ...] = ()
    """stages that are left out, and why"""
    began: float = 0.0
    ended: float | None = None
    end: End = End.OPEN
    ci: bool = False
    allow_older: bool = False
    replanned: bool = False
    """it goes on by another plan than it was begun with: that loops.yaml changed is no matter"""

    def resuming(self, *, meant: bool) -> str:
        """The command that carries it on; it is named unless it is `meant` without."""
        return "loop outer resume" if meant else f"loop outer resume {self.id}"

    def environment(self, name: str) -> Environment:
        return next(one for one in self.environments if one.name == name)


class Attempt(NamedTuple):
    """One attempt at a stage."""

    run: str
    stage: str
    n: int
    state: State
    key: str
    """its own; what its command is told is `Record.effect`"""
    act: Act = Act.DO
    environment: str = ""
    lock: str = ""
    """the name of that environment's lock"""
    version: str = ""
    fence: int = 0
    """of the environment's lock; who has an older one may write no more"""
    host: str = ""
    boot: str = ""
    began: float = 0.0
    at: float = 0.0
    """when it came to this state"""
    rc: int | None = None
    why: str = ""
    log: str = ""
    """from the folder of the journal"""
    subject: str = ""
    """what people are asked about, as a digest; of a deploy in doubt, what was changed meanwhile"""

    @property
    def folder(self) -> str:
        """Where its files are, from the folder of the journal."""
        return f"runs/{self.run}/{self.stage}.{self.n}.{self.act}"

    @property
    def output(self) -> str:
        """Where its log is, from the folder of the journal."""
        return f"{self.folder}/output.log"

    def logged(self) -> Attempt:
        """The same, and it has a log."""
        return self._replace(log=self.output)


class Answer(NamedTuple):
    """What somebody said to a stage that asks."""

    run: str
    stage: str
    subject: str
    yes: bool
    who: str
    source: str
    """`local`, or the forge that says so"""
    verified: bool
    note: str = ""
    at: float = 0.0


class Sample(NamedTuple):
    """What a monitor saw once."""

    number: int
    due: float
    at: float
    verdict: str
    """`good`, `bad` or `nothing`"""
    value: float | None = None


class Live(NamedTuple):
    """A version that was known to be live somewhere, from then on."""

    environment: str
    version: str
    run: str
    stage: str
    at: float
    seq: int = 0
    """of the run"""
    how: str = "deployed"


class Holder(NamedTuple):
    """Who has an environment."""

    lock: str
    run: str
    stage: str
    owner: str
    since: float
    expires: float
    fence: int


class How(StrEnum):
    """What a stage had to do with a file."""

    LEFT = "left"
    READ = "read"
    MEASURED = "measured"
    """something was measured on it"""


class Kept(NamedTuple):
    """A file of a stage's, known by its content; what the stage left is kept itself."""

    stage: str
    path: str
    digest: str
    """of what was left `artifacts.digest`, of what was read the ledger's; of what was measured on
    its size in bytes and the SHA-256 of so many"""
    how: How = How.LEFT


class Held(NamedTuple):
    """The environment is somebody else's for now."""

    holder: Holder


class Outrun(NamedTuple):
    """A newer run has deployed there already; where `Wanted.ours`, any other run has."""

    live: Live


class Wanted(NamedTuple):
    """The environment that an attempt has for itself from its beginning on."""

    environment: Environment
    seq: int
    newer_ok: bool = False
    """though a newer run has deployed there"""
    ours: bool = False
    """only while it is this very run that is live there"""


class Record(NamedTuple):
    """A run as the journal has it."""

    ticket: Ticket
    attempts: tuple[Attempt, ...] = ()
    """in the order they were begun"""
    answers: tuple[Answer, ...] = ()
    kept: tuple[Kept, ...] = ()

    def latest(self, stage: str) -> Attempt | None:
        """Its latest attempt; of a rollback, that one."""
        return next((one for one in reversed(self.attempts) if one.stage == stage), None)

    def answered(self, stage: str, subject: str) -> tuple[Answer, ...]:
        """What was said to a stage that asks, about just this."""
        return tuple(a for a in self.answers if (a.stage, a.subject) == (stage, subject))

    def files(self, how: How) -> tuple[Kept, ...]:
        """What its stages have left, or read, or measured on."""
        return tuple(one for one in self.kept if one.how is how)

    def begun(self) -> tuple[Attempt, ...]:
        """The latest attempt at each stage that has not come to its end."""
        latest = (self.latest(stage.name) for stage in self.ticket.outer.stages)
        return tuple(one for one in latest if one and one.state not in TERMINAL)

    def effect(self, attempt: Attempt) -> str:
        """LOOP_IDEMPOTENCY_KEY: the same for all attempts that may be one and the same effect.

        That is the first one's, where each before the latest may have had it: nobody knows.
        """
        mine = [
            one for one in self.attempts if (one.stage, one.act) == (attempt.stage, attempt.act)
        ]
        key = attempt.key
        for one in reversed([each for each in mine if each.n < attempt.n]):
            if one.state is not State.INTERRUPTED:
                break
            key = one.key
        return key

    def doubtful(self) -> tuple[str, ...]:
        """Environments of which nobody knows what is live: to take something back has failed."""
        latest = (self.latest(stage.name) for stage in self.ticket.outer.stages)
        return tuple(
            dict.fromkeys(
                one.environment for one in latest if one and one.state is State.ROLLBACK_FAILED
            )
        )

    def standings(self) -> Mapping[str, Standing]:
        begun = {one.stage for one in self.attempts}
        return {name: self.standing(name) for name in begun}

    def standing(self, stage: str) -> Standing:
        mine = [one for one in self.attempts if one.stage == stage]
        if not mine:
            return Standing()
        failures = sum(1 for one in mine if one.state in _FAILED)
        return Standing(mine[-1].state, mine[-1].n, failures, mine[-1].rc, mine[-1].at)

    @property
    def word(self) -> str:
        """What is to be said of it in a word or two."""
        states = {standing.state for standing in self.standings().values()}
        if self.ticket.end:
            return str(self.ticket.end)
        if states & DOUBTFUL:
            return "needs a decision"
        return "waiting" if State.WAITING in states else "open"


_FAILED = frozenset({State.FAILED, State.RETRYING, State.FAILING})
