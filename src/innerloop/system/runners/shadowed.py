"""The runner of the shadow: what is imported comes from there, or the pass does not count."""

from __future__ import annotations

import os
import re
from ast import literal_eval
from contextlib import suppress
from typing import NamedTuple

from innerloop.core.errors import LoopError
from innerloop.system.packages import sites

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from innerloop.core.job import Completion, Job
    from innerloop.core.world import Runner, Stoppable

_INSIDE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "shadow", "inside")
_MAPPING = re.compile(r"^MAPPING(?:: [^=]*)? = (\{.*\})$", re.MULTILINE)
_DEAF = re.compile(r"\bPYTHONPATH=|\b(?:python|pypy)[\d.]*\s(?:-[A-Za-z]+\s+)*-[A-Za-z]*[EIS]")
"""what leaves out the folder that we have every Python look in first"""


class Overlay(NamedTuple):
    """How what is in the work tree is found in the shadow instead."""

    home: str
    root: str
    sources: tuple[str, ...]
    """folders of the shadow that packages are imported from"""
    spared: tuple[str, ...]
    """folders of the work tree that may be imported from: environments"""
    report: str
    what: str = "what is staged"
    """what is in the shadow, in words"""
    hint: str = "so its verdict does not count: stage everything, or run 'loop inner'"

    def environ(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The environment of a command, so that it finds what is staged."""
        found = dict(environ)
        for name, first in (("PYTHONPATH", (_INSIDE, *self.sources)), ("MYPYPATH", self.sources)):
            given = [part for part in environ.get(name, "").split(os.pathsep) if part]
            told = (*first, *map(self._moved, given))
            if told:
                found[name] = os.pathsep.join(dict.fromkeys(told))
        homes = dict.fromkeys((f"{self.home}/", f"{os.path.realpath(self.home)}/"))
        found["LOOP_SHADOW_HOMES"] = os.pathsep.join(homes)
        found["LOOP_SHADOW_SPARED"] = os.pathsep.join(f"{one}/" for one in self.spared)
        found["LOOP_SHADOW_REPORT"] = self.report
        return found

    def named(self, argv: tuple[str, ...]) -> str:
        """A path of the work tree in a command line; empty: there is none."""
        pattern = rf"(?<![\w./-]){re.escape(self.home)}/[^\s'\";|&<>()]*"
        paths = (path for word in argv for path in re.findall(pattern, word))
        spared = tuple(f"{one}/" for one in self.spared)
        return next((path for path in paths if not f"{path}/".startswith(spared)), "")

    def _moved(self, folder: str) -> str:
        inside = f"{folder}/".startswith(f"{self.home}/")
        return self.root + folder[len(self.home) :] if inside else folder


def overlay(home: str, root: str, interpreter: str, folder: str) -> Overlay:
    """The overlay for a project, whose packages may be installed so that they can be edited."""
    bases = dict.fromkeys((home, os.path.realpath(home)))
    places = [place for site in sites(interpreter) for place in _editable(site)]
    sources = [
        root + place[len(base) :]
        for place in places
        for base in bases
        if f"{place}/".startswith(f"{base}/")
    ]
    prefix = os.path.dirname(os.path.dirname(interpreter))
    # Not the environment's whole folder: a project may lie in it.
    spared = [*(f"{prefix}/{name}" for name in ("lib", "lib64", "bin")), f"{home}/.loop", folder]
    kept = tuple(dict.fromkeys(sources))
    return Overlay(home, root, kept, tuple(spared), f"{folder}/imported")


def shadowed(runner: Runner, overlay: Overlay) -> Runner:
    """Runs each job so that it imports what is staged; a `LoopError` where it did not."""

    def run(job: Job, emit: Callable[[str], None], cancel: Stoppable) -> Completion:
        if overlay.sources and any(_deaf(argv) for argv in job.argvs):
            raise LoopError(
                f"{job.name}: a Python with -I, -E, -S or a PYTHONPATH= of its own imports "
                f"the work tree, not {overlay.what}",
                "give the variable under env:, or install the project without --editable",
            )
        named = next(filter(None, (overlay.named(argv) for argv in job.argvs)), "")
        if named:
            raise LoopError(
                f"{job.name}: its command names {named}, in the work tree, and not what is staged",
                "write the path relative to the loop's folder",
            )
        with suppress(FileNotFoundError):
            os.unlink(overlay.report)
        done = runner(job._replace(env=overlay.environ(job.env)), emit, cancel)
        read = _first(overlay.report)
        if read and not done.cancelled:
            raise LoopError(
                f"{job.name} imported {os.path.relpath(read, overlay.home)} from the work tree, "
                f"not {overlay.what}",
                overlay.hint,
            )
        return done

    return run


def _deaf(argv: tuple[str, ...]) -> bool:
    """Whether a Python may be started that does not import what we tell it to."""
    return _DEAF.search(" ".join(argv)) is not None


def _editable(site: str) -> Iterator[str]:
    """The folders that are imported from because of what stands in a folder of packages."""
    with suppress(OSError):
        for name in sorted(os.listdir(site)):
            if name.endswith(".pth"):
                yield from (line for line in _lines(f"{site}/{name}") if line.startswith("/"))
            elif name.startswith("__editable__") and name.endswith("_finder.py"):
                yield from _mapped("\n".join(_lines(f"{site}/{name}")))


def _mapped(text: str) -> Iterator[str]:
    found = _MAPPING.search(text)
    with suppress(ValueError, SyntaxError, AttributeError):
        for name, place in literal_eval(found[1] if found else "{}").items():
            # `{'app': '/there/src/app'}`: what is imported from is the folder above.
            above, _, last = str(place).rpartition("/")
            if last.removesuffix(".py") == name.rpartition(".")[2]:
                yield above


def _lines(place: str) -> list[str]:
    try:
        with open(place, encoding="utf-8", errors="surrogateescape") as file:
            return [line.strip() for line in file]
    except OSError:
        return []


def _first(report: str) -> str:
    return next(iter(_lines(report)), "")
