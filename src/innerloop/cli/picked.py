"""Which loop is meant where a command is about one: of a ladder the rung to look at first."""

from __future__ import annotations

from innerloop.cli.wiring import streams
from innerloop.core.ladder import named
from innerloop.system.history import runs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.cli.wiring import Project
    from innerloop.core.model import Loop

_RECENT = 20


def picked(found: Project, name: str) -> Loop:
    """The loop of that name; of a ladder the rung that failed last, else the lowest."""
    rungs = named(found.ground.config.loops, name)
    if len(rungs) == 1:
        return rungs[0]
    failed = failing(found)
    loop = next((one for one in rungs if one.name in failed), rungs[0])
    why = "which failed last" if loop.name in failed else "its lowest rung"
    streams().err(f"{name}: {loop.name}, {why}")
    return loop


def failing(found: Project) -> tuple[str, ...]:
    """The loops whose latest verdict is a failure."""
    latest: dict[str, bool] = {}
    for run in runs.recent(found.ground.store, _RECENT):
        for result in runs.found(found.ground.store, run.id).results:
            if result.red or result.green:
                latest.setdefault(result.loop, result.red)
    return tuple(name for name, red in latest.items() if red)
