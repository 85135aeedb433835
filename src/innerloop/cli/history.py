"""loop history and loop show: what happened, and one run whole."""

from __future__ import annotations

import time

from innerloop.cli.wiring import project, streams
from innerloop.core.errors import ExitCode
from innerloop.core.ladder import named
from innerloop.core.money import amount
from innerloop.system.history import runs, spending
from innerloop.views import tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.cli.wiring import Project

VERSION = 1
_MONTH = 30 * 24 * 3600.0


def history(loop: str, *, most: int, as_json: bool) -> int:
    """Print the latest runs; of one loop where it is named."""
    with project(write=False, warn=False) as found:
        about = named(found.ground.config.loops, loop) if loop else ()
        recent = runs.recent(found.ground.store, most, *(one.name for one in about))
        shown = streams()
        if as_json:
            from innerloop.views.jsonl import document  # noqa: PLC0415 - json takes 6 ms

            shown.out(document(VERSION, runs=recent))
        else:
            spend = found.ground.config.spend
            costs = spending.of_runs(found.ground.store, tuple(run.id for run in recent))
            shown.out(tables.history(recent, costs, spend.unit), end="")
            shown.out(_spent(found, loop), end="")
    return ExitCode.OK


def show(name: str, *, as_json: bool) -> int:
    """Print one run whole; the latest where none is named."""
    with project(write=False, warn=False) as found:
        run = runs.found(found.ground.store, name)
        shown = streams()
        if as_json:
            from innerloop.views.jsonl import document  # noqa: PLC0415 - json takes 6 ms

            shown.out(document(VERSION, run=run))
        else:
            costs = spending.of_runs(found.ground.store, (run.id,))
            said = {name: amount(cost, _unit(found)) for name, cost in costs.items()}
            shown.out(tables.run(run, said.get(run.id, ""), colour=shown.colour), end="")
    return ExitCode.OK


def _unit(found: Project) -> str:
    return found.ground.config.spend.unit


def _spent(found: Project, loop: str) -> str:
    """What was spent lately; empty where nothing ever was."""
    store, now = found.ground.store, time.time()
    month = spending.since(store, now - _MONTH, loop)
    if not month.times:
        return ""
    today = spending.since(store, spending.midnight(now), loop)
    limit = found.ground.config.spend.day
    of = f" of {amount(limit, _unit(found))}" if limit is not None and not loop else ""
    lately = f"{amount(month.total, _unit(found))} in 30 days"
    return f"spent: {amount(today.total, _unit(found))}{of} today, {lately}\n"
