"""A monitor's window: by the clock on the wall, so that it goes on where it was after a restart."""

from __future__ import annotations

import json
from math import isfinite

from innerloop.core.book import Sample, Wanted
from innerloop.core.happenings import StageSampled
from innerloop.core.monitor import BAD, GOOD, Judgement, due, entry, judged, over, seen
from innerloop.core.outer import Doubt, Monitor
from innerloop.core.stages import deployed
from innerloop.core.states import Heard
from innerloop.core.text import last

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.core.book import Attempt, Record
    from innerloop.core.happenings import Happening
    from innerloop.core.outer import Stage
    from innerloop.engine.course import Course

_LEAST, _MOST = 10.0, 60.0
_LAST = 20
"""lines of a check's output in which its value is looked for"""


def begin(course: Course, stage: Stage, record: Record) -> Iterator[Happening]:
    """Begin to watch, only while what is live there is this run's."""
    # It is about what is live: what stands here by now is no matter.
    course.site.lay(record, stage)
    place = course.place(stage)
    wanted = None
    if place is not None:
        wanted = Wanted(place, course.ticket.seq, newer_ok=False, ours=True)
    fresh = course.fresh(stage, record)
    target = deployed(course.outer, stage)
    done = record.latest(target.name) if target else None
    # The window is counted from when the deploy was done, however late we come.
    since = done.at if done is not None else fresh.began
    attempt = yield from course.begin(stage, fresh._replace(began=since), Heard.WATCHED, wanted)
    if attempt is not None:
        yield course.started(stage, attempt)


def watch(course: Course, stage: Stage, record: Record) -> Iterator[Happening]:
    """Sample until it can be judged, or we are to stop: then its window goes on without us."""
    attempt = record.latest(stage.name)
    monitor = stage.doing
    assert attempt is not None  # noqa: S101 - it is watched
    attempt = attempt.logged()
    assert isinstance(monitor, Monitor)  # noqa: S101 - for the type checker
    end = over(monitor, attempt.began)
    while True:
        samples = course.journal.samples(attempt)
        now = course.clock()
        found = judged(monitor, samples, ended=now >= end)
        if found is not None:
            # Of what is good nothing is kept, and then there is no log.
            kept = any(one.verdict != GOOD for one in samples)
            made = attempt if kept else attempt._replace(log="")
            yield from _judged(course, stage, made, *found)
            return
        index, at = due(monitor, attempt.began, samples, now)
        if not course.wait(min(at, end)):
            return
        if at >= end:
            continue
        sample, output = _sample(course, stage, attempt, Sample(index, at, 0.0, ""))
        if course.cancel:
            return
        if sample.verdict != GOOD:
            course.launcher.append(attempt, entry(index, sample.verdict, output))
        course.journal.sample(attempt, sample)
        bad = sum(1 for one in (*samples, sample) if one.verdict == BAD)
        said = last(output) if sample.verdict != GOOD else ""
        yield StageSampled(stage.name, sample, bad, max(0.0, end - course.clock()), said)


def _sample(course: Course, stage: Stage, attempt: Attempt, blank: Sample) -> tuple[Sample, str]:
    """One check, and what it said."""
    monitor = stage.doing
    assert isinstance(monitor, Monitor)  # noqa: S101 - for the type checker
    errand = course.errand(stage, attempt, monitor.run)
    # However short the window: a check that is ended says nothing, and has to have had its time.
    limit = max(_LEAST, min(max(monitor.every, _MOST), stage.timeout))
    said = course.site.ask(errand._replace(timeout=limit), course.cancel)
    rc = -1 if said.timed_out else said.rc
    value = measured(said.output)
    sample = blank._replace(at=course.clock(), verdict=seen(monitor, rc, value), value=value)
    return sample, said.output


def measured(output: str) -> float | None:
    """The value that a check's output tells, in the last line that tells one: `{"value": 0.997}`.

    Something may be said behind it, as by a warning.
    """
    for line in reversed(output.strip().splitlines()[-_LAST:]):
        if not line.lstrip().startswith("{"):
            continue
        try:
            return _number(json.loads(line)["value"])
        except (ValueError, KeyError, RecursionError):
            continue
    return None


def _number(value: object) -> float | None:
    """It as a number; None where it is none that anything can be held against."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if isfinite(found) else None


def _judged(
    course: Course, stage: Stage, attempt: Attempt, judgement: Judgement, why: str
) -> Iterator[Happening]:
    monitor = stage.doing
    assert isinstance(monitor, Monitor)  # noqa: S101 - for the type checker
    doubt = judgement is Judgement.INCONCLUSIVE
    if doubt and monitor.on_inconclusive is Doubt.ASK:
        yield course.settle(attempt, Heard.DOUBTED, why)
    elif judgement is Judgement.BAD or (doubt and monitor.on_inconclusive is Doubt.FAIL):
        yield from course.failed(stage, attempt, why)
    else:
        yield course.settle(attempt, Heard.WELL, why)
        course.journal.release(course.ticket.id)
