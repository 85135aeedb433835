"""YAML as text: plain data in its order, with comments, and no word that is not meant."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

_PLAIN = re.compile(
    r"([A-Za-z_/]|\.(?=[A-Za-z/]))[A-Za-z0-9_./@+=-]*( [A-Za-z0-9_./@+=-]+)*", re.ASCII
)
_MEANT = frozenset(
    ["true", "false", "yes", "no", "on", "off", "null", "y", "n", "none", ".inf", ".nan"]
)
_FITS = 80


class Noted(NamedTuple):
    """A value with a comment behind it."""

    value: str
    comment: str


def document(head: str, data: Mapping[str, Any]) -> str:
    """The whole of it, behind lines of comment."""
    lines = [f"# {line}".rstrip() for line in head.splitlines()]
    for key, value in data.items():
        lines += ["", *_entry(key, value, 0)] if isinstance(value, dict) else _entry(key, value, 0)
    return "\n".join(lines) + "\n"


def _entry(key: str, value: Any, depth: int) -> Iterator[str]:
    pad = "  " * depth
    # GitHub reads `on` as the word that it is.
    name = key if key == "on" else scalar(key)
    if isinstance(value, dict) and value:
        yield f"{pad}{name}:"
        for each, below in value.items():
            yield from _entry(each, below, depth + 1)
    elif isinstance(value, list) and value and not _short(value):
        yield f"{pad}{name}:"
        yield from _items(value, depth + 1)
    elif isinstance(value, str) and "\n" in value:
        yield f"{pad}{name}: |"
        yield from (f"{pad}  {line}".rstrip() for line in value.rstrip("\n").split("\n"))
    else:
        yield f"{pad}{name}: {scalar(value)}"


def _items(values: list[Any], depth: int) -> Iterator[str]:
    pad = "  " * depth
    for value in values:
        if isinstance(value, dict) and value:
            lines = [line for key, below in value.items() for line in _entry(key, below, 0)]
            yield f"{pad}- {lines[0]}"
            yield from (f"{pad}  {line}".rstrip() for line in lines[1:])
        else:
            yield f"{pad}- {scalar(value)}"


def _short(values: list[Any]) -> bool:
    flat = all(isinstance(one, str | int) and "\n" not in str(one) for one in values)
    return flat and sum(len(str(one)) + 2 for one in values) < _FITS


def scalar(value: Any) -> str:
    """One value on one line."""
    match value:
        case Noted(value=text, comment=comment):
            return f"{scalar(text)}  # {comment}"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case list():
            return f"[{', '.join(map(scalar, value))}]"
        case dict():
            pairs = (f"{scalar(key)}: {scalar(below)}" for key, below in value.items())
            return f"{{{', '.join(pairs)}}}"
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _MEANT:
        return text
    if '"' in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(one if one.isprintable() else f"\\U{ord(one):08X}" for one in quoted)
