"""Stages that do something: a command under its shim, followed to its end by whoever is there."""

from __future__ import annotations

from functools import partial

from innerloop.core.book import TAKEN_BACK, Attempt, Live, Wanted
from innerloop.core.errors import LoopError
from innerloop.core.events import WalkFinished
from innerloop.core.hands import Alive, Ended, Never, Orphan
from innerloop.core.happenings import StageGoesOn, StageWalked
from innerloop.core.model import Verdict
from innerloop.core.outer import BACK, Deploy, Loops, Work
from innerloop.core.stages import deployed
from innerloop.core.states import Heard
from innerloop.core.text import seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from innerloop.core.book import Kept, Record
    from innerloop.core.hands import Look, Said
    from innerloop.core.happenings import Happening
    from innerloop.core.model import Command
    from innerloop.core.outer import Stage
    from innerloop.engine.course import Course

LIVE, ABSENT = 0, 3
_VERIFY = 120.0
_PULSE = 1.0


# -- loops ------------------------------------------------------------------------------------


def walk(course: Course, stage: Stage, record: Record) -> Iterator[Happening]:
    """Walk the inner loops."""
    assert isinstance(stage.doing, Loops)  # noqa: S101 - for the type checker
    names = stage.doing.names
    if why := course.site.unfair(stage):
        yield from _refused(course, stage, record, why)
        return
    attempt = yield from course.begin(stage, course.fresh(stage, record), Heard.BEGUN)
    if attempt is None:
        return
    yield course.started(stage, attempt)
    run = None
    for event in course.site.walk(names, course.cancel):
        course.renew()
        yield StageWalked(stage.name, event)
        run = event.run if isinstance(event, WalkFinished) else run
    if run is None or run.verdict is Verdict.INTERRUPTED:
        yield course.settle(attempt, Heard.STOPPED, "the walk was interrupted")
    elif course.site.proven(names, run):
        why = f"run #{run.id} of the inner loops"
        yield course.settle(attempt, Heard.WELL, why, kept=course.site.measured(stage))
    else:
        red = [one.loop for one in run.results if one.red]
        why = f"{', '.join(red)} failed" if red else "the inner loops are not all green"
        yield from course.failed(stage, attempt, why, run, kept=course.site.measured(stage))


def _refused(course: Course, stage: Stage, record: Record, why: str) -> Iterator[Happening]:
    """It is not even begun with, and that is a failure of the stage."""
    attempt = yield from course.begin(stage, course.fresh(stage, record), Heard.BEGUN)
    if attempt is not None:
        yield from course.failed(stage, attempt, why)


# -- commands ---------------------------------------------------------------------------------


def act(course: Course, stage: Stage, record: Record) -> Iterator[Happening]:
    """Run its command: a deploy has its environment for itself from then on."""
    course.losing(stage)
    course.consented(stage, record)
    course.unmoved(stage, record)
    if why := course.site.unfair(stage):
        yield from _refused(course, stage, record, why)
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
        attempt = attempt._replace(log=f"{attempt.folder}/output.log")
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


def start(course: Course, stage: Stage, attempt: Attempt, command: Command) -> None:
    errand = course.site.errand(course.ticket, stage, attempt, command)
    course.launcher.start(attempt, errand)


def follow(
    course: Course, stage: Stage, attempt: Attempt
) -> Generator[Happening, None, Look | None]:
    """Wait for its end, whoever began it; None where we are to stop, and a deploy goes on."""
    expected = course.journal.expected(course.outer.name, stage.name)
    while True:
        look = course.launcher.wait(attempt, _PULSE, course.cancel)
        if not isinstance(look, Alive):
            break
        if course.cancel and isinstance(stage.doing, Work):
            course.launcher.end(attempt)
            look = course.launcher.look(attempt)
            if isinstance(look, Alive):
                course.running.append(stage.name)
                return None
            break
        if course.cancel:
            course.running.append(stage.name)
            return None
        course.renew()
        yield StageGoesOn(stage.name, course.clock() - attempt.began, expected)
    return look


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
            course.lost[stage.name] = course.lost.get(stage.name, 0) + 1
            yield course.settle(attempt, Heard.NEVER, "it was never started")
        case Orphan():
            why = "its shim was killed, and what it started is still at work"
            yield course.settle(attempt, Heard.DOUBTED, why)
        case _:
            yield from _lost(course, stage, attempt)


def _lost(course: Course, stage: Stage, attempt: Attempt) -> Iterator[Happening]:
    """It was begun, and nobody wrote down how it ended."""
    course.lost[stage.name] = course.lost.get(stage.name, 0) + 1
    probed = isinstance(stage.doing, Deploy) and stage.doing.verify is not None
    foreign = attempt.host != course.site.host
    deploy = isinstance(stage.doing, Deploy)
    if not probed and (foreign or (deploy and not course.launcher.here(attempt))):
        why = f"it was begun on {attempt.host}, and nobody knows how it ended"
        yield course.settle(attempt, Heard.DOUBTED, why)
    else:
        yield course.settle(attempt, Heard.LOST, "it was begun, and nobody knows how it ended")


