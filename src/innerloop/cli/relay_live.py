"""What is live where a job begins: the forge names it, and the environment itself says so."""

from __future__ import annotations

import sys
from typing import NamedTuple

from innerloop.cli.worksite import Worksite
from innerloop.core.book import Attempt, Live
from innerloop.core.errors import LoopError
from innerloop.core.outer import Deploy, Monitor, When, Work
from innerloop.core.pipeline import shared
from innerloop.core.stages import askers, deployed, upstream
from innerloop.core.states import State
from innerloop.engine.cancel import Cancel
from innerloop.engine.probing import ABSENT, LIVE, heard
from innerloop.engine.probing import rc as ended
from innerloop.system.ancestry import Age, age
from innerloop.system.forge_deploys import Suspects, deployments, suspects
from innerloop.system.journal.handed import told_live
from innerloop.system.watchdog import Watchdog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from innerloop.cli.wiring import Project
    from innerloop.core.book import Ticket
    from innerloop.core.outer import Stage
    from innerloop.system.journal.book import Book

_MOST = 5
"""how many of what was deployed before `verify` is asked about"""
_ANEW = "another run has deployed there: run the job that deploys it again, then this one"
_ALL_THE_SAME = "`--allow-older`, or LOOP_ALLOW_OLDER=true for the job, deploys it all the same"


def ready(found: Project, book: Book, ticket: Ticket, stage: Stage) -> None:
    """See to it that a stage may begin by what is live; LoopError where it may not."""
    match stage.doing:
        case Deploy():
            learn(found, book, ticket, stage)
        case Monitor():
            still(found, book, ticket, stage)
        case _ if why := gone(found, book, ticket, stage):
            raise LoopError(f"{stage.name} does not begin: {why}", _ANEW)


def learn(found: Project, book: Book, ticket: Ticket, stage: Stage) -> None:
    """Write what is live there; LoopError where nobody can tell whether ours may follow it.

    The forge names what was deployed, and `verify` says which of it is live. Where that cannot
    tell, whatever may be live has to be an ancestor of ours.
    """
    root = found.root
    told = deployments(root, stage.environment)
    others = [one for one in told.commits if one != ticket.version]
    said = asked(found, book, ticket, stage, others)
    # Where changes that are not merged are deployed too, nothing is newer than another.
    free = ticket.allow_older or shared(found.ground.config, stage.environment)
    if said.live:
        _live(book, stage, said.live, 0)
    if free:
        return
    if said.live:
        maybe = Suspects((said.live,))
    elif told.missing:
        maybe = Suspects(missing=told.missing)
    elif ticket.commit not in told.commits:
        # A deploy that leaves no trace there has had no forerunners that do.
        what = f"this job is no deployment there: give it `environment: {stage.environment}`"
        maybe = Suspects(missing=what)
    else:
        maybe = suspects(root, told, ticket.version)
    if maybe.missing:
        raise LoopError(
            f"{stage.name} does not deploy: nobody can tell what was deployed to "
            f"{stage.environment} before: {maybe.missing}",
            _ALL_THE_SAME,
        )
    for commit in maybe.commits:
        if commit not in said.gone:
            _follows(found, book, ticket, stage, commit)


def _follows(found: Project, book: Book, ticket: Ticket, stage: Stage, commit: str) -> None:
    """Raise where ours does not come after a commit that may be live; or write that it is newer."""
    may_be = f"{stage.name} does not deploy: {commit[:12]} may be live in {stage.environment}"
    match age(found.root, ticket.commit, commit):
        case Age.OLDER:
            _live(book, stage, commit, ticket.seq + 1)
        case Age.APART:
            said = f"{may_be}, and neither it nor {ticket.commit[:12]} has all of the other"
            raise LoopError(said, f"merge it; {_ALL_THE_SAME}")
        case Age.UNKNOWN:
            hint = "the checkout needs the whole history (fetch-depth: 0, GIT_DEPTH: 0)"
            said = f"{may_be}, and git does not know whether it is newer"
            raise LoopError(said, f"{hint}; {_ALL_THE_SAME}")


