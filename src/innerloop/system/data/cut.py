"""A sample cut of a source: by either engine the same rows, written in the order they stood in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from innerloop.core.sampling import NO_ROWS, Cut, DataError, DataMovedError, StoppedError
from innerloop.system.data.source import Format, seen
from innerloop.system.data.text import by_python

if TYPE_CHECKING:
    from typing import BinaryIO

    from innerloop.core.sampling import Rule
    from innerloop.core.world import Stoppable
    from innerloop.system.data.source import Source

AUTO, PYTHON, DUCKDB = "auto", "python", "duckdb"
ENGINES = (AUTO, PYTHON, DUCKDB)
LARGE = 1 << 30
"""bytes from which text is read by DuckDB, where that is installed"""


class Means(NamedTuple):
    """How a sample is cut."""

    engine: str = AUTO
    threads: int = 0
    """of DuckDB; 0: as many as it likes"""
    cancel: Stoppable | None = None


_AUTO = Means()


def cut(source: Source, rule: Rule, out: BinaryIO, means: Means = _AUTO) -> Cut:
    """Write the sample; DataError where the data is not what it has to be.

    Text is read once, and no more is held of it than a sample of each stratum. Nothing of what
    was written counts where this raises.
    """
    before = seen(source)
    found = _cut(source, rule, out, means)
    for part, one, other in zip(source.parts, before, seen(source), strict=True):
        if one != other:
            raise DataMovedError(part.shown)
    if not found.of:
        raise DataError(f"{source.shown} {NO_ROWS}", "look at what writes it")
    return found


def _cut(source: Source, rule: Rule, out: BinaryIO, means: Means) -> Cut:
    def alive() -> None:
        if means.cancel:
            raise StoppedError

    if source.format is Format.PARQUET or _quicker(source, rule, means):
        from innerloop.system.data.duck import by_duckdb  # noqa: PLC0415 - an extra

        found = by_duckdb(source, rule, out, threads=means.threads, cancel=means.cancel)
        alive()
        if found is not None:
            return found
        if source.format is Format.PARQUET:
            raise StoppedError
    return by_python(source, rule, out, alive)


def _quicker(source: Source, rule: Rule, means: Means) -> bool:
    """Whether text is for DuckDB: it takes a third of the time, and is an extra."""
    if source.pipe is not None or rule.amount.all or means.engine == PYTHON:
        return False
    if means.engine == DUCKDB:
        return True
    from importlib.util import find_spec  # noqa: PLC0415 - only for large files

    return source.size() > LARGE and find_spec("duckdb") is not None
