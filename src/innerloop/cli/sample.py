"""loop sample: a subset of a file's rows, the same one each time."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

EXAMPLE = "Example: loop sample data/train.csv --rows 200 --by label --out small.csv"

Columns = Optional[list[str]]  # noqa: UP045 - typer reads this at run time


def sample(
    file: Annotated[str, typer.Argument(help="CSV, TSV, JSONL or Parquet, a folder, or -.")],
    rows: Annotated[str, typer.Option("--rows", help="How many; or: all.")] = "",
    fraction: Annotated[str, typer.Option("--fraction", help="Which part: 0.1 is a tenth.")] = "",
    key: Annotated[
        Columns, typer.Option("--key", help="The column that tells rows apart; may be repeated.")
    ] = None,
    by: Annotated[
        Columns, typer.Option("--by", help="Of each of its values the same share; may be repeated.")
    ] = None,
    group: Annotated[
        Columns, typer.Option("--group", help="Its rows stay together; may be repeated.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another one, another sample.")] = 0,
    out: Annotated[str, typer.Option("--out", help="The file to write; - is stdout.")] = "-",
    form: Annotated[
        str, typer.Option("--format", help="csv, tsv, jsonl or parquet, where no name says it.")
    ] = "",
    engine: Annotated[
        str, typer.Option("--engine", help="auto, python or duckdb: the rows are the same.")
    ] = "auto",
) -> int:
    """Cut a subset of rows: the same each time, and a larger one contains it."""
    from innerloop.cli.sampled import Flags, sampled  # noqa: PLC0415 - one command a run

    columns = (tuple(key or ()), tuple(by or ()), tuple(group or ()))
    return sampled(Flags(file, rows, fraction, *columns, seed, out, form, engine))
