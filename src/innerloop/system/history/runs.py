"""Walks, as they are kept and found again."""

from __future__ import annotations

from innerloop.core.errors import LoopError
from innerloop.core.model import Run, Verdict
from innerloop.system.history import ledger

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from innerloop.core.model import Result
    from innerloop.system.history.store import Store

_FIELDS = "id, at, seconds, verdict, command, why, commit_id, branch, dirty"


def begin(connection: sqlite3.Connection, at: float, command: str, why: str) -> str:
    """A new run, unfinished; its id."""
    query = "INSERT INTO runs (at, command, why) VALUES (?, ?, ?)"
    return str(connection.execute(query, (at, command, why)).lastrowid)


def end(connection: sqlite3.Connection, run: Run) -> None:
    dirty = None if run.dirty is None else int(run.dirty)
    connection.execute(
        "UPDATE runs SET seconds = ?, verdict = ?, commit_id = ?, branch = ?, dirty = ? "
        "WHERE id = ?",
        (run.seconds, str(run.verdict), run.commit, run.branch, dirty, int(run.id)),
    )


def recent(store: Store, most: int, *loops: str) -> tuple[Run, ...]:
    """The latest runs, newest first, without their results; of these loops where any is named."""
    # From the newest on, until there are enough: most loops are in most runs.
    places = ", ".join("?" * len(loops))
    has = f"EXISTS (SELECT 1 FROM results WHERE run = runs.id AND loop IN ({places}))"
    where = f"WHERE {has}" if loops else ""
    query = f"SELECT {_FIELDS} FROM runs {where} ORDER BY id DESC LIMIT ?"
    return tuple(_run(row, ()) for row in store.rows(query, *loops, most))


def several(store: Store, numbers: Iterable[str]) -> dict[str, Run]:
    """These runs, by their ids, without their results."""
    wanted = ", ".join(str(int(number)) for number in numbers)
    query = f"SELECT {_FIELDS} FROM runs WHERE id IN ({wanted})"
    return {str(row[0]): _run(row, ()) for row in store.rows(query)}


def found(store: Store, name: str) -> Run:
    """One run whole; the latest where no name is given."""
    wanted = name.lstrip("#")
    if wanted and not (wanted.isascii() and wanted.isdigit() and len(wanted) < 18):  # noqa: PLR2004
        raise LoopError(f"{name!r} is not a run", "`loop history` lists them by number")
    where = "WHERE id = ?" if wanted else ""
    query = f"SELECT {_FIELDS} FROM runs {where} ORDER BY id DESC LIMIT 1"
    for row in store.rows(query, *([int(wanted)] if wanted else [])):
        return _run(row, ledger.results(store, str(row[0])))
    if wanted:
        raise LoopError(f"there is no run {wanted} in this project's history")
    raise LoopError("nothing has run here yet", "loop inner")


def _run(row: tuple[object, ...], results: tuple[Result, ...]) -> Run:
    number, at, seconds, verdict, command, why, commit, branch, dirty = row
    return Run(
        id=str(number),
        at=float(str(at)),
        seconds=float(str(seconds or 0)),
        # A walk that never wrote its end was killed, or is still going on.
        verdict=Verdict(str(verdict)) if verdict else Verdict.INTERRUPTED,
        command=str(command),
        results=results,
        why=str(why),
        commit=str(commit),
        branch=str(branch),
        dirty=None if dirty is None else bool(dirty),
    )
