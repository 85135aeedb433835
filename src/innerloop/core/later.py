"""What a hook says of the loops that it leaves for later, and how to have them checked."""

from __future__ import annotations

from innerloop.core.model import Outcome, Verdict
from innerloop.core.proposal import duration
from innerloop.core.text import listing, seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from innerloop.core.model import Hook, Loop, Run


def later(
    run: Run, loops: Mapping[str, Loop], name: str, hook: Hook, new: Collection[str] = ()
) -> str:
    """Lines to say, none where everybody knows: of a cycle declared to be over the budget, once.

    `new`: loops that were never left for later before.
    """
    left = [loops[one.loop] for one in run.results if one.outcome is Outcome.DEFERRED]
    dear = _dear(left)
    cheap = [one for one in left if one.name not in dear]
    budget = hook.budget
    if budget is None or run.verdict in {Verdict.RED, Verdict.INTERRUPTED}:
        return ""
    said = []
    if any(one.guessed or one.cycle <= budget or one.name in new for one in cheap):
        said += _slow(cheap, name, budget)
    if any(one in new for one in dear):
        said.append(
            f"never in a hook, since it costs: {listing(dear, 8)}. "
            f"'loop inner {' '.join(dear)}' runs {_them(dear)}"
        )
    return "\n".join(said)


def _dear(left: Sequence[Loop]) -> list[str]:
    """Those that no hook ever runs: they cost, or come after one that does."""
    found: list[str] = []
    for loop in left:
        if loop.cost or any(one in found for one in loop.after):
            found.append(loop.name)
    return found


def _slow(left: Sequence[Loop], name: str, budget: float) -> list[str]:
    names = [one.name for one in left]
    lines = [
        (
            f"left for later: {listing(names, 8)}. 'loop inner' checks {_them(names)} now. To have "
            f"{name} do so, give it more than {seconds(budget)} in loops.yaml, "
            "or name what has to run:"
        ),
        f"  hook: {{{name}: {{budget: {duration(2 * budget)}, always: [{names[0]}]}}}}",
    ]
    guessed = [f"{one.name} (~{seconds(one.cycle)})" for one in left if one.guessed]
    if guessed:
        lines.append(f"guessed, so write what it is: the cycle of {listing(guessed, 8)}")
    return lines


def _them(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"
