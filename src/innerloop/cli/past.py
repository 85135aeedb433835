"""The commands that look back: history, show, compare."""

from __future__ import annotations

from typing import Annotated

import typer

from innerloop.cli.options import Json, loops

app = typer.Typer()


@app.command("history", epilog="Example: loop history eval --metric f1 -n 50")
def _history(
    name: Annotated[str, typer.Argument(help="Only of this loop.", autocompletion=loops)] = "",
    most: Annotated[int, typer.Option("-n", min=1, help="How many.")] = 20,
    metric: Annotated[str, typer.Option(help="The number to follow; the first if left out.")] = "",
    form: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
    as_json: Json = False,
) -> int:
    """Show the latest runs, newest first; of one loop, how it went on."""
    from innerloop.cli.history import history  # noqa: PLC0415 - one command a run

    return history(name, most=most, form="json" if as_json else form, metric=metric)


@app.command("show", epilog="Example: loop show 41/eval")
def _show(
    run: Annotated[
        str,
        typer.Argument(help="A run, RUN/LOOP, or a loop (its latest run); else the latest."),
    ] = "",
    patch: Annotated[
        bool, typer.Option("--patch", help="Print the changes it ran on, for git apply.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Show one run whole: what came of it, and where that came from."""
    from innerloop.cli.history import show  # noqa: PLC0415 - one command a run

    return show(run, as_json=as_json, patch=patch)


@app.command("compare", epilog="Example: loop compare 41 eval --diff")
def _compare(
    before: Annotated[
        str, typer.Argument(help="A run, RUN/LOOP, a loop (its latest run), or baseline.")
    ],
    after: Annotated[str, typer.Argument(help="Likewise; the work tree if left out.")] = "",
    most: Annotated[int, typer.Option("-n", min=0, help="How many of each list.")] = 10,
    diff: Annotated[bool, typer.Option("--diff", help="Show the changes of the files.")] = False,
    as_json: Json = False,
) -> int:
    """Show all that differs between two results of a loop."""
    from innerloop.cli.compare import compare  # noqa: PLC0415 - one command a run

    return compare(before, after, most=most, diff=diff, as_json=as_json)
