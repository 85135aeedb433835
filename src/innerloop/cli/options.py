"""Arguments and options that several commands share."""

from __future__ import annotations

import os
from typing import Annotated, Optional

import typer


def loops(incomplete: str) -> list[str]:
    """The names in loops.yaml, rungs and their ladders, for completion: never an error."""
    try:
        from innerloop.config.compiled import load  # noqa: PLC0415 - only for completion
        from innerloop.config.find import find  # noqa: PLC0415 - likewise
        from innerloop.core.ladder import base  # noqa: PLC0415 - likewise

        root = find(os.getcwd())
        known = load(root, store=False).config.loops if root else ()
    except Exception:  # noqa: BLE001 - a broken file must not break the shell's line
        return []
    names = dict.fromkeys(name for loop in known for name in (base(loop.name), loop.name))
    return [name for name in names if name.startswith(incomplete)]


Names = Annotated[
    Optional[list[str]],  # noqa: UP045 - typer reads this at run time
    typer.Argument(help="Loops, each with what it comes after.", autocompletion=loops),
]
Name = Annotated[str, typer.Argument(help="A loop.", autocompletion=loops)]
Until = Annotated[str, typer.Option(help="Stop after this loop.", autocompletion=loops)]
Budget = Annotated[str, typer.Option(help="Defer what does not fit in: 30s, 5m, none.")]
Since = Annotated[str, typer.Option(help="Only loops whose inputs changed since this commit.")]
Force = Annotated[bool, typer.Option("--force", help="Run what has passed already, too.")]
FailCode = Annotated[
    int, typer.Option("--fail-code", metavar="N", min=1, max=125, help="Exit with N, not 1.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
