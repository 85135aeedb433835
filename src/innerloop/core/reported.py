"""A run of an outer loop as programs are told of it: `loop outer status --json`."""

from __future__ import annotations

from typing import NamedTuple

from innerloop.core.book import How
from innerloop.core.states import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.book import Answer, Kept, Record
    from innerloop.core.outer import Stage


class StageReport(NamedTuple):
    """Where one stage stands: its latest attempt."""

    name: str
    kind: str
    """`loops`, `run`, `deploy`, `approve`, `review` or `monitor`"""
    needs: tuple[str, ...]
    state: State
    why: str
    attempt: int
    """0: it was not begun yet"""
    at: float | None = None
    """since when it is in this state"""
    began: float | None = None
    exit_code: int | None = None
    environment: str = ""


class RunReport(NamedTuple):
    """Where a run stands."""

    id: str
    outer: str
    state: str
    """how it ended; else `open`, `waiting` or `needs a decision`"""
    running: bool
    """a process carries it out just now"""
    commit: str
    branch: str
    dirty: bool
    version: str
    """what it deploys"""
    parent: str
    """the run that sent this one back to an earlier stage"""
    began: float
    ended: float | None
    stages: tuple[StageReport, ...]
    answers: tuple[Answer, ...]
    artifacts: tuple[Kept, ...]
    """what its stages have left"""


def reported(record: Record, *, running: bool) -> RunReport:
    """What there is to be told of a run."""
    ticket = record.ticket
    return RunReport(
        *(ticket.id, ticket.outer.name, record.word, running),
        commit=ticket.commit,
        branch=ticket.branch,
        dirty=ticket.dirty,
        version=ticket.version,
        parent=ticket.parent,
        began=ticket.began,
        ended=ticket.ended,
        stages=tuple(_stage(record, stage) for stage in ticket.outer.stages),
        answers=record.answers,
        artifacts=record.files(How.LEFT),
    )


def _stage(record: Record, stage: Stage) -> StageReport:
    head = (stage.name, stage.kind, stage.needs)
    one, left = record.latest(stage.name), dict(record.ticket.left)
    if one is None:
        state = State.SKIPPED if stage.name in left else State.READY
        return StageReport(*head, state, left.get(stage.name, ""), 0)
    return StageReport(
        *(*head, one.state, one.why, one.n),
        at=one.at,
        began=one.began,
        exit_code=one.rc,
        environment=one.environment,
    )
