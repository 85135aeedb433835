"""loop outer abandon: a run that nobody wants to carry on, ended."""

from __future__ import annotations

from contextlib import closing

from innerloop.cli.outer_run import chosen, unended
from innerloop.cli.outer_status import _root
from innerloop.cli.wiring import streams
from innerloop.core.errors import ExitCode, LoopError
from innerloop.core.hands import Alive, Orphan
from innerloop.core.outer import Deploy
from innerloop.core.states import ACTING, TERMINAL, State
from innerloop.system.journal.book import Book
from innerloop.system.journal.place import room
from innerloop.system.launch import Launch
from innerloop.system.standpoint import identity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.core.book import Attempt, Record


def abandon(run: str, note: str) -> int:
    """End a run, and give back what it holds; LoopError where something of it is going on."""
    root = _root()
    with closing(Book(room(root))) as book:
        ticket = unended(chosen(book, run))
        launch = Launch(book.room)
        release = launch.hold(ticket.id)
        if release is None:
            raise LoopError(f"run {ticket.id} is carried out by another process", "end that first")
        try:
            record = book.record(ticket.id)
            unended(record.ticket)
            begun = tuple(_begun(record, launch))
            book.abandon(ticket, begun, identity(root), note)
        finally:
            release()
    streams().out(f"run {ticket.id} is abandoned: nothing more comes of it")
    for one in begun:
        if one.state in {State.WATCHING, State.INCONCLUSIVE}:
            said = f"{one.version[:12]} stays live in {one.environment}, and nobody watches it"
            streams().out(said)
    return ExitCode.OK


def _begun(record: Record, launch: Launch) -> Iterator[Attempt]:
    """Attempts that have not ended; raises where one has to come to an end by itself."""
    for stage in record.ticket.outer.stages:
        latest = record.latest(stage.name)
        if latest is None or latest.state in TERMINAL:
            continue
        if isinstance(launch.look(latest), Alive | Orphan) and latest.state in ACTING:
            raise LoopError(
                f"{stage.name} of run {latest.run} is still at work",
                "wait until it has ended, or end it",
            )
        deploys = isinstance(stage.doing, Deploy) and latest.state in ACTING
        if deploys or latest.state in {State.FAILING, State.ROLLING_BACK}:
            place = latest.environment
            said = f"{stage.name} is {latest.state}: what is live in {place} is not settled"
            raise LoopError(said, _settled(latest))
        yield latest


def _settled(latest: Attempt) -> str:
    if latest.state is State.UNKNOWN:
        return f"loop outer resolve {latest.stage} --run {latest.run} --applied, or --not-applied"
    return f"loop outer resume {latest.run}"
