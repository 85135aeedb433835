"""loop history and loop show: what happened, and one run whole."""

from __future__ import annotations

from innerloop.cli.wiring import project, streams
from innerloop.core.errors import ExitCode
from innerloop.core.plan import known
from innerloop.system.history import acceptances, runs
from innerloop.views import snapshots, tables

VERSION = 1


def history(loop: str, *, most: int, as_json: bool) -> int:
    """Print the latest runs; of one loop where it is named."""
    with project(write=False, warn=False) as found:
        if loop:
            known(found.ground.config.loops, loop)
        recent = runs.recent(found.ground.store, most, loop)
        shown = streams()
        if as_json:
            from innerloop.views.jsonl import document  # noqa: PLC0415 - json takes 6 ms

            shown.out(document(VERSION, runs=recent))
        else:
            shown.out(tables.history(recent), end="")
    return ExitCode.OK


def show(name: str, *, as_json: bool) -> int:
    """Print one run whole; the latest where none is named."""
    with project(write=False, warn=False) as found:
        run = runs.found(found.ground.store, name)
        accepted = acceptances.of(found.ground.store, run.id)
        shown = streams()
        if as_json:
            from innerloop.views.jsonl import document  # noqa: PLC0415 - json takes 6 ms

            shown.out(document(VERSION, run=run, accepted=accepted))
        else:
            shown.out(tables.run(run, colour=shown.colour), end="")
            shown.out(snapshots.accepted(accepted), end="")
    return ExitCode.OK
