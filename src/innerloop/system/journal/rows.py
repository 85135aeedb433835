"""Rows of the journal as they are written, by a run itself or by a job that was handed them."""

from __future__ import annotations

from innerloop.core.book import Attempt

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from innerloop.core.book import Kept, Live

_COLUMNS = ", ".join(Attempt._fields)


def add_attempt(db: sqlite3.Connection, attempt: Attempt) -> None:
    """Write an attempt as the latest there is."""
    number = db.execute("SELECT COALESCE(MAX(place), 0) + 1 FROM attempt").fetchone()[0]
    marks = ", ".join("?" * (len(attempt) + 1))
    db.execute(f"INSERT INTO attempt ({_COLUMNS}, place) VALUES ({marks})", (*attempt, number))


def set_attempt(db: sqlite3.Connection, attempt: Attempt) -> None:
    """Write what an attempt has come to."""
    db.execute(
        "UPDATE attempt SET state = ?, at = ?, rc = ?, why = ?, log = ?, subject = ? "
        "WHERE run = ? AND stage = ? AND n = ? AND act = ?",
        (
            *(attempt.state, attempt.at, attempt.rc, attempt.why, attempt.log, attempt.subject),
            *(attempt.run, attempt.stage, attempt.n, attempt.act),
        ),
    )


def add_live(db: sqlite3.Connection, live: Live) -> None:
    """Write what is live somewhere from now on."""
    db.execute(
        "INSERT INTO live (environment, version, run, stage, at, seq, how) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        live,
    )


def add_kept(db: sqlite3.Connection, run: str, kept: Iterable[Kept]) -> None:
    """Write which files stages of a run have left."""
    rows = [(run, *one) for one in kept]
    db.executemany(
        "INSERT OR REPLACE INTO kept (run, stage, path, digest, how) VALUES (?, ?, ?, ?, ?)", rows
    )
