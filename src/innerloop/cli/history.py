"""loop history and loop show: what happened, how it went on, and one run whole."""

from __future__ import annotations

import sys
import time

from innerloop.cli.meant import meant
from innerloop.cli.numbers import numbers
from innerloop.cli.wiring import project, streams
from innerloop.core.errors import ExitCode, LoopError
from innerloop.core.ladder import named
from innerloop.core.money import amount
from innerloop.system.history import acceptances, ledger, lineages, runs, spending
from innerloop.views import snapshots, tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.cli.wiring import Project
    from innerloop.core.lineage import Origin
    from innerloop.core.model import Run
    from innerloop.core.results import Measured
    from innerloop.core.snapshots import Accepted
    from innerloop.core.trend import Point

VERSION = 1
FORMATS = ("table", "csv", "json")
_MONTH = 30 * 24 * 3600.0


def history(loop: str, *, most: int, form: str, metric: str = "") -> int:
    """Print the latest runs; of one loop where it is named, with the number it is followed by."""
    if form not in FORMATS:
        raise LoopError(f"there is no format called {form!r}", ", ".join(FORMATS))
    if metric and not loop:
        raise LoopError("--metric is of one loop", f"loop history NAME --metric {metric}")
    with project(write=False, warn=False) as found:
        about = tuple(one.name for one in named(found.ground.config.loops, loop)) if loop else ()
        _told(found, about, most, form, metric)
    return ExitCode.OK


def _told(found: Project, about: tuple[str, ...], most: int, form: str, metric: str) -> None:
    store, shown = found.ground.store, streams()
    # Of a ladder with several rungs there is no one number to follow.
    loop = about[0] if len(about) == 1 else ""
    points, name = _points(found, loop, most, metric) if loop else ((), "")
    if form == "json":
        from innerloop.core.trend import row  # noqa: PLC0415 - only for programs
        from innerloop.views.jsonl import document  # noqa: PLC0415 - json takes 6 ms

        more = {"loop": loop, "metric": name, "points": list(map(row, points))} if loop else {}
        shown.out(document(VERSION, runs=runs.recent(store, most, *about), **more))
        return
    from innerloop.views import trend  # noqa: PLC0415 - one format a run

    if form == "csv":
        recent = None if loop else runs.recent(store, most, *about)
        shown.out(trend.csv(points, recent), end="")
        return
    if loop:
        from innerloop.views.spark import drawable  # noqa: PLC0415 - as above

        characters = drawable(sys.stdout.encoding)
        shown.out(trend.table(points, name, characters, colour=shown.colour), end="")
    else:
        recent = runs.recent(store, most, *about)
        costs = spending.of_runs(store, tuple(run.id for run in recent))
        unit = found.ground.config.spend.unit
        shown.out(tables.history(recent, costs, unit), end="")
    shown.out(_spent(found, about), end="")


def _spent(found: Project, loops: tuple[str, ...]) -> str:
    """What was spent lately, on these loops or on all; empty where nothing ever was."""
    store, now, spend = found.ground.store, time.time(), found.ground.config.spend
    month = spending.since(store, now - _MONTH, *loops)
    if not month.total:
        return ""
    today = spending.since(store, spending.midnight(now), *loops)
    of = f" of {amount(spend.day, spend.unit)}" if spend.day is not None and not loops else ""
    lately = f"{amount(month.total, spend.unit)} in 30 days"
    return f"spent: {amount(today.total, spend.unit)}{of} today, {lately}\n"


def _points(found: Project, loop: str, most: int, metric: str) -> tuple[tuple[Point, ...], str]:
    """The runs of a loop, newest first, and the metric they are followed by."""
    from innerloop.core.trend import Point, headline  # noqa: PLC0415 - only of one loop

    store, known_numbers = found.ground.store, numbers(found.ground)
    ended = ledger.verdicts(store, loop, most)
    ids = tuple(run for run, _ in ended)
    every = runs.several(store, ids)
    left = (known_numbers.of(run, loop) for run in ids)
    first = next((one for one in left if one and one.metrics), None)
    gates = found.ground.loops[loop].gate
    name = headline(first, metric, tuple(one.metric for one in gates))
    if metric and not name:
        there = ", ".join(one.name for one in first.metrics) if first else ""
        hint = f"it has {there}" if there else "it has left no numbers yet"
        raise LoopError(f"{loop!r} has no metric called {metric!r}", hint)
    values = known_numbers.metrics(loop, name, ids) if name else {}
    points = [Point(every[run], result, values.get(run)) for run, result in ended]
    return tuple(points), name


