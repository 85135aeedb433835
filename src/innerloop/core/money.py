"""Money: what loops may cost, and why one that costs does not run."""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from innerloop.core.model import Loop

_DUST = 1e-9
"""sums of decimal fractions are not exact, and nobody is refused for that"""
_SMALL = 0.01


class Spend(NamedTuple):
    """What may be spent at most; None: any amount."""

    walk: float | None = None
    day: float | None = None
    """from midnight to midnight, by this machine's clock"""
    unit: str = ""
    """what amounts are amounts of, as they are shown: `USD`"""


class Purse(NamedTuple):
    """What one walk may spend, and on which loops."""

    consent: frozenset[str] = frozenset()
    """loops that somebody wants to run though they cost"""
    left: float | None = None
    """what may still be spent; None: any amount"""
    refusal: str = "name it to run it"
    """why the others do not run"""
    unit: str = ""


def price(loop: Loop) -> float:
    """What one step of it costs, each repetition paid for."""
    return loop.cost * loop.repeat


def cost(loops: Sequence[Loop]) -> float:
    """What it costs to run a step of each of them."""
    return sum(map(price, loops))


def amount(value: float, unit: str) -> str:
    """An amount in words: `0.50 USD`."""
    text = f"{value:.2f}" if value >= _SMALL or not value else f"{value:.2g}"
    return f"{text} {unit}".rstrip()


def refused(purse: Purse, loop: Loop, spent: float) -> str:
    """Why a loop does not run for money's sake; empty where it may. `spent`: in this walk."""
    if not loop.cost:
        return ""
    said = amount(price(loop), purse.unit)
    if loop.name not in purse.consent:
        return f"costs {said}: {purse.refusal}"
    if over(purse.left, spent + price(loop)):
        left = max((purse.left or 0.0) - spent, 0.0)
        return f"costs {said}, and {amount(left, purse.unit)} is left of 'spend'"
    return ""


def for_money(reason: str, loop: Loop, purse: Purse) -> bool:
    """Whether it is for money's sake that a loop did not run, by the reason that was given."""
    return bool(loop.cost) and reason.startswith(f"costs {amount(price(loop), purse.unit)}")


def over(limit: float | None, total: float) -> bool:
    """Whether that is more than may be spent."""
    return limit is not None and total > limit + _DUST


def left(spend: Spend, today: float) -> float | None:
    """What a walk may spend, where `today` was spent before it; None: any amount."""
    limits = [spend.walk] if spend.walk is not None else []
    limits += [max(spend.day - today, 0.0)] if spend.day is not None else []
    return min(limits, default=None)
