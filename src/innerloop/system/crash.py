"""A crash on purpose, for tests: killed at the n-th of the places that call here."""

from __future__ import annotations

import os
import signal

_WHERE = "LOOP_CRASH_AT"
_ALLOWED = "LOOP_CRASH_TEST"
_COUNT = [0]


def crash(_place: str) -> None:
    """Be killed here, where a test has asked for it; nobody else can."""
    if _ALLOWED not in os.environ:
        return
    _COUNT[0] += 1
    if os.environ.get(_WHERE) == str(_COUNT[0]):
        os.kill(os.getpid(), signal.SIGKILL)
    trace = os.environ.get("LOOP_CRASH_TRACE")
    if trace:
        with open(trace, "a", encoding="utf-8") as file:
            file.write(f"{_COUNT[0]} {_place}\n")
