"""The engine for Parquet and for large text: DuckDB ranks the rows, by the same rule."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from innerloop.core.sampling import BETWEEN, Cut, DataError, strata
from innerloop.core.shares import shares
from innerloop.system.data import verbatim, views
from innerloop.system.data.choice import FLOOR, bounded
from innerloop.system.data.faults import nameless, twice, unlabelled
from innerloop.system.data.rank import SIZE
from innerloop.system.data.source import Format

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import BinaryIO

    from duckdb import DuckDBPyConnection

    from innerloop.core.sampling import Rule, Taken
    from innerloop.core.world import Stoppable
    from innerloop.system.data.source import Source
    from innerloop.system.data.views import Table

NAME = "duckdb"
_BATCH = 10_000
_ALL = "g"
"""behind every rank, as it is written"""
_FIRST = """
CREATE OR REPLACE TEMP TABLE chosen AS
SELECT f, r, label, rank FROM units ORDER BY rank, f, r LIMIT ?
"""
_ROWS = """
CREATE OR REPLACE TEMP TABLE chosen AS
SELECT f, r, label, rank FROM (
    SELECT *, row_number() OVER (PARTITION BY label ORDER BY rank, f, r) AS nth
    FROM (
        SELECT f, r, label, rank, quota FROM units JOIN quotas USING (label) WHERE rank < reach
    )
) WHERE nth <= quota
"""
# Of each stratum as many entities as it takes to have its rows, and the last one whole.
_ENTITIES = """
CREATE OR REPLACE TEMP TABLE chosen AS
SELECT f, r, label, rank FROM units SEMI JOIN (
    SELECT rank FROM (
        SELECT label, rank, sum(rows) OVER (
            PARTITION BY label ORDER BY rank ROWS UNBOUNDED PRECEDING
        ) - rows AS before
        FROM (SELECT label, rank, count(*) AS rows FROM units GROUP BY label, rank)
    ) JOIN quotas USING (label) WHERE before < quota
) USING (rank)
"""


def by_duckdb(
    source: Source, rule: Rule, out: BinaryIO, *, threads: int = 0, cancel: Stoppable | None = None
) -> Cut | None:
    """Write the sample; None where the other engine has to: it says what is wrong with a text."""
    duckdb = _imported(source)
    parquet = source.format is Format.PARQUET
    if not parquet and not (rule.key or rule.group):
        return None  # copies of a row are counted by one engine alone
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="loop-sample-"))
        settings: dict[str, Any] = {"temp_directory": folder, "autoinstall_known_extensions": False}
        settings |= {"threads": threads} if threads else {}
        connection = stack.enter_context(duckdb.connect(":memory:", config=settings))
        if cancel is not None:
            stack.callback(cancel.attach(connection.interrupt))
        try:
            engine = _Engine(connection, source, rule, folder)
            return engine.parquet(out) if parquet else engine.text(out)
        except duckdb.InterruptException:
            return None  # whoever interrupted knows why
        except duckdb.Error as error:
            if parquet:
                said = str(error).strip().splitlines()[0]
                raise DataError(f"{source.shown} cannot be read: {said}") from error
        except DataError:
            if parquet:
                raise
    return None


def _imported(source: Source) -> Any:
    try:
        import duckdb  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as error:
        raise DataError(
            f"{source.shown} is read by DuckDB, which is not installed",
            "pip install 'innerloop[data]'",
        ) from error
    return duckdb


class _Engine:
    """One source, in a connection of its own."""

    def __init__(
        self, connection: DuckDBPyConnection, source: Source, rule: Rule, folder: str
    ) -> None:
        self._connection = connection
        self._source = source
        self._rule = rule
        self._folder = folder
        self._counts: dict[str, int] = {}

    def parquet(self, out: BinaryIO) -> Cut:
        table = views.parquet(self._connection, self._source, self._rule)
        if self._rule.amount.all:
            self._copied(table, "", out)
            ((of,),) = self._ask(f"SELECT count(*) FROM {table.rows}")
            return Cut(of, of, (), NAME)
        self._choose()
        self._once()
        file, row = views.quoted(views.FILE), views.ROW
        inside = (
            f"SEMI JOIN (SELECT {views.places(self._source)}[f + 1] AS {file}, r AS {row} "
            f"FROM chosen) USING ({file}, {row})"
        )
        self._copied(table, inside, out)
        return self._cut()

    def text(self, out: BinaryIO) -> Cut | None:
        """None where the two engines do not see the same: nothing was written then."""
        if not views.text(self._connection, self._source, self._rule):
            return None
        self._choose()
        self._once()
        total = sum(self._counts.values())
        with open(f"{self._folder}/rows", "w+b") as file:
            if not verbatim.copied(self._source, self._rule, self._asked, total, file):
                return None
            file.seek(0)
            shutil.copyfileobj(file, out)
        return self._cut()

    def _asked(self) -> Iterator[tuple[Any, ...]]:
        found = self._connection.execute("SELECT f, r, label, rank FROM chosen ORDER BY f, r")
        while rows := found.fetchmany(_BATCH):
            yield from rows

    def _choose(self) -> None:
        """Count the strata, and take the rows of each."""
        self._count()
        quotas = shares(self._counts, self._rule.amount)
        if not self._rule.group and not self._rule.by:
            self._connection.execute(_FIRST, [sum(quotas.values())])
            return
        self._put(quotas, {label: self._reach(label, quota) for label, quota in quotas.items()})
        if self._rule.group:
            self._connection.execute(_ENTITIES)
            return
        self._connection.execute(_ROWS)
        ((found,),) = self._ask("SELECT count(*) FROM chosen")
        if found != sum(quotas.values()):
            self._put(quotas, dict.fromkeys(quotas, _ALL))
            self._connection.execute(_ROWS)

    def _put(self, quotas: Mapping[str, int], reach: Mapping[str, str]) -> None:
        self._connection.execute(
            "CREATE OR REPLACE TEMP TABLE quotas AS SELECT unnest(?::VARCHAR[]) AS label, "
            "unnest(?::BIGINT[]) AS quota, unnest(?::VARCHAR[]) AS reach",
            [list(quotas), list(quotas.values()), list(reach.values())],
        )

    def _reach(self, label: str, quota: int) -> str:
        """The rank below which a stratum surely has enough rows, so that no others are sorted."""
        part = 2 * quota / self._counts[label]
        if part >= 1 or quota < FLOOR // 2:
            return _ALL
        return f"{int(part * (1 << 8 * SIZE)):0{2 * SIZE}x}"

    def _count(self) -> None:
        rows = self._ask(
            "SELECT label, count(*), count(*) FILTER (unit = '') FROM units GROUP BY 1"
        )
        bounded(len(rows), self._rule)
        self._counts = {label: count for label, count, _ in rows}
        if any(nameless for _, _, nameless in rows):
            ((f, r),) = self._ask("SELECT f, r FROM units WHERE unit = '' ORDER BY f, r LIMIT 1")
            raise nameless(self._where(f, r), self._rule)
        if self._rule.by and rows and not any(label.strip(BETWEEN) for label in self._counts):
            raise unlabelled(self._source.shown, self._rule)

    def _once(self) -> None:
        """Refuse a key that two rows of the sample have."""
        if not self._rule.key or self._rule.group:
            return
        found = self._ask(
            "SELECT f, r FROM chosen WHERE rank = (SELECT rank FROM chosen GROUP BY rank "
            "HAVING count(*) > 1 ORDER BY rank LIMIT 1) ORDER BY f, r LIMIT 2"
        )
        if found:
            (value,) = self._ask(
                f"SELECT unit FROM units WHERE f = {found[0][0]} AND r = {found[0][1]}"
            )[0]
            raise twice([self._where(f, r) for f, r in found], self._rule, value)

    def _where(self, file: int, row: int) -> str:
        return f"{self._source.parts[file].shown}: row {row + 1}"

    def _cut(self) -> Cut:
        rows = self._ask("SELECT label, count(*) FROM chosen GROUP BY 1")
        taken = {str(label): int(count) for label, count in rows}
        found: tuple[Taken, ...] = strata(taken, self._counts) if self._rule.by else ()
        return Cut(sum(taken.values()), sum(self._counts.values()), found, NAME)

    def _copied(self, table: Table, inside: str, out: BinaryIO) -> None:
        """Write rows of Parquet files as one, in their order."""
        place = f"{self._folder}/rows.parquet"
        order = f"list_position({views.places(self._source)}, {views.quoted(views.FILE)})"
        self._connection.execute(
            f"COPY (SELECT {table.columns} FROM {table.rows} {inside} "
            f"ORDER BY {order}, {views.ROW}) "
            f"TO {views.literal(place)} (FORMAT parquet)"
        )
        with open(place, "rb") as file:
            shutil.copyfileobj(file, out)

    def _ask(self, query: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(query).fetchall()
