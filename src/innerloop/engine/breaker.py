"""The breaker: stops a watch that a loop sets off again and again by what it writes itself."""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

WINDOW = 10.0
STRIKES = 3
_QUICK = 1.0
"""seconds from a loop's start to its write, so few that a short pause tells who wrote"""
_LEAST_PAUSE = 0.3


class Strike(NamedTuple):
    """A file changed while a loop ran that depends on it."""

    at: float
    after: float
    """seconds from the loop's start"""
    whole: bool
    """the loop was not ended for it"""


class Culprit(NamedTuple):
    """A loop that sets itself off, and by which file."""

    loop: str
    path: str


class Breaker:
    """Told of every run and every save; says when a loop must be setting itself off.

    Nobody can tell who wrote a file. But one that changes in run after run, as long after the
    start each time, and in no pause between them, is nobody's work but the loop's. Of a file that
    was ever saved in such a pause, that takes longer to believe.
    """

    def __init__(self) -> None:
        self._runs: dict[str, tuple[float, float | None]] = {}
        self._others: set[str] = set()
        self._strikes: dict[Culprit, list[Strike]] = {}
        self._pause = 0.0

    def started(self, loop: str, at: float) -> None:
        self._runs[loop] = (at, None)

    def ended(self, loop: str, at: float) -> None:
        if loop in self._runs:
            self._runs[loop] = (self._runs[loop][0], at)

    def forgive(self) -> None:
        """Somebody has looked at it: count from the beginning."""
        self._strikes.clear()

    def suspected(self, loop: str) -> bool:
        return any(one.loop == loop for one in self._strikes)

    def doubt(self) -> float:
        """Seconds not to run anything for, to see who it is that writes; asked once each."""
        pause, self._pause = self._pause, 0.0
        return pause

    def saved(
        self,
        paths: Iterable[str],
        at: float,
        depends: Callable[[str, str], bool],
        *,
        whole: bool,
    ) -> Culprit | None:
        """Who must be setting itself off; None while that may be chance."""
        ran = {loop: at - self._runs[loop][0] for loop in self._runs if self._ran(loop, at)}
        found = None
        for path in paths:
            by = {Culprit(loop, path): after for loop, after in ran.items() if depends(loop, path)}
            if not by:
                self._others.add(path)
            self._acquit(path, by)
            for culprit, after in by.items():
                if self._strike(culprit, Strike(at, after, whole)):
                    found = culprit
        return found

    def _acquit(self, path: str, by: Iterable[Culprit]) -> None:
        """Who did not run when the file changed did not change it the other times either."""
        kept = set(by)
        for one in [one for one in self._strikes if one.path == path and one not in kept]:
            del self._strikes[one]

    def _strike(self, culprit: Culprit, new: Strike) -> bool:
        before = self._strikes.get(culprit, [])
        alike = all(_alike(one.after, new.after) for one in before[-STRIKES:])
        strikes = self._strikes[culprit] = [*before, new] if alike else [new]
        quick = [one for one in strikes if one.after <= _QUICK and new.at - one.at <= WINDOW]
        if len(quick) >= STRIKES - 1:
            self._pause = max(_LEAST_PAUSE, new.after * 1.5)
        most = STRIKES * (2 if culprit.path in self._others else 1)
        return len(quick) >= most or sum(1 for one in strikes if one.whole) >= most

    def _ran(self, loop: str, at: float) -> bool:
        start, end = self._runs[loop]
        return start <= at and (end is None or at <= end)


def _alike(one: float, other: float) -> bool:
    return abs(one - other) <= max(0.2, min(one, other))
