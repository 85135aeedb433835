"""Probes: commands whose output a verdict depends on, each asked once in a walk."""

from __future__ import annotations

import os
import subprocess

from innerloop.core.command import expand
from innerloop.core.digest import blake

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from innerloop.core.model import Command, Loop
    from innerloop.system.python import Python

_TIMEOUT = 60.0


class Probes:
    """Asks what it has not asked before, until `clear`."""

    def __init__(
        self, root: str, python: Python, environ: Callable[[Loop], Mapping[str, str]]
    ) -> None:
        self._root = root
        self._python = python
        self._environ = environ
        self._known: dict[tuple[object, ...], str | None] = {}

    def clear(self) -> None:
        self._known.clear()

    def ask(self, command: Command, loop: Loop) -> str | None:
        """The digest of what a probe prints; None where it failed."""
        key = (command, loop.cwd, loop.env)
        if key not in self._known:
            self._known[key] = self._ask(command, loop)
        return self._known[key]

    def _ask(self, command: Command, loop: Loop) -> str | None:
        argv = expand(command, {"python": self._python.interpreter or "python3"})
        try:
            said = subprocess.run(
                argv,
                cwd=os.path.join(self._root, loop.cwd),
                env=self._environ(loop),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_TIMEOUT,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            return None
        return blake(said.stdout)
