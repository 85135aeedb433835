"""Events as JSON lines, for programs: one object each, `type` first."""

from __future__ import annotations

import json
import re

from innerloop.core.events import WalkStarted
from innerloop.core.model import Command, Glob, Loop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.events import Event
    from innerloop.views.streams import Streams

VERSION = 1
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


class Jsonl:
    """One line an event, written as it happens."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    def __call__(self, event: Event) -> None:
        self._streams.out(json.dumps(record(event), ensure_ascii=True))

    def close(self) -> None:
        """Nothing is held."""


def record(event: Event) -> dict[str, object]:
    """The event as plain data."""
    kind = _HUMP.sub("_", type(event).__name__).lower()
    head: dict[str, object] = {"type": kind}
    if isinstance(event, WalkStarted):
        head["version"] = VERSION
    fields = plain(event)
    return head | fields if isinstance(fields, dict) else head


def document(version: int, **fields: object) -> str:
    """One JSON object for a command's `--json`; its shape changes only with its version."""
    body = {name: plain(value) for name, value in fields.items()}
    return json.dumps({"version": version} | body, ensure_ascii=True, indent=2)


def plain(value: object) -> object:
    """Named tuples as objects, a command as its text, a loop as what a reader needs of it."""
    match value:
        case Command() | Glob():
            return value.text
        case Loop():
            return {"name": value.name, "run": value.run.text, "cycle": value.cycle}
        case tuple() if hasattr(value, "_fields"):
            return {name: plain(getattr(value, name)) for name in value._fields}
        case tuple() | list():
            return [plain(item) for item in value]
        case frozenset():
            return sorted(str(item) for item in value)
        case dict():
            return {str(name): plain(item) for name, item in value.items()}
    return value
