"""The tables of outer.db, and how an older file becomes this one."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

_FIRST = """
CREATE TABLE run (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    plan TEXT NOT NULL,
    plan_digest TEXT NOT NULL,
    facts TEXT NOT NULL,
    began REAL NOT NULL,
    ended REAL,
    end TEXT NOT NULL DEFAULT ''
);
CREATE INDEX run_by_name ON run (name, seq);
CREATE INDEX run_open ON run (seq) WHERE end = '';
CREATE TABLE attempt (
    run TEXT NOT NULL REFERENCES run (id),
    stage TEXT NOT NULL,
    n INTEGER NOT NULL,
    act TEXT NOT NULL,
    state TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    environment TEXT NOT NULL,
    lock TEXT NOT NULL,
    version TEXT NOT NULL,
    fence INTEGER NOT NULL,
    host TEXT NOT NULL,
    boot TEXT NOT NULL,
    began REAL NOT NULL,
    at REAL NOT NULL,
    rc INTEGER,
    why TEXT NOT NULL,
    log TEXT NOT NULL,
    subject TEXT NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (run, stage, n, act)
) WITHOUT ROWID;
CREATE TABLE event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    run TEXT NOT NULL,
    stage TEXT NOT NULL,
    n INTEGER NOT NULL,
    kind TEXT NOT NULL,
    fence INTEGER NOT NULL,
    at REAL NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX event_by_run ON event (run, seq);
CREATE TABLE answer (
    run TEXT NOT NULL REFERENCES run (id),
    stage TEXT NOT NULL,
    subject TEXT NOT NULL,
    who TEXT NOT NULL,
    yes INTEGER NOT NULL,
    source TEXT NOT NULL,
    verified INTEGER NOT NULL,
    note TEXT NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (run, stage, subject, who)
) WITHOUT ROWID;
CREATE TABLE sample (
    run TEXT NOT NULL REFERENCES run (id),
    stage TEXT NOT NULL,
    n INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    due REAL NOT NULL,
    at REAL NOT NULL,
    verdict TEXT NOT NULL,
    value REAL,
    PRIMARY KEY (run, stage, n, idx)
) WITHOUT ROWID;
CREATE TABLE kept (
    run TEXT NOT NULL REFERENCES run (id),
    stage TEXT NOT NULL,
    path TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (run, stage, path)
) WITHOUT ROWID;
CREATE TABLE lock (
    name TEXT PRIMARY KEY,
    fence INTEGER NOT NULL,
    run TEXT NOT NULL,
    stage TEXT NOT NULL,
    owner TEXT NOT NULL,
    since REAL NOT NULL,
    expires REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE live (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    environment TEXT NOT NULL,
    version TEXT NOT NULL,
    run TEXT NOT NULL,
    seq INTEGER NOT NULL,
    stage TEXT NOT NULL,
    at REAL NOT NULL,
    how TEXT NOT NULL
);
CREATE INDEX live_by_environment ON live (environment, number)
"""
# The columns of the key come first, in its order: an integrity check of SQLite 3.40 takes others
# for NULL.
_HOW = """
CREATE TABLE file (
    run TEXT NOT NULL REFERENCES run (id),
    stage TEXT NOT NULL,
    how TEXT NOT NULL,
    path TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (run, stage, how, path)
) WITHOUT ROWID;
INSERT INTO file
    SELECT run, substr(stage, 1, instr(stage || ' ', ' ') - 1),
        CASE instr(stage, ' ') WHEN 0 THEN 'left' ELSE substr(stage, instr(stage, ' ') + 1) END,
        path, digest
    FROM kept;
DROP TABLE kept;
ALTER TABLE file RENAME TO kept
"""
MIGRATIONS = (_FIRST, _HOW)
"""one script for each version of the file, applied in order"""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring an open file to the newest version, inside the caller's transaction."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    for number, script in enumerate(MIGRATIONS[version:], version + 1):
        # Not executescript: it would commit the transaction that makes it whole.
        for statement in script.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")
