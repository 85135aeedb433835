"""Stages that are only for what has changed: since when that is, and whether anything has."""

from __future__ import annotations

from typing import NamedTuple

from innerloop.core.errors import LoopError
from innerloop.core.globs import matcher
from innerloop.core.outer import Deploy
from innerloop.system import git
from innerloop.system.journal import pages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.core.book import Ticket
    from innerloop.core.outer import Stage
    from innerloop.system.journal.book import Book

SAME = "nothing it is for has changed since "
"""how the reason begins for which such a stage is left out"""
_SHORT = 12


class _Since(NamedTuple):
    """A commit by which the stage was done; empty: nobody knows of one."""

    commit: str = ""
    said: str = ""


def unchanged(root: str, book: Book, ticket: Ticket, stage: Stage) -> str:
    """Why a stage has nothing to do, of which `only` names what has to change; empty: it has.

    A stage is done by the latest run of its outer loop in which it passed, a deploy by what is
    live in its environment now. In doubt it is not done.
    """
    if not stage.only.changed or not ticket.commit:
        return ""
    said = ""
    for since in _done(book, ticket, stage):
        if not since.commit or _touched(root, since.commit, stage):
            return ""
        said = said or f"{SAME}{since.said}"
    return said


def _touched(root: str, commit: str, stage: Stage) -> bool:
    try:
        changed = git.changed_since(root, commit)
    except LoopError:  # a commit that this clone does not have
        return True
    return any(map(matcher(stage.only.changed), changed))


def _done(book: Book, ticket: Ticket, stage: Stage) -> Iterator[_Since]:
    """All by which nothing may have changed."""
    deploys = [one for one in ticket.outer.stages if isinstance(one.doing, Deploy)]
    if stage in deploys:
        yield _live(book, stage.environment)
        if [one.environment for one in deploys].count(stage.environment) == 1:
            return
        # What is live there may be another stage's doing.
    yield _passed(book, ticket, stage)


def _passed(book: Book, ticket: Ticket, stage: Stage) -> _Since:
    run = pages.passed(book.file, ticket.outer.name, stage.name)
    # Of what was changed beside a commit there is nothing to compare with.
    return _Since(run.commit, f"run {run.id}") if run and not run.dirty else _Since()


def _live(book: Book, environment: str) -> _Since:
    lives = book.live(environment)
    if not lives or pages.unsettled(book.file, environment):
        return _Since()
    commit, _, beside = lives[-1].version.partition("-")
    said = f"{commit[:_SHORT]}, which is live in {environment}"
    return _Since() if beside else _Since(commit, said)
