"""loop outer status, findings and --plan: what there is to know. None of them writes anything."""

from __future__ import annotations

import os
import time
from contextlib import closing

from innerloop.config.find import find
from innerloop.core.errors import ExitCode, LoopError
from innerloop.system import findings as kept
from innerloop.system.flocks import held
from innerloop.system.journal import pages
from innerloop.system.journal.file import File
from innerloop.system.journal.place import room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.cli.outer_run import Flags
    from innerloop.core.book import Record
    from innerloop.core.findings import Finding
    from innerloop.views.streams import Streams

VERSION = 1


def found_root() -> str:
    """The folder of the loops.yaml that is meant here."""
    root = find(os.getcwd())
    if root is None:
        raise LoopError("there is no loops.yaml here or above", "loop init writes one")
    return root


def _streams() -> Streams:
    from innerloop.cli.wiring import streams  # noqa: PLC0415 - after the journal was read

    return streams()


def status(run: str, *, as_json: bool) -> int:
    """Print where a run stands; the latest where none is named."""
    root = found_root()
    place = room(root)
    with closing(File(place, write=False)) as file:
        others = pages.open_runs(file)
        try:
            record = pages.found(file, run) if run else _latest(file)
        except LoopError:
            if run:
                raise
            record = None
        lives, holders = pages.lives(file), pages.holders(file)
    mine = record.ticket.id if record else ""
    others = tuple(one for one in others if one.id != mine)
    running = held(f"{place.folder}/runs/{mine}/lock") if mine else False
    found = kept.still_open(root)
    shown = _streams()
    if as_json:
        from innerloop.core.reported import reported  # noqa: PLC0415 - for programs alone
        from innerloop.views.jsonl import document  # noqa: PLC0415 - json takes 6 ms

        said = {
            "run": reported(record, running=running) if record else None,
            "live": lives,
            "held": holders,
            "open": [one.id for one in others],
            "findings": found,
        }
        shown.out(document(VERSION, **said))
        return ExitCode.OK
    from innerloop.views.stage_tables import status as table  # noqa: PLC0415 - not for programs

    text = table(
        *(record, lives, holders, others, found),
        now=time.time(),
        running=running,
        colour=shown.colour,
    )
    shown.out(text, end="")
    return ExitCode.OK


def _latest(file: File) -> Record:
    """The latest run that is open; where none is, the latest."""
    runs = pages.open_runs(file)
    return pages.record(file, runs[0].id) if runs else pages.found(file, "")


def findings(*, as_json: bool) -> int:
    """Print what is open, each with where it is and what to do."""
    found = kept.still_open(found_root())
    shown = _streams()
    if as_json:
        from innerloop.views.jsonl import document  # noqa: PLC0415 - json takes 6 ms

        shown.out(document(VERSION, findings=found))
    elif not found:
        shown.out("nothing is open")
    for one in found if not as_json else ():
        shown.out(_told(one))
    return ExitCode.OK


def _told(one: Finding) -> str:
    from innerloop.core.text import visible  # noqa: PLC0415 - only where something is open

    lines = [f"{one.stage} of {one.outer}: {visible(one.message)}"]
    rows = (("at", one.where), ("said", one.said), ("command", one.command), ("log", one.log))
    for name, text in rows:
        lines += [f"  {name:8} {visible(text)}"] if text else []
    if one.loop:
        lines.append(f"  next     loop inner {one.loop}")
    elif one.back_to:
        lines.append(f"  next     loop outer {one.outer} --from {one.back_to}")
    return "\n".join(lines)


def plan(flags: Flags) -> int:
    """Print the stages of an outer loop, as a table or a picture. Asks nobody anything."""
    from innerloop.cli.tickets import chosen, picked  # noqa: PLC0415 - only for a plan
    from innerloop.config.compiled import load  # noqa: PLC0415 - likewise
    from innerloop.views import stage_tables  # noqa: PLC0415 - likewise

    config = load(found_root(), store=False).config
    one = picked(config, flags.name)
    if flags.form == "mermaid":
        _streams().out(stage_tables.mermaid(one), end="")
        return ExitCode.OK
    if flags.form not in {"", "plain"}:
        raise LoopError(f"a plan has no format {flags.form!r}", "plain or mermaid")
    _streams().out(stage_tables.plan(one, config.environments, chosen(one, flags)), end="")
    return ExitCode.OK
