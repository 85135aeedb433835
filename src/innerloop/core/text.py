"""Words for people: durations, lists, plurals, and the name somebody probably meant."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
MINUTE, HOUR, DAY = 60, 3600, 86400
LONGEST = 3650 * 86400.0
"""a duration beyond ten years is a slip of the finger"""
MOST_CHARACTERS = 80
"""a longer word is no word, and takes long to compare"""
TENTHS = 10
"""seconds from which tenths no longer matter"""
DURATION = "".join(rf"(?:([0-9]+(?:\.[0-9]+)?){unit})?" for unit in UNITS)


def duration(text: str) -> float | None:
    """Seconds in `500ms`, `10s`, `1h30m`; None for anything else, zero included."""
    found = re.fullmatch(DURATION, text) if len(text) <= MOST_CHARACTERS else None
    if not found:
        return None
    total = sum(
        float(number) * worth
        for number, worth in zip(found.groups(), UNITS.values(), strict=True)
        if number
    )
    return total if 0 < total <= LONGEST else None


def seconds(value: float) -> str:
    """Return a time as short as it can be said: `0.04s`, `1.2s`, `41s`, `3m 05s`, `1h 02m`."""
    value = max(value, 0.0)
    if round(value, 2) < 1:
        return f"{value:.2f}s"
    if round(value, 1) < TENTHS:
        return f"{value:.1f}s"
    whole = round(value)
    if whole < MINUTE:
        return f"{whole}s"
    if whole < HOUR:
        return f"{whole // MINUTE}m {whole % MINUTE:02}s"
    if whole < DAY:
        return f"{whole // HOUR}h {whole % HOUR // MINUTE:02}m"
    return f"{whole // DAY}d {whole % DAY // HOUR:02}h"


def ago(value: float) -> str:
    """Return how long since: `just now`, `41s ago`, `3m ago`, `2h ago`, `5d ago`."""
    for unit in ("d", "h", "m", "s"):
        if value >= UNITS[unit]:
            return f"{int(value // UNITS[unit])}{unit} ago"
    return "just now"


def listing(names: Sequence[str], most: int = 10) -> str:
    """`a, b, c and 4 more`."""
    said = ", ".join(names[:most])
    more = len(names) - most
    return f"{said} and {more} more" if more > 0 else said


def plural(n: int, noun: str) -> str:
    """`1 file`, `2 files`, `3 matches`, `4 entries`."""
    if n == 1:
        return f"1 {noun}"
    if noun.endswith(("s", "x", "ch", "sh")):
        return f"{n} {noun}es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{n} {noun[:-1]}ies"
    return f"{n} {noun}s"


def alternatives(name: str, known: Iterable[str]) -> str:
    """A hint for a name that is none of these: the one that was meant, or what there is."""
    names = tuple(known)
    near = nearest(name, names)
    return f"did you mean {near!r}?" if near else f"there are: {listing(names)}"


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """Return the choice that was probably meant, if one is near enough to be worth saying."""
    if not word or len(word) > MOST_CHARACTERS:
        return None
    import difflib  # noqa: PLC0415 - only for mistakes

    folded: dict[str, str] = {}
    for choice in choices:
        folded.setdefault(choice.lower(), choice)
    found = difflib.get_close_matches(word.lower(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


_VALUE = '{"value":'


def last(text: str) -> str:
    """The last line that says something to people: a monitor's value is for us."""
    lines = [one.strip() for one in text.splitlines() if one.strip()]
    told = [one for one in lines if not one.startswith(_VALUE)]
    return (told or lines or [""])[-1]


def visible(text: str) -> str:
    """Return the text with control characters as they would be written, so none is obeyed."""
    if text.isprintable():
        return text
    return "".join(char if _plain(char) else _escaped(char) for char in text)


def _plain(char: str) -> bool:
    import unicodedata  # noqa: PLC0415 - only for odd names

    # Joiners hold emoji together; a space of another width is still a space.
    return char.isprintable() or char == "\u200d" or unicodedata.category(char) == "Zs"


def _escaped(char: str) -> str:
    return "  " if char == "\t" else char.encode("unicode_escape").decode()
