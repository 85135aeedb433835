"""A run whose plan has changed under it, carried on by the new one: loop outer resume --replan."""

from __future__ import annotations

from innerloop.cli.tickets import chosen, gated, picked
from innerloop.core.book import plan_digest
from innerloop.core.consent import subject
from innerloop.core.errors import LoopError
from innerloop.core.outer import BACK
from innerloop.core.stages import asks, downstream
from innerloop.core.states import ACTING, DOUBTFUL, PASSING, State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.cli.outer_run import Flags
    from innerloop.cli.wiring import Project
    from innerloop.core.book import Attempt, Record, Ticket
    from innerloop.core.outer import Outer
    from innerloop.system.journal.book import Book

_BUSY = ACTING | DOUBTFUL | {State.WATCHING}


def replanned(found: Project, book: Book, ticket: Ticket, flags: Flags) -> Ticket:
    """The run with what loops.yaml says now; LoopError where it cannot go on by that.

    What is done stays done. Who said yes said it to another plan, and is asked again, unless
    everything that the yes was for has been done.
    """
    if ticket.outer.name == BACK:
        said = (
            f"run {ticket.id} is a rollback of {ticket.environments[0].name}: it has no other plan"
        )
        raise LoopError(said, f"loop outer resume {ticket.id}")
    config = found.ground.config
    outer = picked(config, ticket.outer.name)
    plan = plan_digest(outer, config.environments)
    if plan == ticket.plan:
        return ticket
    if ticket.content:
        said = f"run {ticket.id} is of files that are not committed, and loops.yaml was one of them"
        raise LoopError(said, f"begin anew: loop outer {ticket.outer.name}")
    record = book.record(ticket.id)
    _suits(record, outer)
    left = chosen(outer, _said(ticket, flags))
    left |= {name: why for name, why in ticket.left if not why.startswith("--")}
    made = ticket._replace(
        outer=outer,
        environments=config.environments,
        plan=plan,
        left=tuple((name, why) for name, why in left.items() if name in _names(outer)),
        replanned=True,
    )
    gated(made, dict(made.left))
    book.replan(made, tuple(_asked(record._replace(ticket=made), book.clock())))
    return made


def _names(outer: Outer) -> set[str]:
    return {stage.name for stage in outer.stages}


def _said(ticket: Ticket, flags: Flags) -> Flags:
    """The flags that the run was begun with, as the reasons for what is left out have them."""
    said = dict(why.split(" ", 1) for _, why in ticket.left if why.startswith("--"))
    first, until, only = (said.get(flag, "") for flag in ("--from", "--until", "--only"))
    return flags._replace(first=first, until=until, only=only)


def _suits(record: Record, outer: Outer) -> None:
    """Raise where something has begun that the new plan does not have, or that is not over."""
    new = {stage.name: stage for stage in outer.stages}
    for stage in record.ticket.outer.stages:
        attempt = record.latest(stage.name)
        if attempt is None:
            continue
        if attempt.state in _BUSY:
            raise LoopError(
                f"{stage.name} is {attempt.state}: it goes on as it was planned",
                "loop outer resume; --replan when it is over",
            )
        other = new.get(stage.name)
        if other is None or (other.kind, other.environment) != (stage.kind, stage.environment):
            now = "gone from" if other is None else "another stage in"
            raise LoopError(
                f"{stage.name} has begun, and is {now} loops.yaml",
                f"begin anew: loop outer {record.ticket.outer.name}",
            )


def _asked(record: Record, now: float) -> Iterator[Attempt]:
    """Those who have said yes to what is still to be done, asked once more."""
    for stage in record.ticket.outer.stages:
        attempt = record.latest(stage.name)
        behind = downstream(record.ticket.outer, stage.name)
        over = all(record.standing(one.name).state in PASSING for one in behind)
        if attempt is None or not asks(stage) or attempt.state is not State.PASSED or over:
            continue
        n = attempt.n + 1
        yield attempt._replace(
            n=n,
            key=f"{record.ticket.id}.{stage.name}.{n}",
            state=State.READY,
            began=now,
            at=now,
            why="the plan has changed: answers before that are void",
            subject=subject(record, stage),
        )
