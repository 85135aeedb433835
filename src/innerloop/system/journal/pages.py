"""The journal, read: runs, attempts, answers, and what is live where."""

from __future__ import annotations

import json
from typing import Any, NamedTuple, cast

from innerloop.core.book import (
    Act,
    Answer,
    Attempt,
    Holder,
    How,
    Kept,
    Live,
    Record,
    Sample,
    Ticket,
)
from innerloop.core.errors import LoopError
from innerloop.core.frozen import thawed
from innerloop.core.outer import Deploy
from innerloop.core.stages import End
from innerloop.core.states import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.system.journal.file import File

_RUN = "SELECT seq, id, plan, plan_digest, facts, began, ended, end FROM run"
_ATTEMPT = f"SELECT {', '.join(Attempt._fields)} FROM attempt"
_KEPT = "SELECT stage, path, digest, how FROM kept"
_LIVE = "SELECT environment, version, run, stage, at, seq, how FROM live"
_NOTHING = frozenset({State.UNDONE, State.SKIPPED, State.SUPERSEDED})
"""states of a stage that has had no effect"""


def found(file: File, run: str, name: str = "") -> Record:
    """The run of that id, or the only one whose id begins so; without one, the latest."""
    if run:
        rows = file.rows(f"{_RUN} WHERE id >= ? AND id < ? LIMIT 2", run, f"{run}\U0010ffff")
        if len(rows) != 1:
            said = "several runs begin with" if rows else "there is no run"
            raise LoopError(f"{said} {run!r}", "loop outer status")
    elif name:
        rows = file.rows(f"{_RUN} WHERE name = ? ORDER BY seq DESC LIMIT 1", name)
    else:
        rows = file.rows(f"{_RUN} ORDER BY seq DESC LIMIT 1")
    if not rows:
        raise LoopError("no outer loop has run here yet", "loop outer")
    return _whole(file, ticket(rows[0]))


def record(file: File, run: str) -> Record:
    rows = file.rows(f"{_RUN} WHERE id = ?", run)
    if not rows:
        raise LoopError(f"the journal has no run {run!r} any more", "loop outer status")
    return _whole(file, ticket(rows[0]))


def end(file: File, run: str) -> End:
    """What a run came to; open, too, where the journal does not have it."""
    rows = file.rows("SELECT end FROM run WHERE id = ?", run)
    return End(str(rows[0][0])) if rows else End.OPEN


def _whole(file: File, of: Ticket) -> Record:
    attempts = file.rows(f"{_ATTEMPT} WHERE run = ? ORDER BY place", of.id)
    answers = file.rows(
        "SELECT run, stage, subject, yes, who, source, verified, note, at FROM answer "
        "WHERE run = ? ORDER BY at",
        of.id,
    )
    kept = file.rows(f"{_KEPT} WHERE run = ?", of.id)
    return Record(
        of,
        tuple(map(attempt, attempts)),
        tuple(map(_answer, answers)),
        tuple(map(_kept, kept)),
    )


def open_runs(file: File) -> tuple[Ticket, ...]:
    """Runs that have not ended, the latest first."""
    return tuple(map(ticket, file.rows(f"{_RUN} WHERE end = '' ORDER BY seq DESC LIMIT 50")))


def meant(file: File, run: str) -> bool:
    """Whether it is the run that is meant where none is named."""
    rows = file.rows("SELECT id FROM run WHERE end = '' ORDER BY seq DESC LIMIT 1")
    return not rows or rows[0][0] == run


def latest(file: File, name: str) -> Ticket | None:
    """The latest run of an outer loop."""
    rows = file.rows(f"{_RUN} WHERE name = ? ORDER BY seq DESC LIMIT 1", name)
    return ticket(rows[0]) if rows else None


def passed(file: File, name: str, stage: str) -> Ticket | None:
    """The latest run of an outer loop in which that very stage passed."""
    rows = file.rows(
        f"{_RUN} WHERE name = ? AND EXISTS (SELECT 1 FROM attempt a WHERE a.run = run.id "
        "AND a.stage = ? AND a.state = 'passed' AND a.place = (SELECT MAX(b.place) "
        "FROM attempt b WHERE b.run = a.run AND b.stage = a.stage)) ORDER BY seq DESC LIMIT 1",
        *(name, stage),
    )
    return ticket(rows[0]) if rows else None


def alike(file: File, of: Ticket) -> tuple[str, ...]:
    """Runs by the same plan of the very same files, the latest first."""
    rows = file.rows(
        f"{_RUN} WHERE name = ? AND plan_digest = ? ORDER BY seq DESC LIMIT 50",
        *(of.outer.name, of.plan),
    )
    known = (of.commit, of.content)
    return tuple(
        one.id for one in map(ticket, rows) if (one.commit, one.content) == known and any(known)
    )


