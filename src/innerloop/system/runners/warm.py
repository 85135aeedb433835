"""The warm runner: a job becomes of a process that has loaded what it needs, else it runs cold."""

from __future__ import annotations

import threading
import time
from functools import partial

from innerloop.core.model import COLD, WARM
from innerloop.system.process import started, supervise
from innerloop.system.runners.local import local
from innerloop.system.warm import learned, memory
from innerloop.system.warm.origin import trace
from innerloop.system.warm.standby import Standby, key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from innerloop.core.job import Completion, Job
    from innerloop.core.world import Runner, Stoppable
    from innerloop.system.process import Child, Guard
    from innerloop.system.warm.learned import Lessons
    from innerloop.system.warm.line import Ready
    from innerloop.system.warm.origin import Origin
    from innerloop.system.warm.standby import Key

_TRIES = 2
"""bootstraps that may fail in a row"""
_ROUNDS = 4
"""times that one may be started anew because something was refused"""
_BREATH = 0.05
"""seconds that whoever tells of the verdict has the machine to himself"""
_AHEAD = 1.0
"""seconds into a long run, after which the next one is got ready"""
_SOON = 5.0
"""seconds that a first one, of which nothing is known yet, is waited for"""
_MISSES = 3
_LONGEST = 300.0


class _Place:
    """What is known of one loop: the process that waits for it, and how it has fared."""

    def __init__(self, lessons: Lessons) -> None:
        self.lessons = lessons
        self.standby: Standby | None = None
        self.failed = 0
        self.rounds = 0
        self.off = ""
        self.missed = 0
        self.next = 0.0


