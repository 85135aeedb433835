"""loop outer rollback and unlock: what a person does with an environment."""

from __future__ import annotations

import os
import sys
import time
from contextlib import closing

from innerloop.cli.outer_run import Flags, carry
from innerloop.cli.tickets import number
from innerloop.cli.wiring import caution, project, streams
from innerloop.core.book import Ticket, before, held_good, plan_digest
from innerloop.core.errors import ExitCode, LoopError
from innerloop.core.hands import Alive, Orphan
from innerloop.core.outer import BACK, Deploy, Environment, Interrupted, OnFail, Outer, Stage
from innerloop.core.states import ACTING
from innerloop.core.text import listing, nearest
from innerloop.core.variables import unattended
from innerloop.system import standpoint
from innerloop.system.journal import pages
from innerloop.system.journal.book import Book
from innerloop.system.journal.place import room
from innerloop.system.launch import Launch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.cli.wiring import Project
    from innerloop.core.book import Record
    from innerloop.core.model import Config


def _environment(config: Config, name: str) -> Environment:
    known = {one.name: one for one in config.environments}
    if name in known:
        return known[name]
    near = nearest(name, known)
    hint = f"did you mean {near!r}?" if near else f"there are: {listing(list(known))}"
    raise LoopError(f"there is no environment called {name!r}", hint)


def rollback(name: str, to: str) -> int:
    """Bring a version back: a run of its own, of one stage, journaled as every other."""
    with project(write=True) as found, closing(Book(room(found.root))) as book:
        caution(found)
        place = _environment(found.ground.config, name)
        version = _target(book, name, to)
        if version not in {one.version for one in held_good(book.live(name))}:
            said = f"warning: {version[:12]} was taken back from {name!r} before"
            print(said, file=sys.stderr)
        ticket = book.open(_ticket(found, place, _rolls(found.ground.config, name), version))
        return carry(found, book, ticket, Flags(name=BACK), resumed=False)


def _target(book: Book, name: str, to: str) -> str:
    lives = book.live(name)
    if not lives:
        raise LoopError(f"nothing is known to have been live in {name!r}", "loop outer status")
    last = lives[-1].version
    if not to:
        if found := before(lives, last):
            return found.version
        said = f"nothing was live in {name!r} before {last[:12]} that was not taken back"
        raise LoopError(said, "--to VERSION takes any that was live there")
    others = list(dict.fromkeys(one.version for one in lives if one.version != last))
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
    here = standpoint.standpoint(found.ground)
    # Whoever takes something back in need need not tidy up first.
    content = standpoint.content(found.ground) if here.dirty or not here.commit else ""
    return Ticket(
        id=number(),
        seq=0,
        outer=outer,
        environments=(place._replace(dirty=True),),
        plan=plan_digest(outer, (place,)),
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


def unlock(name: str, run: str, *, force: bool) -> int:
    """Take an environment from a run that is gone; with `force`, from one that is at work too."""
    with project(write=True) as found, closing(Book(room(found.root))) as book:
        place = _environment(found.ground.config, name)
        record = pages.found(book.file, run)
        if not force and (busy := _busy(book, record)):
            raise LoopError(
                f"run {record.ticket.id} is not gone: {busy}",
                "end that first; --force takes it away all the same",
            )
        who = standpoint.identity(found.root)
        if not book.unlock(place, record.ticket.id, who):
            raise LoopError(f"run {record.ticket.id} does not hold {name!r}", "loop outer status")
    streams().out(f"{name} is free; run {record.ticket.id} can write nothing more about it")
    return ExitCode.OK


def _busy(book: Book, record: Record) -> str:
    """What of a run is at work; empty where nothing is to be seen of it."""
    launch = Launch(book.room)
    if launch.held(record.ticket.id):
        return "a process carries it out"
    for one in record.attempts:
        if one.state in ACTING and isinstance(launch.look(one), Alive | Orphan):
            return f"the command of {one.stage} still runs"
    return ""
