"""An acceptance under way: what came out is written, the loop is walked, and both are recorded."""

from __future__ import annotations

import os
import time
from contextlib import closing
from typing import NamedTuple

from innerloop.cli.aside import aside
from innerloop.cli.carried import Means, carried
from innerloop.cli.purse import affordable, purse
from innerloop.cli.review import reviewed
from innerloop.cli.wiring import log_reader, streams, tty, view
from innerloop.core.errors import ExitCode
from innerloop.core.model import Action, Plan, Step, Verdict
from innerloop.core.snapshots import Accepted, Tool
from innerloop.core.text import listing, visible
from innerloop.engine.cancel import Cancel
from innerloop.engine.walk import Asked
from innerloop.system import handoff, state
from innerloop.system.history import acceptances, runs
from innerloop.system.signals import code, signals
from innerloop.system.snapshots.before import Before
from innerloop.system.snapshots.pairs import pair
from innerloop.system.who import who
from innerloop.views import snapshots as shown_as

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from innerloop.cli.wanted import Wanted
    from innerloop.cli.wiring import Project
    from innerloop.core.model import Run
    from innerloop.core.snapshots import Pair, Replaced

_WRITES = 5
"""how often it is written anew, should a chain run in an odd order, before it is no chain at all"""
_COPIES = 10
"""how many steps of a chain single files are followed along"""


class Came(NamedTuple):
    """What an acceptance came to."""

    run: Run | None = None
    """the last walk that was to prove it; None: it did not come to that"""
    stopped: int = 0
    """what to exit with, where it was told to stop"""
    number: str = ""
    """the run that history keeps it with"""
    wrong: str = ""
    """what there is to say where it is not proven"""


def accepted(found: Project, wanted: Wanted, why: str) -> int:
    """Accept what one loop's tests come to; what to exit with."""
    # Before anything is written: what cannot be proven afterwards is not to be begun.
    affordable(found, wanted.loop, 0.0 if wanted.files else wanted.loop.cost)
    before = Before(found.ground, wanted.loop, wanted.tools)
    came = Came()
    try:
        came = _copied(found, wanted, why) if wanted.files else _written(found, wanted, why, before)
    finally:
        # Whatever ends it: what was written by then is written, and has to be said.
        files = before.replaced()
        number = _recorded(found, wanted, why, files, came.run)
        came = came._replace(number=number)
        _told(found, wanted, files, came, before)
    if came.stopped:
        return came.stopped
    green = came.run is not None and came.run.verdict is Verdict.GREEN
    return ExitCode.OK if green else ExitCode.FAILED


def _written(found: Project, wanted: Wanted, why: str, before: Before) -> Came:
    """Have all of it written by its own tool, until the tests pass or nothing more is written."""
    loop, run = wanted.loop, None
    stood = before.now()
    for _ in range(_WRITES):
        streams().err(f"accept {loop.name}: {wanted.command.text}")
        said = aside(found, loop, wanted.command, "accept")
        stands = before.now()
        if said.stopped:
            return Came(run, said.stopped)
        if run is not None and stands == stood:
            return Came(run, wrong="what fails is not for a snapshot to say")
        if stands == stood and said.code > 1:
            # Tests that write may well fail (1); anything else is a command that did not run.
            streams().err(log_reader(found.root)(said.log), end="")
            return Came(run, wrong=f"the command that accepts ended with exit {said.code}")
        stood = stands
        run, stopped = _walked(found, wanted, why)
        if stopped or run is None or run.verdict is Verdict.GREEN:
            return Came(run, stopped)
    return Came(run, wrong="what the tests come to is another thing each time they run")


def _copied(found: Project, wanted: Wanted, why: str) -> Came:
    """Take over single results, byte by byte, until they are what the tests come to."""
    run = None
    for _ in range(_COPIES):
        now = [pair(found.root, one.path, one.result) for one in wanted.files]
        pending = [one for one in now if one.pending]
        if run is not None and not pending:
            lost = [one.path for one in now if not one.new]
            wrong = f"no test came to {listing(lost)}" if lost else "other snapshots wait as well"
            return Came(run, wrong=wrong)
        for one in pending:
            _take_over(found.root, one)
        found.ground.tree.stale()
        run, stopped = _walked(found, wanted, why)
        if stopped or run is None or run.verdict is Verdict.GREEN:
            return Came(run, stopped)
    return Came(run, wrong="what the tests come to is another thing each time they run")


