"""What stages that a run leaves out had left: of the same commit and plan, or nothing deploys."""

from __future__ import annotations

from innerloop.core.book import How
from innerloop.core.errors import LoopError
from innerloop.core.outer import Deploy
from innerloop.core.stages import upstream
from innerloop.core.text import listing
from innerloop.system.journal import pages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.book import Kept, Ticket
    from innerloop.system.journal.book import Book


def before(book: Book, ticket: Ticket) -> tuple[Kept, ...]:
    """What an earlier run kept of the stages that the command line leaves out.

    LoopError where there is none, and something behind them deploys.
    """
    left, outer = dict(ticket.left), ticket.outer
    goes = [stage for stage in outer.stages if stage.name not in left]
    behind = {name for stage in goes for name in upstream(outer, stage.name)}
    needed = {
        stage.name
        for stage in outer.stages
        if stage.outputs and stage.name in behind and left.get(stage.name, "").startswith("--")
    }
    if not needed:
        return ()
    for run in pages.alike(book.file, ticket):
        kept = tuple(
            one for one in pages.record(book.file, run).files(How.LEFT) if one.stage in needed
        )
        if {one.stage for one in kept} == needed:
            return kept
    for stage in goes:
        lacks = sorted(needed.intersection(upstream(outer, stage.name)))
        if lacks and isinstance(stage.doing, Deploy):
            raise LoopError(
                f"{stage.name} deploys what {listing(lacks)} leaves, and no run of "
                f"{ticket.version[:12]} has kept that",
                f"begin at {next(one.name for one in outer.stages if one.name in lacks)}, "
                "or before it",
            )
    return ()