def _live(book: Book, stage: Stage, commit: str, seq: int) -> None:
    """Write that it is; a `seq` above the ticket's is a newer run's, which is not overtaken."""
    live = Live(stage.environment, commit, "before", stage.name, book.clock(), seq)
    told_live(book.file, live._replace(how="told by the forge"))


class Asked(NamedTuple):
    """What an environment says itself of what may be live there."""

    live: str = ""
    gone: frozenset[str] = frozenset()
    """what is certainly not"""
    rc: int = -1
    why: str = "it was not asked"
    """what it said last"""


def asked(
    found: Project, book: Book, ticket: Ticket, target: Stage, versions: Sequence[str]
) -> Asked:
    """Which of these is live: the first of which it says so."""
    doing, said = target.doing, None
    if not isinstance(doing, Deploy) or doing.verify is None:
        return Asked()
    gone: set[str] = set()
    blank = Attempt(ticket.id, target.name, 0, State.READY, "", environment=doing.environment)
    with Watchdog(found.ground.session) as dog:
        site = Worksite(found, book, dog, ticket.id)
        for version in versions[:_MOST]:
            of, attempt = ticket._replace(version=version), blank._replace(version=version)
            errand = site.errand(of, target, attempt, doing.verify)
            said = heard(site, errand, Cancel())
            if said.rc == LIVE:
                return Asked(version, frozenset(gone), said.rc)
            if said.rc == ABSENT:
                gone.add(version)
    return Asked("", frozenset(gone), said.rc, ended(said)) if said else Asked()


def lives(found: Project, book: Book, ticket: Ticket, target: Stage) -> str:
    """What is live now, as `verify` says, else as the forge does; empty: nobody says."""
    told = deployments(found.root, target.environment)
    known = tuple(dict.fromkeys((ticket.version, *told.commits)))
    said = asked(found, book, ticket, target, known)
    maybe = Suspects() if said.live or told.missing else suspects(found.root, told, "")
    return said.live or (maybe.commits[-1] if maybe.sure else "")


def still(found: Project, book: Book, ticket: Ticket, stage: Stage) -> None:
    """Before a monitor begins: where another run has deployed since, that is not to be taken back.

    The environment is free between two jobs, so it is asked; LoopError where it cannot tell.
    """
    target = deployed(ticket.outer, stage)
    if target is None or not isinstance(target.doing, Deploy) or target.doing.verify is None:
        return
    if not _done(book, ticket, target):
        return
    said = asked(found, book, ticket, target, (ticket.version,))
    if said.rc == ABSENT:
        gone = Live(target.environment, "another version", "another", target.name, book.clock())
        told_live(book.file, gone._replace(seq=ticket.seq + 1, how="asked"))
    elif said.rc != LIVE:
        raise LoopError(
            f"{stage.name} does not begin: nobody can tell whether {ticket.version[:12]} is live: "
            f"verify: {said.why}",
            f"'verify' of {target.name} exits 0 where it is, and 3 where it is not",
        )


def gone(found: Project, book: Book, ticket: Ticket, stage: Stage) -> str:
    """Why what a command saw is not what this run deployed, which is said; empty: nothing says so.

    Between two jobs an environment is anybody's, so it is asked; until somebody was asked, that
    is, as it would be this run's own on one machine.
    """
    target = deployed(ticket.outer, stage)
    if target is None or not isinstance(stage.doing, Work) or stage.when is not When.SUCCESS:
        return ""
    if any(target.name in upstream(ticket.outer, one.name) for one in askers(ticket.outer, stage)):
        return ""
    if not _done(book, ticket, target):
        return ""
    if asked(found, book, ticket, target, (ticket.version,)).rc != ABSENT:
        return ""
    why = f"{ticket.version[:12]} is not live in {target.environment} any more"
    print(f"error: {stage.name} says nothing of it: {why}\n  {_ANEW}", file=sys.stderr)
    return why


def _done(book: Book, ticket: Ticket, target: Stage) -> bool:
    """Whether this very run has deployed it: it may be for another branch."""
    one = book.record(ticket.id).latest(target.name)
    return one is not None and one.state is State.PASSED
