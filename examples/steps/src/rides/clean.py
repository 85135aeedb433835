"""Step 2: rides that can be believed, and the lines that cannot."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rides import Clean, Ride, Row

FASTEST = 40.0
"""km/h that nobody rides faster than; the bicycle was in a van"""
MOMENT = "%Y-%m-%d %H:%M"


def clean(rows: Iterable[Row]) -> Clean:
    """Each line as a ride, or with the reason why it is none; a ride that comes twice counts once.

    A place is written as a name is, whoever typed it.
    """
    found: Clean = {"rides": [], "refused": []}
    seen: set[str] = set()
    for row in rows:
        why = "the same ride again" if row["id"] in seen else problem(row)
        seen.add(row["id"])
        if why:
            found["refused"].append({"id": row["id"], "why": why})
        else:
            found["rides"].append(ride(row))
    return found


def problem(row: Row) -> str:
    """Why a line is no ride; empty where it is one."""
    try:
        datetime.strptime(row["started"], MOMENT)
    except ValueError:
        return f"started {row['started']!r} is no moment"
    if not re.fullmatch("[1-9][0-9]{0,3}", row["minutes"]):
        return f"minutes {row['minutes']!r} is no length of a ride"
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", row["km"]):
        return f"km {row['km']!r} is no distance"
    if 60 * float(row["km"]) / int(row["minutes"]) > FASTEST:
        return f"{row['km']} km in {row['minutes']} minutes is no bicycle"
    return ""


def ride(row: Row) -> Ride:
    """A line without a problem, in types."""
    return {
        "id": row["id"],
        "started": row["started"],
        "minutes": int(row["minutes"]),
        "km": float(row["km"]),
        "start": row["from"].title(),
        "end": row["to"].title(),
    }
