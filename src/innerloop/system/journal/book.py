"""The journal, written: a short transaction for each transition, with an event in every one."""

from __future__ import annotations

import json
import time

from innerloop.core.frozen import plain
from innerloop.core.states import Heard, State, advance
from innerloop.system.journal import locks, pages, rows
from innerloop.system.journal.file import File

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from innerloop.core.book import (
        Answer,
        Attempt,
        Held,
        Holder,
        Kept,
        Live,
        Outrun,
        Record,
        Sample,
        Ticket,
        Wanted,
    )
    from innerloop.core.outer import Environment
    from innerloop.core.stages import End
    from innerloop.system.journal.place import Room

_FACTS = (
    *("commit", "branch", "dirty", "content", "version", "author", "parent", "left", "ci"),
    "replanned",
)


class Book:
    """The journal of one project."""

    def __init__(self, room: Room, *, write: bool = True) -> None:
        self.room = room
        self.file = File(room, write=write)
        self._began = time.time() - _ticks()

    def close(self) -> None:
        self.file.close()

    def clock(self) -> float:
        """Seconds since 1970, by the clock on the wall as it was when we came.

        Whoever sets that clock meanwhile ends no window of ours, and makes us wait no longer.
        """
        return self._began + _ticks()

    # -- runs --------------------------------------------------------------------------------

    def open(self, ticket: Ticket, kept: Iterable[Kept] = ()) -> Ticket:
        """Begin a run, with what an earlier one kept; the ticket with its place among the runs."""
        facts = {name: getattr(ticket, name) for name in (*_FACTS, "allow_older")}
        plan = json.dumps(plain((ticket.outer, ticket.environments)))
        with self.file.transaction() as db:
            cursor = db.execute(
                "INSERT INTO run (id, name, plan, plan_digest, facts, began) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (
                    *(ticket.id, ticket.outer.name, plan, ticket.plan),
                    *(json.dumps(facts), ticket.began),
                ),
            )
            rows.add_kept(db, ticket.id, kept)
            _event(db, ticket.id, "", 0, "run begun", 0, ticket.began, facts)
        return ticket._replace(seq=cursor.lastrowid or 0)

    def close_run(self, ticket: Ticket, end: End) -> None:
        """End a run, and give back what it held."""
        now = self.clock()
        with self.file.transaction() as db:
            _ended(db, ticket, end, now)

    def give_up(self, ticket: Ticket, begun: Iterable[Attempt], end: End, why: str) -> None:
        """End a run that is not carried on, with whatever of it has not ended; recorded."""
        now = self.clock()
        with self.file.transaction() as db:
            for one in begun:
                state = advance(_state(db, one), Heard.GIVEN_UP)
                made = one._replace(state=state, at=now, why=why)
                rows.set_attempt(db, made)
                _noted(db, made, Heard.GIVEN_UP)
            _ended(db, ticket, end, now, why)

    def allow_older(self, ticket: Ticket) -> None:
        """Let a run deploy where a newer one has; recorded."""
        with self.file.transaction() as db:
            (facts,) = db.execute("SELECT facts FROM run WHERE id = ?", (ticket.id,)).fetchone()
            said = json.dumps({**json.loads(facts), "allow_older": True})
            db.execute("UPDATE run SET facts = ? WHERE id = ?", (said, ticket.id))
            _event(db, ticket.id, "", 0, "older allowed", 0, self.clock(), {})

    def replan(self, ticket: Ticket, asked: Iterable[Attempt]) -> None:
        """Let a run go on by another plan, and whoever had said yes be asked again; recorded."""
        plan = json.dumps(plain((ticket.outer, ticket.environments)))
        facts = json.dumps({name: getattr(ticket, name) for name in (*_FACTS, "allow_older")})
        with self.file.transaction() as db:
            db.execute(
                "UPDATE run SET plan = ?, plan_digest = ?, facts = ? WHERE id = ?",
                (plan, ticket.plan, facts, ticket.id),
            )
            said = {"plan": ticket.plan}
            _event(db, ticket.id, "", 0, "replanned", 0, self.clock(), said)
            for one in asked:
                made = one._replace(state=advance(one.state, Heard.ASKED))
                rows.add_attempt(db, made)
                _noted(db, made, Heard.ASKED)

    def record(self, run: str) -> Record:
        return pages.record(self.file, run)

    def meant(self, run: str) -> bool:
        """Whether it is the run that is meant where none is named."""
        return pages.meant(self.file, run)

    # -- attempts ----------------------------------------------------------------------------

    def begin(
        self, attempt: Attempt, heard: Heard, wanted: Wanted | None = None
    ) -> Attempt | Held | Outrun:
        """Say that an attempt is about to begin, before it does; or why it may not.

        With `wanted`, its environment is taken in the same transaction.
        """
        with self.file.transaction() as db:
            before = _state(db, attempt)
            state = advance(before, heard)
            fence = 0
            if wanted is not None:
                found = locks.take(db, attempt, wanted)
                if not isinstance(found, int):
                    return found
                fence = found
            made = attempt._replace(state=state, fence=fence)
            rows.add_attempt(db, made)
            _noted(db, made, heard)
            return made

    def settle(
        self,
        attempt: Attempt,
        heard: Heard,
        *,
        live: Live | None = None,
        kept: Iterable[Kept] = (),
        by_hand: bool = False,
    ) -> Attempt:
        """Say what is heard of an attempt; what it becomes. Raises Fenced where it is too late.

        A person may always say it (`by_hand`); who was late tells nothing of what is live now.
        """
        with self.file.transaction() as db:
            found = db.execute(
                "SELECT state FROM attempt WHERE run = ? AND stage = ? AND n = ? AND act = ?",
                (attempt.run, attempt.stage, attempt.n, attempt.act),
            ).fetchone()
            live = live if locks.holds(db, attempt, late=by_hand) else None
            state = advance(State(found[0]), heard)
            made = attempt._replace(state=state, at=self.clock())
            rows.set_attempt(db, made)
            rows.add_kept(db, made.run, kept)
            if live is not None:
                rows.add_live(db, live)
            _noted(db, made, heard)
        return made

    def sample(self, attempt: Attempt, sample: Sample) -> None:
        with self.file.transaction() as db:
            locks.holds(db, attempt)
            db.execute(
                "INSERT OR IGNORE INTO sample VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (attempt.run, attempt.stage, attempt.n, *sample),
            )

    def samples(self, attempt: Attempt) -> tuple[Sample, ...]:
        return pages.samples(self.file, attempt)

    # -- what people say ---------------------------------------------------------------------

    def answer(self, answer: Answer) -> None:
        """Keep what somebody said. Whoever says something else later is heard with that."""
        with self.file.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(answer.run, answer.stage, answer.subject, answer.who, answer.yes),
                    *(answer.source, answer.verified, answer.note, answer.at),
                ),
            )
            said = answer._asdict()
            _event(db, answer.run, answer.stage, 0, "answered", 0, answer.at, said)

    # -- environments ------------------------------------------------------------------------

    def expected(self, name: str, stage: str) -> float:
        return pages.expected(self.file, name, stage)

    def live(self, environment: str) -> tuple[Live, ...]:
        """What was live there, the latest last."""
        return pages.live(self.file, environment)

    def renew(self, run: str) -> None:
        """Say that we are still there, where it holds anything."""
        if not self.file.rows("SELECT 1 FROM lock WHERE run = ?", run):
            return
        with self.file.transaction() as db:
            locks.renew(db, run, self.clock())

    def release(self, run: str) -> None:
        """Give back what a run holds."""
        if not self.file.rows("SELECT 1 FROM lock WHERE run = ?", run):
            return
        with self.file.transaction() as db:
            locks.release(db, run)

    def holders(self) -> tuple[Holder, ...]:
        return pages.holders(self.file)

    def unlock(self, environment: Environment, run: str, who: str) -> bool:
        """Take an environment from a run; False where that run does not hold it."""
        with self.file.transaction() as db:
            free = locks.free(db, environment.lock, run)
            if free:
                said = {"lock": environment.lock, "who": who}
                _event(db, run, "", 0, "unlocked", 0, self.clock(), said)
        return free


