"""loop accept: take over what a loop comes to now, say why, and prove that it passes with it."""

from __future__ import annotations

import os
import sys

from innerloop.cli.accepting import accepted
from innerloop.cli.pinned import pin, pins
from innerloop.cli.review import reviewed
from innerloop.cli.wanted import Wanted
from innerloop.cli.wiring import agent, caution, project, streams
from innerloop.core.errors import ExitCode, LoopError
from innerloop.core.plan import known, ordered
from innerloop.core.snapshots import WRITES, Tool, one_process, with_options
from innerloop.core.text import listing
from innerloop.system.history import acceptances
from innerloop.system.snapshots import pairs
from innerloop.system.snapshots.plugins import installed
from innerloop.system.snapshots.tools import used
from innerloop.views import snapshots as view

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from innerloop.cli.wiring import Project
    from innerloop.core.model import Command, Loop
    from innerloop.core.snapshots import Pair


def accept(name: str, files: tuple[str, ...], why: str) -> int:
    """Accept, one loop after another; 0 where each of them passes with what was accepted."""
    with project(write=True) as found:
        caution(found)
        measured = _measured(found, name, files)
        if measured is not None:
            return pin(found, measured, why)
        wanted = _wanted(found, name, files)
        reason = why.strip() or _reason(found, wanted)
        for one in wanted:
            code = accepted(found, one, reason)
            if code:
                return code
    return ExitCode.OK


def _measured(found: Project, name: str, files: Sequence[str]) -> Loop | None:
    """The loop whose numbers are accepted, as a baseline; None where it is about snapshots."""
    loop = known(found.ground.config.loops, name) if name and not files else None
    snapshots = loop is not None and (loop.accept is not None or used(found.ground, loop))
    return loop if loop is not None and pins(loop) and not snapshots else None


def _wanted(found: Project, name: str, files: Sequence[str]) -> tuple[Wanted, ...]:
    """What is named; where nothing is, what there is to accept."""
    if not name:
        return tuple(_able(found, loop, used(found.ground, loop)) for loop in _waiting(found))
    loop = known(found.ground.config.loops, name)
    tools = used(found.ground, loop)
    if files:
        return (Wanted(loop, tools, loop.run, _files(found, loop, tools, files)),)
    return (_able(found, loop, tools),)


def _waiting(found: Project) -> tuple[Loop, ...]:
    """The only loop with snapshots; of several, those that fail."""
    ground = found.ground
    able = [loop for loop in ground.config.loops if loop.accept or used(ground, loop)]
    if len(able) == 1:
        return tuple(able)
    latest = {loop.name: acceptances.latest(ground.store, loop.name) for loop in able}
    failed = [loop for loop in able if (last := latest[loop.name]) and not last.passed]
    if not failed:
        names = listing([loop.name for loop in able]) or "none has snapshots that are known"
        raise LoopError("which loop's snapshots are to be accepted?", f"name it: {names}")
    return ordered(failed)


def _able(found: Project, loop: Loop, tools: Sequence[Tool]) -> Wanted:
    """The loop with the command that accepts: its own, or its tests told to write."""
    if loop.accept is not None:
        return Wanted(loop, tuple(tools), loop.accept)
    hint = "give it a command in loops.yaml, such as: accept: pytest --snapshot-update tests"
    if not tools:
        raise LoopError(f"loop {loop.name!r} has no snapshots that are known here", hint)
    command = _writing(found, loop, tools)
    if command is None:
        raise LoopError(f"loop {loop.name!r} runs a script: its pytest takes no options", hint)
    return Wanted(loop, tuple(tools), command)


def _writing(found: Project, loop: Loop, tools: Sequence[Tool]) -> Command | None:
    ground = found.ground
    options = tuple(dict.fromkeys(WRITES[tool] for tool in tools))
    # Several processes would write a chain from what was accepted before, each its own part.
    alone = one_process(loop.run, installed(ground, ground.prover.prove(loop)))
    return with_options(loop.run, (*options, *alone))


def _files(
    found: Project, loop: Loop, tools: Sequence[Tool], words: Sequence[str]
) -> tuple[Pair, ...]:
    if Tool.SNAPPYLAPY not in tools:
        raise LoopError(
            f"of {loop.name!r} no single snapshots can be accepted: its tool leaves no results",
            f"all of them: loop accept {loop.name}",
        )
    there = pairs.pairs(found.ground.tree)
    return tuple(_file(found, loop, there, word) for word in words)


def _file(found: Project, loop: Loop, there: Sequence[Pair], word: str) -> Pair:
    path = os.path.relpath(os.path.abspath(word), found.root)
    meant = pairs.named(there, path) or pairs.named(there, word)
    if not meant:
        raise LoopError(
            f"there is no snapshot {word!r}", f"loop inner {loop.name}; loop review {loop.name}"
        )
    if len(meant) > 1:
        raise LoopError(f"{word!r} names several snapshots", listing([one.path for one in meant]))
    return meant[0]


def _reason(found: Project, wanted: Sequence[Wanted]) -> str:
    """The reason, from a person; what they are asked about is shown first."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()) or agent():
        raise LoopError("why is this right?", 'say it: loop accept ... -m "why"')
    shown = streams()
    for one in wanted:
        if one.tools == (Tool.SNAPPYLAPY,):
            shown.err(view.review(reviewed(found, (one.loop.name,)), colour=shown.colour))
    shown.err("why is this right? ", end="")
    said = sys.stdin.readline().strip()
    if not said:
        raise LoopError("nothing was accepted: no reason was given")
    return said
