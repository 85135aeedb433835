"""Environments with snapshot tools in them: programs for our tests to call, made once a session."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import venv
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Project

_BEFORE = dict(os.environ)
"""as whoever started us has it: pip's own settings are in a home that no test sees"""
_UNREACHED = re.compile(
    r"No matching distribution|Connection|Temporary failure|Could not fetch|ProxyError|timed out"
).search
_PATIENCE = 240
"""seconds for what starts pytest with its plugins several times, where much else runs"""


@pytest.fixture(scope="session")
def snappylapy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with snappylapy, and xdist."""
    return _made(tmp_path_factory, "snappylapy", "pytest", "pytest-xdist")


@pytest.fixture(scope="session")
def syrupy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One with syrupy and inline-snapshot: beside snappylapy, pytest would not start."""
    return _made(tmp_path_factory, "syrupy", "inline-snapshot", "pytest", "pytest-xdist")


def _made(factory: pytest.TempPathFactory, *packages: str) -> Path:
    base = factory.getbasetemp()
    # Workers of xdist share what lies above their own.
    home = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    place = home / f"with-{packages[0]}"
    with _alone(home / f"{place.name}.lock"):
        said = place / "said"
        if not said.exists():
            venv.create(place, symlinks=True)
            said.write_text(_installed(place, packages))
        problem = said.read_text()
    if problem:
        if _UNREACHED(problem):
            pytest.skip(f"the package registry cannot be reached for {packages[0]}")
        pytest.fail(problem)
    return place


def _installed(place: Path, packages: tuple[str, ...]) -> str:
    """Nothing, or what pip says is wrong."""
    words = (sys.executable, "-m", "pip", "--python", str(place / "bin/python"), "install", "-q")
    done = subprocess.run(
        [*words, *packages],
        env=_BEFORE,
        capture_output=True,
        text=True,
        check=False,
        timeout=_PATIENCE,
    )
    return done.stderr if done.returncode else ""


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def equipped(project: Project, environment: Path) -> Project:
    """The project with that environment as its own."""
    (project.root / ".venv").symlink_to(environment)
    project.write({".gitignore": ".venv\n__test_results__/\n__pycache__/\n"})
    # Not the empty one around it: that is no Python.
    shutil.rmtree(project.bin)
    project.limit = _PATIENCE
    project.env["PYTHONDONTWRITEBYTECODE"] = "1"
    return project
