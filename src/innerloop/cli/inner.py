"""loop inner: the walk, from the fastest loop to the slowest."""

from __future__ import annotations

import os
import time
from contextlib import closing
from typing import NamedTuple

from innerloop.cli.carried import Means, carried
from innerloop.cli.purse import asked as consented
from innerloop.cli.purse import purse
from innerloop.cli.wiring import caution, log_reader, project, streams, tty, view
from innerloop.config.compiled import load
from innerloop.core.errors import ExitCode, LoopError, of_verdict
from innerloop.core.events import WalkFinished
from innerloop.core.ladder import asked_for
from innerloop.core.model import Verdict
from innerloop.core.plan import Ask, Choice, chosen, forecast, narrowed
from innerloop.core.variables import forge, unattended
from innerloop.engine.cancel import Cancel
from innerloop.engine.walk import Asked
from innerloop.system import findings, git, handoff
from innerloop.system.history import ledger
from innerloop.system.reaper import MARK
from innerloop.system.signals import code, signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from innerloop.cli.wiring import Project, View
    from innerloop.core.events import Event
    from innerloop.core.model import Loop, Plan, Run
    from innerloop.views.streams import Streams

_SAMPLES = 20


class Flags(NamedTuple):
    """What the command line said."""

    names: tuple[str, ...] = ()
    until: str = ""
    budget: float | None = None
    no_budget: bool = False
    since: str = ""
    jobs: int = 1
    keep_going: bool = False
    force: bool = False
    form: str = ""
    junit: str | None = None
    why: str = ""


class Selection(NamedTuple):
    """The loops a walk is about, and those it leaves out for a reason."""

    loops: tuple[Loop, ...]
    left: Mapping[str, str]
    choice: Choice


def select(found: Project, flags: Flags) -> Selection:
    """What the flags choose from the project's loops."""
    config = found.ground.config
    # In CI nobody comes back for what was deferred.
    budget = flags.budget or (None if unattended(os.environ) else config.budget)
    budget = None if flags.no_budget else budget
    named = {*flags.names, flags.until}
    choice = Choice(flags.names, flags.until, budget, flags.force, purse=purse(found, named))
    loops = chosen(config.loops, choice)
    if not flags.since:
        return Selection(loops, {}, choice)
    if not found.ground.tree.in_git:
        raise LoopError(
            "--since needs a git repository", "leave --since out: what has passed is skipped anyway"
        )
    paths = git.changed_since(found.root, flags.since)
    kept, left = narrowed(loops, lambda loop: found.ground.inputs.touched(loop, paths), flags.since)
    return Selection(kept, left, choice)


def forecasted(found: Project, selection: Selection) -> Plan:
    """The plan, from what stands there now. Reads only."""
    ground = found.ground
    ask = Ask(
        ground.prover.prove,
        ground.passed,
        lambda name: ledger.seconds(ground.store, name, _SAMPLES),
        time.time(),
        ground.again,
        ground.failing,
        lambda name: ledger.tried(ground.store, name),
    )
    return forecast(selection.loops, selection.choice, ask)


def inner(flags: Flags, words: list[str]) -> int:
    """Walk; the exit code."""
    with project(write=True) as found:
        return walked(found, flags, words)


