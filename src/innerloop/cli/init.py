"""`loop init`: look at a project, and write a loops.yaml that fits it."""

from __future__ import annotations

import os
import sys
import time

from innerloop.core.errors import ExitCode, LoopError
from innerloop.core.proposal import guessed, table, write
from innerloop.presets.propose import propose
from innerloop.system.project import measure as measuring
from innerloop.system.project.survey import survey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from innerloop.core.proposal import Candidate, Measured, Proposal

NAME = "loops.yaml"


def init(folder: str, *, yes: bool, force: bool, measure: bool) -> int:
    """Write the file and say what is in it; an interrupt while measuring writes nothing."""
    path = os.path.join(folder, NAME)
    if os.path.lexists(path) and not force:
        raise LoopError(
            f"there is a {NAME} here already: {path!r}",
            "--force writes it anew; what you changed in it is lost",
        )
    root = os.path.realpath(folder)
    seen = survey(root, os.environ)
    proposal = propose(seen)
    measured: dict[str, Measured] = {}
    if measure and _may_run(proposal, yes=yes):
        environ = measuring.environment(os.environ, seen.environment)
        for candidate in proposal.measurable:
            measured[candidate.name] = _measure(candidate, root, environ)
    _save(path, write(proposal, measured), force=force)
    _tell(proposal, measured)
    return ExitCode.OK


def _may_run(proposal: Proposal, *, yes: bool) -> bool:
    """Whether the tools found may be run: asked for on a terminal, else only with --yes."""
    commands = [_shown(candidate) for candidate in proposal.measurable]
    if not yes and not (sys.stdin.isatty() and sys.stderr.isatty()):
        _progress("not a terminal, so nothing is run: --yes measures how long each loop takes")
        return False
    _progress("to see how long each takes, these would run once, for a minute each at most:")
    for command in commands:
        _progress(f"  {command}")
    if yes:
        return True
    sys.stderr.write("run them? [Y/n] ")
    sys.stderr.flush()
    answer = sys.stdin.readline()
    return bool(answer) and answer.strip().lower() in {"", "y", "yes"}


def _measure(candidate: Candidate, root: str, environ: Mapping[str, str]) -> Measured:
    _progress(f"{candidate.name}: {_shown(candidate)} ...")
    began = time.monotonic()
    came = measuring.measure(candidate, root, environ)
    took = time.monotonic() - began
    word = "passed" if came.passed else "failed" if came.exit_code else "ended"
    _progress(f"{candidate.name}: {word} after {took:.1f} s")
    return came


def _shown(candidate: Candidate) -> str:
    many = len(candidate.hands)
    return candidate.run.replace("{changed}", f"({many} file{'s' * (many != 1)})")


def _save(path: str, text: str, *, force: bool) -> None:
    """All of it or nothing; without --force, never over a file that came in the meantime."""
    draft = f"{os.path.realpath(path)}.{os.getpid()}.new"
    try:
        with open(draft, "x", encoding="utf-8") as file:
            file.write(text)
        if force:
            os.replace(draft, os.path.realpath(path))
        else:
            os.link(draft, path)
    except FileExistsError:
        raise LoopError(f"{path!r} was written by somebody else just now", "look at it") from None
    except OSError as error:
        raise LoopError(f"cannot write {path!r}: {error.strerror}") from None
    finally:
        if os.path.lexists(draft):
            os.unlink(draft)


def _tell(proposal: Proposal, measured: Mapping[str, Measured]) -> None:
    rows = table(proposal, measured)
    offered = len(proposal.candidates) - len(rows)
    more = f", and {offered} more commented out" if offered else ""
    print(f"wrote {NAME}: {len(rows)} loop{'s' * (len(rows) != 1)}{more}\n")
    names = max(len(row.name) for row in rows)
    cycles = max(len(row.cycle) for row in rows)
    for row in rows:
        print(f"  {row.name:<{names}}  {row.cycle:>{cycles}}  {_short(row.came)}")
    known = not any(guessed(measured.get(one.name)) for one in proposal.measurable)
    finds = "" if known else ", which finds out how long each takes"
    print(f"\nnext: read it, then `loop inner`{finds}")


def _short(text: str) -> str:
    longest = 100
    return text if len(text) <= longest else text[: longest - 3] + "..."


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
