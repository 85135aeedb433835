"""A hook, called by git: the environment as a terminal has it, then what the hook is for."""

from __future__ import annotations

import os
import sys

from innerloop.commit import undress
from innerloop.core.errors import ExitCode, LoopError


def run(hook: str, arguments: list[str], below: str | None = None) -> int:
    """Run what the hook is for, in the environment that `git` was called from."""
    if hook not in {"pre-commit", "pre-push"}:
        raise LoopError(f"there is no hook called {hook!r}", "pre-commit or pre-push")
    if os.environ.get("LOOP_HOOK") == "0":
        print(f"loop: LOOP_HOOK=0, so nothing is checked at {hook}", file=sys.stderr)
        return ExitCode.OK
    undress()
    pushed = _pushed() if hook == "pre-push" else []
    from innerloop.cli.hooked import hooked  # noqa: PLC0415 - sees the environment as it is now

    return hooked(hook, arguments, pushed, below)


def _pushed() -> list[str]:
    """Git's lines on stdin; none where it is a terminal or closed."""
    if sys.stdin is None or sys.stdin.isatty():
        return []
    return os.fsdecode(sys.stdin.buffer.read()).splitlines()
