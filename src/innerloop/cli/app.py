"""The whole command tree, for everything that is not on the common road."""

from __future__ import annotations

import os
from typing import Annotated, Optional

import typer

from innerloop.cli.inner import Flags, inner
from innerloop.core.errors import ExitCode, LoopError
from innerloop.core.text import duration

app = typer.Typer(
    name="loop",
    help="The answer from the smallest loop that can give it.",
    epilog="Start with `loop init`, then `loop inner`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


# Typer keeps its own copy of click, whose exceptions it does not export: all that can be wrong
# with a command line is of the kind that BadParameter is of.
_USAGE: type[Exception] = typer.BadParameter.__mro__[1]


def command(words: list[str]) -> int:
    """Carry out a command line through Typer; its exit code."""
    try:
        code = app(words, prog_name="loop", standalone_mode=False, obj=words)
    except _USAGE as error:
        return _misused(error)
    except typer.Abort as abort:
        raise KeyboardInterrupt from abort
    except SystemExit as end:
        # Typer turns a closed pipe into an exit of its own.
        if isinstance(end.__context__, BrokenPipeError):
            raise BrokenPipeError from end
        raise
    return code if isinstance(code, int) else 0


def _misused(error: Exception) -> int:
    show = getattr(error, "show", None)
    if callable(show):
        show()
    return ExitCode.USAGE


def _loops(incomplete: str) -> list[str]:
    """The names in loops.yaml, for completion: never an error."""
    try:
        from innerloop.config.compiled import load  # noqa: PLC0415 - only for completion
        from innerloop.config.find import find  # noqa: PLC0415 - likewise

        root = find(os.getcwd())
        loops = load(root, store=False).config.loops if root else ()
    except Exception:  # noqa: BLE001 - a broken file must not break the shell's line
        return []
    return [loop.name for loop in loops if loop.name.startswith(incomplete)]


def _budget(text: str) -> tuple[float | None, bool]:
    if not text:
        return None, False
    if text == "none":
        return None, True
    seconds = duration(text)
    if seconds is None:
        raise LoopError(f"--budget {text!r} is not a duration", "30s, 5m, 1h30m, or none")
    return seconds, False


Names = Annotated[
    Optional[list[str]],  # noqa: UP045 - typer reads this at run time
    typer.Argument(help="Loops, each with what it comes after.", autocompletion=_loops),
]
Name = Annotated[str, typer.Argument(help="A loop.", autocompletion=_loops)]
Until = Annotated[str, typer.Option(help="Stop after this loop.", autocompletion=_loops)]
Budget = Annotated[str, typer.Option(help="Defer what does not fit in: 30s, 5m, none.")]
Since = Annotated[str, typer.Option(help="Only loops whose inputs changed since this commit.")]
Force = Annotated[bool, typer.Option("--force", help="Run what has passed already, too.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


@app.callback()
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    _folder: Annotated[
        str, typer.Option("-C", metavar="DIR", help="Go there first; after a command, too.")
    ] = "",  # taken before Typer sees the words: here for the help
) -> None:
    if version:
        from innerloop import __version__  # noqa: PLC0415 - rarely

        typer.echo(f"innerloop {__version__}")
        raise typer.Exit


@app.command("inner", epilog="Example: loop inner --until unit --budget 30s")
def _inner(
    context: typer.Context,
    names: Names = None,
    until: Until = "",
    budget: Budget = "",
    since: Since = "",
    jobs: Annotated[int, typer.Option("-j", "--jobs", min=1, help="Loops at once.")] = 1,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Go on after a failure.")
    ] = False,
    force: Force = False,
    plan: Annotated[bool, typer.Option("--plan", help="Only show what would run.")] = False,
    form: Annotated[
        str, typer.Option("--format", help="live, plain, jsonl, github or gitlab.")
    ] = "",
    junit: Annotated[
        str, typer.Option("--junit", metavar="FILE", help="Write JUnit XML there: a suite a loop.")
    ] = "",
    why: Annotated[str, typer.Option("-m", help="Why you walk, kept in history.")] = "",
) -> int:
    """Walk the loops, fastest first; stop at a failure."""
    seconds, unbounded = _budget(budget)
    flags = Flags(
        names=tuple(names or ()),
        until=until,
        budget=seconds,
        no_budget=unbounded,
        since=since,
        jobs=jobs,
        keep_going=keep_going,
        force=force,
        form=form,
        junit=junit,
        why=why,
    )
    if plan:
        from innerloop.cli.plan import plan as show  # noqa: PLC0415 - one command a run

        return show(flags, as_json=form == "jsonl")
    return inner(flags, context.obj)


@app.command("watch", epilog="Example: loop watch lint unit")
def _watch(
    context: typer.Context,
    names: Names = None,
    cold: Annotated[bool, typer.Option("--cold", help="Keep no process warm.")] = False,
    form: Annotated[str, typer.Option("--format", help="live, plain or jsonl.")] = "",
) -> int:
    """Walk at every save; with keys, at a terminal."""
    from innerloop.cli.watch import Flags as Watching  # noqa: PLC0415 - one command a run
    from innerloop.cli.watch import watch  # noqa: PLC0415 - likewise

    return watch(Watching(tuple(names or ()), form, cold), context.obj)


@app.command("plan", epilog="Example: loop plan --budget 1m")
def _plan(
    names: Names = None,
    until: Until = "",
    budget: Budget = "",
    since: Since = "",
    force: Force = False,
    as_json: Json = False,
) -> int:
    """Show what would run, in what order, and why. Writes nothing."""
    from innerloop.cli.plan import plan  # noqa: PLC0415 - one command a run

    seconds, unbounded = _budget(budget)
    flags = Flags(tuple(names or ()), until, seconds, unbounded, since, force=force)
    return plan(flags, as_json=as_json)


@app.command("why", epilog="Example: loop why unit")
def _why(name: Name, as_json: Json = False) -> int:
    """Show what changed since a loop last passed. Writes nothing."""
    from innerloop.cli.plan import why  # noqa: PLC0415 - one command a run

    return why(name, as_json=as_json)


@app.command("run", epilog="Example: loop run unit -- -k test_parser -x")
def _run(
    name: Name,
    arguments: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer reads this at run time
        typer.Argument(help="More arguments, after --: then nothing is recorded."),
    ] = None,
) -> int:
    """Run one loop now, with the terminal handed over."""
    from innerloop.cli.run import run  # noqa: PLC0415 - one command a run

    return run(name, tuple(arguments or ()))


