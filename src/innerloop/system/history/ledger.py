"""The ledger: history, asked whether this fingerprint has passed before."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from innerloop.core.model import JUDGED, WARM, Outcome, Result
from innerloop.system.history.manifest import (
    SHARED,
    body_of,
    fetch,
    fetch_ingredients,
    keep,
    keep_ingredients,
    pieces,
    table_of,
)
from innerloop.system.history.told import packed, unpacked

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence
    from typing import Any

    from innerloop.core.fingerprint import Ingredients
    from innerloop.system.history.store import Store

_COMPLETED = "('passed', 'failed', 'timed out', 'inconclusive')"
_COUNTS = "outcome = 'passed' AND NOT flaky AND NOT empty AND fingerprint != ''"
_KEPT = 20
"""passes of a loop whose ingredients are kept, newest first"""
_NAMING = (
    *("ingredients of results", "outputs of results"),
    *("ingredients of lineages", "setting of lineages"),
)
"""where the manifests are named"""

_FIELDS = (
    "loop, outcome, reason, at, seconds, exit_code, log, out, attempts, required, flaky, empty, "
    "fingerprint, command, moved, mode, warnings, gates"
)


class Verdict(NamedTuple):
    """The latest completed verdict on a fingerprint."""

    id: int
    run: str
    result: Result
    outputs: Mapping[str, str]


def latest(store: Store, fingerprint: str) -> Verdict | None:
    """The latest completed verdict on this fingerprint, whatever it was."""
    query = (
        f"SELECT id, run, outputs, {_FIELDS} FROM results "
        # Said again, or SQLite does not see that the partial index has all there is to find.
        f"WHERE fingerprint = ? AND fingerprint != '' AND outcome IN {_COMPLETED} "
        f"ORDER BY id DESC LIMIT 1"
    )
    for number, run, outputs, *row in store.rows(query, fingerprint):
        kept = table_of(store, str(outputs)) if outputs else {}
        if kept is None:
            return None
        return Verdict(int(str(number)), str(run), result(row), kept)
    return None


def newest(store: Store, fingerprint: str) -> int:
    """The number of the latest completed verdict on this fingerprint; 0: there is none."""
    query = (
        f"SELECT MAX(id) FROM results "
        f"WHERE fingerprint = ? AND fingerprint != '' AND outcome IN {_COMPLETED}"
    )
    return next((int(str(row[0])) for row in store.rows(query, fingerprint) if row[0]), 0)


Recalled = dict[str, tuple[str, "Ingredients"]]
"""loop -> the ingredients that were last fetched for it, and the digest they are kept by"""


def last_pass(
    store: Store, loop: str, recalled: Recalled | None = None
) -> tuple[float, str, Ingredients] | None:
    """The loop's latest pass that counts, on whatever content: when, in which run, of what.

    What is `recalled` is not fetched once more.
    """
    query = (
        f"SELECT at, run, ingredients FROM results "
        f"WHERE loop = ? AND {_COUNTS} AND ingredients IS NOT NULL ORDER BY id DESC LIMIT 1"
    )
    for at, run, digest in store.rows(query, loop):
        known, found = (recalled or {}).get(loop, ("", None))
        if known != digest:
            record = table_of(store, str(digest))
            found = fetch_ingredients(record, lambda key: body_of(store, key)) if record else None
        if found is not None and recalled is not None:
            recalled[loop] = (str(digest), found)
        return (float(str(at)), str(run), found) if found else None
    return None


def unremembered(store: Store, loop: str) -> str:
    """Why the loop's latest verdict, a pass, does not count; empty where it does, or is none."""
    query = f"SELECT {_FIELDS} FROM results WHERE loop = ? AND outcome IN {_COMPLETED} "
    for row in store.rows(query + "ORDER BY id DESC LIMIT 1", loop):
        last = result(row)
        if last.outcome is not Outcome.PASSED:
            return ""
        if last.flaky or last.empty:
            return last.reason
        return last.warnings[0] if last.moved and last.warnings else ""
    return ""


def seconds(store: Store, loop: str, most: int, *, warm: bool = False) -> tuple[float, ...]:
    """How long the loop's latest passes took, newest first, in a warm process or without."""
    query = (
        "SELECT seconds FROM results WHERE loop = ? AND outcome = 'passed' "
        f"AND mode {'=' if warm else '!='} '{WARM}' ORDER BY id DESC LIMIT ?"
    )
    return tuple(float(str(row[0])) for row in store.rows(query, loop, most))


def verdicts(store: Store, loop: str, most: int) -> tuple[tuple[str, Result], ...]:
    """The latest verdicts of a loop that really ran, newest first, each with its run."""
    # One after another, since the index has the outcomes apart.
    each = (
        f"SELECT * FROM (SELECT id, run, {_FIELDS} FROM results WHERE loop = ? "
        f"AND outcome = '{outcome}' ORDER BY id DESC LIMIT ?)"
        for outcome in JUDGED
    )
    query = f"{' UNION ALL '.join(each)} ORDER BY id DESC LIMIT ?"
    rows = store.rows(query, *(loop, most) * len(JUDGED), most)
    return tuple((str(run), result(row)) for _, run, *row in rows)