def _take_over(root: str, one: Pair) -> None:
    place = f"{root}/{one.path}"
    os.makedirs(os.path.dirname(place), exist_ok=True)
    with open(f"{root}/{one.result}", "rb") as file:
        state.put(place, file.read(), mode=0o644)


def _walked(found: Project, wanted: Wanted, why: str) -> tuple[Run | None, int]:
    """A walk of this loop alone, whatever has passed before; and what to exit with if stopped."""
    loop, shown = wanted.loop, streams()
    plan = Plan((Step(loop, Action.RUN, "accepted", loop.cycle),), force=True)
    plan = plan._replace(purse=purse(found, {loop.name}))
    asked = Asked(command=_command(wanted), why=why)
    cancel, show = Cancel(), view("", shown, found.root)
    found.ground.anew()
    with signals(cancel) as taken, closing(show):
        if hasattr(show, "pause") and hasattr(show, "resume"):
            taken.around(show.pause, show.resume)
        run = carried(found.ground, plan, asked, cancel, show, means=Means(tty=tty(shown)))
    if run is not None:
        handoff.write(found.ground, run)
    return run, code(cancel.reason) if cancel else 0


def _command(wanted: Wanted) -> str:
    return " ".join(("loop", "accept", wanted.loop.name, *(one.path for one in wanted.files)))


def _recorded(
    found: Project, wanted: Wanted, why: str, files: Sequence[Replaced], run: Run | None
) -> str:
    """Keep who accepted what with the walk that was to prove it, or with one that never ended."""
    ground = found.ground
    if not files:
        return run.id if run else ""
    mine = Accepted(wanted.loop.name, ground.veil.text(who(found.root)), tuple(files))
    with ground.store.transaction() as connection:
        said = map(ground.veil.text, (_command(wanted), why))
        number = run.id if run else runs.begin(connection, time.time(), *said)
        acceptances.keep(connection, number, mine)
    return number


def _told(
    found: Project,
    wanted: Wanted,
    files: Sequence[Replaced],
    came: Came,
    before: Before,
) -> None:
    name, out = wanted.loop.name, streams().out
    green = came.run is not None and came.run.verdict is Verdict.GREEN
    if green and not files:
        out(f"{name}: nothing was waiting")
    elif files:
        head = "accepted" if green else "written, and NOT PROVEN"
        written = [one for one in files if one.new]
        what = shown_as.names(written) if written else "nothing written"
        out(f"{name}: {head}, {what} (loop show {came.number})")
    deleted = [visible(one) for one in before.deleted(files)]
    if deleted:
        out(f"{name}: deleted, since no test came to it: {listing(deleted, 5)}")
    if not green:
        _unproven(found, wanted, came)
    if files and (deleted or not green):
        for line in _back(files, before):
            out(line)


def _unproven(found: Project, wanted: Wanted, came: Came) -> None:
    """Why it does not pass, and what waits now."""
    shown = streams()
    if came.wrong:
        shown.out(f"{wanted.loop.name}: {came.wrong}")
    if came.run is not None and wanted.tools == (Tool.SNAPPYLAPY,) and not came.stopped:
        found.ground.tree.stale()
        left = [one for one in reviewed(found, (wanted.loop.name,)) if one.waiting]
        if left:
            shown.out(shown_as.review(left, colour=shown.colour), end="")


def _back(files: Sequence[Replaced], before: Before) -> list[str]:
    """How the files can be had back as they were."""
    lines = []
    if before.copied():
        lines.append(f"as they were: {before.place}; to have them back: cp -R {before.place}/. .")
    fresh = [visible(one.path) for one in files if not one.old]
    if fresh:
        lines.append(f"not there before: {listing(fresh)}")
    return lines