@app.command("fix", epilog="Example: loop fix lint")
def _fix(names: Names = None) -> int:
    """Fix what failed last, or the named loops; then walk."""
    from innerloop.cli.fix import fix  # noqa: PLC0415 - one command a run

    return fix(tuple(names or ()))


@app.command("debug", epilog="Example: loop debug unit")
def _debug(
    name: Name,
    arguments: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer reads this at run time
        typer.Argument(help="More arguments, after --."),
    ] = None,
) -> int:
    """Run a loop's debug command, with the terminal handed over."""
    from innerloop.cli.run import debug  # noqa: PLC0415 - one command a run

    return debug(name, tuple(arguments or ()))


@app.command("init", epilog="Example: loop init --yes")
def _init(
    yes: Annotated[bool, typer.Option("--yes", help="Measure without asking.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite loops.yaml.")] = False,
    measure: Annotated[bool, typer.Option("--measure/--no-measure", help="Run the tools.")] = True,
) -> int:
    """Write a loops.yaml that fits this project."""
    from innerloop.cli.init import init  # noqa: PLC0415 - one command a run

    return init(os.getcwd(), yes=yes, force=force, measure=measure)


@app.command("check", epilog="Example: loop check --schema > loops.schema.json")
def _check(
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema.")] = False,
) -> int:
    """Say whether loops.yaml is right."""
    from innerloop.cli.check import check  # noqa: PLC0415 - one command a run

    return check(schema=schema)


@app.command("history", epilog="Example: loop history unit -n 50")
def _history(
    name: Annotated[str, typer.Argument(help="Only of this loop.", autocompletion=_loops)] = "",
    most: Annotated[int, typer.Option("-n", min=1, help="How many.")] = 20,
    as_json: Json = False,
) -> int:
    """Show the latest runs, newest first."""
    from innerloop.cli.history import history  # noqa: PLC0415 - one command a run

    return history(name, most=most, as_json=as_json)


@app.command("show", epilog="Example: loop show 41")
def _show(
    run: Annotated[str, typer.Argument(help="Its number; the latest if left out.")] = "",
    as_json: Json = False,
) -> int:
    """Show one run whole."""
    from innerloop.cli.history import show  # noqa: PLC0415 - one command a run

    return show(run, as_json=as_json)


@app.command("doctor", epilog="Example: loop doctor")
def _doctor() -> int:
    """Say what is slow, flaky or never remembered."""
    from innerloop.cli.doctor import doctor  # noqa: PLC0415 - one command a run

    return doctor()
