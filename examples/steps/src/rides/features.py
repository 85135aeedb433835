"""Step 3: what can be told from each ride."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from rides.clean import MOMENT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rides import Known, Ride

RUSH = (7, 8, 16, 17)
"""hours in which people go to work, or home"""
WEEKEND = ("Sat", "Sun")


def features(rides: Iterable[Ride]) -> list[Known]:
    """Each ride with its day, its hour and its speed."""
    return [known(ride) for ride in rides]


def known(ride: Ride) -> Known:
    """One ride, and what can be told from it."""
    moment = datetime.strptime(ride["started"], MOMENT)
    weekday = moment.strftime("%a")
    return {
        **ride,
        "weekday": weekday,
        "hour": moment.hour,
        "kmh": speed(ride["km"], ride["minutes"]),
        "rush": moment.hour in RUSH and weekday not in WEEKEND,
    }


def speed(km: float, minutes: int) -> float:
    """Kilometres an hour, to a tenth."""
    return round(60 * km / minutes, 1)
