"""A rollback by hand of which nothing was begun: it is over then, and nobody carries it on later.

Whoever asked for it meant now. Carried out a day later it would take back what is newer.
"""

from __future__ import annotations

import sys

from innerloop.core.errors import LoopError
from innerloop.core.outer import BACK
from innerloop.core.stages import End
from innerloop.core.states import State
from innerloop.system.launch import Launch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.book import Ticket
    from innerloop.system.journal.book import Book


def unbegun(book: Book, ticket: Ticket) -> bool:
    """Whether it is a rollback by hand that is open, and whose command was never begun."""
    if ticket.outer.name != BACK:
        return False
    record = book.record(ticket.id)
    return not record.ticket.end and all(one.state is State.UNDONE for one in record.attempts)


def drop(book: Book, ticket: Ticket) -> None:
    """End it, where whoever carries it out is about to go, and say that nothing was done."""
    if not unbegun(book, ticket):
        return
    _end(book, ticket)
    place = ticket.environments[0]
    holders = [one for one in book.holders() if one.lock == place.lock and one.run != ticket.id]
    why = f"{place.name} is held by run {holders[0].run}: " if holders else ""
    said = f"{why}nothing was done; try again: loop outer rollback {place.name}"
    print(said, file=sys.stderr)


def refuse(book: Book, ticket: Ticket) -> None:
    """End it where it was left so, and raise: it is not to be carried on."""
    if not unbegun(book, ticket):
        return
    release = Launch(book.room).hold(ticket.id)
    if release is None:
        return
    try:
        if not unbegun(book, ticket):
            return
        _end(book, ticket)
    finally:
        release()
    name = ticket.environments[0].name
    raise LoopError(
        f"run {ticket.id} is a rollback of {name} that never began: it is given up",
        f"loop outer rollback {name}, if it is still to be",
    )


def _end(book: Book, ticket: Ticket) -> None:
    begun = book.record(ticket.id).begun()
    book.give_up(ticket, begun, End.ABANDONED, "it was a rollback by hand that never began")