def walked(found: Project, flags: Flags, words: list[str]) -> int:
    shown = streams()
    show = _view(found, flags, shown)
    told = _told(found, flags, show)
    selection = select(found, flags)
    for name, reason in selection.left.items():
        shown.err(f"{name}: {reason}")
    caution(found)
    sent_back(found.root, shown.err)
    plan = forecasted(found, selection)
    known = consented(plan)
    if known != plan.purse:
        choice = selection.choice._replace(purse=known)
        plan = forecasted(found, selection._replace(choice=choice))
    asked = Asked(flags.jobs, flags.keep_going, " ".join(("loop", *words)), flags.why)
    cancel = Cancel()
    # In this order: no signal may come between us and giving the terminal back.
    with signals(cancel) as taken, closing(show):
        if hasattr(show, "pause") and hasattr(show, "resume"):
            taken.around(show.pause, show.resume)
        run = carried(found.ground, plan, asked, cancel, told, means=Means(tty=tty(shown)))
    if run is None:
        return ExitCode.BUG
    handoff.write(found.ground, run)
    sent_back(found.root, shown.err)
    if _plain_ask(flags, words) and run.verdict is Verdict.GREEN and _same(found):
        _receipt(found, selection.loops, words, run)
    if cancel:
        return code(cancel.reason)
    ended = of_verdict(run.verdict)
    # What was named and is not paid for has not been checked: that must not look like a pass.
    if not ended and (named := _unpaid(run, found.ground.config.loops, selection.choice)):
        raise named
    return ended


def _unpaid(run: Run, loops: Sequence[Loop], choice: Choice) -> LoopError | None:
    if not any(loop.cost for loop in loops):
        return None
    from innerloop.core.unpaid import unpaid  # noqa: PLC0415 - few loops cost

    names = asked_for(loops, (*choice.names, choice.until))
    return unpaid(run.results, loops, choice.purse, names)


def sent_back(root: str, tell: Callable[[str], None]) -> None:
    """Say in a line what the outer loop has found and nobody has mended."""
    if findings.any_open(root):
        from innerloop.core.findings import line  # noqa: PLC0415 - only where something is open

        found = findings.still_open(root)
        if found:
            tell(line(found))


def _view(found: Project, flags: Flags, shown: Streams) -> View:
    form = flags.form or ("" if MARK in os.environ else forge(os.environ))
    if form not in {"github", "gitlab"}:
        return view(form, shown, found.root)
    from innerloop.cli.reports import ci  # noqa: PLC0415 - only in CI

    return ci(form, shown, found, log_reader(found.root))


def _told(found: Project, flags: Flags, show: View) -> Callable[[Event], None]:
    """Who is told of each event: whoever shows it, and whoever writes a report of the end."""
    if flags.junit is None:
        return show
    from innerloop.cli.reports import junit  # noqa: PLC0415 - only where asked for

    write = junit(found, flags.junit, log_reader(found.root))

    def told(event: Event) -> None:
        show(event)
        if isinstance(event, WalkFinished):
            write(event.run)

    return told


def _plain_ask(flags: Flags, words: list[str]) -> bool:
    """Whether the command line has no effect but its answer, so that a receipt may give it."""
    # After -C the same words mean another folder than they did where they were typed.
    plain = words[:1] == ["inner"] and "-C" not in words
    aside = flags.since or flags.force or flags.why or flags.form or flags.junit is not None
    return plain and not (aside or unattended(os.environ))


def _same(found: Project) -> bool:
    """Whether what was read only once, as the walk began, still says what it said."""
    try:
        return load(found.root, store=False).config == found.ground.config and found.ground.stands()
    except LoopError:
        return False


def _receipt(found: Project, loops: Sequence[Loop], words: list[str], run: Run) -> None:
    proven(found, run)
    if any(loop.probe or not loop.cache for loop in loops):
        return  # it has to be asked each time
    from innerloop.system import receipts  # noqa: PLC0415 - after the walk

    receipts.write(found.ground, loops, words, _message(run))
    found.ground.tree.save()


def proven(found: Project, run: Run) -> None:
    """Where every loop has passed on what stands here, a commit of just that need not ask again."""
    from innerloop.system import commits  # noqa: PLC0415 - after the walk

    if run.verdict is Verdict.GREEN and _same(found):
        commits.write(found.ground, chosen(found.ground.config.loops, Choice()), _message(run))


def _message(run: Run) -> str:
    from innerloop.core.text import plural  # noqa: PLC0415 - after the walk
    from innerloop.views.lines import READY, trust  # noqa: PLC0415 - likewise

    green = plural(sum(1 for one in run.results if one.green), "loop")
    return f"green: {green} passed before{trust(run)}{READY if run.complete else ''}"
