"""loop outer --only STAGE --relay DIR: one stage as one job, behind what other jobs proved."""

from __future__ import annotations

import os
import sys
from contextlib import closing

from innerloop.cli import benchmarks, tickets
from innerloop.cli.outer_run import carry
from innerloop.cli.relay_doors import begun, let, ours, signed
from innerloop.cli.relay_live import gone, lives, ready
from innerloop.cli.wiring import caution, project, streams
from innerloop.core.book import How
from innerloop.core.errors import ExitCode, LoopError
from innerloop.core.leg import Leg, unfit
from innerloop.core.outer import Deploy, Monitor, When
from innerloop.core.pipeline import artifact, at_once, at_work
from innerloop.core.stages import deployed, upstream
from innerloop.core.states import PASSING, State
from innerloop.core.variables import forge as whose
from innerloop.system import forge_past, git
from innerloop.system.forge_deploys import tried
from innerloop.system.journal.book import Book
from innerloop.system.journal.handed import take_over
from innerloop.system.journal.place import Room
from innerloop.system.relay import Relay

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.cli.outer_run import Flags
    from innerloop.cli.wiring import Project
    from innerloop.core.book import Ticket
    from innerloop.core.outer import Stage

_ALLOW = "LOOP_ALLOW_OLDER"
"""how a job is told what `--allow-older` tells a command"""


def go(flags: Flags) -> int:
    """Carry one stage out, and hand on what it came to."""
    if not flags.only:
        raise LoopError("--relay is for one stage of many jobs", "add --only STAGE")
    relay = Relay(flags.relay)
    if os.environ.get(_ALLOW) == "true":
        flags = flags._replace(allow_older=True)
    with project(write=True) as found:
        caution(found)
        outer = tickets.picked(found.ground.config, flags.name)
        # Each job begins with a journal of its own: what counts is handed on, or asked anew.
        room = relay.journal(found.root)
        relay.forget(outer.name, flags.only)
        with closing(Book(room)) as book:
            ticket = tickets.made(found, book, outer, flags)
            tree = _tree(found.root)
            stage = next(one for one in outer.stages if one.name == flags.only)
            goes = stage.name not in dict(ticket.left)
            if flags.once:
                return _once(found, book, ticket, stage, flags)
            if flags.recall and _recalled(found, relay, ticket, stage, tree):
                return ExitCode.OK
            legs = _legs(relay, ticket, stage, tree)
            if goes:
                ours(found, stage)
                ticket = signed(found, ticket, stage)
            legs = let(found, ticket, stage, legs)
            kept = benchmarks.before(found.ground, stage) if goes else ()
            ticket = book.open(_behind(ticket, stage, legs), kept)
            before = begun(found.root, ticket, stage) if goes else ()
            take_over(book.file, ticket, _watched(ticket, stage, legs, book.clock()), before)
            for leg in legs:
                relay.lay(leg, room)
            if goes:
                ready(found, book, ticket, stage)
            else:
                why = dict(ticket.left)[stage.name]
                streams().out(f"{stage.name:8}  skipped     {why}")
            code = _carried(found, book, ticket, stage, flags)
            leg = _left(found, book, ticket, stage, tree)
            if goes and leg.state is State.PASSED and (why := gone(found, book, ticket, stage)):
                leg, code = leg._replace(state=State.FAILED, why=why), ExitCode.FAILED
            relay.write(leg, room)
    # The job is about its own stage: that another failed, that one's job says.
    return ExitCode.OK if leg.state in PASSING and code == ExitCode.FAILED else code


def _carried(found: Project, book: Book, ticket: Ticket, stage: Stage, flags: Flags) -> int:
    """Carry it out. Nobody comes back for what is changed when its job is cancelled.

    So a deploy, and the way back from one, is waited for, until the forge ends the job or the
    next signal comes.
    """
    code = carry(found, book, ticket, flags, resumed=False)
    one = book.record(ticket.id).latest(stage.name)
    if one is not None and at_work(stage, one.state):
        print(f"{stage.name} is at work: it is waited for, as long as may be", file=sys.stderr)
        code = carry(found, book, ticket, flags, resumed=True)
    return code


def _tree(root: str) -> str:
    code, out, _ = git.finish(git.start(root, "rev-parse", "-q", "--verify", "HEAD^{tree}"))
    return out.strip() if code == 0 else ""


# -- what other jobs proved -------------------------------------------------------------------


def _legs(relay: Relay, ticket: Ticket, stage: Stage, tree: str) -> tuple[Leg, ...]:
    """What the jobs before it came to; LoopError where one says nothing, or of something else."""
    found = []
    strictly = stage.when is When.SUCCESS
    stages = {one.name: one for one in ticket.outer.stages}
    for name in upstream(ticket.outer, stage.name):
        leg = relay.read(ticket.outer.name, name)
        why = "its job has handed nothing on" if leg is None else unfit(leg, ticket, tree)
        if not why and leg and strictly and leg.state not in PASSING:
            why = f"it is {leg.state}: {leg.why}" if leg.why else f"it is {leg.state}"
        if stages[name].only.ci is False and leg is None:
            continue
        if strictly and leg is None and stages[name].when is When.FAILURE:
            # It would have run where something before it failed, and then we do not begin.
            leg, why = Leg(ticket.outer.name, name, State.SKIPPED, ticket.plan, tree), ""
        if why and strictly:
            place = relay.place(ticket.outer.name, name)
            raise LoopError(
                f"{stage.name} does not begin: of {name}, which comes before it, {why}",
                f"looked for in {place}: its job comes first",
            )
        if why or leg is None:
            leg = Leg(ticket.outer.name, name, State.FAILED, ticket.plan, tree, why=why)
        found.append(leg)
    return tuple(found)


