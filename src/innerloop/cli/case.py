"""loop case: what an evaluation found becomes a case that is tried at every walk."""

from __future__ import annotations

from typing import Annotated

import typer

from innerloop.cli.options import loops

app = typer.Typer(
    help="Behavioural cases, from what was found.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command("add", epilog="Example: loop case add 41/eval q-17 --to behavioural")
def _add(
    run: Annotated[str, typer.Argument(help="A run, RUN/LOOP, or a loop (its latest run).")],
    example: Annotated[str, typer.Argument(metavar="ID", help="The example that failed.")],
    to: Annotated[str, typer.Option("--to", help="The loop that tries it.", autocompletion=loops)],
    why: Annotated[str, typer.Option("-m", help="Why, kept in the case.")] = "",
) -> int:
    """Turn an example of a run into a case of a behavioural loop."""
    from innerloop.cli.cases import add  # noqa: PLC0415 - one command a run

    return add(run, example, to, why)
