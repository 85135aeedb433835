"""loop review and loop accept, as commands: what they take, and who carries them out."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from innerloop.cli.options import FailCode, Json, loops
from innerloop.core.errors import ExitCode

app = typer.Typer()


@app.command("review", epilog="Example: loop review steps")
def _review(
    names: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer reads this at run time
        typer.Argument(help="Loops; all that have snapshots if left out.", autocompletion=loops),
    ] = None,
    as_json: Json = False,
    fail_code: FailCode = ExitCode.FAILED,
) -> int:
    """Show the snapshots that wait to be accepted; exit 0 only where it is known that none does."""
    from innerloop.cli.review import review  # noqa: PLC0415 - one command a run

    code = review(tuple(names or ()), as_json=as_json)
    return fail_code if code == ExitCode.FAILED else code


@app.command("accept", epilog="Example: loop accept steps -m 'fares are in cents now'")
def _accept(
    name: Annotated[
        str,
        typer.Argument(
            help="A loop; if left out, what fails of those with snapshots.", autocompletion=loops
        ),
    ] = "",
    files: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer reads this at run time
        typer.Argument(help="Of its snapshots these alone, by path or name."),
    ] = None,
    why: Annotated[str, typer.Option("-m", help="Why this is right, kept in history.")] = "",
    fail_code: FailCode = ExitCode.FAILED,
) -> int:
    """Accept what a loop comes to now: snapshots, proven to pass, or numbers as its baseline."""
    from innerloop.cli.accept import accept  # noqa: PLC0415 - one command a run

    code = accept(name, tuple(files or ()), why)
    return fail_code if code == ExitCode.FAILED else code
