"""Stages that do something: a command under its shim, followed to its end by whoever is there."""

from __future__ import annotations

from functools import partial

from innerloop.core.book import Attempt, Wanted
from innerloop.core.hands import Alive, Ended, Missing, Never, Orphan
from innerloop.core.happenings import StageGoesOn
from innerloop.core.outer import Deploy, Loops, Work
from innerloop.core.stages import deployed, downstream
from innerloop.core.states import Heard
from innerloop.core.text import seconds
from innerloop.engine.probing import ABSENT, LIVE, lives, probed, rc, unseen, verify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from innerloop.core.book import Record
    from innerloop.core.hands import Look, Said
    from innerloop.core.happenings import Happening
    from innerloop.core.model import Command
    from innerloop.core.outer import Stage
    from innerloop.engine.course import Course

_PULSE = 1.0
_OURS = "name what a stage writes in its outputs, or have git ignore it"


# -- commands ---------------------------------------------------------------------------------


def act(course: Course, stage: Stage, record: Record) -> Iterator[Happening]:
    """Run its command: a deploy has its environment for itself from then on."""
    course.losing(stage)
    course.consented(stage, record)
    course.unmoved(stage, record)
    if why := course.site.unfair(stage):
        yield from refused(course, stage, record, why)
        return
    fresh = course.fresh(stage, record)
    wanted = None
    if isinstance(stage.doing, Deploy):
        place = course.ticket.environment(stage.environment)
        wanted = Wanted(place, course.ticket.seq, newer_ok=course.ticket.allow_older)
    course.launcher.claim(fresh)
    try:
        still = partial(course.unmoved, stage, record)
        attempt = yield from course.begin(stage, fresh, Heard.BEGUN, wanted, still)
        if attempt is None:
            return
        attempt = attempt.logged()
        yield course.started(stage, attempt)
        start(course, stage, attempt, _command(stage))
    finally:
        course.launcher.drop(fresh)
    yield from followed(course, stage, attempt)


def followed(course: Course, stage: Stage, attempt: Attempt) -> Iterator[Happening]:
    look = yield from follow(course, stage, attempt)
    if look is not None:
        yield from came(course, stage, attempt, look)


def _command(stage: Stage) -> Command:
    assert isinstance(stage.doing, Deploy | Work)  # noqa: S101 - for the type checker
    return stage.doing.run


def refused(course: Course, stage: Stage, record: Record, why: str) -> Iterator[Happening]:
    """It is not even begun with, and that is a failure of the stage."""
    attempt = yield from course.begin(stage, course.fresh(stage, record), Heard.BEGUN)
    if attempt is not None:
        yield from course.failed(stage, attempt, why)


def start(course: Course, stage: Stage, attempt: Attempt, command: Command) -> None:
    errand = course.errand(stage, attempt, command)
    course.launcher.start(attempt, errand)


def follow(
    course: Course, stage: Stage, attempt: Attempt
) -> Generator[Happening, None, Look | None]:
    """Wait for its end, whoever began it; None where we are to stop, and a deploy goes on."""
    expected = course.journal.expected(course.outer.name, stage.name)
    while True:
        look = course.launcher.wait(attempt, _PULSE, course.cancel)
        if not isinstance(look, Alive | Orphan) or _late(course, stage, attempt, look):
            break
        if course.cancel and isinstance(stage.doing, Work):
            course.launcher.end(attempt)
            look = course.launcher.look(attempt)
            if isinstance(look, Alive | Orphan):
                course.running.append(stage.name)
                return None
            break
        if course.cancel:
            course.running.append(stage.name)
            return None
        yield StageGoesOn(stage.name, course.clock() - attempt.began, expected)
    return look


def _late(course: Course, stage: Stage, attempt: Attempt, look: Look) -> bool:
    """Whether it is at work for longer than it may be, and there is no shim any more to end it."""
    target = deployed(course.outer, stage) or stage
    most = max(stage.timeout, target.timeout)
    return isinstance(look, Orphan) and course.clock() > attempt.at + most


def came(course: Course, stage: Stage, attempt: Attempt, look: Look) -> Iterator[Happening]:
    """What became of it, written down."""
    match look:
        case Ended(stopped=True) if isinstance(stage.doing, Work):
            yield course.settle(attempt, Heard.STOPPED, "it was ended with us")
        case Ended() if isinstance(stage.doing, Deploy):
            yield from _deployed(course, stage, attempt._replace(rc=look.rc), look)
        case Ended():
            yield from _worked(course, stage, attempt._replace(rc=look.rc), look)
        case Never():
            course.lose(stage)
            yield course.settle(attempt, Heard.NEVER, "it was never started")
        case Orphan():
            why = "its shim was killed, and what it started is still at work, beyond its timeout"
            yield from unseen(course, stage, attempt, why)
        case Missing() if probed(stage):
            why = f"{attempt.folder} was taken away, and it may still be at work"
            yield from unseen(course, stage, attempt, why)
        case _:
            yield from _lost(course, stage, attempt)


