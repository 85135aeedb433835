"""What the user can mend, and the codes the command ends with."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class ExitCode(IntEnum):
    """What `loop` tells whoever called it."""

    OK = 0
    FAILED = 1
    USAGE = 2
    ROLLED_BACK = 3
    ROLLBACK_FAILED = 4
    UNDECIDED = 5
    BUG = 70
    WAITING = 75
    HANGUP = 129
    INTERRUPTED = 130
    BROKEN_PIPE = 141
    TERMINATED = 143


def of_verdict(verdict: str) -> ExitCode:
    """The code for what a walk came to, unless it was interrupted."""
    return {"red": ExitCode.FAILED, "inconclusive": ExitCode.UNDECIDED}.get(verdict, ExitCode.OK)


class Where(NamedTuple):
    """A place in a file: line and column count from 1; `width` characters are meant."""

    path: str
    line: int
    column: int
    width: int
    text: str
    """the whole line, as it stands in the file"""


class Problem(NamedTuple):
    """One thing wrong with the configuration, said for the person who wrote it."""

    message: str
    where: Where | None = None
    hint: str = ""


class LoopError(Exception):
    """Something the user can mend: what was found, and what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(LoopError):
    """Every problem of a configuration, in the order of its lines."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(f"{len(problems)} problems in the configuration")
        self.problems = problems
