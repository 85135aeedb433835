"""What is ordered, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

CENTS = {"shirt": 1200, "hat": 800, "socks": 350}


class OrderError(Exception):
    """An order that cannot be taken, in a sentence."""


def total(order: Mapping[str, int]) -> int:
    """What an order costs, in cents."""
    unknown = sorted(set(order) - set(CENTS))
    if unknown:
        raise OrderError(f"we do not sell {unknown[0]!r}")
    if not order or not all(isinstance(count, int) and count > 0 for count in order.values()):
        raise OrderError("an order is of one thing or more")
    return sum(CENTS[thing] * count for thing, count in order.items())


class Shop:
    """One shop, open since its server started."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.name = settings["name"]

    def receipt(self, order: Mapping[str, int]) -> dict[str, object]:
        """What a customer gets for an order."""
        return {"shop": self.name, "total": total(order)}
