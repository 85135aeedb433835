"""Tables for what is not happening now: plans, reasons, history, one run whole."""

from __future__ import annotations

from datetime import datetime

from innerloop.core.fingerprint import NOUNS
from innerloop.core.model import Action
from innerloop.core.money import amount
from innerloop.core.text import plural, seconds, visible
from innerloop.views.lines import gate, line, painted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from innerloop.core.fingerprint import Difference
    from innerloop.core.model import Plan, Run

_MOST = 10
_FREE: Mapping[str, float] = {}
_ACTIONS = {
    Action.RUN: "\x1b[1m",
    Action.CACHED: "\x1b[32;2m",
    Action.SKIP: "\x1b[2m",
    Action.DEFER: "\x1b[33m",
}


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows as lines, their columns aligned, the last one as long as it is."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)]
        yield "  ".join((*cells[:-1], row[-1])).rstrip()


def plan(made: Plan, python: str, *, colour: bool) -> str:
    """What a walk would do, in order, and why."""
    rows = [
        (
            str(step.action),
            step.loop.name,
            _length(step.expected, run=step.action is Action.RUN),
            visible(step.reason),
        )
        for step in made.steps
    ]
    if not rows:
        return "no loop to run\n"
    lines = [
        painted(text, _ACTIONS[step.action], colour=colour)
        for text, step in zip(aligned(rows), made.steps, strict=True)
    ]
    run = [step for step in made.steps if step.action is Action.RUN]
    total = seconds(sum(step.expected for step in run))
    foot = f"{plural(len(run), 'loop')} to run, about {total}" if run else "nothing to run"
    return "\n".join((*lines, f"{foot}  [python: {python}]")) + "\n"


def _length(expected: float, *, run: bool) -> str:
    return f"~{seconds(expected)}" if run else ""


def why(name: str, head: str, differences: Iterable[Difference]) -> str:
    """What changed since a loop last passed; long lists cut."""
    lines = [f"{name}: {visible(head)}"]
    for difference in differences:
        for verb in ("changed", "added", "removed"):
            lines += _cut(difference.kind, verb, getattr(difference, verb))
    return "\n".join(lines) + "\n"


def _cut(kind: str, verb: str, names: tuple[str, ...]) -> list[str]:
    noun = NOUNS.get(kind, kind)
    lines = [f"  {noun} {verb}: {visible(name)}" for name in names[:_MOST]]
    if kind == "data":  # `train: seed` is no name of a thing that changed, but of a part of it
        lines = [f"  {noun} {visible(name)} {verb}" for name in names[:_MOST]]
    more = len(names) - _MOST
    return [*lines, f"  ... and {plural(more, f'more {noun}')} {verb}"] if more > 0 else lines


def history(runs: Sequence[Run], costs: Mapping[str, float] = _FREE, unit: str = "") -> str:
    """Runs, newest first, a line each. `costs`: what those that cost something have cost."""
    rows = [
        (
            f"#{run.id}",
            when(run.at),
            str(run.verdict),
            seconds(run.seconds),
            *([amount(costs[run.id], unit) if run.id in costs else ""] if costs else []),
            commit(run),
            visible(run.branch) or "-",
            visible(f"{run.command}{f'  ({run.why})' if run.why else ''}"),
        )
        for run in runs
    ]
    return "\n".join(aligned(rows)) + "\n" if rows else "nothing has run here yet\n"


def run(
    found: Run,
    *,
    colour: bool,
    common: Iterable[tuple[str, str]] = (),
    notes: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """One run whole: what it was of, each loop, where the logs are, and what there is to note."""
    place = f"{found.commit[:12]}{' with changes' if found.dirty else ''}"
    facts = [("run", f"#{found.id}  {found.verdict}"), ("command", found.command)]
    facts += [("why", found.why)] if found.why else []
    facts += [
        ("at", f"{when(found.at)}, {seconds(found.seconds)}"),
        ("commit", place if found.commit else "none yet"),
    ]
    facts += [("branch", found.branch)] if found.branch else []
    facts += common
    width = max([len(one.loop) for one in found.results] + [8])
    lines = [f"{name:8} {visible(value)}" for name, value in facts]
    lines.append("")
    for one in found.results:
        lines.append(line(one, width, colour=colour))
        told = (
            *map(gate, one.gates),
            one.log,
            *map(visible, one.warnings),
            *(notes or {}).get(one.loop, ()),
        )
        lines += [f"{'':{width}}  {text}" for text in told if text]
    return "\n".join(lines) + "\n"


def commit(run: Run) -> str:
    """The commit a run was of, with a star where there were changes besides."""
    return f"{run.commit[:8]}{'*' if run.dirty else ''}" if run.commit else "-"


def when(at: float) -> str:
    """A moment, in this machine's time."""
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S")