def _worked(course: Course, stage: Stage, attempt: Attempt, end: Ended) -> Iterator[Happening]:
    # Whatever it came to: what it was measured on is known from now on.
    bench = course.site.measured(stage)
    if end.rc == 0 and not end.timed_out:
        kept, lack = _kept(course, stage)
        if not lack:
            yield course.settle(attempt, Heard.WELL, kept=(*kept, *bench))
            return
        yield from course.failed(stage, attempt, lack, kept=bench)
        return
    why = f"ran longer than {seconds(stage.timeout)}" if end.timed_out else f"exit {end.rc}"
    yield from course.failed(stage, attempt, why, kept=bench)


def _kept(course: Course, stage: Stage) -> tuple[tuple[Kept, ...], str]:
    """What it left, kept; or what is lacking."""
    try:
        return course.site.keep(stage), ""
    except LoopError as error:
        return (), error.message


# -- deploys ----------------------------------------------------------------------------------


def _deployed(course: Course, stage: Stage, attempt: Attempt, end: Ended) -> Iterator[Happening]:
    unknown = end.timed_out or end.stopped
    said = verify(course, stage, attempt)
    if said is not None and course.cancel:
        # It was ended with us, and whatever it said then is not to be gone by.
        return
    version = attempt.version
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
        yield from _lives(course, stage, attempt, "")
    else:
        yield from _told(course, stage, attempt, said, "it ended well")


def _told(
    course: Course, stage: Stage, attempt: Attempt, said: Said | None, what: str
) -> Iterator[Happening]:
    """What the environment itself says decides."""
    if said is None:
        yield course.settle(attempt, Heard.DOUBTED, f"{what}: nobody knows what is live")
    elif said.rc == LIVE:
        yield from _lives(course, stage, attempt, "verified")
    elif said.rc == ABSENT:
        yield from course.failed(stage, attempt, f"{what}, and {attempt.version} is not live")
    else:
        yield course.settle(attempt, Heard.DOUBTED, f"{what}; verify cannot tell: {_rc(said)}")


def _lives(course: Course, stage: Stage, attempt: Attempt, why: str) -> Iterator[Happening]:
    kept, lack = _kept(course, stage)
    if lack:
        why = f"{why}; {lack}" if why else lack
    live = Live(
        *(attempt.environment, attempt.version, attempt.run, stage.name, course.clock()),
        course.ticket.seq,
    )
    if course.outer.name == BACK:
        live = live._replace(how=TAKEN_BACK)
    yield course.settle(attempt, Heard.WELL, why, live=live, kept=kept)


def verify(course: Course, stage: Stage, attempt: Attempt) -> Said | None:
    """What the environment says of its version; None where it cannot be asked."""
    target = deployed(course.outer, stage)
    if target is None or not isinstance(target.doing, Deploy) or target.doing.verify is None:
        return None
    errand = course.site.errand(course.ticket, target, attempt, target.doing.verify)
    limit = min(_VERIFY, errand.timeout)
    return course.site.ask(errand._replace(timeout=limit), course.cancel)


def probe(course: Course, stage: Stage, record: Record) -> Iterator[Happening]:
    """Ask the environment what came of a deploy that was interrupted."""
    attempt = record.latest(stage.name)
    assert attempt is not None  # noqa: S101 - it is interrupted, so it was begun
    said = verify(course, stage, attempt)
    if course.cancel:
        return
    # Of what a job of a CI that is run again may have begun before, no host is known.
    was = "it was interrupted, and" if attempt.host else "before it is begun, it"
    if said is not None and said.rc == LIVE:
        already = "all the same" if attempt.host else "already"
        yield from _lives(course, stage, attempt, f"{was} is live {already}")
    elif said is not None and said.rc == ABSENT:
        yield course.settle(attempt, Heard.ABSENT, f"{was} is not live")
    else:
        why = f"{was} is not known to be live or not; verify cannot tell: {_rc(said)}"
        yield course.settle(attempt, Heard.DOUBTED, why)


def _rc(said: Said | None) -> str:
    if said is None:
        return "there is none"
    return "it took too long" if said.timed_out else f"exit {said.rc}"


# -- what was begun before us -----------------------------------------------------------------


def adopt(course: Course, stage: Stage, record: Record) -> Iterator[Happening]:
    """See what came of what somebody else began: it may still run."""
    attempt = record.latest(stage.name)
    assert attempt is not None  # noqa: S101 - it was started
    if isinstance(stage.doing, Loops):
        yield course.settle(attempt, Heard.LOST, "the walk was interrupted")
        return
    attempt = attempt._replace(log=f"{attempt.folder}/output.log")
    look = course.launcher.look(attempt)
    if isinstance(look, Alive):
        yield course.started(stage, attempt, adopted=True)
        yield from followed(course, stage, attempt)
    else:
        yield from came(course, stage, attempt, look)
