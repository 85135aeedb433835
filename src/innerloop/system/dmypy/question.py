"""What a job asks of mypy, where that is all it does."""

from __future__ import annotations

import os
from typing import NamedTuple

from innerloop.core.warm import lasting
from innerloop.system.warm.origin import trace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.job import Job
    from innerloop.system.warm.origin import Origin

_NAME = "mypy"


class Question(NamedTuple):
    """A mypy command, taken apart: equal ones may be put to one daemon."""

    python: tuple[str, ...]
    """how its interpreter is started, options included"""
    folder: str
    """where the interpreter would look first for modules"""
    arguments: tuple[str, ...]
    cwd: str
    env: tuple[tuple[str, str], ...]
    """what a process cannot be told later"""


def question(job: Job) -> Question | None:
    """The question a job puts to mypy; None where it is anything else."""
    origin = trace(job, (_NAME,))
    if origin is None:
        return None
    folder = _folder(origin, job.cwd)
    if folder is None:
        return None
    arguments = origin.call.arguments
    return Question(origin.interpreter, folder, arguments, job.cwd, lasting(job.env))


def _folder(origin: Origin, cwd: str) -> str | None:
    kind, target = origin.call.kind, origin.call.target
    if kind == "module":
        return cwd if target == _NAME else None
    if os.path.basename(target) != _NAME:
        return None
    return os.path.dirname(os.path.realpath(os.path.join(cwd, target)))
