"""loop doctor: what is slow, never hits the ledger, is flaky, or writes its own inputs."""

from __future__ import annotations

from innerloop.cli.wiring import project, streams
from innerloop.core.errors import ExitCode
from innerloop.core.health import Habits, ailments
from innerloop.system.history import habits
from innerloop.system.warm.learned import complaints

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.cli.wiring import Project
    from innerloop.core.model import Loop


def doctor() -> int:
    """Print what history says is wrong with the loops, each with what to do about it."""
    with project(write=False, warn=False) as found:
        shown = streams()
        python = found.ground.python
        shown.out(f"Python: {python.interpreter or 'none found'} ({python.source})")
        ill = 0
        for loop in found.ground.config.loops:
            cold = complaints(found.ground.state, loop.name)
            for said in (*ailments(loop, _habits(found, loop)), *_now(found, loop), *cold):
                ill += 1
                shown.out(f"{loop.name}: {said}")
        if not ill:
            shown.out("nothing is wrong that history can tell")
    return ExitCode.OK


def _habits(found: Project, loop: Loop) -> Habits:
    return habits.of(found.ground.store, loop.name)


def _now(found: Project, loop: Loop) -> tuple[str, ...]:
    """What shows without history: patterns that match nothing, programs not there."""
    proof = found.ground.prover.prove(loop)
    missing = [name for name, value in proof.ingredients.programs.items() if value == "not found"]
    lost = [f"there is no program {name!r} on PATH" for name in missing]
    return (*proof.warnings, *lost)
