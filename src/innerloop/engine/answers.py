"""Answers: how long it took from a save to the first failure, or to the verdict."""

from __future__ import annotations

from statistics import median

from innerloop.core.events import Rested

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.model import Run

_KEPT = 200


class Answers:
    """A stopwatch that starts at the oldest save which has no answer yet."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._failed: float | None = None
        self._took: list[float] = []

    def saved(self, at: float) -> None:
        self._since = at if self._since is None else self._since

    def begin(self) -> None:
        """A walk begins: what it says first is the answer."""
        self._failed = None

    def failed(self, at: float) -> None:
        self._failed = at if self._failed is None else self._failed

    def rested(self, run: Run, now: float) -> Rested:
        """The walk is over; with it what was waited for."""
        since, self._since = self._since, None
        took = 0.0
        if since is not None:
            took = max((self._failed or now) - since, 0.0)
            self._took = [*self._took, took][-_KEPT:]
        return Rested(run, took, median(self._took) if self._took else 0.0, len(self._took))
