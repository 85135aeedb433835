"""Acceptances: which snapshots were taken over, by whom, and what they were before and since.

They stand in history and not in a file of the repository: two branches that accept would meet in
it each time. What was accepted is committed as the snapshots are, and git says by whom.
"""

from __future__ import annotations

from typing import NamedTuple

from innerloop.core.model import Outcome
from innerloop.core.snapshots import Accepted, Replaced

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from innerloop.system.history.store import Store


def keep(connection: sqlite3.Connection, run: str, accepted: Accepted) -> None:
    """Record an acceptance beside the run that was to prove it."""
    connection.executemany(
        "INSERT INTO accepted (run, loop, who, path, old, new) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (int(run), accepted.loop, accepted.who, _storable(one.path), one.old, one.new)
            for one in accepted.files
        ],
    )


def of(store: Store, run: str) -> tuple[Accepted, ...]:
    """What was accepted with a run, a loop each."""
    if not store.rows("SELECT 1 FROM sqlite_master WHERE name = 'accepted'"):
        return ()  # a file of an older version, which whoever only reads leaves as it is
    query = "SELECT loop, who, path, old, new FROM accepted WHERE run = ? ORDER BY id"
    found: dict[tuple[str, str], list[Replaced]] = {}
    for loop, who, *file in store.rows(query, int(run)):
        found.setdefault((str(loop), str(who)), []).append(Replaced(*map(str, file)))
    return tuple(Accepted(loop, who, tuple(files)) for (loop, who), files in found.items())


class Latest(NamedTuple):
    """A loop's latest verdict, on whatever content."""

    passed: bool
    began: float
    ended: float
    fingerprint: str
    log: str
    command: str


def latest(store: Store, loop: str) -> Latest | None:
    """When the loop last came to a verdict, and to which; None: never."""
    query = (
        "SELECT outcome, at, seconds, fingerprint, log, command FROM results WHERE loop = ? "
        "AND outcome IN ('passed', 'failed', 'timed out') ORDER BY id DESC LIMIT 1"
    )
    for outcome, at, seconds, fingerprint, log, command in store.rows(query, loop):
        began = float(str(at))
        ended = began + float(str(seconds))
        passed = outcome == Outcome.PASSED
        return Latest(passed, began, ended, str(fingerprint), str(log), str(command))
    return None


def _storable(path: str) -> str:
    return path.encode("utf-8", "backslashreplace").decode()
