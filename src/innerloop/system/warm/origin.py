"""Where a command line leads: to which interpreter, and to what it is to run."""

from __future__ import annotations

import os
import stat
from typing import NamedTuple

from innerloop.core.warm import TOOLS, Call, call, interpreter, python, unfit
from innerloop.system.python import which
from innerloop.system.shims import shim

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from innerloop.core.job import Job

_SHEBANG = 256
"""bytes of a first line that every kernel reads"""


class Origin(NamedTuple):
    """A command that a process kept warm can become."""

    program: str
    """what is started, were it started cold: absolute, as it was found"""
    interpreter: tuple[str, ...]
    """how the Python is started, its options included"""
    call: Call
    argv: tuple[str, ...]
    """`sys.argv` as it begins"""
    original: tuple[str, ...]
    """`sys.orig_argv`"""


def trace(job: Job, tools: Sequence[str] = TOOLS) -> Origin | None:
    """What a job comes to; None where no process can be kept for it."""
    if len(job.argvs) != 1 or unfit(job.env):
        return None
    argv = job.argvs[0]
    path = job.env.get("PATH", os.defpath)
    place = argv[0] if "/" in argv[0] else which(argv[0], path)
    name = os.path.basename(argv[0])
    absolute = os.path.join(job.cwd, place)
    if not place or shim(absolute) or not _regular(absolute):
        return None
    if python(name) and not _first_line(absolute).startswith("#!"):
        return _direct(job, absolute)
    return _script(job, place, absolute, path) if name in tools else None


def _direct(job: Job, program: str) -> Origin | None:
    argv = job.argvs[0]
    found = call(argv[1:])
    if found is None:
        return None
    if found.kind == "file" and not _regular(os.path.join(job.cwd, found.target)):
        return None
    first = "-m" if found.kind == "module" else found.target
    return Origin(program, (argv[0], *found.options), found, (first, *found.arguments), tuple(argv))


def _script(job: Job, place: str, program: str, path: str) -> Origin | None:
    """A script that names a Python: it is run as that file, by that Python."""
    words = interpreter(_first_line(program))
    if not words:
        return None
    by = words[0] if "/" in words[0] else which(words[0], path)
    real = os.path.join(job.cwd, by)
    if not by or shim(real) or not _regular(real) or _first_line(real).startswith("#!"):
        return None
    found = call((*words[1:], place, *job.argvs[0][1:]))
    if found is None or found.target != place:
        return None
    argv = (place, *found.arguments)
    return Origin(program, words, found, argv, (*words, *argv))


def _regular(place: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(place).st_mode)
    except OSError:
        return False


def _first_line(place: str) -> str:
    try:
        with open(place, "rb") as file:
            return os.fsdecode(file.read(_SHEBANG).split(b"\n", 1)[0])
    except OSError:
        return ""
