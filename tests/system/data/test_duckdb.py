"""DuckDB: what it alone reads, what it leaves to the other engine, and what is wrong there."""

from __future__ import annotations

import io
import json
import sys
import threading
from typing import TYPE_CHECKING

import duckdb
import pytest
from tabled import of, sampled, written

from innerloop.core.sampling import Amount, DataError, Rule, StoppedError
from innerloop.engine.cancel import Cancel
from innerloop.system.data.cut import DUCKDB, PYTHON, Means, cut
from innerloop.system.data.views import literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KEYED = Rule(Amount(3), ("id",))
BY_DUCKDB = Means(DUCKDB)


def parquet(folder: Path, query: str, name: str = "a.parquet") -> Path:
    path = folder / name
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO {literal(str(path))} (FORMAT parquet)")
    return path


def rows(data: bytes) -> list[tuple[object, ...]]:
    import tempfile  # noqa: PLC0415 - here alone

    with tempfile.NamedTemporaryFile(suffix=".parquet") as file, duckdb.connect() as connection:
        file.write(data)
        file.flush()
        return list(connection.execute(f"FROM '{file.name}'").fetchall())


WRONG = [
    ("SELECT 1 AS idd", KEYED, "a.parquet has no column 'id'", "did you mean 'idd'?"),
    (
        "SELECT * FROM (VALUES (1, 'x'), (NULL, 'y')) AS t (id, label)",
        KEYED,
        "a.parquet: row 2 has no key: 'id' is empty",
        "give the row one, or leave 'key' out",
    ),
    (
        "SELECT * FROM (VALUES (1.0::DOUBLE), ('nan'::DOUBLE)) AS t (id)",
        KEYED,
        "a.parquet: row 2 has no key: 'id' is empty",
        "give the row one",
    ),
    (
        "SELECT * FROM (VALUES (1), (2), (1)) AS t (id)",
        KEYED,
        "a.parquet: row 1 and a.parquet: row 3 have the same 'id': 1",
        "name a key that no two rows share",
    ),
    (
        "SELECT 1 AS id, NULL::VARCHAR AS label",
        KEYED._replace(by=("label",)),
        "no row of a.parquet has a value in 'label'",
        "stratify 'by' a column that has values",
    ),
    (
        "SELECT 1 AS id, ''::VARCHAR AS user",
        KEYED._replace(group=("user",)),
        "a.parquet: row 1 has no group: 'user' is empty",
        "give the row one",
    ),
    (
        "SELECT [1, 2] AS tags",
        Rule(Amount(1)),
        "a.parquet has no key, and 'tags' is of the type INTEGER[], which other formats write in",
        "name the column that tells rows apart as the key",
    ),
    ("SELECT 1 AS id WHERE false", KEYED, "a.parquet has no rows, so there is nothing", "look at"),
    ("SELECT 1 AS id WHERE false", Rule(), "a.parquet has no rows, so there is nothing", "look at"),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong[2])
def test_what_is_wrong_with_parquet_is_said(
    tmp_path: Path, wrong: tuple[str, Rule, str, str]
) -> None:
    query, rule, message, hint = wrong
    with pytest.raises(DataError) as found:
        cut(of(parquet(tmp_path, query)), rule, io.BytesIO())

    assert found.value.message.startswith(message)
    assert found.value.hint.startswith(hint)


def test_what_is_no_parquet_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_text("id\n1\n")
    with pytest.raises(DataError, match=r"a\.parquet cannot be read: "):
        cut(of(path), KEYED, io.BytesIO())


def test_without_duckdb_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = parquet(tmp_path, "SELECT 1 AS id")
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(DataError) as found:
        cut(of(path), KEYED, io.BytesIO())
    assert found.value.message == "a.parquet is read by DuckDB, which is not installed"
    assert found.value.hint == "pip install 'innerloop[data]'"


def test_types_are_kept_and_files_stand_in_their_order(tmp_path: Path) -> None:
    query = "SELECT range + {} AS id, range::DECIMAL(9, 2) AS price, [range] AS tags FROM range(9)"
    one = parquet(tmp_path, query.format(100), "one.parquet")
    two = parquet(tmp_path, query.format(0), "two's [1]*?.parquet")
    out = io.BytesIO()
    cut(of(one, two), Rule(Amount(18), ("id",)), out)
    found = rows(out.getvalue())
    assert [row[0] for row in found] == [*range(100, 109), *range(9)]
    assert [type(value).__name__ for value in found[0]] == ["int", "Decimal", "list"]
    out = io.BytesIO()
    assert cut(of(one, two), Rule(), out).rows == 18
    assert rows(out.getvalue()) == found


def test_odd_names_of_columns_are_only_names(tmp_path: Path) -> None:
    query = 'SELECT range AS "i""d", range % 2 AS "la bel", range AS filename FROM range(50)'
    path = parquet(tmp_path, query)
    out = io.BytesIO()
    done = cut(of(path), Rule(Amount(5), ('i"d',), ("la bel",)), out)
    assert (done.rows, len(rows(out.getvalue())[0])) == (5, 3)
    assert cut(of(path), Rule(Amount(5)), io.BytesIO()).rows == 5


