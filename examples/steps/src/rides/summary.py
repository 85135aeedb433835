"""Step 4: what happened at each station."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rides import Known, Station


def summary(rides: Iterable[Known]) -> dict[str, Station]:
    """For each station, by name: the rides that began there."""
    found: dict[str, list[Known]] = {}
    for ride in rides:
        found.setdefault(ride["start"], []).append(ride)
    return {name: station(found[name]) for name in sorted(found)}


def station(rides: list[Known]) -> Station:
    """One station, of which there is at least one ride."""
    return {
        "rides": len(rides),
        "km": round(sum(ride["km"] for ride in rides), 1),
        "median_minutes": float(median(ride["minutes"] for ride in rides)),
        "rush_share": round(sum(ride["rush"] for ride in rides) / len(rides), 2),
    }
