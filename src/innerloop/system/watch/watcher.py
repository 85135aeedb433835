"""The watcher: posts every change of content below the root, and says what is the matter with it.

One thread asks the kernel's bell some hundred times a second while somebody works, and fewer times
else. What it hears is a hint: what counts is whether a file holds something else than before.
"""

from __future__ import annotations

import os
import threading
import time

from innerloop.core.errors import LoopError
from innerloop.core.events import Noted, Saved
from innerloop.system.watch.busy import Busy
from innerloop.system.watch.gate import Gate
from innerloop.system.watch.post import Post
from innerloop.system.watch.settle import MANY, settled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from innerloop.core.events import Event
    from innerloop.core.model import Loop
    from innerloop.system.ground import Ground
    from innerloop.system.watch.gate import Change
    from innerloop.system.watch.post import News

_QUICK, _SLOW = 0.005, 0.02
"""seconds between two questions: each costs as much as a hundredth of a second of a core's each
second at ten milliseconds, so they come quickly only while somebody works"""
_AWAKE = 20.0
"""how long after something happened that is"""
_BELIEF = 0.02
"""a file that is gone, empty or new is believed to be so when it still is after this"""
_MOST = 500
"""changes that are still told one by one"""
_AFTERMATH, _LATEST = 1.0, 10.0
"""after so long a quiet, or so long without one, everything is looked at: the kernel drops in
silence what it has no room for"""
_POLL = 0.3
_SHARE = 20
"""looking at files in turn may take one part in so many of a core"""
_RETRY, _RETRY_MOST = 0.1, 2.0
_BELIEVABLE = 2.0
"""seconds that a file's own time may be past, to be believed to be that of the save"""
_GONE = "the project's folder is gone: waiting for it to come back"
_NEVER = float("inf")


