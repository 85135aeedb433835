"""loop hook: git's hooks installed, taken away again, and run."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

app = typer.Typer(
    help="Git hooks: the loops at every commit and push.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Hooks = Annotated[
    Optional[list[str]],  # noqa: UP045 - typer reads this at run time
    typer.Option("--hook", help="Only this one, pre-commit or pre-push; may be repeated."),
]


@app.command("install", epilog="Example: loop hook install --hook pre-commit")
def _install(
    hook: Hooks = None,
    shared: Annotated[
        bool, typer.Option("--shared", help="Also into a folder that is committed.")
    ] = False,
) -> int:
    """Have git run the loops at every commit and push."""
    from innerloop.cli.hooks import install  # noqa: PLC0415 - one command a run

    return install(tuple(hook or ()), shared=shared)


@app.command("uninstall", epilog="Example: loop hook uninstall")
def _uninstall(hook: Hooks = None) -> int:
    """Take the hooks away, and put back what was there before."""
    from innerloop.cli.hooks import uninstall  # noqa: PLC0415 - one command a run

    return uninstall(tuple(hook or ()))


@app.command("run", epilog="Example: loop hook run pre-commit")
def _run(
    hook: Annotated[str, typer.Argument(help="pre-commit or pre-push.")],
    arguments: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer reads this at run time
        typer.Argument(help="What git gives the hook: a remote's name and address."),
    ] = None,
    project: Annotated[
        Optional[str],  # noqa: UP045 - typer reads this at run time
        typer.Option(help="The project's folder from the top, where no loops.yaml stands there."),
    ] = None,
) -> int:
    """Do what the hook does, now."""
    from innerloop.cli.called import run  # noqa: PLC0415 - one command a run

    return run(hook, list(arguments or ()), project)
