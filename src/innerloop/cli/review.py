"""loop review: which snapshots wait to be accepted, and what differs."""

from __future__ import annotations

from innerloop.cli.aside import aside
from innerloop.cli.wiring import caution, project, streams
from innerloop.core.errors import ExitCode
from innerloop.core.plan import known
from innerloop.core.snapshots import (
    REPORTS,
    Review,
    Tool,
    below,
    module,
    one_process,
    selects,
    with_options,
)
from innerloop.core.waiting import PASSED, Latest, Word, heard, settled, together, told
from innerloop.system.history import acceptances
from innerloop.system.snapshots import pairs as found_pairs
from innerloop.system.snapshots.plugins import installed
from innerloop.system.snapshots.tools import tests, used
from innerloop.views import snapshots as view

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from innerloop.cli.wiring import Project
    from innerloop.core.model import Loop
    from innerloop.core.snapshots import Pair

VERSION = 1
_LEFT_OUT = (" skipped", " deselected", " xfailed")


def review(names: tuple[str, ...], *, as_json: bool) -> int:
    """Show what waits; 0 only where it is known that nothing does."""
    with project(write=True) as found:
        caution(found)
        reviews = reviewed(found, names)
        shown = streams()
        if as_json:
            from innerloop.views.jsonl import document  # noqa: PLC0415 - json takes 6 ms

            shown.out(document(VERSION, loops=reviews))
        elif reviews:
            shown.out(view.review(reviews, colour=shown.colour), end="")
        else:
            shown.out("no loop here runs tests with snappylapy, syrupy or inline-snapshot")
    return ExitCode.OK if all(one.waiting is False for one in reviews) else ExitCode.FAILED


def reviewed(found: Project, names: Sequence[str] = ()) -> tuple[Review, ...]:
    """What is known of the snapshots of these loops; of all that have some where none is named.

    Tests are run where a tool leaves nothing else to look at, and where they have not passed yet.
    """
    loops = found.ground.config.loops
    chosen = [known(loops, name) for name in names] or list(loops)
    tools = {loop.name: used(found.ground, loop) for loop in loops}
    able = {loop.name for loop in chosen if names or (loop.auto and not loop.cost)}
    heard_of = {
        loop.name: _asked(found, loop, tools[loop.name], able=loop.name in able) for loop in chosen
    }
    there = found_pairs.pairs(found.ground.tree)
    owners = _owners(found, there, tools)
    reviews = [
        _review(found, loop, tools[loop.name], heard_of[loop.name], owners)
        for loop in chosen
        if names or tools[loop.name]
    ]
    stray = tuple(one for one, loops_of in owners.items() if not loops_of and one.pending)
    if stray and not names:
        why = "no loop runs the tests that came to this"
        reviews.append(Review("", (Tool.SNAPPYLAPY,), waiting=True, why=why, pairs=stray))
    return tuple(reviews)


def _owners(
    found: Project, there: Sequence[Pair], tools: Mapping[str, Sequence[Tool]]
) -> dict[Pair, tuple[str, ...]]:
    """The loops whose tests come to each pair."""
    loops = [one for one in found.ground.config.loops if Tool.SNAPPYLAPY in tools[one.name]]
    files = {
        loop.name: {path.rpartition("/")[2] for path in tests(found.ground, loop)} for loop in loops
    }
    return {
        one: tuple(
            loop.name
            for loop in loops
            if module(one.path) in files[loop.name]
            or (not module(one.path) and below(one.path, loop.cwd))
        )
        for one in there
    }


def _review(
    found: Project,
    loop: Loop,
    tools: Sequence[Tool],
    words: Sequence[Word],
    owners: Mapping[Pair, tuple[str, ...]],
) -> Review:
    if not tools:
        return Review(loop.name, (), None, "it runs no tests with a snapshot tool that is known")
    pairs: tuple[Pair, ...] = ()
    if Tool.SNAPPYLAPY in tools:
        mine = [one for one, names in owners.items() if loop.name in names]
        alone = all(owners[one] == (loop.name,) for one in mine)
        passed = _passed(found, loop)
        latest = _latest(found, loop, alone=alone)
        pairs = settled(mine, latest, passed=passed)
        words = (told(loop.name, pairs, latest, passed=passed), *words)
    word = together(words)
    return Review(loop.name, tuple(tools), word.waiting, word.why, pairs, word.said)


def _passed(found: Project, loop: Loop) -> bool:
    ground = found.ground
    return ground.passed(ground.prover.prove(loop)) is not None


def _latest(found: Project, loop: Loop, *, alone: bool) -> Latest | None:
    ground = found.ground
    last = acceptances.latest(ground.store, loop.name)
    if last is None:
        return None
    proof = ground.prover.prove(loop)
    current = bool(last.fingerprint) and last.fingerprint == proof.fingerprint
    whole = alone and not selects(loop.run) and last.command == loop.run.text
    whole = whole and not _left_out(f"{ground.root}/{last.log}")
    return Latest(last.passed, last.began, last.ended, current, whole)


def _left_out(log: str) -> bool:
    """Whether some tests did not run to their end; also where nobody can tell any more."""
    try:
        with open(log, encoding="utf-8", errors="replace") as file:
            said = file.read()
    except OSError:
        return True
    return " passed" not in said or any(word in said for word in _LEFT_OUT)


def _asked(found: Project, loop: Loop, tools: Sequence[Tool], *, able: bool) -> tuple[Word, ...]:
    """What the tools that leave no files say, once the tests have run for them."""
    ground = found.ground
    asked = [tool for tool in tools if tool in REPORTS]
    if not asked:
        return ()
    if _passed(found, loop):
        return (Word(False, PASSED),)
    if not able:
        return (Word(None, f"it runs only when it is named: loop review {loop.name}"),)
    alone = one_process(loop.run, installed(ground, ground.prover.prove(loop)))
    command = with_options(loop.run, (*(REPORTS[tool] for tool in asked), *alone))
    if command is None:
        return (Word(None, "its command is a script, so its tests cannot be asked to report"),)
    streams().err(f"review {loop.name}: {command.text}")
    said = aside(found, loop, command, "review")
    if said.stopped:
        raise SystemExit(said.stopped)
    return tuple(heard(tool, said.code, said.text) for tool in asked)
