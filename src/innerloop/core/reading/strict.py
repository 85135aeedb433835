"""JSON, read strictly: no key twice, every number finite, and what is wrong said in a sentence."""

from __future__ import annotations

import json
import math
from typing import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

NUMBERLESS = frozenset({"nan", "-nan", "inf", "-inf", "+inf", "infinity", "-infinity"})
"""how tools write that there is no number, where their format has none for that"""


class Unreadable(Exception):  # noqa: N818 - what it says is the end of a sentence
    """It cannot be read, or means nothing: why."""


def text(data: bytes) -> str:
    """The bytes as text; raises Unreadable where they are no UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"it is no UTF-8, from byte {error.start} on") from error


def value(written: str) -> Any:
    """What JSON says; raises Unreadable. A number that is none comes as a float that is none."""
    try:
        return json.loads(written, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise Unreadable(f"it is no JSON: {error.msg.lower()} at {where}") from error
    except RecursionError as error:
        raise Unreadable("it is nested too deeply") from error
    except ValueError as error:  # a number of thousands of digits
        raise Unreadable(f"it is no JSON that can be read: {error}") from error


def number(found: object) -> float | None:
    """A finite number; None where it is another kind of value. Raises Unreadable: it is none."""
    if isinstance(found, str) and found.strip().lower() in NUMBERLESS:
        raise Unreadable(f"is {found.strip()}")
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        return None
    try:
        made = float(found)
    except OverflowError:
        made = math.inf
    if not math.isfinite(made):
        raise Unreadable("is NaN" if math.isnan(made) else "is infinite")
    return made


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Unreadable(f"{twice!r} stands in it twice")
    return table
