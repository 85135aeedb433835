"""The summary of a walk in Markdown, for the page of a CI job."""

from __future__ import annotations

import re

from innerloop.core.model import Outcome
from innerloop.core.text import listing, seconds, visible
from innerloop.views.lines import closing, word
from innerloop.views.site import colourless, cut, first_failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from innerloop.core.model import Result, Run
    from innerloop.views.site import Site

_LOG = 20_000
_WHY = 300
_NAMES = 20
_SPECIAL = re.compile(r"[\\`*_\[\]|~$#@]")
_GROUPS = (
    (
        "ran",
        {
            Outcome.PASSED,
            Outcome.FAILED,
            Outcome.TIMED_OUT,
            Outcome.INCONCLUSIVE,
            Outcome.CANCELLED,
        },
    ),
    ("had passed before", {Outcome.CACHED}),
    ("deferred", {Outcome.DEFERRED}),
    ("skipped", {Outcome.SKIPPED}),
)


def summary(run: Run, site: Site) -> str:
    """What a walk came to, in as many bytes as there is room for: what is last is left out."""
    room = site.room()
    head = f"### loop: {escaped(closing(run, colour=False))}\n\n{_counted(run.results)}\n\n"
    tail = f"{_gates(run.results)}{_failure(run, site)}"
    table = _table(run.results, site, room - _size(head))
    if _size(head + table + tail) > room:
        tail = ""
    text = f"{head}{table}{tail}"
    return text if _size(text) <= room else ""


def _counted(results: Iterable[Result]) -> str:
    """Which loops ran, and which did not."""
    results = tuple(results)
    parts = []
    for said, outcomes in _GROUPS:
        names = [escaped(one.loop) for one in results if one.outcome in outcomes]
        if names:
            parts.append(f"{len(names)} {said} ({listing(names, _NAMES)})")
    return ", ".join(parts) or "no loop"


def _table(results: Iterable[Result], site: Site, room: int) -> str:
    heads = ["loop", "outcome", "time", "why"]
    rules = ["---", "---", "---:", "---"]
    if site.before is not None:
        heads.insert(2, "on the developer's side")
        rules.insert(2, "---")
    rows = [_row(heads), _row(rules)]
    rows += [_row(_cells(one, site)) for one in results]
    room -= _size(_row(["more"] * len(heads))) + 1
    kept: list[str] = []
    for row in rows:
        room -= _size(row)
        if room < 0:
            kept.append(_row(["…", *[""] * (len(heads) - 1)]))
            break
        kept.append(row)
    return "".join(kept)


def _cells(result: Result, site: Site) -> list[str]:
    optional = "" if result.required or not result.halts else " (not required)"
    took = seconds(result.seconds) if result.exit_code is not None else ""
    cells = [result.loop, f"{word(result)}{optional}", took, result.reason[:_WHY]]
    if site.before is not None:
        cells.insert(2, site.before.get(result.loop, ""))
    return [escaped(visible(cell)) for cell in cells]


def _gates(results: Iterable[Result]) -> str:
    """What each gate said, the loops in their order."""
    judged = [(one.loop, gate) for one in results for gate in one.gates][:_NAMES]
    if not judged:
        return ""
    rows = [_row(["loop", "gate", "what it says"]), _row(["---", "---", "---"])]
    for loop, gate in judged:
        cells = (loop, str(gate.verdict), gate.said[:_WHY])
        rows.append(_row([escaped(visible(cell)) for cell in cells]))
    return f"\n{''.join(rows)}"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _failure(run: Run, site: Site) -> str:
    failed = first_failure(run)
    if failed is None or not failed.log:
        return ""
    title = escaped(visible(f"{failed.loop}: {failed.command}"))
    log = cut(colourless(site.log(failed.log)), _LOG)
    return f"\n**{title}**\n\n{fenced(log)}"


def fenced(text: str) -> str:
    """A block of code that nothing in the text can end."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    end = "" if text.endswith("\n") or not text else "\n"
    return f"{fence}text\n{text}{end}{fence}\n"


def escaped(text: str) -> str:
    """A text that Markdown shows as it is, in a table too."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(lambda found: f"\\{found[0]}", text)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
