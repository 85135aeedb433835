"""What is wrong with data: where it stands, and what to do about it."""

from __future__ import annotations

from innerloop.core.sampling import BETWEEN, DataError
from innerloop.core.text import listing, nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from innerloop.core.sampling import Rule

_SHOWN = 12
"""columns that are named"""
_EXCERPT = 60


def quoted(columns: Sequence[str]) -> str:
    return " and ".join(f"'{name}'" for name in columns)


def unreadable(shown: str, error: OSError) -> DataError:
    why = (error.strerror or str(error)).lower()
    return DataError(f"{shown} cannot be read: {why}")


def not_utf8(where: str, error: UnicodeDecodeError) -> DataError:
    found = error.object[error.start : error.start + 1]
    return DataError(f"{where} is not UTF-8: byte 0x{found.hex()}", "convert the file to UTF-8")


def absent(shown: str, name: str, columns: Sequence[str]) -> DataError:
    """There is no such column."""
    near = nearest(name, columns)
    there = f"there are: {listing(list(columns), _SHOWN)}" if columns else "it has none"
    return DataError(
        f"{shown} has no column '{name}'", f"did you mean '{near}'?" if near else there
    )


def headers(shown: str, found: Sequence[str], first: Sequence[str]) -> DataError:
    """Two files of one source have different columns."""
    lost = [name for name in first if name not in found]
    more = [name for name in found if name not in first]
    said = [f"lacks {quoted(lost)}"] * bool(lost) + [f"has {quoted(more)}"] * bool(more)
    return DataError(
        f"{shown} has other columns than the first file: "
        f"it {' and '.join(said) or 'has them in another order'}",
        "files that are sampled together need the same header",
    )


def nameless(where: str, rule: Rule) -> DataError:
    """A row lacks what it is known by."""
    if rule.group:
        return DataError(
            f"{where} has no group: {quoted(rule.group)} is empty",
            "give the row one: without it nobody knows what it has to stay with",
        )
    return DataError(
        f"{where} has no key: {quoted(rule.key)} is empty",
        "give the row one, or leave 'key' out: then a row is known by all that it holds",
    )


def unlabelled(shown: str, rule: Rule) -> DataError:
    """No row has a value to stratify by."""
    return DataError(
        f"no row of {shown} has a value in {quoted(rule.by)}",
        "stratify 'by' a column that has values",
    )


def twice(places: Sequence[str], rule: Rule, value: str) -> DataError:
    """Two rows of a sample have the same key."""
    named, said = quoted(rule.key), value.replace(BETWEEN, ", ")[:_EXCERPT]
    return DataError(
        f"{' and '.join(places)} have the same {named}: {said}",
        f"name a key that no two rows share, or 'group' by {named} to keep its rows together",
    )
