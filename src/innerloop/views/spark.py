"""Sparklines: a row of numbers as a row of bars, one character each."""

from __future__ import annotations

from math import isfinite

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
PLAIN = "_.:-=+*#"
"""for streams that have no blocks"""


def drawable(encoding: str | None) -> str:
    """The characters for a stream of this encoding, lowest first."""
    try:
        BLOCKS.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return PLAIN
    return BLOCKS


def sparkline(values: Sequence[float | None], characters: str = BLOCKS) -> str:
    """A character a value, from the lowest to the highest of them; a space where there is none."""
    known = [value for value in values if value is not None and isfinite(value)]
    if not known:
        return ""
    low, high = min(known), max(known)
    return "".join(_bar(value, low, high, characters) for value in values)


def _bar(value: float | None, low: float, high: float, characters: str) -> str:
    if value is None or not isfinite(value):
        return " "
    if high == low:
        return characters[len(characters) // 2]
    # Halved first: the distance between two of the largest numbers is no number.
    share = (value / 2 - low / 2) / (high / 2 - low / 2)
    return characters[min(int(share * len(characters)), len(characters) - 1)]
