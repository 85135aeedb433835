"""What nobody will ask for any more, dropped now and then: the old logs, manifests and patches."""

from __future__ import annotations

from innerloop.core.noted import numbered
from innerloop.system import state
from innerloop.system.history import ledger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.system.ground import Ground

_EVERY = 100
_KEPT = 200
"""runs whose logs are kept, newest first"""


def swept(ground: Ground, run: int) -> None:
    """Sweep, where it is the turn of this run to do so."""
    if run % _EVERY:
        return
    from innerloop.system import patches  # noqa: PLC0415 - now and then
    from innerloop.system.history import lineages  # noqa: PLC0415 - likewise

    with ground.store.transaction() as connection:
        lineages.prune(connection, {one.name for one in ground.config.loops if numbered(one)})
        ledger.sweep(connection)
    patches.prune(ground.state, lineages.patches(ground.store))
    state.prune(ground.root, ledger.runs_with_out(ground.store), run, _KEPT)
