"""The numbers that loops have left, for whoever shows or compares them."""

from __future__ import annotations

from innerloop.core import baseline
from innerloop.core.errors import LoopError
from innerloop.core.paired import Unlike, difference
from innerloop.core.pooled import spread
from innerloop.core.reading.strict import Unreadable
from innerloop.core.results import Metric
from innerloop.core.statistics import Missing
from innerloop.system import judging
from innerloop.system.history import measures
from innerloop.system.left import content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.baseline import Pinned
    from innerloop.core.model import Loop
    from innerloop.core.results import Measured
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


def numbers(ground: Ground) -> Numbers:
    """The numbers of a project's history."""
    return Kept(ground)


def pinned(ground: Ground, loop: Loop) -> Pinned:
    """What is pinned for a loop, its metrics computed; a `LoopError` where nothing can be read."""
    path = judging.place(ground, loop)
    hint = f"loop accept {loop.name} -m WHY"
    try:
        found = baseline.read(content(f"{ground.root}/{path}").data)
    except FileNotFoundError:
        raise LoopError(f"nothing is pinned for {loop.name!r}", hint) from None
    except Unreadable as error:
        raise LoopError(f"the baseline {path} cannot be read: {error}", hint) from error
    if found.origin.loop != loop.name:
        raise LoopError(f"the baseline {path} is one of the loop {found.origin.loop!r}", hint)
    return found._replace(measured=spread(found.measured))


def between(before: Measured, after: Measured, metric: str) -> Metric | None:
    """The difference of a metric over the examples of both, with its interval."""
    if not before.examples or not after.examples:
        return None
    try:
        found = difference(before.examples, after.examples, metric)
    except Missing:
        return None
    if isinstance(found, Unlike):
        return None
    return Metric(metric, found.value, found.n, found.low, found.high)