class Watcher:
    """Posts `Saved` for every change of content below the root, and `Noted` about itself."""

    def __init__(
        self, ground: Ground, loops: Sequence[Loop], post: Callable[[Event], None]
    ) -> None:
        self._ground = ground
        self._loops = loops
        self._tell = post
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None
        self._over = False
        self._noted = ""
        self._awake = 0.0
        self._burst = _NEVER
        """when what happened first since everything was looked at has to be followed by that"""
        self._look_at = self._poll_at = _NEVER
        self._doubtful: set[str] = set()
        self._doubt = _NEVER
        """when those are to be looked at"""
        self._retry = 0.0
        """how long to wait before the next attempt; 0: nothing is wrong"""

    def start(self) -> None:
        """Watch from here on: what is there now is what changes are told from."""
        self._stand(self._ground, self._loops)
        self._thread = threading.Thread(target=self._watch, name="watcher", daemon=True)
        self._thread.start()

    def follow(self, ground: Ground, loops: Sequence[Loop]) -> None:
        """Watch for these loops from now on, on this ground; what changed meanwhile is told."""
        with self._lock:
            before, old = self._gate, self._post
            self._stand(ground, loops)
            old.close()
            self._say(self._gate.since(before))

    def reconcile(self) -> None:
        """Look at everything once more, and tell what changed, whatever the kernel told."""
        with self._lock:
            if self._retry:
                return
            try:
                self._everything()
            except LoopError as error:
                self._lose(error.message)

    def close(self) -> None:
        """Stop watching: no thread and no descriptor is left."""
        self._over = True
        if self._thread is not None:
            self._thread.join()
            self._post.close()

    def _stand(self, ground: Ground, loops: Sequence[Loop]) -> None:
        """All of it or, where something raises, none."""
        busy = Busy(ground.root)
        rules = busy.rules()
        gate = Gate(ground, loops)
        post = Post(gate, poll=_polling())
        try:
            change = gate.look(post.arm())
        except BaseException:
            post.close()
            raise
        self._ground, self._loops = ground, loops
        self._busy, self._rules = busy, rules
        self._gate, self._post = gate, post
        self._heed(change)
        self._note(self._post.deaf)
        self._poll_at = self._next_poll(0.0)

    # -- the thread --------------------------------------------------------------------------

    def _watch(self) -> None:
        while not self._over:
            time.sleep(_QUICK if time.monotonic() < self._awake else _SLOW)
            try:
                self._turn(time.monotonic())
            except LoopError as error:
                self._lose(error.message)
            except Exception as error:  # noqa: BLE001 - whatever it is, the watch goes on
                self._lose(f"watching failed, and begins again: {error!r}")

    def _turn(self, now: float) -> None:
        if self._retry:
            if now >= self._look_at:
                self._return()
            return
        if now >= self._doubt:
            with self._lock:
                self._doubt = _NEVER
                doubtful, self._doubtful = self._doubtful, set()
                self._look(doubtful)
        news = self._post.news()
        if news.any():
            self._awake = now + _AWAKE
            self._burst = min(self._burst, now + _LATEST)
            self._take(news)
            if not self._retry:
                self._look_at = min(time.monotonic() + _AFTERMATH, self._burst)
        elif now >= self._look_at:
            self._look_at = self._burst = _NEVER
            self.reconcile()
        elif now >= self._poll_at:
            self._poll()

    def _take(self, news: News) -> None:
        post = self._post
        news = settled(news, post.news, self._busy, self._pass)
        with self._lock:
            if not os.path.isdir(self._ground.root):
                self._lose(_GONE)
            elif news.anything or len(news.paths) > MANY or post is not self._post:
                self._everything(self._post.rearm())
            else:
                doubtful = self._gate.doubtful(news.paths)
                if doubtful:
                    self._doubtful |= doubtful
                    self._doubt = time.monotonic() + _BELIEF
                more = self._post.rearm() if news.folders else set()
                self._look((news.paths - doubtful) | more)

    def _poll(self) -> None:
        """Look at what the kernel does not tell of."""
        began = time.monotonic()
        with self._lock:
            if not os.path.isdir(self._ground.root):
                self._lose(_GONE)
                return
            self._look(self._post.swept(self._post.silent()))
            self._poll_at = self._next_poll(time.monotonic() - began)

    def _next_poll(self, took: float) -> float:
        if not self._post.silent():
            return _NEVER
        delay = os.environ.get("WATCHFILES_POLL_DELAY_MS", "")
        least = int(delay) / 1000 if delay.isdigit() else _POLL
        return time.monotonic() + max(least, took * _SHARE)

    # -- looking -----------------------------------------------------------------------------

    def _everything(self, more: Iterable[str] = ()) -> None:
        rules = self._busy.rules()
        anew, self._rules = rules != self._rules, rules
        # Also what lay in folders that are no more.
        paths = self._post.swept(tuple(self._post.places.folders)).union(self._gate.known, more)
        self._look(paths, anew=anew)

    def _look(self, paths: set[str], *, anew: bool = False) -> None:
        self._heed(self._gate.look(paths, anew=anew))

    def _heed(self, change: Change) -> None:
        self._say(change)
        if change.elsewhere:
            self._say(self._gate.look(self._post.arm()))

    def _say(self, change: Change) -> None:
        if not change.paths:
            return
        now = time.time()
        at = change.at if now - _BELIEVABLE < change.at < now else now
        if len(change.paths) > _MOST:
            self._ground.tree.stale()
            self._tell(Saved((), at, everything=True))
        else:
            self._tell(Saved(tuple(sorted(change.paths)), at))

    # -- what is the matter ------------------------------------------------------------------

    def _note(self, message: str) -> None:
        """Say what is the matter from now on; the empty text: nothing."""
        if message != self._noted:
            self._noted = message
            self._tell(Noted(message, lasting=True))

    def _pass(self, message: str) -> None:
        """Say what is the matter for a moment; the empty text: it is over."""
        self._tell(Noted(message))

    def _lose(self, message: str) -> None:
        """There is nothing to watch, or no way to: try again, at longer and longer intervals."""
        self._retry = min(max(_RETRY, self._retry * 2), _RETRY_MOST)
        self._look_at = time.monotonic() + self._retry
        self._note(message)

    def _return(self) -> None:
        """Begin again, where that is possible by now."""
        with self._lock:
            if not os.path.isdir(self._ground.root):
                self._lose(self._noted)
                return
            old = self._post
            # What was seen before it went must not be taken for what is there now.
            self._ground.tree.stale()
            self._stand(self._ground, self._loops)
            old.close()
            self._retry = 0.0
            self._look_at = self._burst = _NEVER
            self._ground.tree.stale()
            self._tell(Saved((), time.time(), everything=True))


def _polling() -> bool:
    """Whether somebody has said so, as one says it to watchfiles."""
    said = os.environ.get("WATCHFILES_FORCE_POLLING", "").lower()
    return said not in {"", "0", "false", "disable", "disabled"}
