"""loop outer approve, reject and resolve: what a person says, written into the journal."""

from __future__ import annotations

from contextlib import closing

from innerloop.cli.outer_run import unended
from innerloop.cli.outer_status import found_root
from innerloop.cli.said import by, veiled
from innerloop.cli.wiring import streams
from innerloop.core.book import Answer
from innerloop.core.consent import consent, may, strictly, subject
from innerloop.core.errors import ExitCode, LoopError
from innerloop.core.hands import Alive, Orphan
from innerloop.core.lives import live_by
from innerloop.core.outer import Approve, Deploy
from innerloop.core.stages import failing
from innerloop.core.states import DOUBTFUL, Heard, State
from innerloop.core.text import listing
from innerloop.system.journal import pages
from innerloop.system.journal.book import Book
from innerloop.system.journal.place import room
from innerloop.system.launch import Launch
from innerloop.system.standpoint import identity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.book import Attempt, Record
    from innerloop.core.outer import Stage


_ASKED = DOUBTFUL | {State.INTERRUPTED}
"""states that a person may decide about"""


def answer(name: str, run: str, note: str, *, yes: bool) -> int:
    """Say yes or no to a stage that asks."""
    root = found_root()
    with closing(Book(room(root))) as book:
        record, stage, attempt = _waiting(book, name, run)
        if not isinstance(stage.doing, Approve):
            raise LoopError(f"{name} waits for the forge", "loop outer resume looks there")
        if book.clock() > attempt.began + stage.timeout:
            raise LoopError(f"the time to answer {name} is over", "loop outer begins another run")
        who = identity(root)
        if reason := may(stage.doing, who, record.ticket.author):
            raise LoopError(reason, f"outer.{record.ticket.outer.name}.{name} in loops.yaml")
        if yes and (protected := strictly(record.ticket, stage)):
            raise LoopError(
                f"{listing(protected)} is protected: nobody vouches for a yes that is said here",
                "let the forge ask (an environment of its CI), or allow_unverified: true",
            )
        about = subject(record, stage)
        why = veiled(root, record.ticket, note)
        head = (record.ticket.id, name, about, yes, who, "local", False, why)
        book.answer(Answer(*head, at=book.clock()))
        lacking = _lacking(book.record(record.ticket.id), stage, about)
        following = record.ticket.resuming(meant=book.meant(record.ticket.id))
    word = "approved" if yes else "rejected"
    streams().out(f"{name} of run {record.ticket.id}: {word} by {who}")
    streams().out(f"{lacking} have said yes" if lacking else f"next: {following}")
    return ExitCode.OK


def _lacking(record: Record, stage: Stage, about: str) -> str:
    """How many of how many have said yes, where that is not enough yet."""
    assert isinstance(stage.doing, Approve)  # noqa: S101 - it was answered
    verified = bool(strictly(record.ticket, stage))
    answers = record.answered(stage.name, about)
    made = consent(stage.doing, answers, record.ticket.author, verified=verified)
    return made.why if made.heard is None else ""


def _waiting(book: Book, name: str, run: str) -> tuple[Record, Stage, Attempt]:
    """The run and the stage that ask."""
    return _in_state(book, name, run, frozenset({State.WAITING}), "does not ask anything now")


def _in_state(
    book: Book, name: str, run: str, states: frozenset[State], otherwise: str
) -> tuple[Record, Stage, Attempt]:
    if run:
        records = [pages.found(book.file, run)]
        unended(records[0].ticket)
    else:
        records = [pages.record(book.file, one.id) for one in pages.open_runs(book.file)]
    for record in records:
        attempt = record.latest(name)
        stages = {stage.name: stage for stage in record.ticket.outer.stages}
        if attempt is not None and attempt.state in states and name in stages:
            return record, stages[name], attempt
    raise LoopError(f"{name} {otherwise}", "loop outer status")


def resolve(name: str, run: str, note: str, *, applied: bool | None) -> int:
    """Say what came of a stage where nobody else can tell."""
    if applied is None:
        raise LoopError("did it have its effect?", "--applied or --not-applied")
    root = found_root()
    with closing(Book(room(root))) as book:
        record, _, _ = _in_state(book, name, run, _ASKED, "is in no doubt")
        launch = Launch(book.room)
        with launch.alone(record.ticket.id):
            # While nobody had it, somebody else may have said so.
            asked = (record.ticket.id, _ASKED, "is in no doubt")
            record, stage, attempt = _in_state(book, name, *asked)
            if not applied and isinstance(launch.look(attempt), Alive | Orphan):
                raise LoopError(
                    f"{name} of run {record.ticket.id} is still at work: it may yet have an effect",
                    "wait until it has ended, or end it",
                )
            said = by(root, record.ticket, note)
            made = _resolved(book, record, stage, attempt, said, applied=applied)
        following = record.ticket.resuming(meant=book.meant(record.ticket.id))
    streams().out(f"{name} of run {record.ticket.id}: {made.state}, {made.why}")
    streams().out(f"next: {following}")
    return ExitCode.OK


def _resolved(
    book: Book,
    record: Record,
    stage: Stage,
    attempt: Attempt,
    by_whom: str,
    *,
    applied: bool,
) -> Attempt:
    said = "applied" if applied else "not applied"
    why = f"{said}, says {by_whom}"
    deployed = applied and isinstance(stage.doing, Deploy)
    live = live_by(record.ticket, attempt, book.clock()) if deployed else None
    if applied:
        heard = Heard.WELL
    elif attempt.state in {State.UNKNOWN, State.INTERRUPTED}:
        heard = Heard.ABSENT
    else:
        heard = failing(stage, record.standing(stage.name).failures, attempt.rc)
    return book.settle(attempt._replace(why=why), heard, live=live, by_hand=True)
