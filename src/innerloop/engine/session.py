"""The watch: a walk at every save, ended and begun anew when another save makes it a stale one.

A generator of events with one owner, as the walk is. The watcher and the keyboard post to the
walk's own inbox, so what they say comes out among its events, or is waited for between two walks.
Nothing that was saved is forgotten: a verdict stands only while its loop would be asked the same
question again.
"""

from __future__ import annotations

from innerloop.core.errors import LoopError
from innerloop.core.events import (
    LoopFinished,
    LoopStarted,
    Noted,
    Paused,
    Pressed,
    Saved,
    WalkFinished,
)
from innerloop.core.model import Verdict
from innerloop.core.watching import Wish
from innerloop.engine.answers import Answers
from innerloop.engine.breaker import Breaker
from innerloop.engine.cancel import Cancel
from innerloop.engine.crew import Back, heard
from innerloop.engine.standing import Standing
from innerloop.engine.walk import Asked, walk
from innerloop.engine.wanted import Errand, Leave, Look, Toggle, wanted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from innerloop.core.events import Event
    from innerloop.core.model import Result
    from innerloop.core.watching import Watched
    from innerloop.engine.breaker import Culprit
    from innerloop.engine.crew import Inbox

PATIENCE = 3
"""how often in a row a step is ended for a save before it is let finish"""
_QUIT = "q"


def session(watched: Watched, inbox: Inbox, *, cancel: Cancel, asked: Asked) -> Generator[Event]:
    """Watch a project: its walks' events, and the watch's own, until somebody has had enough."""
    yield from Session(watched, inbox, cancel, asked).events()


