"""What the views for a CI are handed of it, and which findings they name there."""

from __future__ import annotations

from typing import NamedTuple

from innerloop.core.events import LoopStarted, LoopWaiting, WalkRestarted
from innerloop.core.judgement import Decision
from innerloop.core.locations import NOTE
from innerloop.core.text import listing, seconds, visible
from innerloop.views.problems import SGR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from innerloop.core.events import Event
    from innerloop.core.locations import Location
    from innerloop.core.model import Result, Run

_LAST = 10
_MESSAGE = 1500


class Site(NamedTuple):
    """Where a CI runs us: how its views read logs, and where they leave what they have to say."""

    log: Callable[[str], str]
    """a log as it is shown, by its path from the root"""
    places: Callable[[Result], tuple[Location, ...]]
    """where a loop's output says that something is wrong"""
    publish: Callable[[str], None]
    """takes the report of a walk that has ended"""
    room: Callable[[], int]
    """bytes that a report may have"""
    token: Callable[[], str]
    """a word that nobody can guess"""
    folder: str = ""
    """the project's, from where the CI counts its paths"""
    before: Mapping[str, str] | None = None
    """what each loop came to on the developer's side; None where nobody knows"""


class Finding(NamedTuple):
    """One thing that is wrong, as a CI is told of it."""

    result: Result
    path: str
    """as the CI counts it; empty where only the loop is known"""
    line: int
    column: int
    message: str
    kind: str
    tool: str


def first_failure(run: Run) -> Result | None:
    """The failure that came first, of those that count where there are any."""
    failed = [one for one in run.results if one.halts]
    counting = [one for one in failed if one.required] or failed
    return min(counting, key=lambda one: one.at + one.seconds, default=None)


def findings(run: Run, site: Site) -> tuple[Finding, ...]:
    """What is wrong, most telling first: what is required, and of each loop its first."""
    ranked = [
        ((not one.required, at > 0), finding)
        for one in run.results
        if one.halts
        for at, finding in enumerate(_of(one, site))
    ]
    return tuple(finding for _, finding in sorted(ranked, key=lambda pair: pair[0]))


def _of(result: Result, site: Site) -> Iterator[Finding]:
    some = False
    for place in site.places(result):
        if place.kind == NOTE or place.path.startswith("/"):
            continue
        some = True
        path = f"{site.folder}/{place.path}" if site.folder else place.path
        yield Finding(result, path, place.line, place.column, place.message, place.kind, place.tool)
    if not some:
        yield Finding(result, "", 0, 0, _last_words(result, site), "error", "")


def _last_words(result: Result, site: Site) -> str:
    """What there is to say of a loop whose output names no place."""
    if said := [one.said for one in result.gates if one.verdict is not Decision.PASS]:
        # The command ended well: what it wrote is not what is wrong.
        return "\n".join(said)[:_MESSAGE]
    log = colourless(site.log(result.log)) if result.log else ""
    lines = [line for line in log.splitlines() if line.strip()][-_LAST:]
    return "\n".join((result.reason, *lines))[:_MESSAGE]


def colourless(text: str) -> str:
    return SGR.sub("", text)


def cut(text: str, most: int) -> str:
    """The end of a text, from a whole line on, saying so."""
    if len(text) <= most:
        return text
    last = text[-most:]
    return f"[cut: this is the end of it]\n{last[last.find(chr(10)) + 1 :]}"


def said(event: Event, width: int) -> str:
    """The line for what happens between the loops; empty where it needs none."""
    match event:
        case LoopStarted(loop=loop, expected=expected, reason=reason):
            return f"{loop:{width}}  starts     about {seconds(expected)}: {visible(reason)}"
        case LoopWaiting(loop=loop, reason=reason):
            return f"{loop:{width}}  waiting    {visible(reason)}"
        case WalkRestarted(because=because, loops=loops):
            return f"{because} changed files: back to {listing(loops)}"
    return ""
