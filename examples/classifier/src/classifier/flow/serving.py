"""Production: the server of a model, started, asked and ended."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING, Any

from classifier import ProblemError
from classifier.flow.places import state

if TYPE_CHECKING:
    from classifier.flow.registry import Entry

PATIENCE = 30.0
"""seconds that a server may take to come up, or to go"""


def ask(path: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
    """What the server answers; ProblemError where it does not."""
    port = state() / "serving/port"
    if not port.exists():
        raise ProblemError("no model was ever served")
    url = f"http://127.0.0.1:{port.read_text().strip()}{path}"
    said = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(url, said, timeout=10) as answer:
            return json.load(answer)
    except (OSError, ValueError) as error:
        raise ProblemError(f"{path}: {error}") from None


def live() -> dict[str, Any]:
    """Which model answers; empty where none does."""
    try:
        found: dict[str, Any] = ask("/version")
    except ProblemError:
        return {}
    return found


def start(entry: Entry) -> None:
    """Serve a version instead of what is served now; ProblemError where it does not come up."""
    place = state() / "serving"
    place.mkdir(parents=True, exist_ok=True)
    stop()
    words = [sys.executable, "-m", "classifier.flow.server", "--place", str(place)]
    with (place / "server.log").open("wb") as log:
        server = subprocess.Popen(  # noqa: S603 - every word of it is ours
            [*words, "--entry", str(entry.folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    deadline = time.monotonic() + PATIENCE
    while live().get("model") != entry.number:
        if server.poll() is not None or time.monotonic() > deadline:
            stop()
            said = (place / "server.log").read_text(encoding="utf-8", errors="replace")
            raise ProblemError(f"model {entry.number} does not come up\n{said}".rstrip())
        time.sleep(0.05)


def stop() -> bool:
    """End the server, and nobody else; whether there was one."""
    pid = _pid()
    if not pid:
        return False
    deadline = time.monotonic() + PATIENCE
    os.kill(pid, signal.SIGTERM)
    while _pid() == pid:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
    return True


def _pid() -> int:
    """The process that holds the lock: a number in a file alone may be anybody's by now."""
    try:
        with (state() / "serving/lock").open(encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(lock.read() or 0)
    except FileNotFoundError:
        pass
    return 0
