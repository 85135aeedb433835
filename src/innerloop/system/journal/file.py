"""outer.db, opened: every commit on the disk before anything is done, and closed to what is odd.

The log is not written ahead: what is wanted is one file, and every commit durable, not speed.
A file that cannot be read is never put aside and begun anew, as a history may be: then nobody
would know any more what is live.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import sys
from contextlib import contextmanager, suppress

from innerloop.core.errors import LoopError
from innerloop.system.crash import crash
from innerloop.system.journal.schema import MIGRATIONS, migrate
from innerloop.system.journal.traces import refuse_lost, refuse_older, traces
from innerloop.system.mounts import shared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.system.journal.place import Room

PATIENCE = 30.0
_DAMAGED = "copy it aside, and restore it, or delete it once you know what is live where"
_MOVED = "nothing more is done: put the right one back, then: loop outer resume"
_SAYINGS = {
    "SQLITE_BUSY": ("is held by another process", "try again when it is done"),
    "SQLITE_LOCKED": ("is held by another process", "try again when it is done"),
    "SQLITE_FULL": ("cannot be written: the disk is full", "make room, then: loop outer resume"),
    "SQLITE_READONLY": ("cannot be written", "make it and its folder writable"),
    "SQLITE_CANTOPEN": ("cannot be opened", "make its folder readable and writable"),
    "SQLITE_IOERR": ("cannot be read or written", "look at the disk, then: loop outer resume"),
    "SQLITE_CORRUPT": ("is damaged", _DAMAGED),
    "SQLITE_NOTADB": ("is damaged", _DAMAGED),
}


class File:
    """The journal's file. A reader of one that is not there yet finds nothing."""

    def __init__(self, room: Room, *, write: bool) -> None:
        self.path = room.journal
        self._which = (0, 0)
        try:
            self._connection = self._open(room, write=write)
        except sqlite3.DatabaseError as error:
            raise self.told(error) from error

    def close(self) -> None:
        self._connection.close()

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise self.told(error) from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A short one, that has the file for itself; durable once it is over."""
        crash("before a transaction")
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                crash("before its commit")
                self._unmoved()
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.DatabaseError as error:
            self._unmoved()
            raise self.told(error) from error
        crash("after its commit")

    def told(self, error: sqlite3.DatabaseError) -> Exception:
        name = getattr(error, "sqlite_errorname", "") or ""
        said = next((words for start, words in _SAYINGS.items() if name.startswith(start)), None)
        if said is None and isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
            return error  # that is us, and not the file
        what, hint = said or ("cannot be used", _DAMAGED)
        return LoopError(f"the journal {what}: {self.path} ({error})", hint)

    def _unmoved(self) -> None:
        """Raise where what is open is not what others find: nobody would know what is written."""
        try:
            now = os.stat(self.path)
        except FileNotFoundError:
            raise LoopError(f"the journal was removed meanwhile: {self.path}", _MOVED) from None
        if self._which != (now.st_dev, now.st_ino):
            said = f"the journal was replaced meanwhile: {self.path} is another file now"
            raise LoopError(said, _MOVED)
        if not now.st_size:
            raise LoopError(f"the journal was emptied meanwhile: {self.path}", _MOVED)

    def _open(self, room: Room, *, write: bool) -> sqlite3.Connection:
        left = traces(room)
        if not (os.path.exists(self.path) and os.stat(self.path).st_size):
            refuse_lost(room, left)
            if not write:
                return _settled(sqlite3.connect(":memory:", isolation_level=None), make=True)
        if write:
            self._private(room)
        before = os.stat(self.path)
        self._which = (before.st_dev, before.st_ino)
        connection = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
        try:
            if _version(connection):
                settled = _settled(connection, make=write)
            else:
                refuse_lost(room, left)
                settled = _begun(room, connection)
            if write:
                self._whole(settled)
            self._unmoved()
            refuse_older(room, left, connection)
        except BaseException:
            connection.close()
            raise
        return settled

    def _whole(self, connection: sqlite3.Connection) -> None:
        """Raise where it is torn: copied while it was written, or beside another's rollback."""
        (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise LoopError(f"the journal is damaged: {self.path} ({found})", _DAMAGED)

    def _private(self, room: Room) -> None:
        """Make the file where it is not there yet, for those alone who may have it."""
        if kind := shared(room.folder):
            raise LoopError(
                f"the journal would be on a network filesystem ({kind}): {room.folder}",
                "locks are not to be relied on there: name a folder of this machine in LOOP_STATE",
            )
        # One that is there is not opened: as we close it again, the kernel takes every lock on it
        # from this process, that of another thread's transaction with the others.
        if os.path.exists(self.path):
            return
        try:
            room.make()
            with suppress(FileExistsError):
                os.close(room.open("outer.db", os.O_RDWR | os.O_EXCL))
        except OSError as error:
            raise LoopError(
                f"cannot keep the journal in {room.folder}: {error.strerror}",
                "make it writable, or name another folder in LOOP_STATE",
            ) from error


def _begun(room: Room, connection: sqlite3.Connection) -> sqlite3.Connection:
    """The tables of a new file, where nothing is at work that another knew of."""
    others = room.at_work(fcntl.LOCK_EX | fcntl.LOCK_NB)
    if others is None:
        # Or somebody else begins one right now: they are waited for.
        others = room.at_work(fcntl.LOCK_SH)
        if not _version(connection):
            raise LoopError(
                f"the journal is gone: {room.journal}, and what was begun is still at work",
                "wait until it has ended, and see what is live where: nothing was done",
            )
    try:
        return _settled(connection, make=True)
    finally:
        if others is not None:
            os.close(others)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _settled(connection: sqlite3.Connection, *, make: bool) -> sqlite3.Connection:
    """The settings of every connection, and the tables as this version has them."""
    for setting in ("journal_mode=DELETE", "synchronous=EXTRA", "foreign_keys=ON"):
        if make or "journal" not in setting:
            connection.execute(f"PRAGMA {setting}")
    if sys.platform == "darwin":
        connection.execute("PRAGMA fullfsync=1")
    version = _version(connection)
    if version > len(MIGRATIONS):
        raise LoopError(
            "the journal was written by a newer innerloop", "upgrade: nothing was done with it"
        )
    if not make and 0 < version < len(MIGRATIONS):
        # Who only looks leaves the file as it is.
        aside = sqlite3.connect(":memory:", isolation_level=None)
        connection.backup(aside)
        connection.close()
        connection = aside
    if version < len(MIGRATIONS) and (make or version):
        connection.execute("BEGIN EXCLUSIVE")
        migrate(connection)  # where it fails, closing the connection takes all of it back
        connection.execute("COMMIT")
    connection.execute("SELECT seq FROM run LIMIT 1").fetchone()
    return connection
