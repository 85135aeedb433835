"""The numbers that loops have left, for whoever shows or compares them."""

from __future__ import annotations

from innerloop.system import judging
from innerloop.system.history import measures

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.results import Measured, Metric
    from innerloop.core.trend import Numbers
    from innerloop.system.ground import Ground


class Kept:
    """What history and the pinned baselines have of them."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def of(self, run: str, loop: str) -> Measured | None:
        return measures.of(self._ground.store, run, loop)

    def metrics(self, loop: str, name: str, runs: tuple[str, ...]) -> dict[str, Metric]:
        points = measures.series(self._ground.store, loop, name, len(runs))
        wanted = frozenset(runs)
        return {point.run: point.metric for point in points if point.run in wanted}

    def baseline(self, loop: str) -> Measured | None:
        known = self._ground.loops.get(loop)
        return judging.baseline_of(self._ground, known) if known else None


def numbers(ground: Ground) -> Numbers:
    """The numbers of a project's history."""
    return Kept(ground)
