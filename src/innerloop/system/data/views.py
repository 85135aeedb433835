"""Files of rows as DuckDB sees them: of every row its file, its place there, unit and stratum.

Each makes the view `units (f, r, unit, rank, label)`, as the other engine has it. `unit` is what a
row is known by, and empty where it lacks that.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from innerloop.core.sampling import BETWEEN, DataError
from innerloop.system.data.faults import absent
from innerloop.system.data.records import Csv
from innerloop.system.data.source import Format

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from innerloop.core.sampling import Rule
    from innerloop.system.data.source import Source

FILE, ROW = "loop file", "file_row_number"
"""what DuckDB adds to the rows of Parquet files"""
_FLOATS = {"FLOAT", "DOUBLE"}
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
PLAIN = {*_FLOATS, *_WHOLE, *(f"U{name}" for name in _WHOLE), "VARCHAR", "BOOLEAN", "DATE", "UUID"}
"""types whose text is the same in every format"""
_SIMPLE = ("VARCHAR", "UBIGINT", "BIGINT", "BOOLEAN", "NULL")
"""JSON types whose text is the same from either engine"""


class Column(NamedTuple):
    """A column of a table."""

    name: str
    type: str


class Table(NamedTuple):
    """All rows of Parquet files."""

    rows: str
    """what stands behind FROM"""
    columns: str
    """the files' own, and nothing that DuckDB adds"""


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def file(place: str) -> str:
    """A path as DuckDB opens it: what stands for any name there stands for itself here."""
    return literal(re.sub(r"[\[*?]", r"[\g<0>]", place))


def places(source: Source) -> str:
    """The paths of all files, as DuckDB names them."""
    return f"[{', '.join(literal(part.place) for part in source.parts)}]"


def parquet(connection: DuckDBPyConnection, source: Source, rule: Rule) -> Table:
    """The view of Parquet files."""
    paths = f"[{', '.join(file(part.place) for part in source.parts)}]"
    plain = f"read_parquet({paths}, hive_partitioning = false)"
    described = connection.execute(f"DESCRIBE SELECT * FROM {plain}").fetchall()
    columns = {name: Column(name, type_) for name, type_, *_ in described}
    rows = (
        f"read_parquet({paths}, hive_partitioning = false, filename = {literal(FILE)}, "
        "file_row_number = true)"
    )
    place = f"list_position({places(source)}, {quoted(FILE)}) - 1 AS f, {ROW} AS r"
    table = Table(rows, ", ".join(map(quoted, columns)))
    if rule.amount.all:
        return table
    texts = {name: _text(column) for name, column in columns.items()}
    label = _joined([_of(source, texts, name) for name in rule.by], complete=False)
    named = rule.group or rule.key
    if named:
        unit = _joined([_of(source, texts, name) for name in named], complete=True)
        made = _ranked(rule, f"SELECT {place}, {unit} AS unit, {label} AS label FROM {rows}")
    else:
        for column in columns.values():
            _same_everywhere(source, column)
        whole = f"SELECT {place}, {_whole(texts)} AS whole, {label} AS label FROM {rows}"
        made = (
            "SELECT f, r, 'whole' AS unit, IF(nth = 1, first, md5(first || ' ' || nth)) AS rank, "
            "label FROM (SELECT *, row_number() OVER (PARTITION BY first ORDER BY f, r) AS nth "
            f"FROM (SELECT f, r, md5({literal(f'{rule.seed}:')} || whole) AS first, label "
            f"FROM ({whole})))"
        )
    connection.execute(f"CREATE TEMP VIEW units AS {made}")
    return table


def _ranked(rule: Rule, units: str) -> str:
    return f"SELECT *, md5({literal(f'{rule.seed}:')} || unit) AS rank FROM ({units})"


def _of(source: Source, texts: dict[str, str], name: str) -> str:
    if name not in texts:
        raise absent(source.shown, name, list(texts))
    return texts[name]


