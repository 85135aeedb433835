"""loop outer rollback: a version brought back by hand, in a run of its own of one stage."""

from __future__ import annotations

import os
import sys
import time
from contextlib import closing

from innerloop.cli import beforehand
from innerloop.cli.outer_env import environment
from innerloop.cli.outer_run import Flags, carry
from innerloop.cli.tickets import number
from innerloop.cli.wiring import caution, project
from innerloop.core.book import Ticket, plan_digest
from innerloop.core.errors import ExitCode, LoopError
from innerloop.core.lives import TAKEN_BACK, before, held_good
from innerloop.core.outer import BACK, Deploy, Environment, Interrupted, OnFail, Outer, Stage
from innerloop.core.stages import End
from innerloop.core.text import listing
from innerloop.core.variables import unattended
from innerloop.system import standpoint
from innerloop.system.journal import pages
from innerloop.system.journal.book import Book
from innerloop.system.journal.place import room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.cli.wiring import Project
    from innerloop.core.model import Config


def rollback(name: str, to: str, *, yes: bool = False) -> int:
    """Bring a version back: a run of its own, of one stage, journaled as every other."""
    with project(write=True) as found, closing(Book(room(found.root))) as book:
        caution(found)
        place = environment(found.ground.config, name)
        version = _target(book, name, to)
        ticket = _ticket(found, place, _rolls(found.ground.config, name), version)
        if why := _doubted(book, name, version):
            print(f"warning: {version[:12]} {why}", file=sys.stderr)
        beforehand.warn(found.root, book, ticket)
        now = book.live(name)[-1].version
        start = f" from {now[:12]}" if now != version else ""
        if not beforehand.agreed(f"roll {name} back{start} to {version[:12]}?", yes=yes):
            return ExitCode.INTERRUPTED
        ticket = book.open(ticket)
        return carry(found, book, ticket, Flags(name=BACK), resumed=False)


def _doubted(book: Book, name: str, version: str) -> str:
    """Why a version may be none to go back to; empty: nothing is known against it."""
    lives = book.live(name)
    if version not in {one.version for one in held_good(lives)}:
        return f"was taken back from {name!r} before"
    came = [one for one in lives if one.version == version and one.how != TAKEN_BACK]
    end = pages.end(book.file, came[-1].run) if came else End.OPEN
    if end in {End.FAILED, End.SENT_BACK}:
        word = "failed" if end is End.FAILED else "was sent back"
        return f"was deployed by run {came[-1].run}, which {word}"
    return ""


def _target(book: Book, name: str, to: str) -> str:
    lives = book.live(name)
    if not lives:
        raise LoopError(f"nothing is known to have been live in {name!r}", "loop outer status")
    last = lives[-1].version
    failed = beforehand.doubtful(book, name)
    if not to:
        if failed:
            return failed.version  # it is still to be brought back
        if found := before(lives, last):
            return found.version
        said = f"nothing was live in {name!r} before {last[:12]} that was not taken back"
        raise LoopError(said, "--to VERSION takes any that was live there")
    others = list(dict.fromkeys(one.version for one in lives if failed or one.version != last))
    chosen = [one for one in others if one.startswith(to)]
    if len(chosen) != 1:
        known = listing([one[:12] for one in others])
        raise LoopError(f"{to!r} is no version that was live in {name!r}", f"there are: {known}")
    return chosen[0]


def _rolls(config: Config, name: str) -> Stage:
    """The stage whose rollback it is: the last in loops.yaml that has one."""
    found = [
        stage
        for outer in config.outers
        for stage in outer.stages
        if isinstance(stage.doing, Deploy) and stage.environment == name and stage.doing.rollback
    ]
    if not found:
        raise LoopError(f"no stage that deploys to {name!r} has a 'rollback'")
    return found[-1]


def _ticket(found: Project, place: Environment, rolls: Stage, version: str) -> Ticket:
    outer = Outer(BACK, (_back(place, rolls),))
    # Whoever takes something back in need need not tidy up first, and nobody is asked.
    places = (place._replace(dirty=True, protected=False),)
    here = standpoint.standpoint(found.ground)
    content = standpoint.content(found.ground) if here.dirty or not here.commit else ""
    return Ticket(
        id=number(),
        seq=0,
        outer=outer,
        environments=places,
        plan=plan_digest(outer, places),
        commit=here.commit,
        branch=here.branch,
        dirty=here.dirty,
        content=content,
        version=version,
        began=time.time(),
        ci=unattended(os.environ),
        allow_older=True,
    )


def _back(place: Environment, rolls: Stage) -> Stage:
    """A stage that does nothing but the rollback, where and with what the deploy is done."""
    deploy = rolls.doing
    assert isinstance(deploy, Deploy)  # noqa: S101 - it was chosen for it
    assert deploy.rollback is not None  # noqa: S101 - likewise
    return Stage(
        place.name,
        deploy._replace(run=deploy.rollback, rollback=None, on_fail=OnFail.STOP),
        timeout=rolls.timeout,
        if_interrupted=Interrupted.VERIFY,
        env=rolls.env,
        cwd=rolls.cwd,
        secrets=rolls.secrets,
    )
