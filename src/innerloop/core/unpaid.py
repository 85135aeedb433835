"""Loops that somebody named, and that did not run for money's sake."""

from __future__ import annotations

from innerloop.core.errors import LoopError
from innerloop.core.model import Outcome
from innerloop.core.money import for_money
from innerloop.core.text import listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from innerloop.core.model import Loop, Result
    from innerloop.core.money import Purse


def unpaid(
    results: Sequence[Result], loops: Sequence[Loop], purse: Purse, wanted: Collection[str]
) -> LoopError | None:
    """What to end with where one of the loops that are wanted was too dear; else None."""
    left = {one.loop: one for one in results if one.outcome is Outcome.DEFERRED}
    known = {loop.name: loop for loop in loops}
    dear = {name for name, one in left.items() if for_money(one.reason, known[name], purse)}
    causes = {name: _causes(name, left, known) & dear for name in left if name in wanted}
    named = [name for name, because in causes.items() if because]
    if not named:
        return None
    because = [name for name in left if any(name in causes[one] for one in named)]
    said = "; ".join(f"{name} {left[name].reason}" for name in because[:3])
    unnamed = [name for name in because if name not in purse.consent]
    hint = "raise 'spend' in loops.yaml"
    if unnamed:
        hint = f"name what is to be paid for, too: loop inner {' '.join((*unnamed, *named))}"
    return LoopError(f"{listing(named)} did not run for money: {said}", hint)


def _causes(name: str, left: Mapping[str, Result], loops: Mapping[str, Loop]) -> set[str]:
    """The loop, and those left as well that it comes after."""
    found = {name}
    for one in loops[name].after:
        if one in left:
            found |= _causes(one, left, loops)
    return found
