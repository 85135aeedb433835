"""The outer loop: reads in the journal where it stands, makes the next move, and tells of it.

A generator of happenings with one owner, as the walk is. It keeps nothing in mind that the journal
does not have: whoever begins it anew after a crash makes the move that was next.
"""

from __future__ import annotations

from functools import partial

from innerloop.core.happenings import OuterFinished, OuterRested, OuterStarted, OuterStopped
from innerloop.core.lives import TAKEN_BACK, before
from innerloop.core.outer import Approve, Loops, Monitor, Review
from innerloop.core.stages import (
    Adopt,
    Begin,
    Doubt,
    End,
    Finish,
    Hear,
    Probe,
    Recover,
    Rest,
    RollBack,
    Skip,
    Watch,
    deployed,
    following,
)
from innerloop.core.states import Heard, State
from innerloop.engine import acting, asking, monitoring, probing, taking_back, walking
from innerloop.engine.course import Course

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from innerloop.core.book import Record, Ticket
    from innerloop.core.hands import Means
    from innerloop.core.happenings import Happening
    from innerloop.core.outer import Stage
    from innerloop.core.stages import Move
    from innerloop.engine.cancel import Cancel

_ADVICE = {
    State.UNKNOWN: "loop outer resolve {stage} --applied, or --not-applied",
    State.INCONCLUSIVE: "loop outer resolve {stage} --applied if all is well, or --not-applied",
}


def outer(
    ticket: Ticket, means: Means, cancel: Cancel, *, resumed: bool = False
) -> Generator[Happening]:
    """Carry a run on, as far as it goes now: to its end, or to where somebody has to answer."""
    course = Course(ticket, means, cancel)
    yield OuterStarted(ticket, course.clock(), resumed)
    while not cancel:
        record = course.journal.record(ticket.id)
        stuck = frozenset(course.stuck)
        move = following(ticket.outer, record.standings(), dict(ticket.left), stuck)
        match move:
            case Finish(end=end):
                course.journal.close_run(ticket, end)
                now = course.clock()
                yield OuterFinished(
                    ticket.id, end, now, now - ticket.began, _next(course, record, end)
                )
                return
            case Rest(doubtful=doubtful):
                if stage := probing.anew(course, record, doubtful):
                    yield from probing.probe(course, stage, record)
                    continue
                yield _rest(course, record, move)
                return
            case _:
                yield from _made(course, record, move)
    yield OuterStopped(ticket.id, cancel.reason, tuple(course.running), (course.resuming,))


def _next(course: Course, record: Record, end: End) -> tuple[str, ...]:
    """What to do now that it is over."""
    name = course.outer.name
    to = [f"loop inner {one.loop}" for one in course.found if one.loop]
    to += [f"loop outer {name} --from {one.back_to}" for one in course.found if one.back_to]
    match end:
        case End.ROLLBACK_FAILED:
            return tuple(
                f"see what is live in {one}, then: loop outer rollback {one}"
                for one in record.doubtful()
            )
        case End.SUPERSEDED:
            return (_overtaken(course, record),)
        case End.PASSED:
            return ()
    to = to or (["loop outer findings"] if course.found else [])
    return tuple(dict.fromkeys([*to, *_unwatched(course, record)]))


def _overtaken(course: Course, record: Record) -> str:
    """What lets a run be done that another one has overtaken."""
    name = course.outer.name
    over = [s for s in course.outer.stages if record.standing(s.name).state is State.SUPERSEDED]
    target = deployed(course.outer, over[0]) if over else None
    if target is None or target is over[0]:
        return f"loop outer {name} --allow-older deploys it all the same"
    return f"loop outer {name} deploys it anew"


def _unwatched(course: Course, record: Record) -> list[str]:
    """What this run has deployed, and has not found good: it is live all the same."""
    failed = [s for s in course.outer.stages if record.standing(s.name).state is State.FAILED]
    targets = filter(None, (deployed(course.outer, stage) for stage in failed))
    said = []
    for place in dict.fromkeys(one.environment for one in targets):
        lives = course.journal.live(place)
        ours = lives and lives[-1].run == record.ticket.id and lives[-1].how != TAKEN_BACK
        if ours and before(lives, lives[-1].version):
            version = lives[-1].version[:12]
            said.append(f"loop outer rollback {place}, where {version} stays live")
    return said


def _made(course: Course, record: Record, move: Move) -> Iterator[Happening]:  # noqa: C901 - a table
    match move:
        case Begin(stage=stage, not_before=at):
            if course.wait(at):
                yield from _begun(course, stage, record)
        case Skip(stage=stage, why=why):
            fresh = course.fresh(stage, record)._replace(why=why)
            made = yield from course.begin(stage, fresh, Heard.LEFT)
            if made is not None:
                yield course.told(made)
        case Adopt(stage=stage):
            yield from acting.adopt(course, stage, record)
        case Recover(stage=stage):
            yield from taking_back.recover(course, stage, record)
        case Probe(stage=stage):
            yield from probing.probe(course, stage, record)
        case Doubt(stage=stage):
            attempt = record.latest(stage.name)
            assert attempt is not None  # noqa: S101 - it was interrupted
            yield course.settle(attempt, Heard.DOUBTED)
        case Hear(stage=stage):
            yield from asking.hear(course, stage, record)
        case Watch(stage=stage):
            yield from monitoring.watch(course, stage, record)
        case RollBack(stage=stage):
            yield from taking_back.roll_back(course, stage, record)


def _begun(course: Course, stage: Stage, record: Record) -> Iterator[Happening]:
    match stage.doing:
        case Loops():
            begin = partial(walking.walk, course)
        case Approve() | Review():
            begin = partial(asking.ask, course)
        case Monitor():
            begin = partial(monitoring.begin, course)
        case _:
            begin = partial(acting.act, course)
    yield from begin(stage, record)


def _rest(course: Course, record: Record, rest: Rest) -> OuterRested:
    """Nothing can be done: what is held is given back, unless something may be going on there."""
    course.journal.release(course.ticket.id)
    advice = [
        _ADVICE[record.standing(name).state].format(stage=f"{name}{course.flag}")
        for name in rest.doubtful
        if record.standing(name).state in _ADVICE
    ]
    advice.append(f"then: {course.resuming}")
    return OuterRested(course.ticket.id, rest.waiting, rest.doubtful, tuple(advice))
