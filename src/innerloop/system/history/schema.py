"""The tables of history.db, and how an older file becomes this one."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3


def _first(connection: sqlite3.Connection) -> None:
    _each(
        connection,
        """
        CREATE TABLE runs (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at REAL NOT NULL,
            seconds REAL,
            verdict TEXT,
            command TEXT NOT NULL,
            why TEXT NOT NULL DEFAULT '',
            commit_id TEXT NOT NULL DEFAULT '',
            branch TEXT NOT NULL DEFAULT '',
            dirty INTEGER
        );
        CREATE TABLE results (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            run INTEGER NOT NULL REFERENCES runs (id),
            loop TEXT NOT NULL,
            outcome TEXT NOT NULL,
            reason TEXT NOT NULL,
            at REAL NOT NULL,
            seconds REAL NOT NULL,
            exit_code INTEGER,
            log TEXT NOT NULL,
            out TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            required INTEGER NOT NULL,
            flaky INTEGER NOT NULL,
            empty INTEGER NOT NULL,
            fingerprint TEXT NOT NULL,
            command TEXT NOT NULL,
            moved INTEGER NOT NULL,
            warnings TEXT NOT NULL,
            ingredients TEXT,
            outputs TEXT
        );
        CREATE INDEX results_by_run ON results (run);
        CREATE INDEX results_by_fingerprint ON results (fingerprint, id)
            WHERE fingerprint != '';
        CREATE INDEX results_by_loop ON results (loop, outcome, id);
        CREATE TABLE manifests (digest TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID
        """,
    )


def _each(connection: sqlite3.Connection, script: str) -> None:
    # Not executescript: it would commit the transaction that makes a step whole.
    for statement in script.split(";"):
        connection.execute(statement)


def _second(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE results ADD COLUMN mode TEXT NOT NULL DEFAULT ''")


def _spent(connection: sqlite3.Connection) -> None:
    _each(
        connection,
        """
        CREATE TABLE spent (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at REAL NOT NULL,
            run INTEGER REFERENCES runs (id),
            loop TEXT NOT NULL,
            amount REAL NOT NULL,
            told INTEGER NOT NULL DEFAULT 0
        );
        CREATE INDEX spent_by_time ON spent (at);
        CREATE INDEX spent_by_run ON spent (run)
        """,
    )


def _measures(connection: sqlite3.Connection) -> None:
    """What loops have measured, and what gates said of it; examples are in `manifests`."""
    _each(
        connection,
        """
        ALTER TABLE results ADD COLUMN gates TEXT NOT NULL DEFAULT '';
        CREATE TABLE measures (
            result INTEGER PRIMARY KEY REFERENCES results (id),
            loop TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            metrics TEXT NOT NULL,
            examples TEXT,
            params TEXT NOT NULL,
            cost REAL,
            data TEXT NOT NULL,
            problems TEXT NOT NULL
        );
        CREATE INDEX measures_by_loop ON measures (loop, result);
        CREATE INDEX measures_with_examples ON measures (loop, result)
            WHERE examples IS NOT NULL;
        CREATE INDEX measures_by_fingerprint ON measures (fingerprint, result)
            WHERE fingerprint != '';
        CREATE TABLE judged (
            result INTEGER NOT NULL REFERENCES measures (result),
            digest TEXT NOT NULL,
            verdict TEXT NOT NULL,
            PRIMARY KEY (result, digest)
        ) WITHOUT ROWID
        """,
    )


def _lineages(connection: sqlite3.Connection) -> None:
    _each(
        connection,
        """
        CREATE TABLE lineages (
            loop TEXT NOT NULL,
            run INTEGER NOT NULL REFERENCES runs (id),
            commit_id TEXT NOT NULL,
            branch TEXT NOT NULL,
            dirty INTEGER,
            patch TEXT NOT NULL,
            note TEXT NOT NULL,
            setting TEXT NOT NULL,
            inputs TEXT NOT NULL,
            after TEXT NOT NULL,
            files INTEGER NOT NULL,
            moved TEXT NOT NULL,
            again TEXT NOT NULL,
            ingredients TEXT,
            PRIMARY KEY (loop, run)
        ) WITHOUT ROWID
        """,
    )


def _accepted(connection: sqlite3.Connection) -> None:
    _each(
        connection,
        """
        CREATE TABLE accepted (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            run INTEGER NOT NULL REFERENCES runs (id),
            loop TEXT NOT NULL,
            who TEXT NOT NULL,
            path TEXT NOT NULL,
            old TEXT NOT NULL,
            new TEXT NOT NULL
        );
        CREATE INDEX accepted_by_run ON accepted (run)
        """,
    )


MIGRATIONS = (_first, _second, _spent, _measures, _lineages, _accepted)
"""One function for each version of the file, applied in order."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring an open file to the newest version, one whole step at a time."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    for number, step in enumerate(MIGRATIONS[version:], version + 1):
        step(connection)
        connection.execute(f"PRAGMA user_version = {number}")
