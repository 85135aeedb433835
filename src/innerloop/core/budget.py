"""The budget of a walk: what does not fit, and how long a loop that nobody has measured may try."""

from __future__ import annotations

from innerloop.core.text import seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.model import Plan, Step


def over_budget(plan: Plan, spent: float, step: Step, deferred: str) -> str:
    """Why a step has to wait for another day; empty where it fits, or may try.

    The first step always runs, unless the plan is strict: a budget nothing fits in would answer
    nothing.
    """
    budget, length = plan.budget, step.expected
    if budget is None or step.loop.name in plan.always:
        return ""
    if deferred:
        return f"comes after {deferred}, which is deferred"
    if step.tried is not None:
        return _hopeless(budget, spent, step.loop.cycle, step.tried)
    if (spent or plan.strict) and spent + length > budget:
        return f"over the budget of {seconds(budget)} by {seconds(spent + length - budget)}"
    return ""


def _hopeless(budget: float, spent: float, guess: float, tried: float) -> str:
    """Why there is no point in trying what may take just as long as anybody guesses."""
    if guess > budget:
        return f"guessed to take {seconds(guess)}, over the budget of {seconds(budget)}"
    # With twice as much time it may come to an end; with hardly more than last time, hardly.
    if 2 * tried > budget:
        return f"not done after {seconds(tried)} when it tried, and the budget is {seconds(budget)}"
    return f"over the budget of {seconds(budget)}" if spent >= budget else ""


def given(plan: Plan, spent: float, step: Step) -> Step:
    """The step as it is started: one that nobody has measured has what is left of the budget."""
    if step.tried is None or plan.budget is None:
        return step
    left = plan.budget - spent
    if left >= step.loop.timeout:
        return step
    return step._replace(loop=step.loop._replace(timeout=left), given=left)