def _lost(course: Course, stage: Stage, attempt: Attempt) -> Iterator[Happening]:
    """It was begun, and nobody wrote down how it ended."""
    course.lose(stage)
    asked = isinstance(stage.doing, Deploy) and stage.doing.verify is not None
    foreign = attempt.host != course.site.host
    deploy = isinstance(stage.doing, Deploy)
    if not asked and (foreign or (deploy and not course.launcher.here(attempt))):
        why = f"it was begun on {attempt.host}, and nobody knows how it ended"
        yield course.settle(attempt, Heard.DOUBTED, why)
    else:
        yield course.settle(attempt, Heard.LOST, "it was begun, and nobody knows how it ended")


def _worked(course: Course, stage: Stage, attempt: Attempt, end: Ended) -> Iterator[Happening]:
    # Whatever it came to: what it was measured on is known from now on.
    bench = course.site.measured(stage)
    if end.rc == 0 and not end.timed_out:
        # What the last stage leaves for the next commit, as feedback, is taken for nothing here.
        matters = stage.outputs or downstream(course.outer, stage.name)
        if matters and (moved := course.site.altered(course.ticket)):
            # What it left may be of either; and another try would be of other files.
            why = f"{moved} while it ran: {_OURS}"
            yield from course.failed(stage, attempt, why, kept=bench, again=False)
            return
        left, lack = course.kept(stage)
        if not lack:
            yield course.settle(attempt, Heard.WELL, kept=(*left, *bench))
            return
        yield from course.failed(stage, attempt, lack, kept=bench)
        return
    why = f"ran longer than {seconds(stage.timeout)}" if end.timed_out else f"exit {end.rc}"
    yield from course.failed(stage, attempt, why, kept=bench)


# -- deploys ----------------------------------------------------------------------------------


def _deployed(course: Course, stage: Stage, attempt: Attempt, end: Ended) -> Iterator[Happening]:
    unknown = end.timed_out or end.stopped
    said = verify(course, stage, attempt)
    if said is not None and course.cancel:
        # It was ended with us, and whatever it said then is not to be gone by.
        return
    version = attempt.version[:12]
    if unknown:
        why = f"ran longer than {seconds(stage.timeout)}" if end.timed_out else "it was ended"
        yield from _told(course, stage, attempt, said, why)
    elif end.rc and (said is None or said.rc == ABSENT):
        yield from course.failed(stage, attempt, f"exit {end.rc}")
    elif end.rc and said is not None and said.rc == LIVE:
        # It is there already: a second time would be one too many.
        why = f"exit {end.rc}, though {version} is live"
        yield from course.failed(stage, attempt, why, again=False)
    elif end.rc:
        yield from _told(course, stage, attempt, said, f"exit {end.rc}")
    elif said is None:
        yield from lives(course, stage, attempt, "")
    else:
        yield from _told(course, stage, attempt, said, "it ended well")


def _told(
    course: Course, stage: Stage, attempt: Attempt, said: Said | None, what: str
) -> Iterator[Happening]:
    """What the environment itself says decides."""
    if said is None:
        yield course.settle(attempt, Heard.DOUBTED, f"{what}: nobody knows what is live")
    elif said.rc == LIVE:
        yield from lives(course, stage, attempt, "verified")
    elif said.rc == ABSENT:
        yield from course.failed(stage, attempt, f"{what}, and {attempt.version[:12]} is not live")
    else:
        yield course.settle(attempt, Heard.DOUBTED, f"{what}; verify cannot tell: {rc(said)}")


# -- what was begun before us -----------------------------------------------------------------


def adopt(course: Course, stage: Stage, record: Record) -> Iterator[Happening]:
    """See what came of what somebody else began: it may still run."""
    attempt = record.latest(stage.name)
    assert attempt is not None  # noqa: S101 - it was started
    if isinstance(stage.doing, Loops):
        yield course.settle(attempt, Heard.LOST, "the walk was interrupted")
        return
    attempt = attempt.logged()
    look = course.launcher.look(attempt)
    if isinstance(look, Alive | Orphan):
        yield course.started(stage, attempt, adopted=True)
        yield from followed(course, stage, attempt)
    else:
        yield from came(course, stage, attempt, look)