class Warm:
    """Runs each job in the process that waits for it, once; and has the next one wait."""

    def __init__(
        self, state: str, guard: Guard | None, *, root: str, cold: Runner | None = None
    ) -> None:
        self._state = state
        self._folder = learned.place(state)
        self._guard = guard
        self._root = root
        self._cold = cold or local(guard)
        self._lock = threading.RLock()
        self._places: dict[str, _Place] = {}
        self._chores: list[threading.Timer] = []
        self._closed = False

    def __call__(self, job: Job, emit: Callable[[str], None], cancel: Stoppable, /) -> Completion:
        origin = trace(job) if job.warm else None
        if origin is None:
            return self._cold(job, emit, cancel)
        began = time.monotonic()
        standby, why = self._take(job, origin, cancel)
        waited = time.monotonic() - began
        if standby is None:
            done = self._cold(job, emit, cancel)._replace(mode=f"{COLD}: {why}")
        else:
            done = self._warm(_Run(job, origin, standby), emit, cancel)
        self._later(job, standby)
        return done._replace(seconds=done.seconds + waited)

    def expect(self, job: Job) -> bool:
        """Have a process ready for jobs like this one; whether one can do them.

        Returns at once.
        """
        origin = trace(job) if job.warm else None
        if origin is None:
            return False
        with self._lock:
            place = self._place(job.name)
            if self._closed or place.off or time.monotonic() < place.next:
                return False
            standby = place.standby
            wanted = key(job, origin, place.lessons.preload(job.preload))
            if standby and standby.key == wanted and not standby.gone:
                return True
            place.standby = None
            if not memory.short():
                place.standby = self._started(job, origin, place)
        if standby:
            standby.end()
        return True

    def waits(self, name: str) -> bool:
        """Whether a process is ready for the loop."""
        place = self._places.get(name)
        standby = place and place.standby
        return bool(standby and standby.outcome.ready and not standby.gone)

    def close(self) -> None:
        """End every process that waits."""
        with self._lock:
            self._closed = True
            standbys = [place.standby for place in self._places.values() if place.standby]
            for place in self._places.values():
                place.standby = None
        for chore in self._chores:
            chore.join()
        for standby in standbys:
            standby.end()

    def _place(self, name: str) -> _Place:
        if name not in self._places:
            self._places[name] = _Place(learned.read(self._folder, name))
        return self._places[name]

    def _started(self, job: Job, origin: Origin, place: _Place) -> Standby:
        return Standby(
            job,
            origin,
            place.lessons,
            folder=self._folder,
            root=self._root,
            guard=self._guard,
            told=partial(self._told, job),
        )

    def _later(self, job: Job, standby: Standby | None) -> None:
        """Once the verdict is told: end what was left behind, and have the next one wait."""

        def tidy() -> None:
            if standby:
                standby.sweep()
            self.expect(job)

        timer = threading.Timer(_BREATH, tidy)
        with self._lock:
            self._chores = [one for one in self._chores if one.is_alive()]
            if not self._closed:
                self._chores.append(timer)
                timer.start()

    # -- a run -------------------------------------------------------------------------------

    def _take(self, job: Job, origin: Origin, cancel: Stoppable) -> tuple[Standby | None, str]:
        """The process that waits for this job; or why there is none."""
        with self._lock:
            place = self._place(job.name)
            standby, place.standby = place.standby, None
            if standby is None:
                return None, place.off or (
                    "memory is short" if memory.short() else "none was ready"
                )
            # What it has learned to load since changes nothing that a run could tell.
            preload = (
                standby.key.preload if job.preload is None else place.lessons.preload(job.preload)
            )
            why = _unlike(standby.key, key(job, origin, preload))
        if not why and not standby.settled(cancel, _patience(standby)):
            with self._lock:
                if not cancel and self._place(job.name).standby is None:
                    self._place(job.name).standby = standby
                    return None, "not ready yet"
            why = "not ready yet"
        if why:
            standby.end()
            return None, why
        return standby, ""

    def _warm(self, run: _Run, emit: Callable[[str], None], cancel: Stoppable) -> Completion:
        job = run.job
        ahead = threading.Timer(_AHEAD, self.expect, (job,))
        ahead.daemon = True
        ahead.start()
        try:
            done = supervise(job, emit, cancel, self._guard, run.start)
        finally:
            ahead.cancel()
            run.standby.end()
        report = run.standby.report()
        if report.doubts and not cancel:
            self._learn(job, lambda lessons: lessons.refusing(dict(report.doubts), {}))
            return self._cold(job, emit, cancel)._replace(mode=f"{COLD}: {report.doubts[0][1]}")
        if report.whole and job.preload is None:
            self._learn(job, lambda lessons: lessons.ran(report.new))
        with self._lock:
            place = self._place(job.name)
            place.missed = 0 if run.mode == WARM else place.missed + 1
            if place.missed > _MISSES:
                place.next = time.monotonic() + min(2.0**place.missed, _LONGEST)
        return done._replace(mode=run.mode)

    # -- what is learned ---------------------------------------------------------------------

    def _learn(self, job: Job, change: Callable[[Lessons], Lessons]) -> None:
        with self._lock:
            place = self._place(job.name)
            lessons = change(place.lessons)
            if lessons != place.lessons:
                place.lessons = lessons
                learned.write(self._folder, job.name, lessons)

    def _told(self, job: Job, standby: Standby, ready: Ready) -> None:
        """Loading is over, in the standby's own thread."""
        again = False
        with self._lock:
            place = self._place(job.name)
            if ready.failure:
                place.failed += 1
                if place.failed >= _TRIES:
                    place.off = f"no process can be kept: {ready.failure}"
                again = place.failed < _TRIES
            elif ready.ready:
                place.failed = place.rounds = 0
                took, refused = dict(ready.took), dict(ready.refused)
                self._learn(
                    job,
                    lambda one: (
                        one.stamped(ready.stamp).refusing(refused, {}).loaded(took, ready.seconds)
                    ),
                )
                # What is not worth loading next time is loaded now, and does no harm.
                wanted = place.lessons.preload(job.preload)
                standby.key = standby.key._replace(preload=wanted)
            else:
                place.rounds += 1
                refused, blocked = dict(ready.refused), dict(ready.blocked)
                stamp = ready.stamp or place.lessons.stamp
                self._learn(job, lambda one: one.stamped(stamp).refusing(refused, blocked))
                again = place.rounds < _ROUNDS
                if not again:
                    place.off = f"no process can be kept: {next(iter((*refused, *blocked)), '')}"
            again = again and place.standby is standby
            if place.standby is standby and not ready.ready:
                place.standby = None
        if not ready.ready:
            standby.end()
        if again:
            self.expect(job)


def unwarmed(runner: Runner) -> Runner:
    """The same runner, which says `cold` of what could have been warm."""

    def run(job: Job, emit: Callable[[str], None], cancel: Stoppable) -> Completion:
        able = job.warm and trace(job) is not None
        done = runner(job, emit, cancel)
        return done._replace(mode=COLD) if able else done

    return run


class _Run:
    """One job in one process; what came of the attempt."""

    def __init__(self, job: Job, origin: Origin, standby: Standby) -> None:
        self.job = job
        self.standby = standby
        self.mode = ""
        self._origin = origin

    def start(self, job: Job, argv: Sequence[str]) -> tuple[Child, int]:
        found = self.standby.become(job, self._origin)
        if found is None:
            self.standby.end()
            self.mode = f"{COLD}: the process that waited has ended"
            return started(job, argv)
        child, reader, self.mode = found
        return child, reader


def _unlike(had: Key, wanted: Key) -> str:
    """What keeps a process from being used for a job; empty where nothing does."""
    names = ("Python", "kind of command", "command", "folder", "environment", "terminal", "preload")
    differ = (name for name, one, other in zip(names, had, wanted, strict=True) if one != other)
    return next((f"another {name}" for name in differ), "")


def _patience(standby: Standby) -> float:
    """Seconds that waiting for it is still better than starting anew."""
    passed = time.monotonic() - standby.began
    return (1.5 * standby.expected + 1.0 if standby.expected else _SOON) - passed
