"""A notice on the desktop, where there is one; without it nothing is missing."""

from __future__ import annotations

import os
import subprocess
import sys

from innerloop.system.python import which

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

PATIENCE = 5.0
NAME = "notice"
_SHOWN = 10_000
"""milliseconds"""
# The text is handed over as an argument: none of it is read as AppleScript.
_SCRIPT = ("on run said", 'display notification (item 1 of said) with title "loop"', "end run")


def notify(said: str) -> None:
    """Show it, and wait for nothing: a desktop that does not answer is none."""
    command = _command(said, os.environ)
    if not command:
        return
    import threading  # noqa: PLC0415 - a handful of times in a day

    if any(thread.name == NAME for thread in threading.enumerate()):
        return  # it does not answer as it is
    threading.Thread(target=_run, args=(command,), name=NAME, daemon=True).start()


def _command(said: str, environ: Mapping[str, str], platform: str = sys.platform) -> list[str]:
    path = environ.get("PATH", os.defpath)
    if platform == "darwin":
        # Whoever came over the network sits at another desktop.
        here = "SSH_CONNECTION" not in environ and which("osascript", path)
        lines = [word for line in _SCRIPT for word in ("-e", line)]
        return ["osascript", *lines, said] if here else []
    display = environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")
    if not display or not which("notify-send", path):
        return []
    # Its text may have markup in it, and ours has none.
    body = said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return ["notify-send", "--app-name=loop", f"--expire-time={_SHOWN}", "--", "loop", body]


def _run(command: list[str]) -> None:
    try:
        subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return