def tried(store: Store, loop: str) -> float:
    """How long the loop has been given to try in vain, at most, in seconds; 0: it never was."""
    query = (
        "SELECT MAX(seconds) FROM results "
        "WHERE loop = ? AND outcome = 'deferred' AND exit_code IS NOT NULL"
    )
    return max(float(str(row[0] or 0.0)) for row in store.rows(query, loop))


def deferred(store: Store, loop: str) -> int:
    """How often the loop has been left for later."""
    query = "SELECT COUNT(*) FROM results WHERE loop = ? AND outcome = 'deferred'"
    return sum(int(str(row[0])) for row in store.rows(query, loop))


def insert(
    connection: sqlite3.Connection,
    run: str,
    result: Result,
    ingredients: Ingredients | None,
    outputs: Mapping[str, str],
) -> str | None:
    """Record what came of a step; of a pass also what it was a pass of: by which digest."""
    kept = keep_ingredients(connection, ingredients) if ingredients is not None else None
    left = keep(connection, outputs) if outputs else None
    lists = {"warnings": "\n".join(result.warnings), "gates": packed(result.gates)}
    row = tuple(map(storable, (result._asdict() | lists).values()))
    places = ", ".join("?" * (len(row) + 3))
    connection.execute(
        f"INSERT INTO results ({_FIELDS}, run, ingredients, outputs) VALUES ({places})",
        (*row, int(run), kept, left),
    )
    if kept:
        _forget(connection, result.loop)
    return kept


def inserted(connection: sqlite3.Connection) -> int:
    """The number of the result that was recorded last, asked in its own transaction."""
    (number,) = connection.execute("SELECT MAX(id) FROM results").fetchone()
    return int(number)


def storable(value: object) -> object:
    """A value as the database can hold it."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        # A name that is not UTF-8 is shown with its bytes, which a database cannot hold.
        return str(value).encode("utf-8", "backslashreplace").decode()
    return value


def result(row: Sequence[Any]) -> Result:
    """A row of `_FIELDS`, typed again."""
    raw = Result(*row)
    return raw._replace(
        outcome=Outcome(raw.outcome),
        required=bool(raw.required),
        flaky=bool(raw.flaky),
        empty=bool(raw.empty),
        moved=bool(raw.moved),
        warnings=tuple(str(raw.warnings).split("\n")) if raw.warnings else (),
        gates=unpacked(str(raw.gates)) if raw.gates else (),
    )


def results(store: Store, run: str) -> tuple[Result, ...]:
    """Every result of a run, in the order they came."""
    query = f"SELECT {_FIELDS} FROM results WHERE run = ? ORDER BY id"
    return tuple(result(row) for row in store.rows(query, int(run)))


def _forget(connection: sqlite3.Connection, loop: str) -> None:
    """Let go of the ingredients of old passes; what nothing names any more goes with a sweep."""
    connection.execute(
        "UPDATE results SET ingredients = NULL WHERE loop = ? AND ingredients IS NOT NULL "
        "AND id <= (SELECT id FROM results WHERE loop = ? AND ingredients IS NOT NULL "
        "ORDER BY id DESC LIMIT 1 OFFSET ?)",
        (loop, loop, _KEPT),
    )


def sweep(connection: sqlite3.Connection) -> None:
    """Drop manifests that no result names, directly or through one that does."""
    named: set[str] = set()
    for place in _NAMING:
        column, _, table = place.partition(" of ")
        query = f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL"
        named.update(row[0] for row in connection.execute(query))
    left = list(named)
    query = "SELECT DISTINCT examples FROM measures WHERE examples IS NOT NULL"
    named.update(row[0] for row in connection.execute(query))
    while left:
        found = connection.execute("SELECT body FROM manifests WHERE digest = ?", (left.pop(),))
        for (body,) in found.fetchall():
            record = fetch(body)
            within = {*pieces(body), *(record.get(part, "") for part in SHARED)} - named
            named |= within
            left += within
    every = {row[0] for row in connection.execute("SELECT digest FROM manifests")}
    with suppress(ValueError):
        connection.executemany(
            "DELETE FROM manifests WHERE digest = ?", [(digest,) for digest in every - named]
        )


def runs_with_out(store: Store) -> set[str]:
    """Runs whose `{out}` folders belong to passes that may still count."""
    query = (
        f"SELECT DISTINCT run FROM (SELECT run, ROW_NUMBER() OVER "
        f"(PARTITION BY loop ORDER BY id DESC) AS nth FROM results WHERE {_COUNTS} AND out != '') "
        f"WHERE nth <= ?"
    )
    return {str(row[0]) for row in store.rows(query, _KEPT)}
