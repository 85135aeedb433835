"""loop doctor: what is slow, never hits the ledger, is flaky, or writes its own inputs."""

from __future__ import annotations

from innerloop.cli.wiring import project, streams
from innerloop.core.errors import ExitCode
from innerloop.core.health import Habits, ailments
from innerloop.core.hook import NAMES
from innerloop.core.text import listing
from innerloop.system import hookpath, hooks
from innerloop.system.history import habits
from innerloop.system.snapshots.ills import ills
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
        ill = _hooks(found) if found.ground.tree.in_git else 0
        for loop in found.ground.config.loops:
            cold = complaints(found.ground.state, loop.name)
            kept = ills(found.ground, loop)
            for said in (*ailments(loop, _habits(found, loop)), *_now(found, loop), *cold, *kept):
                ill += 1
                shown.out(f"{loop.name}: {said}")
        if not ill:
            shown.out("nothing is wrong that history can tell")
    return ExitCode.OK


def _hooks(found: Project) -> int:
    """Say which hooks are installed; how many have something wrong."""
    place = hookpath.place(found.root)
    if isinstance(place, hookpath.Foreign):
        streams().out(f"hooks: {place.message}")
        return 0
    installed, ill = [], 0
    for name in NAMES:
        there, wrong = hooks.ailing(place.folder, name)
        installed += [name] if there else []
        if wrong:
            ill += 1
            streams().out(f"{name} hook: {wrong}")
    streams().out(f"hooks: {listing(installed) or 'none (loop hook install)'}")
    return ill


def _habits(found: Project, loop: Loop) -> Habits:
    return habits.of(found.ground.store, loop.name)


def _now(found: Project, loop: Loop) -> tuple[str, ...]:
    """What shows without history: patterns that match nothing, programs not there."""
    proof = found.ground.prover.prove(loop)
    missing = [name for name, value in proof.ingredients.programs.items() if value == "not found"]
    lost = [f"there is no program {name!r} on PATH" for name in missing]
    return (*proof.warnings, *lost)
