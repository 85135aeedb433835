"""The whole command tree, for everything that is not on the common road."""

from __future__ import annotations

import os
from typing import Annotated, Optional

import typer

from innerloop.cli import case, hook, outer, past, sample, snapshots
from innerloop.cli.inner import Flags, inner
from innerloop.cli.options import Budget, FailCode, Force, Json, Name, Names, Since, Until
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
        code = app(outer.joined(words), prog_name="loop", standalone_mode=False, obj=words)
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


def _told(code: int, failed: int) -> int:
    """The exit code, with another one for a failure where that was asked for."""
    return failed if code == ExitCode.FAILED else code


def _budget(text: str) -> tuple[float | None, bool]:
    if not text:
        return None, False
    if text == "none":
        return None, True
    seconds = duration(text)
    if seconds is None:
        raise LoopError(f"--budget {text!r} is not a duration", "30s, 5m, 1h30m, or none")
    return seconds, False


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
        str, typer.Option("--format", help="live, plain, jsonl, agent, github or gitlab.")
    ] = "",
    junit: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write JUnit XML there: a suite a loop.")
    ] = None,
    why: Annotated[str, typer.Option("-m", help="Why you walk, kept in history.")] = "",
    fail_code: FailCode = ExitCode.FAILED,
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
    return _told(inner(flags, context.obj), fail_code)


@app.command("watch", epilog="Example: loop watch lint unit")
def _watch(
    context: typer.Context,
    names: Names = None,
    cold: Annotated[bool, typer.Option("--cold", help="Keep no process warm.")] = False,
    form: Annotated[str, typer.Option("--format", help="live, plain, jsonl or agent.")] = "",
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


@app.command("run", epilog="Example: loop run eval -m 'a smaller model'")
def _run(
    name: Name,
    arguments: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer reads this at run time
        typer.Argument(help="More arguments, after --: then nothing is recorded."),
    ] = None,
    why: Annotated[str, typer.Option("-m", help="Why you run it, kept in history.")] = "",
    at: Annotated[
        str, typer.Option("--at", metavar="RUN", help="On the very tree of that run, made again.")
    ] = "",
    fail_code: FailCode = ExitCode.FAILED,
) -> int:
    """Run one loop now, with the terminal handed over."""
    from innerloop.cli.run import run  # noqa: PLC0415 - one command a run

    return _told(run(name, tuple(arguments or ()), why=why, at=at), fail_code)


@app.command("fix", epilog="Example: loop fix lint")
def _fix(
    names: Names = None,
    staged: Annotated[
        bool, typer.Option("--staged", help="Fix what is staged, in index and work tree alike.")
    ] = False,
    fail_code: FailCode = ExitCode.FAILED,
) -> int:
    """Fix what failed last, or the named loops; then walk."""
    if staged:
        from innerloop.cli.staged import fix_staged  # noqa: PLC0415 - one command a run

        return _told(fix_staged(tuple(names or ())), fail_code)
    from innerloop.cli.fix import fix  # noqa: PLC0415 - one command a run

    return _told(fix(tuple(names or ())), fail_code)


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


app.command("sample", epilog=sample.EXAMPLE)(sample.sample)


@app.command("ci", epilog="Example: loop ci github --check")
def _ci(
    forge: Annotated[str, typer.Argument(help="github or gitlab.")],
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether it is up to date.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that loop did not write.")
    ] = False,
) -> int:
    """Write the outer loop as a workflow of the forge's CI."""
    from innerloop.cli.ci import ci  # noqa: PLC0415 - one command a run

    return ci(forge, check=check, force=force)


@app.command("doctor", epilog="Example: loop doctor")
def _doctor() -> int:
    """Say what is slow, flaky or never remembered."""
    from innerloop.cli.doctor import doctor  # noqa: PLC0415 - one command a run

    return doctor()


@app.command("mcp", epilog="Example: loop mcp")
def _mcp() -> int:
    """Serve AI coding tools over the Model Context Protocol."""
    from innerloop.cli.mcp import mcp  # noqa: PLC0415 - one command a run

    return mcp()


app.add_typer(past.app)
app.add_typer(snapshots.app)
app.add_typer(outer.app)
app.add_typer(hook.app, name="hook")
app.add_typer(case.app, name="case")