class Session:
    """One watch, from its first walk to its end. Used from one thread."""

    def __init__(self, watched: Watched, inbox: Inbox, cancel: Cancel, asked: Asked) -> None:
        self._watched = watched
        self._inbox = inbox
        self._cancel = cancel
        self._asked = asked
        self._wish: Wish | None = None
        self._errand: Errand | None = None
        self._due = Saved((), 0.0, everything=True)
        """what was saved that no walk has been begun for"""
        self._stop: Cancel | None = None  # ends the walk that is under way
        self._finishing = False
        self._paused = False
        self._tripped = False
        """paused by the breaker, and not by hand"""
        self._rested = 0.0
        """when the latest walk was over: what is saved later is no loop's work"""
        self._over = False
        self._anew = False
        """loops.yaml says something that no walk has been begun with"""
        self._owing = False
        """the last walk came to nothing: whatever is saved next is a reason for another"""
        self._standing = Standing()
        self._answers = Answers()
        self._breaker = Breaker()
        self._ended: dict[str, int] = {}
        """how often in a row each loop was ended for a save"""

    def events(self) -> Generator[Event]:
        detach = self._cancel.attach(lambda: self._inbox.put(Pressed(_QUIT)))
        try:
            while not self._over and not self._cancel:
                yield from self._next()
        finally:
            detach()

    def _next(self) -> Iterator[Event]:
        try:
            yield from self._turn()
        except LoopError as error:
            # Something in the project is not as it must be, and will be mended by another save.
            self._owing = True
            yield Noted(f"{error.message}: {error.hint}" if error.hint else error.message)

    def _turn(self) -> Iterator[Event]:
        errand, self._errand = self._errand, None
        wish, self._wish = self._wish, None
        if errand is not None:
            yield Noted(self._watched.errand(errand.deed, errand.loops))
            self._watched.look()
        elif wish is not None:
            yield from self._walk(wish)
        elif self._ready():
            yield from self._doubt()
            if self._ready():
                yield from self._walk(Wish())
        else:
            event = heard(self._inbox, None)
            if event is not None and not isinstance(event, Back):
                yield event
                yield from self._hear(event)

    def _ready(self) -> bool:
        return self._due.any() and not self._paused and not self._over

    def _doubt(self) -> Iterator[Event]:
        """Where a loop may be setting itself off: see if it happens without it."""
        until = self._watched.clock() + self._breaker.doubt()
        while self._ready() and (left := until - self._watched.clock()) > 0:
            event = heard(self._inbox, left)
            if event is None:
                return
            if not isinstance(event, Back):
                yield event
                yield from self._hear(event)

    def _walk(self, wish: Wish) -> Iterator[Event]:
        if not wish.names:
            self._due = _NOTHING
        self._answers.begin()
        self._finishing = self._owing = self._anew = False
        stop = self._stop = Cancel(self._cancel)
        detach = self._cancel.attach(lambda: stop.set(self._cancel.reason))
        run = None
        try:
            plan, world = self._watched.plan(wish), self._watched.world(wish)
            self._standing.begin(step.loop.name for step in plan.steps)
            for event in walk(plan, world, cancel=stop, asked=self._asked, inbox=self._inbox):
                yield event
                yield from self._hear(event)
                run = event.run if isinstance(event, WalkFinished) else run
        finally:
            self._stop = None
            self._rested = self._watched.clock()
            self._standing.running.clear()
            detach()
        if run is None or run.verdict is Verdict.INTERRUPTED:
            self._due = Saved((), self._watched.clock(), everything=True)
            return
        if not (wish.names or self._anew or self._outdated(self._due)):
            # A loop that writes has it all asked again by itself.
            self._due = _NOTHING
        yield self._answers.rested(run, self._watched.clock())

    # -- hearing -----------------------------------------------------------------------------

    def _hear(self, event: Event) -> Iterator[Event]:
        match event:
            case LoopStarted(loop=loop, at=at, fingerprint=fingerprint):
                self._standing.started(loop, fingerprint)
                self._breaker.started(loop, at)
            case LoopFinished(result=result):
                self._finished(result)
            case Saved():
                yield from self._saved(event)
            case Pressed(key=key):
                yield from self._pressed(key)

    def _finished(self, result: Result) -> None:
        now = self._watched.clock()
        if self._standing.finished(result):
            # When it ended, not when its inputs had been looked at again.
            self._breaker.ended(result.loop, result.at + result.seconds)
            if self._finishing:
                self._end("files were saved")
            if (result.green or result.halts) and not self._breaker.suspected(result.loop):
                self._ended.pop(result.loop, None)
        if result.halts and result.required:
            self._answers.failed(now)

    def _saved(self, saved: Saved) -> Iterator[Event]:
        config = self._watched.reread(saved)
        if config is not None:
            yield config
        changed = config is not None and not config.problems
        if config is not None and changed:
            self._anew = True
            self._standing.keep(config.loops)
        if not (changed or self._owing or self._outdated(saved)):
            return
        self._due = self._due.with_(saved)
        self._answers.saved(saved.at)
        if self._tripped and self._stop is None and (changed or saved.at > self._rested):
            yield from self._go_on()
        if self._paused:
            return
        culprit = None if saved.everything else self._suspect(saved)
        if culprit is not None:
            yield from self._trip(culprit)
        elif self._stop is not None:
            yield from self._interrupt()

    def _outdated(self, saved: Saved) -> bool:
        return saved.any() and self._standing.outdated(saved, self._watched.affected)

    def _suspect(self, saved: Saved) -> Culprit | None:
        whole = self._finishing or not self._standing.running
        return self._breaker.saved(saved.paths, saved.at, self._depends, whole=whole)

    def _depends(self, loop: str, path: str) -> bool:
        return not self._watched.writes(loop) and self._watched.depends(loop, path)

    def _interrupt(self) -> Iterator[Event]:
        """End what is under way, unless it has been ended so often that it never gets done."""
        running = self._standing.running
        if self._stop or self._finishing or any(map(self._watched.writes, running)):
            return  # a loop that writes looks again by itself, and has the others asked again
        late = [name for name in running if self._ended.get(name, 0) >= PATIENCE]
        if late:
            self._finishing = True
            yield Noted(
                f"{', '.join(late)} was begun anew {PATIENCE} times: it is let finish, though "
                f"it says nothing of what was saved meanwhile"
            )
            return
        for name in running:
            self._ended[name] = self._ended.get(name, 0) + 1
        self._end("files were saved")

    def _end(self, reason: str) -> None:
        if self._stop is not None:
            self._stop.set(reason)

    # -- keys --------------------------------------------------------------------------------

    def _pressed(self, key: str) -> Iterator[Event]:
        match wanted(key, self._watched.order(), self._standing):
            case Leave():
                self._over = True
                self._end("it was left")
            case Toggle():
                yield from self._go_on() if self._paused else self._pause("z or Enter goes on")
            case Look():
                yield from self._go_on()
                if self._stop is None:
                    self._watched.look()
                    self._wish = Wish()
            case Wish() as wish:
                yield from self._go_on()
                self._wish = wish
                self._end("something else was asked for")
            case Errand(deed=deed) as errand:
                self._errand = errand
                self._end(f"somebody is to {deed} it")
            case Noted() as note:
                yield note

    def _trip(self, culprit: Culprit) -> Iterator[Event]:
        """Let the walk come to its end, which sets off no other."""
        self._tripped = True
        yield from self._pause(
            f"{culprit.loop} keeps changing {culprit.path}, which it depends on: name it under "
            f"outputs or ignore. What is saved next is walked for all the same"
        )

    def _pause(self, reason: str) -> Iterator[Event]:
        self._paused = True
        yield Paused(reason)

    def _go_on(self) -> Iterator[Event]:
        if self._paused:
            self._paused = self._tripped = False
            self._breaker.forgive()
            yield Paused("")


_NOTHING = Saved((), 0.0)
