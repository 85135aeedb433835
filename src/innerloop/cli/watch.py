"""loop watch: the walk at every save."""

from __future__ import annotations

import gc
import os
from contextlib import ExitStack, closing
from queue import SimpleQueue
from typing import NamedTuple

from innerloop.cli.desk import desk
from innerloop.cli.inner import proven, sent_back
from innerloop.cli.watched import Means, Workplace
from innerloop.cli.wiring import caution, project, streams
from innerloop.core.events import Noted, Rested, WalkFinished
from innerloop.core.model import Outcome
from innerloop.core.warm import off
from innerloop.engine.cancel import Cancel
from innerloop.engine.session import session
from innerloop.engine.walk import Asked
from innerloop.system import handoff
from innerloop.system.desktop import notify
from innerloop.system.last import Last
from innerloop.system.reaper import sweep
from innerloop.system.runners.dmypy import Dmypy
from innerloop.system.runners.local import local
from innerloop.system.runners.warm import Warm, unwarmed
from innerloop.system.signals import code, signals
from innerloop.system.watch.watcher import Watcher
from innerloop.system.watchdog import Watchdog
from innerloop.views.notice import Notice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from innerloop.core.events import Event
    from innerloop.core.job import Job
    from innerloop.core.world import Runner
    from innerloop.engine.crew import Inbox
    from innerloop.system.ground import Ground

    class Keeper(Protocol):
        """Whoever keeps something warm."""

        def expect(self, job: Job) -> bool: ...


class Flags(NamedTuple):
    """What the command line said."""

    names: tuple[str, ...] = ()
    form: str = ""
    cold: bool = False


def watch(flags: Flags, words: list[str]) -> int:
    """Watch until it is left: 0 then, or the code of the signal that ended it."""
    inbox: Inbox = SimpleQueue()
    cancel = Cancel()
    asked = Asked(command=" ".join(("loop", *words)))
    with project(write=True) as found, ExitStack() as stack:
        caution(found)
        taken = stack.enter_context(signals(cancel))
        dog = stack.enter_context(Watchdog(found.ground.session))
        cold = unwarmed(local(dog))
        keepers: tuple[Keeper, ...] = ()
        warm: Runner = cold
        if not flags.cold and not off(os.environ):
            standbys = stack.enter_context(closing(Warm(found.ground.state, dog, root=found.root)))
            daemons = stack.enter_context(closing(Dmypy(standbys, found.ground.state, dog)))
            warm = daemons
            keepers = (daemons, standbys)
        seat = desk(flags.form, streams(), found.root, inbox)
        place = Workplace(found, flags.names, Means(warm, cold, dog, seat.aside, seat.tty))
        stack.callback(place.close)
        watcher = stack.enter_context(closing(Watcher(found.ground, place.loops, inbox.put)))
        watcher.start()
        # What has been read by now stays: to look through it again and again for garbage takes as
        # long as all the rest of an answer.
        gc.freeze()
        place.watcher = watcher
        # Last in, first out: the terminal is given back before anything is waited for.
        stack.enter_context(closing(seat))
        taken.around(seat.pause, seat.resume)
        notice = Notice(os.path.basename(found.root), seat.ring, notify, os.environ)
        last = Last()
        events = session(place, inbox, cancel=cancel, asked=asked)
        sent_back(place.found.root, lambda text: inbox.put(Noted(text)))
        for happened in stack.enter_context(closing(events)):
            event = place.found.ground.veil.over(happened)
            try:
                last(place.found.ground, event)
                _handed(place.found.ground, event)
            except OSError as error:
                # A full disk, say: whoever watches need not be left alone for that.
                inbox.put(Noted(f"cannot write below .loop: {error.strerror}"))
            seat(event)
            notice(event)
            _after(place, event, keepers)
            if isinstance(event, Rested):
                sent_back(place.found.root, lambda text: inbox.put(Noted(text)))
    return code(cancel.reason) if cancel else 0


def _handed(ground: Ground, event: Event) -> None:
    if isinstance(event, WalkFinished):
        handoff.write(ground, event.run)


def _after(place: Workplace, event: Event, keepers: tuple[Keeper, ...]) -> None:
    """What is left of a walk: others are told of it, nothing of it still runs."""
    match event:
        case WalkFinished(run=run):
            if any(one.exit_code is not None for one in run.results):
                sweep(place.found.ground.walk)
        case Rested(run=run):
            proven(place.found, run)
            # What ran has seen to the next time by itself.
            for one in run.results if keepers else ():
                if one.outcome is Outcome.CACHED:
                    job = place.like(one.loop)
                    any(keeper.expect(job) for keeper in keepers)
