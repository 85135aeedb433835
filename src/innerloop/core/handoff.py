"""The hand-off: whether a walk proved enough for the outer loop to begin."""

from __future__ import annotations

from innerloop.core.model import Outcome, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from innerloop.core.model import Loop, Result, Run


def complete(loops: Sequence[Loop], run: Run) -> bool:
    """Whether the walk is green, and about every loop that has to pass."""
    proven = {one.loop for one in run.results if _proven(one)}
    needed = {loop.name for loop in loops if loop.required and loop.auto}
    # Where there was nothing to check in any of them, nothing is proven.
    checked = needed & {one.loop for one in run.results if one.green}
    return run.verdict is Verdict.GREEN and bool(checked) and needed <= proven


def _proven(result: Result) -> bool:
    # What a warm process said is good enough to go on with, not to deploy.
    nothing = result.outcome is Outcome.SKIPPED and result.empty
    return nothing or (result.green and not result.warm)
