"""The shim ends a command with all that it has started, before it says that it has ended."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from innerloop.system import shim
from innerloop.system.journal.place import Room
from innerloop.system.launch import Launch

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(60)


def test_who_ignores_the_first_signal_is_gone_when_its_end_is_written(tmp_path: Path) -> None:
    late = tmp_path / "late"
    stubborn = f"(trap '' TERM; sleep 30; touch {late}) & wait"
    for name in ("lock", "alive"):
        (tmp_path / name).touch()
    alive = os.open(tmp_path / "alive", os.O_RDWR)
    fcntl.flock(alive, fcntl.LOCK_EX)
    words = [sys.executable, "-I", "-S", "-c"]
    # Its grace is ten seconds: in a test it is half of one.
    script = (
        f"import runpy, sys; main = runpy.run_path({shim.__file__!r})['main']; "
        "main.__globals__['GRACE'] = 0.5; main(sys.argv[1:])"
    )
    command = ["--", "sh", "-c", stubborn]
    began = time.monotonic()
    subprocess.run(
        [*words, script, str(tmp_path), "0", str(alive), "0.3", *command],
        pass_fds=(alive,),
        check=True,
    )
    os.close(alive)

    assert time.monotonic() - began < 20
    assert (tmp_path / "rc").read_text().split()[1] == "1"
    with open(tmp_path / "alive", "rb") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_who_only_looks_keeps_nobody_from_a_run(tmp_path: Path) -> None:
    launch = Launch(Room(str(tmp_path)))
    release = launch.hold("r")
    assert release is not None
    release()
    looking = os.open(tmp_path / "runs/r/lock", os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    pid = os.fork()
    if pid == 0:  # it looks for a moment
        time.sleep(0.05)
        os._exit(0)
    os.close(looking)
    release = launch.hold("r")
    os.waitpid(pid, 0)
    assert release is not None
    release()