def _text(column: Column) -> str:
    """A column as the text that JSON would have of it, and nothing as ``."""
    name = quoted(column.name)
    if column.type in _FLOATS:
        return f"CASE WHEN {name} IS NULL OR isnan({name}) THEN '' ELSE {name}::VARCHAR END"
    return f"coalesce({name}::VARCHAR, '')"


def _joined(texts: Sequence[str], *, complete: bool) -> str:
    """Several columns as one; `complete`: nothing where one of them is empty."""
    if len(texts) < 2:  # noqa: PLR2004 - nothing to join
        return texts[0] if texts else "''"
    joined = f" || {literal(BETWEEN)} || ".join(f"({text})" for text in texts)
    empty = " OR ".join(f"({text}) = ''" for text in texts)
    return f"CASE WHEN {empty} THEN '' ELSE {joined} END" if complete else joined


def _whole(texts: dict[str, str]) -> str:
    """All that a row holds."""
    parts = [
        f"CASE WHEN ({text}) = '' THEN '' ELSE {literal(name + BETWEEN)} || ({text}) || chr(30) END"
        for name, text in sorted(texts.items())
    ]
    return " || ".join(parts)


def _same_everywhere(source: Source, column: Column) -> None:
    if column.type not in PLAIN:
        raise DataError(
            f"{source.shown} has no key, and '{column.name}' is of the type {column.type}, "
            "which other formats write in other ways",
            "name the column that tells rows apart as the key",
        )


def text(connection: DuckDBPyConnection, source: Source, rule: Rule) -> bool:
    """The view of text files with a key or a group; whether both engines see the same in it."""
    one = _jsonl if source.format is Format.JSONL else _csv
    made = [one(source, rule, number) for number in range(len(source.parts))]
    every = _ranked(rule, " UNION ALL ".join(made))
    connection.execute(f"CREATE TEMP VIEW units AS {every}")
    if source.format is not Format.JSONL:
        return True
    strange = [
        f"SELECT 1 FROM {_objects(source, number)} WHERE "
        + " OR ".join(
            f"coalesce(json_type(json, {literal(pointer(name))}), 'NULL') NOT IN {_SIMPLE}"
            for name in dict.fromkeys((*rule.key, *rule.by, *rule.group))
        )
        for number in range(len(source.parts))
    ]
    return not connection.execute(f"{' UNION ALL '.join(strange)} LIMIT 1").fetchall()


def _csv(source: Source, rule: Rule, number: int) -> str:
    part = source.parts[number]
    delimiter = "\t" if source.format is Format.TSV else ","
    with open(part.place, "rb") as text_:
        names = Csv(text_, part.shown, delimiter=delimiter).columns
    texts = {name: f"coalesce(c{at}, '')" for at, name in enumerate(names)}
    columns = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(len(names)))
    label = _joined([_of(source, texts, name) for name in rule.by], complete=False)
    unit = _joined([_of(source, texts, name) for name in rule.group or rule.key], complete=True)
    return (
        f"SELECT {number} AS f, row_number() OVER () - 1 AS r, {unit} AS unit, {label} AS label "
        f"FROM read_csv({file(part.place)}, auto_detect = false, header = true, "
        f"delim = {literal(delimiter)}, quote = '\"', escape = '\"', strict_mode = true, "
        f"columns = {{{columns}}})"
    )


def _jsonl(source: Source, rule: Rule, number: int) -> str:
    def of(names: tuple[str, ...], *, complete: bool) -> str:
        texts = [f"coalesce(json_extract_string(json, {literal(pointer(n))}), '')" for n in names]
        return _joined(texts, complete=complete)

    return (
        f"SELECT {number} AS f, row_number() OVER () - 1 AS r, "
        f"{of(rule.group or rule.key, complete=True)} AS unit, "
        f"{of(rule.by, complete=False)} AS label FROM {_objects(source, number)}"
    )


def _objects(source: Source, number: int) -> str:
    return f"read_ndjson_objects({file(source.parts[number].place)})"


def pointer(name: str) -> str:
    """A field of an object, as a JSON pointer."""
    return "/" + name.replace("~", "~0").replace("/", "~1")
