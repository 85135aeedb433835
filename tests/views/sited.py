"""A CI that the shared walk is told to, and what is left there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shown import EVENTS, PROSE, UNIT

from innerloop.core.locations import Location
from innerloop.views.site import Site
from innerloop.views.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from innerloop.core.events import Event
    from innerloop.core.model import Result
    from innerloop.views.github import Github
    from innerloop.views.gitlab import Gitlab

LOG = "\x1b[31mE   assert 1 == 2\x1b[0m\n::error::obey\n##[endgroup]\n```\n100%\n"
PLACES = {
    UNIT.name: (
        Location("tests/a, b.py", 4, 0, "assert 1 == 2", tool="pytest"),
        Location("src/50%.py", 7, 3, "a: b", "note"),
        Location("src/50%.py", 9, 3, "100%: so", "warning", tool="mypy"),
        Location("/usr/lib/x.py", 1, 0, "not ours"),
    ),
    PROSE.name: (Location("docs/a.md", 2, 5, "a typo"),),
}
TOKEN = "f00d"


def places(result: Result) -> tuple[Location, ...]:
    return PLACES.get(result.loop, ())


class Left:
    """A site, and the reports that were left there."""

    def __init__(self) -> None:
        self.reports: list[str] = []
        self.site = Site(
            log=lambda _path: LOG,
            places=places,
            publish=self.reports.append,
            room=lambda: 900_000,
            token=lambda: TOKEN,
        )


def told(
    view: Callable[[Streams, Site], Github | Gitlab],
    site: Site,
    events: Iterable[Event] = EVENTS,
) -> None:
    shown = view(Streams(colour=False, terminal=False), site)
    for event in events:
        shown(event)
    shown.close()
