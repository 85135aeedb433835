"""A run that other jobs have begun, written into a journal of its own: what they came to."""

from __future__ import annotations

import json

from innerloop.system.journal import rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from innerloop.core.book import Attempt, Live, Ticket
    from innerloop.core.leg import Leg
    from innerloop.system.journal.file import File


def take_over(file: File, ticket: Ticket, legs: Iterable[Leg], attempts: Iterable[Attempt]) -> None:
    """Write the legs of a run, and attempts that may have been made of it; once, as it begins."""
    with file.transaction() as db:
        for leg in legs:
            place = next((p.lock for p in ticket.environments if p.name == leg.environment), "")
            _attempt(db, leg.attempt(ticket, place))
            rows.add_kept(db, ticket.id, leg.kept)
            for one in leg.answers:
                db.execute(
                    "INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        *(ticket.id, one.stage, one.subject, one.who, one.yes),
                        *(one.source, one.verified, one.note, one.at),
                    ),
                )
            for live in leg.lives:
                # What this very run made live, and what was there before it.
                ours = live.version == leg.version
                run, seq = (ticket.id, ticket.seq) if ours else (live.run, 0)
                rows.add_live(db, live._replace(run=run, seq=seq))
        for attempt in attempts:
            _attempt(db, attempt)


def told_live(file: File, live: Live) -> None:
    """Write what the forge says is live, and the environment itself confirms."""
    with file.transaction() as db:
        rows.add_live(db, live)


def _attempt(db: sqlite3.Connection, attempt: Attempt) -> None:
    rows.add_attempt(db, attempt)
    said = json.dumps({"state": str(attempt.state), "why": attempt.why})
    db.execute(
        "INSERT INTO event (run, stage, n, kind, fence, at, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (attempt.run, attempt.stage, attempt.n, "handed on", 0, attempt.at, said),
    )
