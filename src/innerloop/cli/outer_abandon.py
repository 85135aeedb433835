"""loop outer abandon: a run that nobody wants to carry on, ended."""

from __future__ import annotations

from contextlib import closing

from innerloop.cli.outer_run import chosen, unended
from innerloop.cli.outer_status import found_root
from innerloop.cli.said import by
from innerloop.cli.wiring import streams
from innerloop.core.errors import ExitCode, LoopError
from innerloop.core.hands import Alive, Never, Orphan
from innerloop.core.outer import Deploy
from innerloop.core.stages import End
from innerloop.core.states import ACTING, State
from innerloop.system.journal.book import Book
from innerloop.system.journal.place import room
from innerloop.system.launch import Launch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from innerloop.core.book import Attempt, Record
    from innerloop.core.hands import Look


def abandon(run: str, note: str) -> int:
    """End a run, and give back what it holds; LoopError where something of it is going on."""
    root = found_root()
    with closing(Book(room(root))) as book:
        ticket = unended(chosen(book, run))
        launch = Launch(book.room)
        with launch.alone(ticket.id):
            record = book.record(ticket.id)
            unended(record.ticket)
            settled(record, launch.look)
            why = f"by {by(root, ticket, note)}"
            book.give_up(ticket, record.begun(), End.ABANDONED, why)
    streams().out(f"run {ticket.id} is abandoned: nothing more comes of it")
    for one in record.begun():
        if one.state in {State.WATCHING, State.INCONCLUSIVE}:
            said = f"{one.version[:12]} stays live in {one.environment}, and nobody watches it"
            streams().out(said)
    return ExitCode.OK


def settled(record: Record, look: Callable[[Attempt], Look]) -> None:
    """Raise where something of it has to come to an end by itself, or be said to have."""
    for one in record.begun():
        stage = next(stage for stage in record.ticket.outer.stages if stage.name == one.stage)
        seen = look(one)
        if isinstance(seen, Alive | Orphan) and one.state in ACTING:
            said = f"{one.stage} of run {one.run} is still at work"
            raise LoopError(said, "wait until it has ended, or end it")
        begun = not isinstance(seen, Never)
        deploys = isinstance(stage.doing, Deploy) and one.state in ACTING and begun
        if deploys or one.state in {State.FAILING, State.ROLLING_BACK}:
            said = f"{one.stage} is {one.state}: what is live in {one.environment} is not settled"
            raise LoopError(said, _settling(one))


def _settling(one: Attempt) -> str:
    if one.state in {State.UNKNOWN, State.INTERRUPTED}:
        return f"loop outer resolve {one.stage} --run {one.run} --applied, or --not-applied"
    return f"loop outer resume {one.run}"
