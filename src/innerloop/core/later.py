"""What a hook says of the loops that it leaves for later, and how to have them checked."""

from __future__ import annotations

from innerloop.core.model import Outcome, Verdict
from innerloop.core.proposal import duration
from innerloop.core.text import listing, seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from innerloop.core.model import Hook, Loop, Run


def later(
    run: Run, loops: Mapping[str, Loop], name: str, hook: Hook, new: Collection[str] = ()
) -> str:
    """Lines to say, none where everybody knows: of a cycle declared to be over the budget, once.

    `new`: loops that were never left for later before.
    """
    left = [loops[one.loop] for one in run.results if one.outcome is Outcome.DEFERRED]
    budget = hook.budget
    if budget is None or run.verdict in {Verdict.RED, Verdict.INTERRUPTED}:
        return ""
    if not any(one.guessed or one.cycle <= budget or one.name in new for one in left):
        return ""
    names = [one.name for one in left]
    them = "it" if len(left) == 1 else "them"
    said = (
        f"left for later: {listing(names, 8)}. 'loop inner' checks {them} now. To have {name} do "
        f"so, give it more than {seconds(budget)} in loops.yaml, or name what has to run:\n"
        f"  hook: {{{name}: {{budget: {duration(2 * budget)}, always: [{names[0]}]}}}}"
    )
    guessed = [f"{one.name} (~{seconds(one.cycle)})" for one in left if one.guessed]
    if not guessed:
        return said
    return f"{said}\nguessed, so write what it is: the cycle of {listing(guessed, 8)}"
