"""The numbers that loops have left, for whoever shows or compares them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.results import Measured, Metric
    from innerloop.core.trend import Numbers
    from innerloop.system.ground import Ground


class Unmeasured:
    """No loop leaves any yet: `results` is refused in loops.yaml."""

    def of(self, run: str, loop: str) -> Measured | None:
        del run, loop
        return None

    def metrics(self, loop: str, name: str, runs: tuple[str, ...]) -> dict[str, Metric]:
        del loop, name, runs
        return {}

    def baseline(self, loop: str) -> Measured | None:
        del loop
        return None


def numbers(ground: Ground) -> Numbers:
    """The numbers of a project's history."""
    del ground
    return Unmeasured()
