"""The dmypy runner: a job that is mypy is put to a daemon that knows the project already.

The daemon is asked only once it is ready, and mypy itself is asked until then: it has its own
cache, and a first check without one may take a minute. What the daemon says is taken for a
verdict only where its client says that it is one.
"""

from __future__ import annotations

import threading

from innerloop.core.model import COLD, WARM
from innerloop.system.dmypy import daemon
from innerloop.system.dmypy.ask import OUTDATED, TOLD, UNASKED
from innerloop.system.dmypy.daemon import HERE
from innerloop.system.dmypy.question import question
from innerloop.system.process import Refused, supervise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from innerloop.core.job import Completion, Job
    from innerloop.core.world import Runner, Stoppable
    from innerloop.system.dmypy.daemon import Daemon
    from innerloop.system.dmypy.question import Question
    from innerloop.system.process import Guard

PATIENCE = 10.0
"""seconds that a daemon may take, or twice as long as mypy took"""
_TRIES = 2
"""daemons that may fail in a row"""


class _Place:
    """What is known of one loop: its daemon, and how it has fared."""

    def __init__(self) -> None:
        self.asked: Question | None = None
        self.daemon: Daemon | None = None
        self.unfit = ""
        self.failed = 0
        self.cold = 0.0
        """seconds that mypy itself took when last asked"""


class Dmypy:
    """Has mypy's daemon answer, one for each loop; everything else is the other runner's."""

    def __init__(
        self, cold: Runner, state: str, guard: Guard | None = None, *, patience: float = PATIENCE
    ) -> None:
        self._cold = cold
        self._state = state
        self._guard = guard
        self._patience = patience
        self._lock = threading.Lock()
        self._places: dict[str, _Place] = {}
        self._closed = False
        daemon.tidy(state)

    def __call__(self, job: Job, emit: Callable[[str], None], cancel: Stoppable, /) -> Completion:
        asked = question(job) if job.warm else None
        if asked is None:
            return self._cold(job, emit, cancel)
        place = self._place(job.name)
        again = self._turn(place, asked)
        why, spent = self._unready(place), 0.0
        if place.daemon and not why:
            done = self._warm(job, place, place.daemon, emit, cancel)
            if done.mode == WARM or done.cancelled:
                return done
            why, spent = done.mode, done.seconds
        if not place.unfit:
            # What will be asked of a daemon next time needs no other process kept for it.
            job = job._replace(warm=False, timeout=max(1.0, job.timeout - spent))
        done = self._cold(job, emit, cancel)
        if done.mode != WARM:
            done = done._replace(mode=f"{COLD}: {why}", seconds=done.seconds + spent)
        if not done.cancelled:
            place.cold = done.seconds - spent
        if again and not done.cancelled:
            self._start(place, asked, job.name)
        return done

    def expect(self, job: Job) -> bool:
        """Have a daemon get ready for jobs like this one; whether it is for a daemon to do them.

        Returns at once.
        """
        asked = question(job) if job.warm else None
        if asked is None:
            return False
        place = self._place(job.name)
        self._turn(place, asked)
        self._start(place, asked, job.name)
        return not place.unfit

    def close(self) -> None:
        """Every daemon ended."""
        with self._lock:
            self._closed = True
            places = list(self._places.values())
        for place in places:
            self._drop(place)

    def _place(self, name: str) -> _Place:
        with self._lock:
            return self._places.setdefault(name, _Place())

    def _turn(self, place: _Place, asked: Question) -> bool:
        """Take up a question; whether it is the first, or the one that was asked before."""
        first, same = place.asked is None, place.asked == asked
        if not same:
            self._drop(place)
            place.unfit = ""
        place.asked = asked
        return first or same

    def _unready(self, place: _Place) -> str:
        """Why its daemon cannot be asked now; empty where it can."""
        if place.unfit or place.failed >= _TRIES:
            return place.unfit or "its daemon fails"
        if place.daemon is None:
            return "its daemon is not started yet"
        found = place.daemon.ready()
        if found.unfit:
            place.unfit = found.why
        elif place.daemon.crashed:
            place.failed += 1
        if found.ended:
            self._drop(place)
        return found.why

    def _warm(
        self,
        job: Job,
        place: _Place,
        asked: Daemon,
        emit: Callable[[str], None],
        cancel: Stoppable,
    ) -> Completion:
        """Its daemon's verdict; or what keeps it from giving one, in place of the mode."""
        heard: list[str] = []
        known = place.asked
        python, arguments = (known.python, known.arguments) if known else ((), ())
        patience = max(self._patience, 2 * place.cold)
        argv = (*python, f"{HERE}/ask.py", asked.status, *arguments)
        asking = job._replace(argvs=(argv,), timeout=min(job.timeout, patience))
        done = supervise(asking, heard.append, cancel, self._guard)
        if done.cancelled:
            return done
        code = done.exit_code - TOLD
        if code in {0, 1, 2} and not done.timed_out:
            place.failed = 0
            for text in heard:
                emit(text)
            return done._replace(exit_code=code, mode=WARM)
        if done.exit_code == UNASKED:
            return done._replace(mode=done.tail.strip())
        self._drop(place)
        if done.exit_code == OUTDATED:
            return done._replace(mode=done.tail.strip())
        place.failed += 1
        slow = f"its daemon did not answer in {patience:.0f}s"
        return done._replace(mode=slow if done.timed_out else "its daemon failed")

    def _start(self, place: _Place, asked: Question, name: str) -> None:
        with self._lock:
            if place.daemon or place.unfit or place.failed >= _TRIES or self._closed:
                return
            try:
                place.daemon = daemon.start(asked, name, self._state, self._guard)
            except (OSError, Refused):
                place.failed = _TRIES

    def _drop(self, place: _Place) -> None:
        with self._lock:
            old, place.daemon = place.daemon, None
        if old:
            old.close()
