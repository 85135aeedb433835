"""Environments, one run's at a time: taken by compare-and-set, and fenced against who was late."""

from __future__ import annotations

import socket

from innerloop.core.book import Held, Holder, Live, Outrun
from innerloop.core.errors import LoopError
from innerloop.core.states import ACTING, State
from innerloop.system.who import login

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from innerloop.core.book import Attempt, Wanted

HOLDING = ACTING | {State.WATCHING, State.INCONCLUSIVE}
"""states in which a stage's environment is not given back"""
LASTS = 120.0
"""seconds after which a holder that says nothing may be dead"""


class Fenced(LoopError):  # noqa: N818 - it is us who are fenced off
    """Somebody else has had the environment since: what we have to say counts no more."""


def take(db: sqlite3.Connection, attempt: Attempt, wanted: Wanted) -> int | Held | Outrun:
    """Take the environment for the attempt's run: the fence; or who stands in its way."""
    name = wanted.environment.lock
    row = db.execute(
        "SELECT name, run, stage, owner, since, expires, fence FROM lock WHERE name = ?", (name,)
    ).fetchone()
    now = attempt.at
    if row is not None and row[1] not in {"", attempt.run}:
        holder = Holder(*row)
        # Time alone never lets anybody in where a command of the holder's may still be at work.
        if holder.expires > now or _acting(db, holder.run, name, ACTING):
            return Held(holder)
    newest = db.execute(
        "SELECT environment, version, run, stage, at, seq, how FROM live "
        "WHERE environment = ? ORDER BY number DESC LIMIT 1",
        (wanted.environment.name,),
    ).fetchone()
    if newest is not None and not wanted.newer_ok:
        live = Live(*newest)
        if live.seq > wanted.seq or (wanted.ours and live.run != attempt.run):
            return Outrun(live)
    if row is not None and row[1] == attempt.run:
        db.execute(
            "UPDATE lock SET expires = ?, stage = ?, owner = ? WHERE name = ?",
            (now + LASTS, attempt.stage, owner(), name),
        )
        return int(row[6])
    fence = int(row[6]) + 1 if row is not None else 1
    db.execute(
        "INSERT OR REPLACE INTO lock (name, fence, run, stage, owner, since, expires) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (name, fence, attempt.run, attempt.stage, owner(), now, now + LASTS),
    )
    return fence


def _acting(db: sqlite3.Connection, run: str, lock: str, states: frozenset[State]) -> bool:
    """Whether the latest of some stage's attempts, begun under the lock, is in one of these."""
    marks = ", ".join("?" * len(states))
    return (
        db.execute(
            f"SELECT 1 FROM attempt a WHERE run = ? AND lock = ? AND fence > 0 "
            f"AND state IN ({marks}) AND place = (SELECT MAX(place) FROM attempt b "
            f"WHERE b.run = a.run AND b.stage = a.stage)",
            (run, lock, *states),
        ).fetchone()
        is not None
    )


def holds(db: sqlite3.Connection, attempt: Attempt, *, late: bool = False) -> bool:
    """Whether nobody has had the environment since the attempt began; raises, unless `late`."""
    if not attempt.fence:
        return True
    found = db.execute("SELECT fence, run FROM lock WHERE name = ?", (attempt.lock,)).fetchone()
    if found is not None and found[0] == attempt.fence:
        return True
    if not late:
        who = f"run {found[1]}" if found and found[1] else "somebody"
        raise Fenced(
            f"{who} took {attempt.environment!r} over while this run was not heard of",
            "look at what is live there: loop outer status",
        )
    return False


def renew(db: sqlite3.Connection, run: str, now: float) -> None:
    db.execute("UPDATE lock SET expires = ? WHERE run = ?", (now + LASTS, run))


def release(db: sqlite3.Connection, run: str) -> None:
    """Give back what the run holds, but for where it is at work; fences only ever rise."""
    for (name,) in db.execute("SELECT name FROM lock WHERE run = ?", (run,)).fetchall():
        if not _acting(db, run, name, HOLDING):
            db.execute("UPDATE lock SET run = '', stage = '', expires = 0 WHERE name = ?", (name,))


def free(db: sqlite3.Connection, name: str, run: str) -> bool:
    found = db.execute(
        "UPDATE lock SET run = '', stage = '', expires = 0, fence = fence + 1 "
        "WHERE name = ? AND run = ?",
        (name, run),
    )
    return found.rowcount > 0


def owner() -> str:
    """Who holds it, for people to read."""
    return f"{login()}@{socket.gethostname()}"
