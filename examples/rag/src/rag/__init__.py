"""Answers from a folder of documents, made in steps that can be checked one by one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class ProblemError(Exception):
    """Something the person at the terminal can mend, in a sentence."""


def run(main: Callable[[], None]) -> None:
    """Run a program; what its user can mend is said in a line, and the exit code is 1."""
    try:
        main()
    except (ProblemError, OSError) as problem:
        sys.exit(f"error: {problem}")
