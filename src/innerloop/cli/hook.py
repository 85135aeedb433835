"""loop hook: the git hooks."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

app = typer.Typer(
    help="Check what is about to be committed or pushed.",
    epilog="Example: loop hook run pre-commit",
)


@app.command("run", epilog="Example: loop hook run pre-commit")
def _run(
    hook: Annotated[str, typer.Argument(help="pre-commit or pre-push.")],
    arguments: Annotated[list[str] | None, typer.Argument(help="What git gave the hook.")] = None,
) -> int:
    """Check what a hook is about. Nothing of the work tree or the index is written."""
    from innerloop.cli.hooked import hooked  # noqa: PLC0415 - one command at a time

    pushed = sys.stdin.read().splitlines() if hook == "pre-push" else []
    return hooked(hook, arguments or [], pushed)
