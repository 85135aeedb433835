"""What the tests of child processes share: a way to run them, and to see that they are gone."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil

import innerloop
from innerloop.core.job import Completion, Job
from innerloop.engine.cancel import Cancel
from innerloop.system.process import supervise

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LIMIT = 20.0


class Ran:
    """Supervises jobs in a folder, and keeps what was shown of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.shown: list[str] = []
        self.cancel = Cancel()

    def job(self, *argvs: tuple[str, ...], **changes: object) -> Job:
        job = Job(
            name="unit",
            argvs=argvs,
            cwd=str(self.folder),
            env=dict(os.environ),
            timeout=LIMIT,
            log=str(self.log),
        )
        return job._replace(**changes)  # type: ignore[arg-type] # a test knows its fields

    def __call__(self, *argvs: tuple[str, ...], **changes: object) -> Completion:
        return supervise(self.job(*argvs, **changes), self.shown.append, self.cancel)

    def sh(self, script: str, **changes: object) -> Completion:
        return self(("sh", "-c", script), **changes)

    def python(self, script: str, **changes: object) -> Completion:
        return self((sys.executable, "-c", script), **changes)


def gone(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return stat.read().rpartition(b")")[2].split()[0] == b"Z"
    except OSError:
        return True


def eventually(claim: Callable[[], bool], patience: float = 15.0) -> bool:
    deadline = time.monotonic() + patience
    while not claim():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def script(text: str, *arguments: str) -> subprocess.Popen[bytes]:
    """A program of its own that uses ours."""
    source = os.path.dirname(os.path.dirname(innerloop.__file__))
    return subprocess.Popen(
        [sys.executable, "-c", text, *arguments],
        env=os.environ | {"PYTHONPATH": source},
        stdout=subprocess.PIPE,
    )


def pids(path: Path, count: int) -> list[int]:
    """The process ids in a file, once there are so many."""

    def read() -> list[int]:
        return [int(word) for word in path.read_text().split()] if path.exists() else []

    assert eventually(lambda: len(read()) >= count), f"only {read()} came up"
    return read()


def children() -> list[int]:
    """Our own, zombies included."""
    return sorted(process.pid for process in psutil.Process().children())
