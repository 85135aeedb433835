"""What runs have left on the disk: a journal that does not know of it is not the one of these runs.

A run is in the journal before it has a folder, and an attempt before its command is begun. So a
folder that the journal does not know says that it was lost, or that an older copy was put back.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from innerloop.core.errors import LoopError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from innerloop.system.journal.place import Room

_HINT = (
    "nothing was done. Put back the journal that belongs to them; or see what is live where and "
    "that nothing is at work, and move {} away"
)


class Traces(NamedTuple):
    """Folders of runs, as they were before the journal was read: what it says is never older."""

    runs: frozenset[str] = frozenset()


def traces(room: Room) -> Traces:
    """The runs that have left something."""
    try:
        return Traces(frozenset(os.listdir(f"{room.folder}/runs")))
    except FileNotFoundError:
        return Traces()
    except OSError as error:
        said = f"cannot see what runs have left in {room.folder}/runs: {error.strerror}"
        raise LoopError(said, "make it readable: nothing was done") from error


def refuse_lost(room: Room, found: Traces) -> None:
    """Raise where there is no journal, and there was one."""
    if found.runs:
        there = os.path.exists(room.journal)
        raise LoopError(
            f"the journal {'is empty' if there else 'is gone'}: {room.journal}, though "
            f"{len(found.runs)} runs of outer loops were written in it",
            _HINT.format(f"{room.folder}/runs"),
        )


def refuse_older(room: Room, found: Traces, db: sqlite3.Connection) -> None:
    """Raise where the journal knows less than what is there to be seen."""
    if not found.runs:
        return
    known = "SELECT 1 FROM run WHERE id = ?"
    strange = sorted(run for run in found.runs if not db.execute(known, (run,)).fetchone())
    if not strange:
        # What a run has begun since is to be seen only of one that had not ended then.
        rows = db.execute("SELECT id FROM run WHERE end = ''").fetchall()
        strange = [one for (run,) in rows for one in _begun(room, str(run), db)]
    if strange:
        place = f"{room.folder}/runs/{strange[-1]}"
        raise LoopError(
            f"the journal is older than what was done: {room.journal} knows nothing of {place}",
            _HINT.format(place),
        )


def _begun(room: Room, run: str, db: sqlite3.Connection) -> list[str]:
    """What a run has begun that the journal does not know of."""
    place = f"{room.folder}/runs/{run}"
    try:
        names = os.listdir(place)
    except FileNotFoundError:
        return []
    begun = {f"{run}/{name}" for name in names if os.path.exists(f"{place}/{name}/begun")}
    rows = db.execute("SELECT stage, n, act FROM attempt WHERE run = ?", (run,))
    return sorted(begun - {f"{run}/{stage}.{n}.{act}" for stage, n, act in rows})
