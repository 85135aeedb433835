"""history.db, opened: one connection, short transactions, a broken file put aside."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, contextmanager
from threading import RLock

from innerloop.core.errors import LoopError
from innerloop.system.history.schema import MIGRATIONS, migrate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE = 10.0
_SAYINGS = {
    "SQLITE_BUSY": ("is held by another process", "try again when it is done"),
    "SQLITE_LOCKED": ("is held by another process", "try again when it is done"),
    "SQLITE_FULL": ("cannot be written, the disk is full", "make room"),
    "SQLITE_READONLY": ("cannot be written", "make .loop writable"),
    "SQLITE_IOERR": ("cannot be read or written", "look at the disk"),
    "SQLITE_CORRUPT": ("is damaged", "delete it: only history is lost"),
    "SQLITE_NOTADB": ("is damaged", "delete it: only history is lost"),
}
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-")


class Store:
    """The database of one project. Reading a file that is not there yet finds nothing."""

    def __init__(self, path: str, *, write: bool) -> None:
        self.path = path
        self.warnings: list[str] = []
        self._lock = RLock()
        self._written = write
        self._connection = self._open(write=write)

    def close(self) -> None:
        self._connection.close()

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        try:
            with self._lock, closing(self._connection.execute(query, values)) as cursor:
                return cursor.fetchall()
        except sqlite3.DatabaseError as error:
            raise self._told(error) from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A transaction that has the file for itself; another process's is waited for."""
        with self._lock:
            if self._written and not os.path.exists(self.path):
                raise LoopError(
                    f"{self.path} was removed while a loop ran",
                    "leave .loop alone: git clean -e .loop, and not the whole folder",
                )
            try:
                self._connection.execute("BEGIN IMMEDIATE")
            except sqlite3.DatabaseError as error:
                raise self._told(error) from error
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.DatabaseError):
                    raise self._told(error) from error
                raise

    def _told(self, error: sqlite3.DatabaseError) -> Exception:
        said = next(
            (w for name, w in _SAYINGS.items() if error.sqlite_errorname.startswith(name)), None
        )
        if said is None:
            return error
        what, hint = said
        return LoopError(f"history {what}: {self.path} ({error})", hint)

    def _open(self, *, write: bool) -> sqlite3.Connection:
        if not write and not os.path.exists(self.path):
            return _ready(":memory:", write=True)
        try:
            return _ready(self.path, write=write)
        except sqlite3.OperationalError as error:
            # Locked, read-only, no space, no descriptor: all of that says nothing of the file.
            if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
                raise LoopError(f"cannot open {self.path}: {error}") from error
            return self._anew(write=write)
        except sqlite3.DatabaseError:
            if not write and os.path.exists(f"{self.path}-wal"):
                # Somebody began to write while we read as if nobody would.
                return _ready(self.path, write=False)
            return self._anew(write=write)

    def _anew(self, *, write: bool) -> sqlite3.Connection:
        if not write:
            return _ready(":memory:", write=True)
        aside = f"{self.path}.broken-{int(time.time())}"
        os.replace(self.path, aside)
        for tail in ("-wal", "-shm"):
            if os.path.exists(self.path + tail):
                os.replace(self.path + tail, aside + tail)
        self.warnings.append(f"history could not be read and was put aside as {aside}")
        return _ready(self.path, write=True)


def _ready(path: str, *, write: bool) -> sqlite3.Connection:
    # Without a log beside it nobody is writing: then reading may leave no file behind either.
    mode = "rwc" if write else "ro" if os.path.exists(f"{path}-wal") else "ro&immutable=1"
    uri = path if path == ":memory:" else f"file:{_quoted(path)}?mode={mode}"
    if write and path != ":memory:":
        _private(path)
    connection = sqlite3.connect(
        uri,
        timeout=_PATIENCE,
        isolation_level=None,
        check_same_thread=False,
        uri=path != ":memory:",
    )
    try:
        if write:
            _bring_up(connection)
        connection.execute("SELECT id FROM runs LIMIT 1").fetchone()
        if not write:
            return _as_new(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _private(path: str) -> None:
    """Make the file, for its owner alone, where it is not there yet."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise LoopError(f"cannot open {path}: {error.strerror}") from error


def _bring_up(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise LoopError(
            "history.db was written by a newer innerloop", "upgrade, or delete .loop/history.db"
        )
    if version < len(MIGRATIONS):
        _log_ahead(connection)
        connection.execute("BEGIN EXCLUSIVE")
        # Somebody else may have been first while we waited for the file.
        migrate(connection)  # where it fails, closing the connection takes all of it back
        connection.execute("COMMIT")
    connection.execute("PRAGMA synchronous = NORMAL")


def _as_new(connection: sqlite3.Connection) -> sqlite3.Connection:
    """A file of an older version, that is only read, as one of ours: brought up in memory."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version >= len(MIGRATIONS):
        return connection
    copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    with closing(connection):
        connection.backup(copy)
    migrate(copy)
    return copy


def _log_ahead(connection: sqlite3.Connection) -> None:
    # SQLite's own patience does not cover this switch: two who make the file at once collide.
    limit = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() >= limit:
                raise
            time.sleep(0.005)
        else:
            return


def _quoted(path: str) -> str:
    return "".join(
        chr(byte) if chr(byte) in _PLAIN else f"%{byte:02X}" for byte in os.fsencode(path)
    )