def ticket(row: tuple[Any, ...]) -> Ticket:
    seq, name, plan, digest, facts, began, ended, end = row
    outer, environments = thawed(json.loads(plan))
    said = json.loads(facts)
    said["left"] = tuple((stage, why) for stage, why in said["left"])
    head = Ticket(name, seq, outer, environments, digest, began=began, ended=ended, end=End(end))
    return head._replace(**said)


def attempt(row: tuple[Any, ...]) -> Attempt:
    made = Attempt._make(row)
    return made._replace(state=State(made.state), act=Act(made.act))


def _answer(row: tuple[Any, ...]) -> Answer:
    made = Answer._make(row)
    return made._replace(yes=bool(made.yes), verified=bool(made.verified))


def _kept(row: tuple[Any, ...]) -> Kept:
    made = Kept._make(row)
    return made._replace(how=How(made.how))


def samples(file: File, of: Attempt) -> tuple[Sample, ...]:
    rows = file.rows(
        "SELECT idx, due, at, verdict, value FROM sample "
        "WHERE run = ? AND stage = ? AND n = ? ORDER BY idx",
        *(of.run, of.stage, of.n),
    )
    return tuple(Sample(*cast("tuple[Any, ...]", row)) for row in rows)


def live(file: File, environment: str) -> tuple[Live, ...]:
    rows = file.rows(f"{_LIVE} WHERE environment = ? ORDER BY number", environment)
    return tuple(Live(*cast("tuple[Any, ...]", row)) for row in rows)


def unsettled(file: File, environment: str) -> tuple[Attempt, ...]:
    """Deploys and rollbacks that were begun there since it is known what is live.

    Each may have had an effect, whatever it came to; but for those that are known to have none.
    """
    rows = file.rows(
        f"{_ATTEMPT} WHERE environment = ? AND fence > 0 AND place > COALESCE("
        "(SELECT MAX(b.place) FROM attempt b JOIN live l ON b.run = l.run AND b.stage = l.stage "
        "WHERE l.number = (SELECT MAX(number) FROM live WHERE environment = ?)), 0) ORDER BY place",
        *(environment, environment),
    )
    begun = [one for one in map(attempt, rows) if one.state not in _NOTHING]
    return tuple(one for one in begun if one.act is Act.ROLL_BACK or _deploys(file, one))


def _deploys(file: File, one: Attempt) -> bool:
    outer = ticket(file.rows(f"{_RUN} WHERE id = ?", one.run)[0]).outer
    return any(
        stage.name == one.stage and isinstance(stage.doing, Deploy) for stage in outer.stages
    )


def lives(file: File) -> tuple[Live, ...]:
    """The version that is live in each environment."""
    rows = file.rows(
        f"{_LIVE} WHERE number IN (SELECT MAX(number) FROM live GROUP BY environment) "
        "ORDER BY environment"
    )
    return tuple(Live(*cast("tuple[Any, ...]", row)) for row in rows)


class Known(NamedTuple):
    """A file that a stage had to do with, and of what its run was."""

    kept: Kept
    run: str
    commit: str
    dirty: bool


def known(file: File, how: How) -> tuple[Known, ...]:
    """Every file that any stage had to do with in that manner, the latest first."""
    rows = file.rows(
        "SELECT k.stage, k.path, k.digest, k.how, r.id, r.facts "
        "FROM kept k JOIN run r ON r.id = k.run WHERE k.how = ? ORDER BY r.seq DESC",
        how,
    )
    return tuple(_known(*cast("tuple[Any, ...]", row)) for row in rows)


def _known(stage: str, path: str, digest: str, how: str, run: str, facts: str) -> Known:  # noqa: PLR0917 - the columns
    said = json.loads(facts)
    one = Kept(stage, path, digest, How(how))
    return Known(one, run, said.get("commit", ""), bool(said.get("dirty")))


def holders(file: File) -> tuple[Holder, ...]:
    rows = file.rows(
        "SELECT name, run, stage, owner, since, expires, fence FROM lock WHERE run != ''"
    )
    return tuple(Holder(*cast("tuple[Any, ...]", row)) for row in rows)


def expected(file: File, name: str, stage: str) -> float:
    """Seconds that a stage takes when it passes, by the median of its latest; 0: not known."""
    rows = file.rows(
        "SELECT a.at - a.began FROM run r JOIN attempt a ON a.run = r.id "
        "WHERE r.seq > (SELECT MAX(seq) FROM run) - 50 AND r.name = ? AND a.stage = ? "
        "AND a.state = 'passed' ORDER BY r.seq DESC LIMIT 9",
        *(name, stage),
    )
    spans = sorted(float(cast("float", row[0])) for row in rows)
    return spans[len(spans) // 2] if spans else 0.0
