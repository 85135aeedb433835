"""The folder of results that pytest empties as it starts: one loop at a time may have it."""

from __future__ import annotations

from innerloop.core.snapshots import below, runs_pytest
from innerloop.system.snapshots.plugins import installed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.fingerprint import Proof
    from innerloop.core.model import Loop
    from innerloop.system.ground import Ground


def shared(ground: Ground, loop: Loop, proof: Proof) -> str | None:
    """The folder, from the root, whose results a run of the loop would empty; None: none.

    snappylapy does so wherever it is installed, for tests that know nothing of it as well, and in
    every folder below: the outermost folder that some loop runs pytest in stands for all of it.
    """
    if not runs_pytest(loop.run) or "snappylapy" not in installed(ground, proof):
        return None
    folders = [one.cwd for one in ground.config.loops if runs_pytest(one.run)]
    return min((cwd for cwd in folders if cwd == loop.cwd or below(loop.cwd, cwd)), key=len)
