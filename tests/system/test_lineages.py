"""Lineages in history, and how little they take."""

from __future__ import annotations

from contextlib import closing
from hashlib import sha1
from typing import TYPE_CHECKING

import pytest

from innerloop.core.fingerprint import Ingredients, gather
from innerloop.core.lineage import KEPT, Lineage, Setting
from innerloop.system.history import ledger, lineages
from innerloop.system.history.manifest import fetch, keep_long, pieces
from innerloop.system.history.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SETTING = Setting("Ada", "box", "/bin/python", "3.12.1", (("uv.lock", "1"), ("a b.lock", "2")))
WHOLE = Lineage(
    "1",
    "unit",
    "c" * 40,
    "main",
    True,
    "p" * 32,
    "something is lacking",
    SETTING,
    "i" * 32,
    "a" * 32,
    3,
    ("a.py", "b\udcff.py"),
    "",
    "7",
)


def made(files: dict[str, str]) -> Ingredients:
    return Ingredients("pytest", "", (), gather(files), {}, {}, {}, {"numpy": "1.0 x"}, {})


def many(count: int) -> dict[str, str]:
    return {f"src/{number:05}.py": blob(number) for number in range(count)}


def blob(number: int) -> str:
    """A digest that can be squeezed no more than any other."""
    return f"100644 {sha1(bytes(str(number), 'ascii'), usedforsecurity=False).hexdigest()}"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(str(tmp_path / "history.db"), write=True)) as found:
        yield found


def put(db: Store, lineage: Lineage, ingredients: Ingredients) -> None:
    with db.transaction() as connection:
        lineages.insert(connection, lineage, ingredients, None)


def count(db: Store, table: str) -> int:
    return int(str(db.rows(f"SELECT COUNT(*) FROM {table}")[0][0]))


def test_a_lineage_is_found_again_as_it_was(db: Store) -> None:
    put(db, WHOLE, made({"a.py": "1"}))

    found = lineages.of(db, "1", "unit")

    assert found is not None
    assert found.ingredients == made({"a.py": "1"})
    assert found.lineage.packages
    # What is no UTF-8 is kept as it is shown.
    told = found.lineage._replace(packages="", moved=WHOLE.moved)
    assert told == WHOLE
    assert found.lineage.moved == ("a.py", r"b\udcff.py")
    assert lineages.of(db, "2", "unit") is None
    assert lineages.of(db, "1", "lint") is None
    assert lineages.patches(db) == {"p" * 32}


def test_what_is_not_known_stays_so(db: Store) -> None:
    bare = Lineage("1", "unit")
    put(db, bare, made({})._replace(command=""))

    found = lineages.of(db, "1", "unit")

    assert found is not None
    assert found.lineage == bare
    assert found.ingredients is None


def test_a_loop_that_ran_twice_in_a_walk_is_of_its_last_run(db: Store) -> None:
    put(db, WHOLE, made({}))
    put(db, WHOLE._replace(note="again"), made({}))

    found = lineages.of(db, "1", "unit")

    assert found is not None
    assert found.lineage.note == "again"


def test_old_ones_go_and_those_of_numbers_stay(db: Store) -> None:
    for number in range(KEPT + 10):
        for loop in ("unit", "eval"):
            put(db, WHOLE._replace(run=str(number), loop=loop), made({"a.py": str(number)}))

    with db.transaction() as connection:
        lineages.prune(connection, {"eval"})
        ledger.sweep(connection)

    assert lineages.of(db, "9", "unit") is None
    assert lineages.of(db, "10", "unit") is not None
    eldest = lineages.of(db, "0", "eval")
    assert eldest is not None
    assert eldest.ingredients == made({"a.py": "0"})


def test_a_file_that_changed_in_many_takes_a_piece_and_no_more(db: Store) -> None:
    files = many(5_000)
    put(db, WHOLE, made(files))
    first = int(str(db.rows("SELECT SUM(LENGTH(body)) FROM manifests")[0][0]))
    for run in range(2, 12):
        files = {**files, "src/02500.py": blob(-run)}
        put(db, WHOLE._replace(run=str(run)), made(files))
    later = int(str(db.rows("SELECT SUM(LENGTH(body)) FROM manifests")[0][0]))

    assert (later - first) / 10 < first / 10
    found = lineages.of(db, "11", "unit")
    assert found is not None
    assert found.ingredients == made(files)
    assert list(found.ingredients.files.entries) == list(files)


def test_a_file_that_came_leaves_the_other_pieces_as_they_are(db: Store) -> None:
    with db.transaction() as connection:
        keep_long(connection, many(5_000))
        before = connection.execute("SELECT COUNT(*) FROM manifests").fetchone()[0]
        keep_long(connection, dict(sorted({**many(5_000), "src/01234a.py": "x"}.items())))
        after = connection.execute("SELECT COUNT(*) FROM manifests").fetchone()[0]

    assert before > 20
    assert after - before <= 3


def test_pieces_stay_as_long_as_what_they_are_of(db: Store) -> None:
    put(db, WHOLE, made(many(1_000)))
    before = count(db, "manifests")
    with db.transaction() as connection:
        ledger.sweep(connection)
    assert count(db, "manifests") == before > 5

    with db.transaction() as connection:
        connection.execute("DELETE FROM lineages")
        ledger.sweep(connection)
    assert count(db, "manifests") == 0


def test_with_a_piece_gone_or_damaged_nothing_is_concluded(db: Store) -> None:
    for damage in (
        "DELETE FROM manifests WHERE digest = ?",
        "UPDATE manifests SET body = x'00' WHERE digest = ?",
    ):
        put(db, WHOLE, made(many(1_000)))
        digests = [
            digest
            for (body,) in db.rows("SELECT body FROM manifests")
            if isinstance(body, bytes)
            for digest in pieces(body)
        ]
        with db.transaction() as connection:
            connection.execute(damage, (digests[2],))

        found = lineages.of(db, "1", "unit")

        assert found is not None
        assert found.ingredients is None


def test_a_list_is_no_table(db: Store) -> None:
    put(db, WHOLE, made(many(1_000)))
    bodies = [body for (body,) in db.rows("SELECT body FROM manifests") if isinstance(body, bytes)]

    (whole,) = [body for body in bodies if pieces(body)]
    assert fetch(whole) == {}