def show(name: str, *, as_json: bool, patch: bool = False) -> int:
    """Print one run whole, or one loop of it; the latest where none is named."""
    with project(write=False, warn=False) as found:
        number, loop, _ = meant(found, name)
        run = runs.found(found.ground.store, number)
        if loop:
            run = _narrowed(run, loop)
        origins = _origins(found, run)
        if patch:
            return _patched(found, run, origins)
        left = {one.loop: numbers(found.ground).of(run.id, one.loop) for one in run.results}
        accepted = acceptances.of(found.ground.store, run.id)
        shown = streams()
        if as_json:
            shown.out(_document(run, origins, left, accepted))
        else:
            shown.out(_page(run, origins, left, whole=bool(loop), colour=shown.colour), end="")
            if loop:
                shown.out(_behaved(left[loop]), end="")
            shown.out(_paid(found, run), end="")
            shown.out(snapshots.accepted(accepted), end="")
    return ExitCode.OK


def _behaved(left: Measured | None) -> str:
    """What there is to say of its cases; empty where it has none."""
    from innerloop.core.behaviour import report  # noqa: PLC0415 - only of one loop

    said = report(left.examples) if left else ""
    return f"\n{said}" if said else ""


def _paid(found: Project, run: Run) -> str:
    """What the run has cost; empty where it cost nothing."""
    cost = spending.of_runs(found.ground.store, (run.id,)).get(run.id)
    return "" if not cost else f"\ncost     {amount(cost, found.ground.config.spend.unit)}\n"


def _narrowed(run: Run, loop: str) -> Run:
    results = tuple(one for one in run.results if one.loop == loop)
    if not results:
        there = ", ".join(one.loop for one in run.results)
        raise LoopError(f"there is no loop {loop!r} in run {run.id}", f"there are: {there}")
    return run._replace(results=results)


def _origins(found: Project, run: Run) -> dict[str, Origin]:
    pairs = ((one.loop, lineages.of(found.ground.store, run.id, one.loop)) for one in run.results)
    return {loop: origin for loop, origin in pairs if origin}


def _page(
    run: Run,
    origins: dict[str, Origin],
    left: dict[str, Measured | None],
    *,
    whole: bool,
    colour: bool,
) -> str:
    """The run, with what its loops have in common said once."""
    from innerloop.views import origin as views  # noqa: PLC0415 - only to show

    facts = {loop: views.facts(origin, run) for loop, origin in origins.items()}
    first, *rest = facts.values() or [()]
    common = tuple(one for one in first if one[0] in views.COMMON)
    common = tuple(one for one in common if all(one in other for other in rest))
    most = sys.maxsize if whole else views.MOST
    notes = {
        one.loop: views.shown(
            (
                *views.numbers(left.get(one.loop), most),
                *(fact for fact in facts.get(one.loop, ()) if fact not in common),
            )
        )
        for one in run.results
    }
    return tables.run(run, colour=colour, common=common, notes=notes)


def _patched(found: Project, run: Run, origins: dict[str, Origin]) -> int:
    """Print what the work tree had beside the commit, as a patch."""
    from innerloop.core.patch import written  # noqa: PLC0415 - only where asked for
    from innerloop.system.patches import fetch  # noqa: PLC0415 - likewise

    digests = dict.fromkeys(one.lineage.patch for one in origins.values())
    if not origins:
        raise LoopError(f"run {run.id} has noted no lineage", "only longer loops do")
    if len(digests) > 1:
        several = ", ".join(f"{run.id}/{loop}" for loop in origins)
        raise LoopError(f"the loops of run {run.id} ran on different changes", several)
    digest = next(iter(digests))
    if digest:
        sys.stdout.flush()
        sys.stdout.buffer.write(written(fetch(found.ground.state, digest)))
        sys.stdout.buffer.flush()
    return ExitCode.OK


def _document(
    run: Run,
    origins: dict[str, Origin],
    left: dict[str, Measured | None],
    accepted: tuple[Accepted, ...],
) -> str:
    from innerloop.views.jsonl import document  # noqa: PLC0415 - json takes 6 ms

    measured = {loop: one._replace(examples=()) for loop, one in left.items() if one is not None}
    counts = {loop: len(one.examples) for loop, one in left.items() if one is not None}
    return document(
        VERSION,
        run=run,
        lineages=[origin.lineage for origin in origins.values()],
        measured=measured,
        examples=counts,
        accepted=accepted,
    )
