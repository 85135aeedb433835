"""What was spent: noted before a loop that costs is started, so that no crash forgets it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from innerloop.core.errors import LoopError
from innerloop.core.money import amount, over, price

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from innerloop.core.model import Loop, Result
    from innerloop.core.money import Spend
    from innerloop.system.history.store import Store


class Spent(NamedTuple):
    """A sum, and how many times something was paid for."""

    total: float
    times: int


def reserve(connection: sqlite3.Connection, run: str, loop: Loop, spend: Spend, at: float) -> int:
    """Note what a loop is about to cost; a `LoopError` where that is more than a day may.

    `run`: the walk it is part of; empty: none. Inside the transaction that looked, so that two
    walks cannot both have the last of it.
    """
    today = _since(connection, midnight(at)).total
    if over(spend.day, today + price(loop)):
        raise LoopError(
            f"loop {loop.name!r} costs {amount(price(loop), spend.unit)}, and "
            f"{amount(today, spend.unit)} of {amount(spend.day or 0.0, spend.unit)} is spent today",
            "wait for tomorrow, or raise 'spend: {day: ...}' in loops.yaml",
        )
    query = "INSERT INTO spent (at, run, loop, amount) VALUES (?, ?, ?, ?)"
    row = (at, int(run) if run else None, loop.name, price(loop))
    return int(connection.execute(query, row).lastrowid or 0)


def note(connection: sqlite3.Connection, run: str, result: Result) -> int:
    """Note that a loop has cost something, of which loops.yaml says nothing."""
    query = "INSERT INTO spent (at, run, loop, amount) VALUES (?, ?, ?, 0)"
    return int(connection.execute(query, (result.at, int(run), result.loop)).lastrowid or 0)


def told(connection: sqlite3.Connection, number: int, actual: float) -> None:
    """It did cost something else, as its own results say."""
    connection.execute("UPDATE spent SET amount = ?, told = 1 WHERE id = ?", (actual, number))


def since(store: Store, at: float, *loops: str) -> Spent:
    """What was spent from that moment on, on all loops or on these."""
    marks = ", ".join("?" * len(loops))
    where = f" AND loop IN ({marks})" if loops else ""
    query = f"SELECT COALESCE(SUM(amount), 0), COUNT(*) FROM spent WHERE at >= ?{where}"
    for total, times in store.rows(query, at, *loops):
        return Spent(float(str(total)), int(str(times)))
    return Spent(0.0, 0)


def _since(connection: sqlite3.Connection, at: float) -> Spent:
    query = "SELECT COALESCE(SUM(amount), 0), COUNT(*) FROM spent WHERE at >= ?"
    return Spent(*connection.execute(query, (at,)).fetchone())


def of_runs(store: Store, runs: tuple[str, ...]) -> dict[str, float]:
    """What each of these runs has cost; those that cost nothing are left out."""
    marks = ", ".join("?" * len(runs))
    query = f"SELECT run, SUM(amount) FROM spent WHERE run IN ({marks}) GROUP BY run"
    return {str(run): float(str(total)) for run, total in store.rows(query, *map(int, runs))}


def midnight(at: float) -> float:
    """When the day of that moment began, by this machine's clock."""
    return datetime.fromtimestamp(at).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()  # noqa: DTZ006 - a person's day