def _watched(ticket: Ticket, stage: Stage, legs: tuple[Leg, ...], now: float) -> tuple[Leg, ...]:
    """The legs as a monitor is to see them: its window begins when its job does."""
    target = deployed(ticket.outer, stage)
    if not isinstance(stage.doing, Monitor) or target is None:
        return legs
    return tuple(leg._replace(at=now) if leg.stage == target.name else leg for leg in legs)


def _behind(ticket: Ticket, stage: Stage, legs: tuple[Leg, ...]) -> Ticket:
    """The ticket as one of the run that the jobs are: nothing of it is left out that was done."""
    target = deployed(ticket.outer, stage)
    for leg in legs:
        # What the change deployed, of the same tree, is known there by the change's own commit.
        if target and leg.stage == target.name != stage.name and leg.version:
            ticket = ticket._replace(version=leg.version)
    # What its own job left out is left out here: nothing has failed that it was skipped for.
    done = {leg.stage for leg in legs if leg.state is not State.SKIPPED}
    left = tuple((name, why) for name, why in ticket.left if name not in done)
    run = os.environ.get("GITHUB_RUN_ID") or os.environ.get("CI_PIPELINE_ID")
    name = f"{whose(os.environ)}-{run}" if run and whose(os.environ) else ticket.id
    return ticket._replace(id=name, left=left)


def _recalled(found: Project, relay: Relay, ticket: Ticket, stage: Stage, tree: str) -> bool:
    """Whether the change that became this commit has proved the stage, on these very files."""
    root = found.root
    own = Relay(relay.fresh("recalled"))
    place = own.fresh(artifact(ticket.outer.name, stage.name))
    told = forge_past.recalled(root, ticket.outer.name, stage.name, ticket.commit, place)
    why = told.missing
    if isinstance(stage.doing, Deploy) and tried(root, stage.environment):
        # Whoever runs it again wants it to be there, whatever was there when the change was.
        why = "the job is run again"
    if not why:
        try:
            leg = own.read(ticket.outer.name, stage.name)
            why = unfit(leg, ticket, tree) if leg else "it left no leg"
            if not why and leg and leg.state is State.PASSED:
                room = Room(relay.fresh("laid"))
                own.lay(leg, room)
                relay.write(leg._replace(source=leg.source or told.source), room)
                said = f"{stage.name:8}  passed      on these very files: {told.source}"
                streams().out(said)
                return True
            why = why or f"there it is {leg.state if leg else 'not told'}"
        except LoopError as error:
            why = error.message
    print(f"{stage.name}: nothing is recalled: {why}", file=sys.stderr)
    return False


# -- checks by cron ---------------------------------------------------------------------------


def _once(found: Project, book: Book, ticket: Ticket, stage: Stage, flags: Flags) -> int:
    """Look at what is live now, as few times as say anything: nothing is handed on."""
    if not isinstance(stage.doing, Monitor):
        raise LoopError(f"{stage.name} is no monitor", "--once is for those")
    target = deployed(ticket.outer, stage)
    if target is not None:
        ticket = ticket._replace(version=lives(found, book, ticket, target) or ticket.version)
    one = stage._replace(doing=at_once(stage.doing), timeout=stage.timeout + 60)
    stages = tuple(one if each.name == stage.name else each for each in ticket.outer.stages)
    outer = ticket.outer._replace(stages=stages)
    return carry(found, book, book.open(ticket._replace(outer=outer)), flags, resumed=False)


# -- what it hands on -------------------------------------------------------------------------


def _left(found: Project, book: Book, ticket: Ticket, stage: Stage, tree: str) -> Leg:
    record = book.record(ticket.id)
    one = record.latest(stage.name)
    left = dict(ticket.left).get(stage.name, "")
    hide = found.ground.veil.text
    leg = Leg(
        *(ticket.outer.name, stage.name, State.SKIPPED if left else State.READY, ticket.plan, tree),
        content=ticket.content,
        commit=ticket.commit,
        version=ticket.version,
        why=hide(left),
        at=book.clock(),
        source=forge_past.ci_run(dict(os.environ)),
        kept=tuple(
            kept
            for kept in record.kept
            if kept.stage == stage.name and kept.how is not How.MEASURED
        ),
        answers=tuple(answer for answer in record.answers if answer.stage == stage.name),
    )
    if one is None:
        return leg
    lives = book.live(one.environment) if one.environment else ()
    return leg._replace(
        state=one.state,
        environment=one.environment,
        why=hide(one.why),
        began=one.began,
        at=one.at,
        lives=lives,
    )
