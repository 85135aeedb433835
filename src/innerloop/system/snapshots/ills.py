"""What is wrong with how snapshots are kept, as far as it shows without running a test."""

from __future__ import annotations

import os
import re

from innerloop.core.chains import links
from innerloop.core.snapshots import ACCEPTED, RESULTS, Tool, runs_pytest
from innerloop.core.text import listing
from innerloop.system.project.settings import settings
from innerloop.system.snapshots.plugins import installed
from innerloop.system.snapshots.tools import tests, used

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.core.model import Loop
    from innerloop.system.ground import Ground

_SPREADS = re.compile(r"(?:^|\s)(?:-n\s*=?\s*(?!0\b)\w+|--numprocesses[=\s]+(?!0\b)\w+)").search
_BOTH = (
    "snappylapy and syrupy are both installed, and both call an option --snapshot-update: "
    "pytest does not start; keep one of them"
)
_NAMES = re.compile(r"--import-mode[=\s]+importlib").search


def ills(ground: Ground, loop: Loop) -> tuple[str, ...]:
    """What is wrong with a loop's snapshot tests, each with what to do about it."""
    if not runs_pytest(loop.run):
        return ()
    there = installed(ground, ground.prover.prove(loop))
    if {"snappylapy", "syrupy"} <= there:
        return (_BOTH,)
    if Tool.SNAPPYLAPY not in used(ground, loop):
        return ()
    return (*_ignored(ground, loop), *_chains(ground, loop))


def _ignored(ground: Ground, loop: Loop) -> Iterator[str]:
    """What git adds and should not, and leaves out and should not."""
    if not ground.tree.in_git:
        return
    results, kept = (os.path.join(loop.cwd, name) for name in (RESULTS, ACCEPTED))
    ignored = ground.tree.ignored([results, f"{results}/x", kept, f"{kept}/x"])
    if not {results, f"{results}/x"} & ignored:
        yield f"git would add what its tests come to: put {RESULTS}/ into .gitignore"
    if {kept, f"{kept}/x"} & ignored:
        yield (
            f"git ignores {ACCEPTED}: what was accepted is neither committed nor an input; "
            f"take it out of .gitignore"
        )


def _chains(ground: Ground, loop: Loop) -> Iterator[str]:
    found = links({path: _read(ground, path) for path in tests(ground, loop)})
    chained = [path for path, one in found.items() if one]
    if not chained:
        return
    options = _options(ground, loop)
    packed = [path for path in chained if _packed(ground, path)]
    if _NAMES(options):
        yield (
            "with --import-mode=importlib snappylapy's depends looks under another name than "
            "it saves under: leave it out"
        )
    elif packed:
        places = sorted({os.path.dirname(path) for path in packed})
        yield (
            f"its tests are a package, so snappylapy's depends looks under another name than it "
            f"saves under: remove {listing([f'{place}/__init__.py' for place in places], 3)}"
        )
    for path in chained:
        for link in found[path]:
            if not link.alike:
                yield (
                    f"{path}: {link.test} depends on {link.depends}, and only one of them is "
                    f"parametrised: snappylapy looks for a snapshot that is never saved"
                )
    if _SPREADS(options):
        yield (
            f"runs in several processes, and has a chain ({listing(chained, 3)}): "
            f"`loop accept` takes one; `pytest --snapshot-update` by hand needs -n 0"
        )


def _packed(ground: Ground, path: str) -> bool:
    return os.path.isfile(f"{ground.root}/{os.path.dirname(path)}/__init__.py")


def _options(ground: Ground, loop: Loop) -> str:
    """What pytest is told: on the command line, and by what the project's files say."""
    paths = tuple(name for name in ground.tree.paths() if "/" not in name)
    said = settings(paths, lambda path: _read(ground, path)).values.get("pytest.addopts", ())
    return " ".join((loop.run.text, *said))


def _read(ground: Ground, path: str) -> str:
    try:
        with open(f"{ground.root}/{path}", encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
