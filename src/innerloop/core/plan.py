"""The plan: which loops, in what order, within what budget, and why."""

from __future__ import annotations

from typing import NamedTuple

from innerloop.core.budget import over_budget
from innerloop.core.failing import with_known
from innerloop.core.ladder import base, feeding, named
from innerloop.core.model import Action, Plan, Step
from innerloop.core.money import Purse, price, refused
from innerloop.core.text import ago

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from innerloop.core.failing import Failing
    from innerloop.core.fingerprint import Proof
    from innerloop.core.model import Loop
    from innerloop.core.world import Passed

NOTHING = "no file to hand over"
"""why a step is skipped that holds nothing up: there was nothing for it to find"""
_HOLDING = {Action.SKIP: "does not run", Action.DEFER: "is deferred"}
ENOUGH = 5
"""a median of fewer passes than this says less than the declared cycle"""


class Choice(NamedTuple):
    """What the command line asked for."""

    names: tuple[str, ...] = ()
    until: str = ""
    budget: float | None = None
    force: bool = False
    strict: bool = False
    always: tuple[str, ...] = ()
    """loops that run whatever the budget"""
    purse: Purse = Purse()
    tries: bool = False
    """what nobody has measured may try, for as long as the budget lasts"""


def known(loops: Sequence[Loop], name: str) -> Loop:
    """The loop of that name, of a ladder its highest rung; a `LoopError` where there is none."""
    return named(loops, name)[-1]


def ordered(loops: Iterable[Loop]) -> tuple[Loop, ...]:
    """Fastest to slowest by `cycle`, each behind its `after`; equal ones as they were written."""
    waiting = sorted(loops, key=lambda loop: loop.cycle)
    chosen = {loop.name for loop in waiting}
    done: dict[str, Loop] = {}
    while waiting:
        ready = next(
            loop for loop in waiting if all(n in done or n not in chosen for n in loop.after)
        )
        waiting.remove(ready)
        done[ready.name] = ready
    return tuple(done.values())


def chosen(loops: Sequence[Loop], choice: Choice) -> tuple[Loop, ...]:
    """The loops a walk is about, in order: the named ones and what they come after."""
    if choice.names:
        wanted = {loop.name for name in choice.names for loop in named(loops, name)}
    else:
        wanted = {loop.name for loop in loops if loop.auto}
    if choice.until:
        last = known(loops, choice.until)
        wanted = _until(loops, wanted | {last.name}, last)
    return ordered(_closed(loops, wanted))


def _closed(loops: Sequence[Loop], wanted: set[str]) -> tuple[Loop, ...]:
    """With everything that has to have passed first."""
    by_name = {loop.name: loop for loop in loops}
    queue = list(wanted)
    found = set(wanted)
    while queue:
        for name in by_name[queue.pop()].after:
            if name not in found:
                found.add(name)
                queue.append(name)
    return tuple(loop for loop in loops if loop.name in found)


def _until(loops: Sequence[Loop], wanted: set[str], last: Loop) -> set[str]:
    order = [loop.name for loop in ordered(_closed(loops, wanted))]
    return {name for name in order[: order.index(last.name) + 1] if name in wanted}


def fed_by(loops: Mapping[str, Loop], name: str) -> tuple[Loop, ...]:
    """A loop, and every one whose work it takes up; of a ladder, as a whole or taken apart."""
    found: dict[str, Loop] = {}
    queue = [name]
    while queue:
        wanted = queue.pop()
        for loop in loops.values():
            named = wanted in {loop.name, base(loop.name)} or loop.name == base(wanted)
            if named and loop.name not in found:
                found[loop.name] = loop
                queue += [word[4:] for word in loop.run.placeholders if word.startswith("out.")]
    return tuple(found.values())


def narrowed(
    loops: Sequence[Loop], touched: Callable[[Loop], bool], ref: str
) -> tuple[tuple[Loop, ...], Mapping[str, str]]:
    """Only those with something changed since `ref`, and what they need; the rest with a reason."""
    changed = {loop.name for loop in loops if touched(loop)}
    for loop in loops:  # in order, so what feeds a loop has been looked at before it
        feeds = (n.removeprefix("out.") for n in loop.run.placeholders if n.startswith("out."))
        if any(one in changed for name in feeds for one in feeding(loops, loop, name)):
            changed.add(loop.name)
    needed = {loop.name for loop in _closed(loops, changed)}
    left = {loop.name: f"nothing changed since {ref}" for loop in loops if loop.name not in needed}
    return tuple(loop for loop in loops if loop.name in needed), left


