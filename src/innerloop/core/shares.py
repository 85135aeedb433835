"""How many rows of each stratum are taken."""

from __future__ import annotations

import math
from fractions import Fraction
from heapq import heapify, heappop, heappush

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from innerloop.core.sampling import Amount

_STEP = 1 << 64


def shares(counts: Mapping[str, int], amount: Amount) -> dict[str, int]:
    """How many rows of each stratum are taken, of strata of these sizes.

    Adams' method: the same fraction of each, rounded up. Where a number of rows is asked for it
    is the largest fraction that gives no more; what is left goes, a row each, to where a further
    row comes next. So no stratum ever loses a row when more are asked for.
    """
    if amount.fraction:
        part = Fraction(amount.fraction)
        return {name: math.ceil(count * part) for name, count in counts.items()}
    total = sum(counts.values())
    wanted = total if amount.rows is None else amount.rows
    if wanted >= total:
        return dict(counts)
    found = _under(counts, wanted)
    left = wanted - sum(found.values())
    order = [(Fraction(found[name], n), -n, name) for name, n in counts.items() if found[name] < n]
    heapify(order)
    for _ in range(left):
        _, size, name = heappop(order)
        found[name] += 1
        if found[name] < -size:
            heappush(order, (Fraction(found[name], -size), size, name))
    return found


def _under(counts: Mapping[str, int], wanted: int) -> dict[str, int]:
    """The same fraction of each, rounded up, that gives at most so many."""
    low, high = 0, _STEP
    while high - low > 1:
        middle = (low + high) // 2
        if sum(-(-count * middle // _STEP) for count in counts.values()) <= wanted:
            low = middle
        else:
            high = middle
    return {name: -(-count * low // _STEP) for name, count in counts.items()}
