"""What stages that a run leaves out had left: just what would be built now, or nothing deploys."""

from __future__ import annotations

from innerloop.cli.unchanged import SAME
from innerloop.core.book import How
from innerloop.core.errors import LoopError
from innerloop.core.outer import Deploy
from innerloop.core.outputs import within
from innerloop.core.stages import upstream
from innerloop.core.text import listing
from innerloop.system.artifacts import there
from innerloop.system.journal import pages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.book import Kept, Ticket
    from innerloop.core.outer import Stage
    from innerloop.system.journal.book import Book


def before(root: str, book: Book, ticket: Ticket) -> tuple[Kept, ...]:
    """What earlier runs kept of the stages that are left out, and that something here comes behind.

    LoopError where there is none, and something behind them deploys.
    """
    left, outer = dict(ticket.left), ticket.outer
    goes = [stage for stage in outer.stages if stage.name not in left]
    behind = {name for stage in goes for name in upstream(outer, stage.name)}
    wanted = [stage for stage in outer.stages if stage.outputs and stage.name in behind]
    flagged = {one.name for one in wanted if left.get(one.name, "").startswith("--")}
    same = [one for one in wanted if left.get(one.name, "").startswith(SAME)]
    return (*_flagged(book, ticket, flagged), *_same(root, book, ticket, same))


def _flagged(book: Book, ticket: Ticket, needed: set[str]) -> tuple[Kept, ...]:
    """Of stages that the command line leaves out: of the same commit and plan."""
    if not needed:
        return ()
    for run in pages.alike(book.file, ticket):
        kept = tuple(
            one for one in pages.record(book.file, run).files(How.LEFT) if one.stage in needed
        )
        if {one.stage for one in kept} == needed:
            return kept
    if found := _deploying(ticket, needed):
        deploy, lacks = found
        raise LoopError(
            f"{deploy} deploys what {listing(lacks)} leaves, and no run of "
            f"{ticket.version[:12]} has kept that",
            f"begin at {lacks[0]}, or before it",
        )
    return ()


def _same(root: str, book: Book, ticket: Ticket, stages: list[Stage]) -> tuple[Kept, ...]:
    """Of stages for which nothing has changed: what they left when they passed last."""
    found: list[Kept] = []
    for stage in stages:
        run = pages.passed(book.file, ticket.outer.name, stage.name)
        files = pages.record(book.file, run.id).files(How.LEFT) if run else ()
        kept = [one for one in files if one.stage == stage.name]
        if _whole(stage, kept) and all(there(book.room, root, one) for one in kept):
            found += kept
        elif deploying := _deploying(ticket, {stage.name}):
            was = f"in run {run.id}" if run else "before"
            raise LoopError(
                f"{deploying[0]} deploys what {stage.name} leaves, and what it left {was} is gone",
                f"have it built anew, then begin again: loop outer {ticket.outer.name} "
                f"--only {stage.name}",
            )
    return tuple(found)


def _deploying(ticket: Ticket, needed: set[str]) -> tuple[str, list[str]] | None:
    """The first deploy of the run that comes behind one of these, and behind which."""
    left = dict(ticket.left)
    for stage in ticket.outer.stages:
        before = [name for name in upstream(ticket.outer, stage.name) if name in needed]
        if before and stage.name not in left and isinstance(stage.doing, Deploy):
            return stage.name, before
    return None


def _whole(stage: Stage, kept: list[Kept]) -> bool:
    """Whether there is something of each output that the stage has by now."""
    return all(any(within(one.path, (name,)) for one in kept) for name in stage.outputs)
