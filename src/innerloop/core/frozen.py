"""An outer loop as plain data, to be kept in the journal and read by a later version."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from innerloop.core import outer as nouns
from innerloop.core.model import Command, Glob

KINDS: dict[str, Any] = {
    kind.__name__: kind for kind in (Command, Glob, *nouns.NOUNS, *nouns.CHOICES)
}


def plain(value: Any) -> Any:
    """The value as lists, mappings and scalars."""
    if isinstance(value, StrEnum):
        return {"kind": type(value).__name__, "is": str(value)}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        fields = {name: plain(getattr(value, name)) for name in value._fields}
        return {"kind": type(value).__name__, **fields}
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    return value


def thawed(data: Any) -> Any:
    """The value again. What this version does not know of it is left out."""
    if isinstance(data, list):
        return tuple(thawed(one) for one in data)
    if not isinstance(data, dict):
        return data
    kind = KINDS[data["kind"]]
    if "is" in data:
        return kind(data["is"])
    return kind(**{name: thawed(one) for name, one in data.items() if name in kind._fields})
