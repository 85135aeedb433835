"""What whoever begins a run is told first, and what is asked on a terminal."""

from __future__ import annotations

import os
import sys

from innerloop.cli.unproven import unproven
from innerloop.cli.wiring import streams
from innerloop.core.outer import BACK, Deploy
from innerloop.core.states import State
from innerloop.system.ancestry import Age, age, shallow
from innerloop.system.journal import pages
from innerloop.system.launch import Launch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.core.book import Attempt, Ticket
    from innerloop.system.journal.book import Book

_SHORT = 8


def warn(root: str, book: Book, ticket: Ticket) -> None:
    """Say what nobody may have in mind: a line each, on stderr."""
    for said in _warnings(root, book, ticket):
        print(f"warning: {said}", file=sys.stderr)


def _warnings(root: str, book: Book, ticket: Ticket) -> Iterator[str]:
    left = dict(ticket.left)
    goes = [one for one in ticket.outer.stages if one.name not in left]
    for name in dict.fromkeys(name for one in goes for name in one.secrets):
        if not os.environ.get(name):
            yield f"the secret {name} is not set"
    yield from _open(book, ticket)
    yield from unproven(book, ticket)
    places = (one.environment for one in goes if isinstance(one.doing, Deploy))
    for place in dict.fromkeys(places):
        yield from _strange(root, book, ticket, place)
        if ticket.outer.name != BACK and (failed := doubtful(book, place)):
            yield f"nobody knows what is live in {place}: the rollback of run {failed.run} failed"


def _open(book: Book, ticket: Ticket) -> Iterator[str]:
    """Runs of the same outer loop that have not ended: this one goes on beside them."""
    launch = Launch(book.room)
    for one in pages.open_runs(book.file):
        if one.outer.name != ticket.outer.name:
            continue
        if launch.held(one.id):
            yield f"run {one.id} is at work: loop outer status {one.id}"
            continue
        word = pages.record(book.file, one.id).word
        state = "is open" if word == "open" else f"is open ({word})"
        yield f"run {one.id} {state}: loop outer resume {one.id}, or loop outer abandon {one.id}"


def _strange(root: str, book: Book, ticket: Ticket, place: str) -> Iterator[str]:
    """Where what is live is no commit of this repository: the journal may be another's."""
    lives = book.live(place)
    if not lives or not ticket.commit:
        return
    commit = lives[-1].version.partition("-")[0]
    if age(root, ticket.commit, commit) is Age.UNKNOWN and not shallow(root):
        asked = ": is LOOP_STATE another project's?" if os.environ.get("LOOP_STATE") else ""
        yield f"{place} has {commit[:_SHORT]}, which git does not know here{asked}"


def doubtful(book: Book, place: str) -> Attempt | None:
    """The rollback there that failed, where nothing is known to be live since."""
    for one in reversed(pages.unsettled(book.file, place)):
        by_hand = one.state is State.FAILED and _back(book, one.run)
        if by_hand or one.state is State.ROLLBACK_FAILED:
            return one
    return None


def _back(book: Book, run: str) -> bool:
    return pages.record(book.file, run).ticket.outer.name == BACK


def deploys(ticket: Ticket, *, yes: bool) -> bool:
    """On a terminal, whoever deploys sees the plan first, and says yes to it."""
    left = dict(ticket.left)
    goes = any(isinstance(s.doing, Deploy) and s.name not in left for s in ticket.outer.stages)
    if yes or not goes or not _terminal():
        return True
    from innerloop.views.stage_tables import plan  # noqa: PLC0415 - only on a terminal

    streams().out(plan(ticket.outer, ticket.environments, left), end="")
    return agreed(f"deploy {ticket.version[:12]}?", yes=False)


def agreed(question: str, *, yes: bool) -> bool:
    """Whether whoever sits at a terminal says yes; nobody is asked anywhere else."""
    if yes or not _terminal():
        return True
    streams().err(f"{question} [y/N] ", end="")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _terminal() -> bool:
    return bool(sys.stdin and sys.stdin.isatty() and sys.stdout.isatty())
