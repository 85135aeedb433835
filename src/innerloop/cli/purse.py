"""The purse: what a walk may spend, and who is asked before it does."""

from __future__ import annotations

import os
import sys
import time

from innerloop.cli.wiring import agent
from innerloop.core.errors import LoopError
from innerloop.core.ladder import asked_for
from innerloop.core.model import Action
from innerloop.core.money import Purse, amount, cost, for_money, left, refused
from innerloop.core.text import listing
from innerloop.core.variables import unattended
from innerloop.system.history import spending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from innerloop.cli.wiring import Project
    from innerloop.core.model import Loop, Plan

SAVED = "never because a file was saved: press its key, or name it to 'loop inner'"
COMMITTED = "never for a commit or a push: name it to 'loop inner'"
NAME_IT = "name it to run it"


def purse(found: Project, consent: Iterable[str], refusal: str = NAME_IT) -> Purse:
    """What a walk may spend now. `consent`: the loops that somebody has named."""
    config = found.ground.config
    if not any(loop.cost for loop in config.loops):
        return Purse()
    return Purse(asked_for(config.loops, consent), _rest(found), refusal, config.spend.unit)


def _rest(found: Project, also: float = 0.0) -> float | None:
    today = spending.since(found.ground.store, spending.midnight(time.time())).total
    return left(found.ground.config.spend, today + also)


def asked(plan: Plan) -> Purse:
    """The purse of a plan, somebody at the terminal asked once about what is not named."""
    if not _attended():
        return plan.purse
    meant = _open(plan)
    wanted = plan.purse._replace(consent=plan.purse.consent | {loop.name for loop in meant})
    able = [loop for loop in meant if not refused(wanted, loop, 0.0)]
    if not able:
        return plan.purse
    return wanted if _yes(able, plan.purse) else plan.purse._replace(refusal="not wanted now")


def _open(plan: Plan) -> list[Loop]:
    """The loops that would run if somebody wanted to pay for them."""
    found: list[Loop] = []
    for step in plan.steps:
        loop = step.loop
        behind = any(one.name in loop.after for one in found)
        unasked = for_money(step.reason, loop, plan.purse) or (behind and bool(loop.cost))
        if step.action is Action.DEFER and unasked and loop.name not in plan.purse.consent:
            found.append(loop)
    return found


def affordable(found: Project, loop: Loop, also: float = 0.0) -> Purse:
    """The purse of a loop that was named; a `LoopError` where it would cost more than may be spent.

    It may be one of another time, of which loops.yaml knows nothing. `also`: what will have been
    spent before it.
    """
    if not loop.cost:
        return Purse()
    unit = found.ground.config.spend.unit
    able = Purse(frozenset({loop.name}), _rest(found, also), NAME_IT, unit)
    reason = refused(able, loop, 0.0)
    if reason:
        raise LoopError(f"loop {loop.name!r} {reason}", "raise 'spend' in loops.yaml")
    return able


def _attended() -> bool:
    """Whether somebody is there to be asked."""
    talking = sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
    return talking and not agent() and not unattended(os.environ)


def _yes(loops: list[Loop], purse: Purse) -> bool:
    verb = "costs" if len(loops) == 1 else "cost"
    of = f" of {amount(purse.left, purse.unit)} that is left" if purse.left is not None else ""
    price = amount(cost(loops), purse.unit)
    names = listing([loop.name for loop in loops], 5)
    print(f"{names} {verb} {price}{of}. Run it? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
