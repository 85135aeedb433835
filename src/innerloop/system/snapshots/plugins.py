"""Which packages are installed where a loop's pytest runs: its plugins are among them."""

from __future__ import annotations

from innerloop.system.packages import sites

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.fingerprint import Proof
    from innerloop.system.ground import Ground


def installed(ground: Ground, proof: Proof) -> frozenset[str]:
    """Their names, in small letters and with underscores."""
    # Of a loop that is never cached nothing is proven.
    names = proof.ingredients.packages or [
        name.partition("-")[0]
        for site in sites(ground.python.interpreter)
        for name in ground.tree.listdir(site)
        if name.endswith(".dist-info")
    ]
    return frozenset(name.lower().replace("-", "_") for name in names)