def _ended(db: sqlite3.Connection, ticket: Ticket, end: End, now: float, why: str = "") -> None:
    db.execute("UPDATE run SET end = ?, ended = ? WHERE id = ? AND end = ''", (end, now, ticket.id))
    locks.release(db, ticket.id)
    _event(db, ticket.id, "", 0, "run ended", 0, now, {"end": str(end), "why": why})


def _ticks() -> float:
    """Seconds that nobody sets; where the system can tell, those it slept are among them."""
    slept = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if slept is None else time.clock_gettime(slept)


def _state(db: sqlite3.Connection, attempt: Attempt) -> State:
    found = db.execute(
        "SELECT state FROM attempt WHERE run = ? AND stage = ? ORDER BY place DESC LIMIT 1",
        (attempt.run, attempt.stage),
    ).fetchone()
    return State(found[0]) if found else State.READY


def _noted(db: sqlite3.Connection, attempt: Attempt, heard: Heard) -> None:
    said = {
        "heard": str(heard),
        "state": str(attempt.state),
        "act": str(attempt.act),
        "rc": attempt.rc,
        "why": attempt.why,
        "key": attempt.key,
    }
    at, fence = attempt.at or attempt.began, attempt.fence
    _event(db, attempt.run, attempt.stage, attempt.n, str(heard), fence, at, said)


def _event(  # noqa: PLR0917 - the columns, in their order
    db: sqlite3.Connection,
    run: str,
    stage: str,
    n: int,
    kind: str,
    fence: int,
    at: float,
    data: Mapping[str, object],
) -> None:
    db.execute(
        "INSERT INTO event (run, stage, n, kind, fence, at, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (run, stage, n, kind, fence, at, json.dumps(data)),
    )
