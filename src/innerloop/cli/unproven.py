"""Stages that a flag leaves out before a deploy: what they came to on these very files before."""

from __future__ import annotations

from innerloop.core.errors import LoopError
from innerloop.core.outer import Deploy, When
from innerloop.core.stages import upstream
from innerloop.core.states import State
from innerloop.core.text import listing
from innerloop.system.journal import pages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from innerloop.core.book import Attempt, Ticket
    from innerloop.system.journal.book import Book

_FAILED = frozenset(
    {
        *(State.FAILED, State.REJECTED, State.RETRYING, State.FAILING),
        *(State.ROLLING_BACK, State.ROLLED_BACK, State.ROLLBACK_FAILED),
    }
)
_NOTHING = frozenset(
    {
        *(State.READY, State.UNDONE, State.SKIPPED),
        *(State.EXPIRED, State.SUPERSEDED, State.ABANDONED),
    }
)
"""what says nothing of the files: the run before that does is asked"""


def refuse(book: Book, ticket: Ticket, left: Mapping[str, str]) -> None:
    """Raise where a stage failed last on these files, and something that needs it would deploy."""
    came = _came(book, ticket, left)
    for deploy, names in _skipped(ticket, left):
        for name in names:
            one = came.get(name)
            if one is None or one.state not in _FAILED:
                continue
            word = "failed" if one.state is not State.ROLLED_BACK else "was rolled back"
            raise LoopError(
                f"{deploy} deploys, and {name} {word} on {_these(ticket)} (run {one.run})",
                f"begin at {name}, or before it: loop outer {ticket.outer.name} --from {name}",
            )


def unproven(book: Book, ticket: Ticket) -> Iterator[str]:
    """What is to be said of stages that have never passed on these files, and are left out."""
    left = dict(ticket.left)
    came = _came(book, ticket, left)
    for deploy, names in _skipped(ticket, left):
        lacks = [name for name in names if name not in came or came[name].state != State.PASSED]
        if lacks:
            has = "has" if len(lacks) == 1 else "have"
            yield f"{deploy} deploys, and {listing(lacks)} {has} not passed on {_these(ticket)}"


def _skipped(ticket: Ticket, left: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    """Each deploy that is to run, and the stages before it that a flag leaves out."""
    flagged = {
        one.name
        for one in ticket.outer.stages
        if left.get(one.name, "").startswith("--") and one.when is not When.FAILURE
    }
    for stage in ticket.outer.stages:
        if isinstance(stage.doing, Deploy) and stage.name not in left:
            yield (
                stage.name,
                [name for name in upstream(ticket.outer, stage.name) if name in flagged],
            )


def _came(book: Book, ticket: Ticket, left: Mapping[str, str]) -> Mapping[str, Attempt]:
    """What each of them came to in the latest run that says anything: of these files and plan."""
    wanted = {name for _, names in _skipped(ticket, left) for name in names}
    found: dict[str, Attempt] = {}
    for run in pages.alike(book.file, ticket) if wanted else ():
        record = pages.record(book.file, run)
        for name in wanted - found.keys():
            one = record.latest(name)
            if one is not None and one.state not in _NOTHING:
                found[name] = one
        if len(found) == len(wanted):
            break
    return found


def _these(ticket: Ticket) -> str:
    return "these files" if ticket.content else "this commit"
