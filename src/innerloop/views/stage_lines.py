"""The happenings of an outer loop as JSON lines, for programs: one object each, `type` first."""

from __future__ import annotations

import json
import re

from innerloop.core.happenings import OuterStarted, StageWalked
from innerloop.views import jsonl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.happenings import Happening
    from innerloop.views.streams import Streams

VERSION = 1
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


class Lines:
    """One line a happening, written as it happens."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    def __call__(self, happening: Happening) -> None:
        self._streams.out(json.dumps(record(happening), ensure_ascii=True))

    def close(self) -> None:
        """Nothing is held."""


def record(happening: Happening) -> dict[str, object]:
    """The happening as plain data."""
    kind = _HUMP.sub("_", type(happening).__name__).lower()
    head: dict[str, object] = {"type": kind}
    match happening:
        case StageWalked(stage=stage, event=event):
            return head | {"stage": stage, "event": jsonl.record(event)}
        case OuterStarted(ticket=ticket, at=at, resumed=resumed):
            names = [stage.name for stage in ticket.outer.stages]
            return head | {
                "version": VERSION,
                "run": ticket.id,
                "outer": ticket.outer.name,
                "at": at,
                "resumed": resumed,
                "commit": ticket.commit,
                "deploys": ticket.version,
                "stages": names,
                "left": dict(ticket.left),
            }
    fields = jsonl.plain(happening)
    return head | fields if isinstance(fields, dict) else head
