"""An environment: a folder outside the project, and a server on a port of its own."""

from __future__ import annotations

import fcntl
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

NAMES = ("sandbox", "test", "prod")
PATIENCE = 10.0
"""seconds that a server may take to come up, or to go"""


class OpsError(Exception):
    """What keeps us from doing it, in a sentence."""


def base() -> Path:
    """The folder of all environments: SHOP_STATE, or one of this user's."""
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(os.environ.get("SHOP_STATE") or f"{state}/shop").expanduser().absolute()


class Place:
    """One environment."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = base() / name

    @property
    def url(self) -> str:
        """Where its server listens, or would."""
        port = self.folder / "port"
        return f"http://127.0.0.1:{port.read_text().strip()}" if port.exists() else ""

    def ask(self, path: str, order: dict[str, int] | None = None) -> Any:  # noqa: ANN401 - JSON
        """What its server answers; OpsError where it does not."""
        if not self.url:
            raise OpsError(f"{self.name}: nothing was ever deployed there")
        body = None if order is None else json.dumps(order).encode()
        try:
            with urllib.request.urlopen(self.url + path, body, timeout=5) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                said = error.read().decode("utf-8", "replace")
            raise OpsError(f"{self.name}{path}: {error.code} {said}") from None
        except (OSError, ValueError) as error:
            raise OpsError(f"{self.name}{path}: {error}") from None

    def live(self) -> str:
        """The version that answers there; empty where none does."""
        try:
            return str(self.ask("/version")["version"])
        except OpsError:
            return ""

    # -- releases ----------------------------------------------------------------------------

    def release(self, version: str) -> Path:
        """The files of a version, as they were committed; unpacked once."""
        release = self.folder / "releases" / version
        if not release.exists():
            release.parent.mkdir(parents=True, exist_ok=True)
            words = ["git", "archive", version, "src", "settings"]
            packed = subprocess.run(words, capture_output=True, check=True).stdout
            fresh = Path(tempfile.mkdtemp(dir=release.parent, prefix=".new-"))
            with tarfile.open(fileobj=io.BytesIO(packed)) as files:
                files.extractall(fresh, filter="data")
            fresh.rename(release)
        return release

    def note(self, line: str) -> None:
        """Write down that something is done here, before it is."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "log").open("a", encoding="utf-8") as log:
            log.write(f"{line}\n")

    # -- its server --------------------------------------------------------------------------

    def start(self, version: str) -> None:
        """Serve a version instead of what is served now; OpsError where it does not come up."""
        release = self.release(version)
        self.stop()
        said = self.folder / "server.log"
        words = [sys.executable, "-m", "shop.server", "--version", version]
        words += ["--place", str(self.folder), "--settings", f"settings/{self.name}.json"]
        with said.open("wb") as log:
            server = subprocess.Popen(
                words,
                cwd=release,
                env={**os.environ, "PYTHONPATH": "src", "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + PATIENCE
        while self.live() != version:
            if server.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise OpsError(f"{self.name}: it does not come up\n{said.read_text()}".rstrip())
            time.sleep(0.02)

    def stop(self) -> bool:
        """End its server, and nobody else's; whether there was one."""
        pid = self.pid()
        if not pid:
            return False
        deadline = time.monotonic() + PATIENCE
        os.kill(pid, signal.SIGTERM)
        while self.pid() == pid:
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)
        return True

    def pid(self) -> int:
        """The process that holds the lock: a number in a file alone may be anybody's by now."""
        try:
            with (self.folder / "lock").open(encoding="ascii") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return int(lock.read() or 0)
        except FileNotFoundError:
            pass
        return 0
