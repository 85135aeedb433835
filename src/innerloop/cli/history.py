"""loop history and loop show: what happened, and one run whole."""

from __future__ import annotations

from innerloop.cli.wiring import project, streams
from innerloop.core.errors import ExitCode
from innerloop.core.ladder import named
from innerloop.system.history import runs
from innerloop.views import tables

VERSION = 1


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
            shown.out(tables.history(recent), end="")
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
            shown.out(tables.run(run, colour=shown.colour), end="")
    return ExitCode.OK
