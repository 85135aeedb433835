"""A hook, called by git: the environment as a terminal has it, then what the hook is for."""

from __future__ import annotations

import os
import sys

from innerloop.core.errors import ExitCode, LoopError
from innerloop.core.inherited import undressed


def run(hook: str, arguments: list[str]) -> int:
    """Run what the hook is for, in the environment that `git` was called from."""
    if hook not in {"pre-commit", "pre-push"}:
        raise LoopError(f"there is no hook called {hook!r}", "pre-commit or pre-push")
    if os.environ.get("LOOP_HOOK") == "0":
        print(f"loop: LOOP_HOOK=0, so nothing is checked at {hook}", file=sys.stderr)
        return ExitCode.OK
    plain = undressed(os.environ, _framework())
    for name in set(os.environ) - set(plain):
        del os.environ[name]
    os.environ.update(plain)
    pushed = _pushed() if hook == "pre-push" else []
    from innerloop.cli.hooked import hooked  # noqa: PLC0415 - sees the environment as it is now

    return hooked(hook, arguments, pushed)


def _framework() -> str:
    """The environment that pre-commit or prek made for us, where we run in one."""
    prefix = sys.prefix
    marks = (".install_state_v2", ".install_state_v1", ".prek-hook.json")
    made = any(os.path.exists(f"{prefix}/{mark}") for mark in marks)
    return prefix if made else ""


def _pushed() -> list[str]:
    """Git's lines on stdin; none where it is a terminal or closed."""
    if sys.stdin is None or sys.stdin.isatty():
        return []
    return os.fsdecode(sys.stdin.buffer.read()).splitlines()
