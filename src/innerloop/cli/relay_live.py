"""What is live where a job begins: the forge names it, and the environment itself says so."""

from __future__ import annotations

from innerloop.cli.worksite import Worksite
from innerloop.core.book import Attempt, Live
from innerloop.core.errors import LoopError
from innerloop.core.outer import Deploy
from innerloop.core.stages import deployed
from innerloop.core.states import State
from innerloop.engine.cancel import Cancel
from innerloop.engine.probing import ABSENT, LIVE
from innerloop.system import forge_past, git
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


def learn(found: Project, book: Book, ticket: Ticket, stage: Stage) -> None:
    """Write what is live there, where the forge names it and the environment itself says so."""
    known = forge_past.deployed(found.root, stage.environment)
    others = [one for one in known if one != ticket.version]
    version, _ = asked(found, book, ticket, stage, others)
    if not version:
        return
    ancestor = git.start(found.root, "merge-base", "--is-ancestor", ticket.commit, version)
    # A commit that ours is an ancestor of is newer: ours may not overtake it.
    seq = ticket.seq + 1 if git.finish(ancestor)[0] == 0 else 0
    live = Live(stage.environment, version, "before", stage.name, book.clock(), seq)
    told_live(book.file, live._replace(how="told by the forge"))


def asked(
    found: Project, book: Book, ticket: Ticket, target: Stage, versions: Sequence[str]
) -> tuple[str, int]:
    """The first of these that the environment itself says is live; and what it said last."""
    doing, rc = target.doing, -1
    if not isinstance(doing, Deploy) or doing.verify is None:
        return "", rc
    blank = Attempt(ticket.id, target.name, 0, State.READY, "", environment=doing.environment)
    with Watchdog(found.ground.session) as dog:
        site = Worksite(found, book, dog)
        for version in versions[:_MOST]:
            of, attempt = ticket._replace(version=version), blank._replace(version=version)
            errand = site.errand(of, target, attempt, doing.verify)
            rc = site.ask(errand, Cancel()).rc
            if rc == LIVE:
                return version, rc
    return "", rc


def still(found: Project, book: Book, ticket: Ticket, stage: Stage) -> None:
    """Before a monitor begins: where another run has deployed since, that is not to be taken back.

    The environment is free between two jobs, so it is asked; LoopError where it cannot tell.
    """
    target = deployed(ticket.outer, stage)
    if target is None or not isinstance(target.doing, Deploy) or target.doing.verify is None:
        return
    rc = asked(found, book, ticket, target, (ticket.version,))[1]
    if rc == ABSENT:
        gone = Live(target.environment, "another version", "another", target.name, book.clock())
        told_live(book.file, gone._replace(seq=ticket.seq + 1, how="asked"))
    elif rc != LIVE:
        said = f"verify says {rc}"
        raise LoopError(
            f"{stage.name} does not begin: nobody can tell whether {ticket.version[:12]} is live: "
            f"{said}",
            f"'verify' of {target.name} exits 0 where it is, and 3 where it is not",
        )
