"""What an environment says of itself: asked where nobody else knows what is live there."""

from __future__ import annotations

from innerloop.core.hands import Gone
from innerloop.core.lives import live_by
from innerloop.core.outer import BACK, Deploy, Interrupted
from innerloop.core.stages import deployed
from innerloop.core.states import Heard, State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from innerloop.core.book import Attempt, Record
    from innerloop.core.hands import Errand, Said, Site
    from innerloop.core.happenings import Happening
    from innerloop.core.outer import Stage
    from innerloop.core.world import Stoppable
    from innerloop.engine.course import Course

LIVE, ABSENT = 0, 3
_VERIFY, _ENDED = 120.0, -1


def probed(stage: Stage) -> bool:
    """Whether the environment is asked what came of it, where nobody else knows."""
    return isinstance(stage.doing, Deploy) and stage.if_interrupted is Interrupted.VERIFY


def unseen(course: Course, stage: Stage, attempt: Attempt, why: str) -> Iterator[Happening]:
    """It may be at work as we ask: that it is not live yet is no proof that it will not be."""
    said = verify(course, stage, attempt) if probed(stage) else None
    if course.cancel:
        return
    if said is not None and said.rc == LIVE:
        yield from lives(course, stage, attempt, f"{why}; it is live all the same")
    else:
        yield course.settle(attempt, Heard.DOUBTED, f"{why}; verify: {rc(said)}")


def lives(course: Course, stage: Stage, attempt: Attempt, why: str) -> Iterator[Happening]:
    moved = course.site.altered(course.ticket)
    # What is brought back by hand is no file of here.
    if moved and course.outer.name != BACK:
        # That this was seen stays with it: who brings the files back is not to be believed then.
        asked = attempt._replace(subject=moved)
        said = f"{moved} while it was deployed: nobody can tell what is live"
        yield course.settle(asked, Heard.DOUBTED, said)
        return
    left, lack = course.kept(stage)
    if lack:
        why = f"{why}; {lack}" if why else lack
    live = live_by(course.ticket, attempt, course.clock())
    yield course.settle(attempt, Heard.WELL, why, live=live, kept=left)


def verify(course: Course, stage: Stage, attempt: Attempt) -> Said | None:
    """What the environment says of its version; None where it cannot be asked."""
    target = deployed(course.outer, stage)
    if target is None or not isinstance(target.doing, Deploy) or target.doing.verify is None:
        return None
    return heard(course.site, course.errand(target, attempt, target.doing.verify), course.cancel)


def heard(site: Site, errand: Errand, stop: Stoppable) -> Said:
    """What a `verify` says in two minutes at most; one that had to be ended has said nothing."""
    said = site.ask(errand._replace(timeout=min(_VERIFY, errand.timeout)), stop)
    # Who is ended may still say something nice.
    return said._replace(rc=_ENDED) if said.timed_out else said


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
        yield from lives(course, stage, attempt, f"{was} is live {already}")
    elif said is not None and said.rc == ABSENT and _ended(course, attempt):
        yield course.settle(attempt, Heard.ABSENT, f"{was} is not live")
    elif attempt.state is not State.UNKNOWN:
        why = f"{was} is not known to be live or not; verify cannot tell: {rc(said)}"
        yield course.settle(attempt, Heard.DOUBTED, why)


def anew(course: Course, record: Record, names: Iterable[str]) -> Stage | None:
    """The first of these, in doubt since before us, whose environment may tell more by now.

    Of each that is once. One whose end is known, and not its effect, is a person's to decide;
    so is one of which more than the files of its run may be live.
    """
    stages = {one.name: one for one in course.outer.stages}
    for name in names:
        attempt, stage = record.latest(name), stages[name]
        if attempt is None or attempt.state is not State.UNKNOWN or name in course.doubted:
            continue
        course.doubted.add(name)
        if attempt.rc is None and not attempt.subject and probed(stage):
            return stage
    return None


def _ended(course: Course, attempt: Attempt) -> bool:
    """Whether nothing of it can be at work: who is interrupted was seen to have ended."""
    doubted = attempt.state is State.UNKNOWN
    return not doubted or isinstance(course.launcher.look(attempt), Gone)


def rc(said: Said | None) -> str:
    if said is None:
        return "there is none"
    return "it took too long" if said.timed_out else f"exit {said.rc}"
