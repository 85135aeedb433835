"""loop outer and the verbs under it, as Typer is told of them; each imports what it does."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from innerloop.cli.options import Json
from innerloop.core.errors import ExitCode, LoopError

app = typer.Typer(rich_markup_mode=None)
VERBS = frozenset(
    {
        *("status", "resume", "approve", "reject", "resolve"),
        *("rollback", "unlock", "abandon", "findings"),
    }
)
Run = Annotated[str, typer.Option("--run", help="Of this run; the latest if left out.")]
Stage = Annotated[str, typer.Argument(help="The stage.")]
Note = Annotated[str, typer.Option("-m", help="Why; kept in the journal.")]
Waiting = Annotated[int, typer.Option("--waiting-exit", help="The code while it waits.")]
Form = Annotated[str, typer.Option("--format", help="plain, jsonl, github or gitlab.")]
Older = Annotated[
    bool, typer.Option("--allow-older", help="Deploy though a newer run has deployed there.")
]


def joined(words: list[str]) -> list[str]:
    """`outer status` as one word: a verb below a command that takes a name as well."""
    if words[:1] == ["outer"] and words[1:2] and words[1] in VERBS:
        return [f"outer {words[1]}", *words[2:]]
    return words


@app.command("outer", epilog="Example: loop outer release --until smoke")
def _outer(
    name: Annotated[
        Optional[str],  # noqa: UP045 - typer reads this at run time
        typer.Argument(help="Which outer loop; the first if left out."),
    ] = None,
    first: Annotated[str, typer.Option("--from", help="Begin at this stage.")] = "",
    until: Annotated[str, typer.Option("--until", help="End behind this stage.")] = "",
    only: Annotated[str, typer.Option("--only", help="This stage alone.")] = "",
    plan: Annotated[bool, typer.Option("--plan", help="Only show the stages.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask first, as is done on a terminal.")
    ] = False,
    allow_older: Older = False,
    waiting_exit: Waiting = ExitCode.WAITING,
    form: Annotated[
        str, typer.Option("--format", help="plain, jsonl, github, gitlab; a plan: mermaid.")
    ] = "",
    relay: Annotated[
        str, typer.Option("--relay", metavar="DIR", help="What other jobs proved is there.")
    ] = "",
    recall: Annotated[
        bool, typer.Option("--recall", help="Ask the forge for what the change proved.")
    ] = False,
    once: Annotated[
        bool, typer.Option("--once", help="Of a monitor: as few samples as say anything.")
    ] = False,
    junit: Annotated[
        str, typer.Option("--junit", metavar="FILE", help="Write JUnit XML of the loops there.")
    ] = "",
) -> int:
    """Check, deploy, ask, watch: from green to production."""
    from innerloop.cli.outer_run import Flags, go  # noqa: PLC0415 - one command a run

    flags = Flags(name or "", first, until, only, yes, allow_older, waiting_exit, form)
    flags = flags._replace(relay=relay, recall=recall, once=once, junit=junit)
    if plan:
        from innerloop.cli.outer_status import plan as show  # noqa: PLC0415 - likewise

        return show(flags)
    if relay:
        from innerloop.cli import relay as relayed  # noqa: PLC0415 - only in a job of many

        return relayed.go(flags)
    if recall or once:
        said = "--recall" if recall else "--once"
        raise LoopError(f"{said} is for one job of many", "add --only STAGE --relay DIR")
    return go(flags)


@app.command("outer resume", epilog="Example: loop outer resume")
def _resume(
    run: Annotated[str, typer.Argument(help="Which run; the latest that is open.")] = "",
    replan: Annotated[
        bool, typer.Option("--replan", help="By loops.yaml as it is now; answers are void.")
    ] = False,
    allow_older: Older = False,
    waiting_exit: Waiting = ExitCode.WAITING,
    form: Form = "",
) -> int:
    """Carry a run on from where it stands."""
    from innerloop.cli.outer_run import Flags, resume  # noqa: PLC0415 - one command a run

    flags = Flags(allow_older=allow_older, waiting_exit=waiting_exit, form=form)
    return resume(run, flags, replan=replan)


@app.command("outer status", epilog="Example: loop outer status --json")
def _status(
    run: Annotated[str, typer.Argument(help="Which run; the latest if left out.")] = "",
    as_json: Json = False,
) -> int:
    """Show where a run stands, what is live where, and who waits."""
    from innerloop.cli.outer_status import status  # noqa: PLC0415 - one command a run

    return status(run, as_json=as_json)


@app.command("outer approve", epilog='Example: loop outer approve e2e -m "tested by hand"')
def _approve(stage: Stage, note: Note = "", run: Run = "") -> int:
    """Say yes to a stage that asks."""
    from innerloop.cli.outer_ask import answer  # noqa: PLC0415 - one command a run

    return answer(stage, run, note, yes=True)


@app.command("outer reject", epilog='Example: loop outer reject e2e -m "the total is wrong"')
def _reject(stage: Stage, note: Note = "", run: Run = "") -> int:
    """Say no to a stage that asks."""
    from innerloop.cli.outer_ask import answer  # noqa: PLC0415 - one command a run

    return answer(stage, run, note, yes=False)


@app.command("outer resolve", epilog="Example: loop outer resolve prod --applied")
def _resolve(
    stage: Stage,
    applied: Annotated[
        Optional[bool],  # noqa: UP045 - typer reads this at run time
        typer.Option("--applied/--not-applied", help="Whether it had its effect."),
    ] = None,
    note: Note = "",
    run: Run = "",
) -> int:
    """Say what came of a stage where nobody else can tell."""
    from innerloop.cli.outer_ask import resolve  # noqa: PLC0415 - one command a run

    return resolve(stage, run, note, applied=applied)


@app.command("outer rollback", epilog="Example: loop outer rollback prod")
def _rollback(
    environment: Annotated[str, typer.Argument(help="The environment.")],
    to: Annotated[str, typer.Option("--to", help="The version; the one before if left out.")] = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask first, as is done on a terminal.")
    ] = False,
) -> int:
    """Bring the version back that was live before."""
    from innerloop.cli.by_hand import rollback  # noqa: PLC0415 - one command a run

    return rollback(environment, to, yes=yes)


@app.command("outer unlock", epilog="Example: loop outer unlock prod --run 1m3q8k2v9a7c")
def _unlock(
    environment: Annotated[str, typer.Argument(help="The environment.")],
    run: Annotated[str, typer.Option("--run", help="The run that holds it.")],
    force: Annotated[
        bool, typer.Option("--force", help="Though something of that run is at work.")
    ] = False,
) -> int:
    """Take an environment from a run that is gone."""
    from innerloop.cli.outer_env import unlock  # noqa: PLC0415 - one command a run

    return unlock(environment, run, force=force)


@app.command("outer abandon", epilog='Example: loop outer abandon -m "the feature was dropped"')
def _abandon(
    run: Annotated[str, typer.Argument(help="Which run; the latest that is open.")] = "",
    note: Note = "",
) -> int:
    """End a run that nobody wants to carry on."""
    from innerloop.cli.outer_abandon import abandon  # noqa: PLC0415 - one command a run

    return abandon(run, note)


@app.command("outer findings", epilog="Example: loop outer findings --json")
def _findings(as_json: Json = False) -> int:
    """Show what was found and is not mended yet."""
    from innerloop.cli.outer_status import findings  # noqa: PLC0415 - one command a run

    return findings(as_json=as_json)
