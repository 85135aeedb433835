"""What the tests of warm processes share: environments of their own, and runs to compare."""

from __future__ import annotations

import difflib
import os
import re
import shutil
import subprocess
import sys
import time
import venv
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from innerloop.core.job import Completion, Job
from innerloop.engine.cancel import Cancel
from innerloop.system.process import supervise
from innerloop.system.reaper import MARK
from innerloop.system.runners.warm import Warm
from innerloop.system.warm import learned

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LIMIT = 120.0
_TIMES = ("time", "timestamp", "hostname")
_ADDRESS = re.compile(r"0x[0-9a-f]+")


class Place:
    """A project in a folder, in an environment, with a runner that keeps processes for it."""

    def __init__(self, folder: Path, environment: Path) -> None:
        self.root = folder / "project"
        self.root.mkdir()
        self.state = str(folder / "state")
        self.environment = environment
        self.env = {**os.environ, "PATH": f"{environment}/bin:/usr/bin:/bin", MARK: "walk"}
        self.shown: list[str] = []
        self.cancel = Cancel()
        self.warm = Warm(self.state, None, root=str(self.root))

    def write(self, files: Mapping[str, str]) -> Place:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return self

    def package(self, name: str, text: str) -> Path:
        """A package, as if it had been installed."""
        path = next(self.environment.glob("lib/python*/site-packages")) / f"{name}.py"
        # As an installer leaves it, which compiles what it installs.
        (path.parent / "__pycache__").mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        settle(path)
        settle(path.parent)
        return path

    def job(self, *argv: str, **changes: object) -> Job:
        log = str(self.root.parent / "log")
        job = Job("unit", (argv,), str(self.root), self.env, LIMIT, log, warm=True)
        return job._replace(**changes)  # type: ignore[arg-type] # a test knows its fields

    def cold(self, job: Job) -> Completion:
        return supervise(job, self.shown.append, Cancel())

    def run(self, job: Job) -> Completion:
        """With what waits for it, if anything does."""
        self.shown.clear()
        return self.warm(job, self.shown.append, self.cancel)

    def ready(self, job: Job) -> Place:
        """Until the loop has a process that waits, or will never have one."""
        for chore in list(self.warm._chores):
            chore.join()  # or the next one of an earlier job would take the place of this one
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline:
            self.warm.expect(job)
            place = self.warm._places.get(job.name)
            standby = place and place.standby
            if place and place.off:
                return self
            if standby and standby.settled(self.cancel, LIMIT) and standby.outcome.ready:
                return self
            time.sleep(0.01)
        pytest.fail("no process is ready")

    def warmed(self, job: Job) -> Completion:
        """In a process that was waited for."""
        return self.ready(job).run(job)

    def close(self) -> None:
        self.warm.close()

    def lessons(self, name: str = "unit") -> learned.Lessons:
        return learned.read(learned.place(self.state), name)


def made(folder: Path) -> Path:
    """An environment with nothing in it."""
    venv.create(folder, with_pip=False, symlinks=True)
    for path in folder.rglob("*"):
        settle(path)
    return folder


def settle(path: Path) -> None:
    """Wait until what was written is older than whatever begins now, by the coarsest clock."""
    deadline = path.lstat().st_ctime + 0.03
    while time.time() < deadline:
        time.sleep(0.005)


def tools(folder: Path, *names: str) -> Path:
    """An environment with packages from the index: slow, so made once."""
    made(folder)
    pip = [sys.executable, "-m", "pip", "--python", str(folder), "install", "-q"]
    subprocess.run([*pip, "--disable-pip-version-check", *names], check=True, timeout=LIMIT)
    return folder


def junit(path: Path, *, ordered: bool = False) -> str:
    """A JUnit file without what differs between any two runs; of xdist's, the order too."""
    tree = ET.parse(path)
    for node in tree.iter():
        for name in _TIMES:
            node.attrib.pop(name, None)
        if node.tag == "property":
            node.attrib.pop("value", None)  # Hypothesis puts its times there
    for suite in tree.iter("testsuite") if ordered else ():
        suite[:] = sorted(suite, key=lambda node: node.get("name", ""))
    path.unlink()
    return _ADDRESS.sub("0x", ET.tostring(tree.getroot(), encoding="unicode"))


def differences(one: str, other: str) -> str:
    """Empty where they are the same."""
    cold, warm = (re.sub(r"(?<=[,>\n]) ?", "\n", text).split("\n") for text in (one, other))
    return "\n".join(difflib.unified_diff(cold, warm, "cold", "warm", n=1, lineterm=""))


def swept(root: Path) -> None:
    """Without what an earlier run has left."""
    for name in (".pytest_cache", ".hypothesis", ".testmondata", ".coverage", "base"):
        path = root / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
