"""The project that is watched, as the session asks for it."""

from __future__ import annotations

import time
from typing import NamedTuple

from innerloop.cli.fix import mend
from innerloop.cli.purse import SAVED, purse
from innerloop.cli.run import debugged
from innerloop.cli.wiring import Project, streams
from innerloop.config.compiled import load
from innerloop.config.find import LOCAL, NAME
from innerloop.core.errors import LoopError
from innerloop.core.events import Reconfigured
from innerloop.core.plan import ENOUGH, Choice, chosen, known, ordered, unforeseen
from innerloop.core.text import listing
from innerloop.system.ground import Ground
from innerloop.system.here import Here
from innerloop.system.history import ledger
from innerloop.views.problems import explain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from innerloop.core.events import Saved
    from innerloop.core.job import Job
    from innerloop.core.model import Config, Loop, Plan
    from innerloop.core.watching import Wish
    from innerloop.core.world import Runner
    from innerloop.system.watch.watcher import Watcher
    from innerloop.system.watchdog import Watchdog

_SAMPLES = 20
_GRACE = (0.4, 1.0)
"""a save waits for what it ends: less patience than with somebody who has done nothing wrong"""


class Means(NamedTuple):
    """What a watch carries things out with."""

    warm: Runner
    cold: Runner
    watchdog: Watchdog
    aside: Callable[[], AbstractContextManager[None]]
    """the terminal is somebody else's while it lasts"""
    tty: Callable[[], tuple[int, int] | None]
    """rows and columns that commands are to believe in"""


class Workplace:
    """A `Watched`: one project, its configuration taken up as it changes."""

    def __init__(self, found: Project, names: tuple[str, ...], means: Means) -> None:
        self.found = found
        self.watcher: Watcher | None = None
        self._names = names
        self._means = means
        self._loops = self._chosen(found.ground.config)
        self._next: Config | None = None
        """what loops.yaml says by now, to be taken up before the next walk"""
        self._broken = False

    @property
    def loops(self) -> tuple[Loop, ...]:
        """Those that are watched, fastest first."""
        return self._loops

    def close(self) -> None:
        self.found.ground.store.close()

    # -- walks -------------------------------------------------------------------------------

    def clock(self) -> float:
        return time.time()

    def order(self) -> tuple[str, ...]:
        loops = self._chosen(self._next) if self._next else self._loops
        return tuple(loop.name for loop in loops)

    def plan(self, wish: Wish) -> Plan:
        self._take_up()
        ground = self.found.ground
        if wish.names:
            loops = ordered(known(self._loops, name) for name in wish.names)
        else:
            loops = self._loops
        budget = ground.config.watch_budget if wish.bounded else None
        names = self._names or wish.names
        paid = purse(self.found, wish.names, SAVED)
        choice = Choice(names, "", budget, bool(wish.names), strict=True, purse=paid)
        return unforeseen(loops, choice, self._passes)

    def world(self, wish: Wish) -> Here:
        self.found.ground.anew()
        return self._here(self._means.cold if wish.cold else self._means.warm)

    def like(self, loop: str) -> Job:
        """A job like those that the loop will be."""
        return self._here(self._means.warm).like(known(self._loops, loop))

    def _here(self, runner: Runner) -> Here:
        return Here(
            self.found.ground, runner, command="loop watch", tty=self._means.tty(), grace=_GRACE
        )

    def _passes(self, name: str) -> tuple[float, ...]:
        store = self.found.ground.store
        warm = ledger.seconds(store, name, _SAMPLES, warm=True)
        return warm if len(warm) >= ENOUGH else ledger.seconds(store, name, _SAMPLES)

    # -- saves -------------------------------------------------------------------------------

    def affected(self, loop: str, fingerprint: str, saved: Saved) -> bool:
        ground = self.found.ground
        asked = next((one for one in self._loops if one.name == loop), None)
        if asked is None:
            return False  # loops.yaml names it no more
        now = ground.prover.prove(asked).fingerprint if fingerprint else ""
        if now:
            beside = ground.inputs.beside(asked)
            return now != fingerprint or not set(beside).isdisjoint(saved.paths)
        return saved.everything or ground.inputs.touched(asked, saved.paths)

    def depends(self, loop: str, path: str) -> bool:
        # It may be of a loop that loops.yaml names no more.
        inputs = self.found.ground.inputs
        return any(one.name == loop and inputs.touched(one, [path]) for one in self._loops)

    def writes(self, loop: str) -> bool:
        return known(self._loops, loop).writes

    def reread(self, saved: Saved) -> Reconfigured | None:
        ground = self.found.ground
        watched = {NAME, LOCAL, ground.config.env_file}
        if not saved.everything and watched.isdisjoint(saved.paths):
            return None
        try:
            config = load(self.found.root, store=True).config
            loops = self._chosen(config)
            same = config == ground.config and ground.stands()
        except LoopError as error:
            self._broken = True
            return Reconfigured(self.order(), explain(error, colour=streams().colour))
        broken, self._broken = self._broken, False
        if same:
            undone, self._next = self._next is not None, None
            return Reconfigured(self.order()) if broken or undone else None
        self._next = config
        return Reconfigured(tuple(loop.name for loop in loops))

    def look(self) -> None:
        if self.watcher is not None:
            self.watcher.reconcile()

    # -- errands -----------------------------------------------------------------------------

    def errand(self, deed: str, loops: tuple[str, ...]) -> str:
        return self._fix(loops) if deed == "fix" else self._debug(loops)

    def _fix(self, loops: tuple[str, ...]) -> str:
        able = [loop for loop in self._loops if loop.name in loops and loop.fix is not None]
        if not able:
            return f"{', '.join(loops)} has no fix command: mend it by hand"
        with self._means.aside():
            codes = {loop.name: mend(self.found, loop, self._means.watchdog) for loop in able}
        left = [f"{name} (exit {code})" for name, code in codes.items() if code]
        done = [name for name, code in codes.items() if not code]
        said = [f"fixed {listing(done)}"] * bool(done) + [f"left by {one}" for one in left]
        return "; ".join(said)

    def _debug(self, loops: tuple[str, ...]) -> str:
        failed = [loop for loop in self._loops if loop.name in loops]
        able = [loop for loop in failed if loop.debug is not None]
        try:
            with self._means.aside():
                debugged(self.found, (able or failed)[0])
        except LoopError as error:
            return f"{error.message}: {error.hint}" if error.hint else error.message
        return ""

    # -- configuration -----------------------------------------------------------------------

    def _take_up(self) -> None:
        """Stand on what loops.yaml says by now, and the environment as it is by now."""
        ground = self.found.ground
        if self._next is None and ground.stands():
            return
        fresh = Ground(self.found.root, self._next or ground.config, write=True)
        loops = self._chosen(fresh.config)
        if self.watcher is not None:
            try:
                self.watcher.follow(fresh, loops)
            except BaseException:
                fresh.store.close()
                raise
        self.found, self._loops, self._next = Project(self.found.root, fresh), loops, None
        ground.store.close()

    def _chosen(self, config: Config) -> tuple[Loop, ...]:
        return chosen(config.loops, Choice(self._names))