def test_text_in_a_file_of_an_odd_name_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a[1]*?'.csv"
    path.write_text("id\n1\n2\n")
    (tmp_path / "a1x.csv").write_text("id\n3\n")
    assert sampled(of(path), KEYED, BY_DUCKDB)[0] == [1, 2]
    assert sampled(of(path), KEYED, BY_DUCKDB)[1].engine == DUCKDB


ALIKE = [
    ("a.csv", 'id,label\n1,a"b\n2,c\n3,"d""e"\n4,f\n'),
    ("a.csv", "id,label\n\n1,a\n\n2,b\n3,c\n4,\n"),
    ("a.csv", "\ufeffid,label\r\n1,a\r\n2,b\r\n3,c\r\n4,d"),
    ("a.csv", 'id,label\n1,"a\nb"\n2,b\n3,"c\n\nd"\n4,d\n'),
    ("a.csv", "id\n1\n\n2\n3\n4\n"),
    ("a.tsv", "id\tlabel\n1\ta,b\n2\tb\n3\tc\n4\td\n"),
    ("a.jsonl", '{"id": 1.5}\n{"id": 2}\n\n{"id": true}\n{"id": "x"}\n'),
    ("a.jsonl", '{"id": 100000000000000000000000}\n{"id": 2}\n{"id": 3}\n{"id": 4}\n'),
    ("a.jsonl", '{"id": "\\u00fc/~"}\n{"id": "b"}\n{"id": "c"}\n{"id": "d"}\n'),
    ("a.jsonl", '{"id": "\\ud800"}\n{"id": "b"}\n{"id": "c"}\n{"id": "d"}\n'),
    ("a.jsonl", '{"id": [1]}\n{"id": {"b": 1, "a": 2}}\n{"id": 3}\n{"id": 4}\n'),
]


@pytest.mark.parametrize(("name", "text"), ALIKE)
def test_odd_texts_are_cut_alike_by_both(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode())
    one, other = io.BytesIO(), io.BytesIO()
    for seed in range(6):
        rule = KEYED._replace(amount=Amount(2), seed=seed)
        cut(of(path), rule, one, Means(PYTHON))
        cut(of(path), rule, other, BY_DUCKDB)
    assert one.getvalue() == other.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "id,label\n1,x\n,x\n",
        "id,label\n1,x\n2,x,3\n",
        'id,label\n1,"x"y\n',
        "id,label\n1,x\n1,y\n",
        "id,lable\n1,x\n",
        "id,label\n1,\xff\n",
    ],
)
def test_what_is_wrong_with_text_is_said_in_the_same_words(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode("latin-1"))
    said: set[str] = set()
    for engine in (PYTHON, DUCKDB):
        with pytest.raises(DataError) as found:
            cut(of(path), KEYED._replace(by=("label",)), io.BytesIO(), Means(engine))
        said.add(found.value.message)
    assert len(said) == 1


def test_large_text_is_for_duckdb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(
        tmp_path, [{"id": n, "label": "a", "user": "u", "x": 1.0, "ok": True} for n in range(9)]
    )["csv"]
    assert sampled(of(path), KEYED)[1].engine == PYTHON
    monkeypatch.setattr("innerloop.system.data.cut.LARGE", 10)
    assert sampled(of(path), KEYED)[1].engine == DUCKDB
    assert sampled(of(path), KEYED._replace(key=()))[1].engine == PYTHON


def test_whoever_stops_it_does_not_wait(tmp_path: Path) -> None:
    path = parquet(tmp_path, "SELECT range AS id FROM range(3000000)")
    cancel = Cancel()
    timer = threading.Timer(0.2, cancel.set, ["interrupted"])
    timer.start()

    def over_and_over() -> None:
        for _ in range(1000):
            cut(of(path), KEYED, io.BytesIO(), Means(cancel=cancel))

    with pytest.raises(StoppedError):
        over_and_over()
    timer.join()


def test_records_that_are_not_the_ones_that_were_ranked_are_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({"id": n}) + "\n" for n in range(99)))
    expected = sampled(of(path), KEYED)[0]

    def shifted(file: Sequence[bytes], _format: object) -> object:
        yield from list(file)[::-1]

    monkeypatch.setattr("innerloop.system.data.verbatim._records", shifted)
    found, done = sampled(of(path), KEYED, BY_DUCKDB)
    assert (found, done.engine) == (expected, PYTHON)


def test_where_too_few_rows_were_looked_at_all_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = parquet(tmp_path, "SELECT range AS id, range % 3 AS label FROM range(900)")
    rule = Rule(Amount(600), ("id",), ("label",))
    expected = io.BytesIO()
    cut(of(path), rule, expected)
    monkeypatch.setattr("innerloop.system.data.duck._Engine._reach", lambda *_: "1")
    found = io.BytesIO()
    assert cut(of(path), rule, found).rows == 600
    assert rows(found.getvalue()) == rows(expected.getvalue())
