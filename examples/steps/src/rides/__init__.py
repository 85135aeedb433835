"""Bicycle rides, from a raw CSV to a summary, in steps that can be checked one by one."""

from __future__ import annotations

from typing import TypedDict

Row = dict[str, str]
"""a line of the file, as it stands there"""


class Ride(TypedDict):
    """A ride that can be believed."""

    id: str
    started: str
    minutes: int
    km: float
    start: str
    end: str


class Refused(TypedDict):
    """A line that cannot, and why."""

    id: str
    why: str


class Clean(TypedDict):
    """What became of the lines of a file."""

    rides: list[Ride]
    refused: list[Refused]


class Known(Ride):
    """A ride with what can be told from it."""

    weekday: str
    hour: int
    kmh: float
    rush: bool


class Station(TypedDict):
    """What happened at a station."""

    rides: int
    km: float
    median_minutes: float
    rush_share: float
