"""Lineages, as they are kept and found again."""

from __future__ import annotations

from innerloop.core.lineage import KEPT, KEPT_OF_NUMBERS, Lineage, Origin, Setting
from innerloop.system.history.ledger import storable
from innerloop.system.history.manifest import (
    body_of,
    fetch_ingredients,
    keep,
    keep_ingredients,
    table_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Container

    from innerloop.core.fingerprint import Ingredients
    from innerloop.system.history.store import Store

_FIELDS = "commit_id, branch, dirty, patch, note, setting, inputs, after, files, moved, again"
_LOCK = "lock "


def insert(
    connection: sqlite3.Connection, lineage: Lineage, ingredients: Ingredients, kept: str | None
) -> None:
    """Record a lineage; `kept`: the digest of the ingredients, where the ledger has them."""
    if kept is None and ingredients.command:
        kept = keep_ingredients(connection, ingredients)
    row = (
        lineage.loop,
        int(lineage.run),
        lineage.commit,
        lineage.branch,
        None if lineage.dirty is None else int(lineage.dirty),
        lineage.patch,
        lineage.note,
        keep(connection, _table(lineage.setting)),
        lineage.inputs,
        lineage.after,
        lineage.files,
        "\n".join(lineage.moved),
        lineage.again,
        kept,
    )
    places = ", ".join("?" * len(row))
    connection.execute(
        # A walk that begins anew, because something wrote, may run a loop twice.
        f"INSERT OR REPLACE INTO lineages (loop, run, {_FIELDS}, ingredients) VALUES ({places})",
        tuple(map(storable, row)),
    )


def of(store: Store, run: str, loop: str) -> Origin | None:
    """The lineage of a loop in a run; None where none was noted."""
    query = f"SELECT run, ingredients, {_FIELDS} FROM lineages WHERE loop = ? AND run = ?"
    for row in store.rows(query, loop, int(run)):
        return _origin(store, loop, row)
    return None


def ingredients(store: Store, run: str, loop: str) -> Ingredients | None:
    """What a loop passed on in a run, as the ledger remembers it; None where it does no more."""
    query = "SELECT ingredients FROM results WHERE run = ? AND loop = ? ORDER BY id DESC LIMIT 1"
    for (digest,) in store.rows(query, int(run), loop):
        record = table_of(store, str(digest)) if digest else None
        return fetch_ingredients(record, lambda key: body_of(store, key)) if record else None
    return None


def prune(connection: sqlite3.Connection, numbered: Container[str]) -> None:
    """Let go of old ones; those of loops that leave numbers are kept far longer."""
    loops = connection.execute("SELECT DISTINCT loop FROM lineages").fetchall()
    for (loop,) in loops:
        connection.execute(
            "DELETE FROM lineages WHERE loop = ? AND run <= (SELECT run FROM lineages "
            "WHERE loop = ? ORDER BY run DESC LIMIT 1 OFFSET ?)",
            (loop, loop, KEPT_OF_NUMBERS if loop in numbered else KEPT),
        )


def patches(store: Store) -> frozenset[str]:
    """The patches that some run is of."""
    rows = store.rows("SELECT DISTINCT patch FROM lineages WHERE patch != ''")
    return frozenset(str(row[0]) for row in rows)


def _origin(store: Store, loop: str, row: tuple[object, ...]) -> Origin:
    run, kept, commit, branch, dirty, patch, note, setting, inputs, after, files, moved, again = row
    record = table_of(store, str(kept)) if kept else None
    found = fetch_ingredients(record, lambda key: body_of(store, key)) if record else None
    lineage = Lineage(
        run=str(run),
        loop=loop,
        commit=str(commit),
        branch=str(branch),
        dirty=None if dirty is None else bool(dirty),
        patch=str(patch),
        note=str(note),
        setting=_setting(table_of(store, str(setting)) or {}),
        inputs=str(inputs),
        after=str(after),
        files=int(str(files)),
        moved=tuple(str(moved).split("\n")) if moved else (),
        packages=record["packages"] if record else "",
        again=str(again),
    )
    return Origin(lineage, found)


def _table(setting: Setting) -> dict[str, str]:
    pairs = zip(setting._fields, setting, strict=True)
    plain = {name: value for name, value in pairs if isinstance(value, str)}
    return plain | {f"{_LOCK}{name}": digest for name, digest in setting.locks}


def _setting(table: dict[str, str]) -> Setting:
    plain = {name: table.get(name, "") for name in Setting._fields if name != "locks"}
    locks = [(k[len(_LOCK) :], v) for k, v in table.items() if k.startswith(_LOCK)]
    return Setting(**plain, locks=tuple(locks))
