"""Rollbacks: what was live before is brought back, once, and asked whether it is live again."""

from __future__ import annotations

from innerloop.core.book import Act, Wanted
from innerloop.core.errors import LoopError
from innerloop.core.hands import Alive, Ended, Gone, Missing, Never, Orphan
from innerloop.core.lives import before, held_good, live_by
from innerloop.core.outer import Deploy
from innerloop.core.stages import End, deployed
from innerloop.core.states import Heard
from innerloop.engine import acting, probing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.core.book import Attempt, Record
    from innerloop.core.hands import Look
    from innerloop.core.happenings import Happening
    from innerloop.core.outer import Stage
    from innerloop.engine.course import Course


def roll_back(course: Course, stage: Stage, record: Record) -> Iterator[Happening]:
    """Bring back what was live before, at most once for each failure."""
    course.losing(stage)
    failed = record.latest(stage.name)
    target = deployed(course.outer, stage)
    assert failed is not None  # noqa: S101 - it failed
    assert target is not None  # noqa: S101 - the rules of the configuration say so
    assert isinstance(target.doing, Deploy)  # noqa: S101 - it is what was deployed
    lives = course.journal.live(target.environment)
    if lives and lives[-1].seq > course.ticket.seq:
        why = f"{failed.why}; run {lives[-1].run} has deployed there since: nothing is rolled back"
        yield course.settle(failed, Heard.BADLY, why)
        return
    last = before(lives, course.ticket.version)
    if last is None or target.doing.rollback is None:
        why = f"{failed.why}; nothing was live there before, so nothing is rolled back"
        yield course.settle(failed, Heard.BADLY, why)
        return
    fresh = course.fresh(stage, record, Act.ROLL_BACK)._replace(
        version=last.version, why=failed.why
    )
    place = course.ticket.environment(target.environment)
    wanted = Wanted(place, course.ticket.seq, newer_ok=True)
    course.launcher.claim(fresh)
    try:
        attempt = yield from course.begin(stage, fresh, Heard.ROLLING, wanted)
        if attempt is None:
            return
        attempt = attempt.logged()
        yield course.started(stage, attempt)
        acting.start(course, target, attempt, target.doing.rollback)
    finally:
        course.launcher.drop(fresh)
    yield from _followed(course, stage, attempt)


def _rolled(course: Course, stage: Stage, attempt: Attempt, look: Look) -> Iterator[Happening]:
    version, why = attempt.version, attempt.why
    if isinstance(look, Never):
        course.lose(stage)
        yield course.settle(attempt, Heard.NEVER)
        return
    said = probing.verify(course, stage, attempt)
    if said is not None and course.cancel:
        # It was ended with us: whoever comes after us asks again.
        return
    rc = look.rc if isinstance(look, Ended) else None
    attempt = attempt._replace(rc=rc)
    well = isinstance(look, Ended) and rc == 0 and not look.timed_out
    whole = well or isinstance(look, Gone | Missing | Orphan)
    if whole and said is not None and said.rc == probing.LIVE:
        live = live_by(course.ticket, attempt, course.clock())
        why = f"{why}; {version[:12]} is live again in {attempt.environment}"
        yield course.settle(attempt, Heard.ROLLED, why + _though(course, attempt), live=live)
        return
    ended = f"exit {rc}" if rc is not None else "nobody knows how it ended"
    seen = f"verify says {said.rc}" if said is not None else "there is no verify"
    yield course.settle(
        attempt, Heard.STUCK, f"{why}; the rollback to {version[:12]} failed: {ended}, {seen}"
    )


def _though(course: Course, attempt: Attempt) -> str:
    """What is to be said of the run that deployed what is live again."""
    lives = held_good(course.journal.live(attempt.environment))
    runs = [one.run for one in lives if one.version == attempt.version]
    try:
        end = course.journal.record(runs[-1]).ticket.end
    except (LoopError, IndexError):  # it is of another journal, or of long ago
        return ""
    told = end not in {End.OPEN, End.PASSED}
    return f", though the run that deployed it ended {end}" if told else ""


def recover(course: Course, stage: Stage, record: Record) -> Iterator[Happening]:
    """See what came of a rollback that somebody else began."""
    attempt = record.latest(stage.name)
    assert attempt is not None  # noqa: S101 - it was begun
    attempt = attempt.logged()
    look = course.launcher.look(attempt)
    if isinstance(look, Alive | Orphan):
        yield course.started(stage, attempt, adopted=True)
        yield from _followed(course, stage, attempt)
    else:
        yield from _rolled(course, stage, attempt, look)


def _followed(course: Course, stage: Stage, attempt: Attempt) -> Iterator[Happening]:
    look = yield from acting.follow(course, stage, attempt)
    if look is not None:
        yield from _rolled(course, stage, attempt, look)
