"""The same rows as CSV, JSONL and Parquet, and what a sample of them holds."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import duckdb

from innerloop.core.sampling import text
from innerloop.system.data.cut import DUCKDB, PYTHON, Means, cut
from innerloop.system.data.source import Format, Part, Source, source

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from innerloop.core.sampling import Cut, Rule

Row = dict[str, Any]
TYPES = {"id": "BIGINT", "label": "VARCHAR", "user": "VARCHAR", "x": "DOUBLE", "ok": "BOOLEAN"}
MANY = 1000
WAYS = (
    ("csv", Means(PYTHON)),
    ("tsv", Means(PYTHON)),
    ("jsonl", Means(PYTHON)),
    ("csv", Means(DUCKDB, 1)),
    ("jsonl", Means(DUCKDB, 2)),
    ("parquet", Means(threads=1)),
    ("parquet", Means(threads=2)),
)
"""every way to a sample: format, engine and threads"""


def written(folder: Path, rows: Sequence[Row], name: str = "rows") -> dict[str, Path]:
    """The rows in every format: path by the format's name."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {form: folder / f"{name}.{form}" for form in ("csv", "tsv", "jsonl", "parquet")}
    for form, delimiter in (("csv", ","), ("tsv", "\t")):
        with found[form].open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file, delimiter=delimiter)
            table.writerow(TYPES)
            table.writerows([[text(row[key]) for key in TYPES] for row in rows])
    with found["jsonl"].open("w", encoding="utf-8") as file:
        # What is nothing may as well be left out, and names may stand in any order.
        for row in rows:
            keys = sorted(TYPES, reverse=row["id"] % 2 == 1)
            kept = {key: row[key] for key in keys if row[key] is not None or row["id"] % 3}
            file.write(json.dumps(kept, ensure_ascii=row["id"] % 5 == 0) + "\n")
    with duckdb.connect() as connection:
        columns = ", ".join(f'"{key}" {type_}' for key, type_ in TYPES.items())
        connection.execute(f"CREATE TABLE t ({columns})")
        if len(rows) > MANY:  # a row at a time would take half a minute
            connection.execute(f"INSERT INTO t BY NAME SELECT * FROM read_json('{found['jsonl']}')")
        elif rows:
            places = ", ".join("?" * len(TYPES))
            connection.executemany(
                f"INSERT INTO t VALUES ({places})", [[row[key] for key in TYPES] for row in rows]
            )
        connection.execute(f"COPY t TO '{found['parquet']}' (FORMAT parquet, ROW_GROUP_SIZE 2048)")
    return found


def of(*paths: Path) -> Source:
    return source([Part(str(path), path.name) for path in paths], named=paths[0].name)


def sampled(found: Source, rule: Rule, means: Means | None = None) -> tuple[list[int], Cut]:
    """The ids of a sample, in the order they stand in, and what is said of it."""
    out = io.BytesIO()
    done = cut(found, rule, out, means or Means())
    return ids(out.getvalue(), found.format), done


def ids(data: bytes, form: Format) -> list[int]:
    if form is Format.JSONL:
        return [json.loads(line)["id"] for line in data.decode().splitlines()]
    if form is not Format.PARQUET:
        delimiter = "\t" if form is Format.TSV else ","
        rows = csv.DictReader(io.StringIO(data.decode(), newline=""), delimiter=delimiter)
        return [int(row["id"]) for row in rows]
    import tempfile  # noqa: PLC0415 - here alone

    with tempfile.NamedTemporaryFile(suffix=".parquet") as file, duckdb.connect() as connection:
        file.write(data)
        file.flush()
        return [row[0] for row in connection.execute(f"SELECT id FROM '{file.name}'").fetchall()]


def by_every_way(paths: dict[str, Path], rule: Rule) -> dict[str, list[int]]:
    """The ids that each way takes, by its name."""
    found = {}
    for form, means in WAYS:
        taken, done = sampled(of(paths[form]), rule, means)
        assert done.engine == (PYTHON if means.engine == PYTHON else done.engine)
        found[f"{form} by {done.engine} with {means.threads or 'any'} threads"] = taken
    return found