def expected(loop: Loop, passes: Sequence[float]) -> float:
    """Seconds one cycle takes: the median of five or more passes here, else what is declared.

    Where that is a guess, one pass says more.
    """
    if len(passes) < (1 if loop.guessed else ENOUGH):
        return loop.cycle * loop.repeat
    middle = sorted(passes)
    half = len(middle) // 2
    return middle[half] if len(middle) % 2 else (middle[half - 1] + middle[half]) / 2


class Ask(NamedTuple):
    """What the plan asks of the outside world: all of it is reading."""

    prove: Callable[[Loop], Proof]
    passed: Callable[[Proof], Passed | None]
    passes: Callable[[str], Sequence[float]]
    now: float
    again: Callable[[Proof], str] = lambda _: ""
    """why its gates are only to be asked once more of what is on record; empty: they are not"""
    failing: Callable[[Proof], Failing | None] = lambda _: None
    """the failure on record for exactly this"""
    tried: Callable[[str], float] = lambda _: 0.0
    """how long a loop that never passed has been given to try, at most"""


def forecast(loops: Sequence[Loop], choice: Choice, ask: Ask) -> Plan:
    """What a walk would do if it started now."""
    plan = bare(loops, choice)
    steps: list[Step] = []
    spent = paid = 0.0
    deferred = ""
    for loop in loops:
        passes = ask.passes(loop.name)
        step = _step(loop, choice, ask, expected(loop, passes), steps)
        wanted = step.action is Action.RUN
        if wanted:
            tries = _tries(loop, choice, plan) and not passes
            step = step._replace(tried=ask.tried(loop.name) if tries else None)
            step, deferred = _budgeted(step, plan, spent, deferred)
        if step.action is Action.RUN and (reason := refused(plan.purse, loop, paid)):
            step = step._replace(action=Action.DEFER, reason=reason)
        if wanted and step.action is Action.DEFER:
            known = ask.failing(ask.prove(loop))
            step = step._replace(reason=with_known(step.reason, known, ask.now))
        if step.action is Action.RUN:
            spent += 0.0 if tries else step.expected
            paid += price(loop)
        steps.append(step)
    return plan._replace(steps=tuple(steps))


def unforeseen(
    loops: Sequence[Loop], choice: Choice, passes: Callable[[str], Sequence[float]]
) -> Plan:
    """A plan without a forecast, where nobody has time to wait for one: the walk decides."""
    steps = (Step(loop, Action.RUN, "", expected(loop, passes(loop.name))) for loop in loops)
    return bare(loops, choice)._replace(steps=tuple(steps))


def bare(loops: Sequence[Loop], choice: Choice) -> Plan:
    """The choice as a plan that has no step yet."""
    held = frozenset(loop.name for loop in loops if held_back(loop, choice))
    there = {name for name in choice.always if any(loop.name == name for loop in loops)}
    always = frozenset(loop.name for loop in _closed(loops, there))
    return Plan((), choice.budget, choice.force, held, choice.strict, always, choice.purse)


def _tries(loop: Loop, choice: Choice, plan: Plan) -> bool:
    """Whether it may be ended when the budget is: one that writes would leave half of its work."""
    return choice.tries and loop.guessed and not loop.writes and loop.name not in plan.always


def _step(loop: Loop, choice: Choice, ask: Ask, length: float, before: list[Step]) -> Step:
    for one in before:
        verb = _HOLDING.get(one.action) if one.loop.name in loop.after else None
        if verb and one.reason != NOTHING:
            return Step(loop, one.action, f"comes after {one.loop.name}, which {verb}", length)
    proof = ask.prove(loop)
    if loop.files and not proof.handed:
        return Step(loop, Action.SKIP, NOTHING, length)
    passed = None if choice.force else ask.passed(proof)
    if passed is not None:
        return Step(
            loop, Action.CACHED, f"passed {ago(ask.now - passed.at)} (#{passed.run})", length
        )
    again = "" if choice.force else ask.again(proof)
    if again:
        return Step(loop, Action.RUN, again, 0.0)
    if held_back(loop, choice):
        return Step(loop, Action.SKIP, "runs only when named (auto: false)", length)
    return Step(loop, Action.RUN, "--force" if choice.force else proof.reason, length)


def held_back(loop: Loop, choice: Choice) -> bool:
    """Whether a loop is there only because another comes after it, and may not run for that."""
    # Whoever names a rung asks for those below it, too.
    asked = {base(name) for name in (*choice.names, choice.until)}
    return not loop.auto and base(loop.name) not in asked


def _budgeted(step: Step, plan: Plan, spent: float, deferred: str) -> tuple[Step, str]:
    reason = over_budget(plan, spent, step, deferred)
    if not reason:
        return step, deferred
    return step._replace(action=Action.DEFER, reason=reason), deferred or step.loop.name
