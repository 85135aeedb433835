"""The stage that walks the inner loops: it passes where they leave nothing open."""

from __future__ import annotations

from innerloop.core.events import WalkFinished
from innerloop.core.happenings import StageWalked
from innerloop.core.model import Verdict
from innerloop.core.outer import Loops
from innerloop.core.states import Heard
from innerloop.engine.acting import refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.core.book import Record
    from innerloop.core.happenings import Happening
    from innerloop.core.outer import Stage
    from innerloop.engine.course import Course


def walk(course: Course, stage: Stage, record: Record) -> Iterator[Happening]:
    """Walk the inner loops."""
    assert isinstance(stage.doing, Loops)  # noqa: S101 - for the type checker
    names = stage.doing.names
    if why := course.site.unfair(stage):
        yield from refused(course, stage, record, why)
        return
    attempt = yield from course.begin(stage, course.fresh(stage, record), Heard.BEGUN)
    if attempt is None:
        return
    yield course.started(stage, attempt)
    run = None
    for event in course.site.walk(names, course.cancel):
        yield StageWalked(stage.name, event)
        run = event.run if isinstance(event, WalkFinished) else run
    if run is None or run.verdict is Verdict.INTERRUPTED:
        yield course.settle(attempt, Heard.STOPPED, "the walk was interrupted")
    elif course.site.proven(names, run) and (moved := course.site.rewritten(course.ticket)):
        why = f"{moved} while the inner loops were walked"
        yield from course.failed(stage, attempt, why, run, kept=course.site.measured(stage))
    elif course.site.proven(names, run):
        why = f"run #{run.id} of the inner loops"
        yield course.settle(attempt, Heard.WELL, why, kept=course.site.measured(stage))
    else:
        red = [one.loop for one in run.results if one.red]
        why = f"{', '.join(red)} failed" if red else "the inner loops are not all green"
        yield from course.failed(stage, attempt, why, run, kept=course.site.measured(stage))
