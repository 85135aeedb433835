"""Cancel: asked to stop, by whom, and how firmly."""

from __future__ import annotations

from itertools import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Cancel:
    """A request to stop that any thread or signal handler may make, once and for all.

    There is no lock, since a signal handler that waits for one its own thread holds waits for
    ever. Each hook is taken out of the dict in one atomic step, so one taker runs it, once.
    """

    def __init__(self, above: Cancel | None = None) -> None:
        self._above = above
        self._asked = False
        self._killed = False
        self._reason = ""
        self._hooks: dict[int, Callable[[], None]] = {}
        self._keys = count()

    def __bool__(self) -> bool:
        return self._asked

    @property
    def killed(self) -> bool:
        """No more grace: asked twice."""
        return self._killed or (self._above is not None and self._above.killed)

    @property
    def reason(self) -> str:
        """What was given when stopping was first asked for."""
        return self._reason

    def set(self, reason: str = "") -> None:
        if not self._asked:
            self._reason = reason
        self._asked = True
        self._fire()

    def kill(self, reason: str = "") -> None:
        """Ask without grace: what still runs is killed at once."""
        self._killed = True
        self.set(reason)

    def attach(self, hook: Callable[[], None]) -> Callable[[], None]:
        """Call `hook` once when stopping is asked for, at once if it was; returns how to detach."""
        key = next(self._keys)
        self._hooks[key] = hook
        # Looked at after the hook is in place: whichever of us and `set` comes second finds it.
        if self._asked and self._detach(key):
            hook()

        def detach() -> None:
            self._detach(key)

        return detach

    def _detach(self, key: int) -> bool:
        return self._hooks.pop(key, None) is not None

    def _fire(self) -> None:
        try:
            _, hook = self._hooks.popitem()
        except KeyError:
            return
        try:
            hook()
        finally:
            self._fire()
