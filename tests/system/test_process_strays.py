from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from children import Ran, eventually, gone, pids

from innerloop.system import reaper
from innerloop.system.reaper import MARK, sweep

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def walk() -> str:
    return f"walk-{os.getpid()}-{time.monotonic_ns()}"


@pytest.fixture
def run(tmp_path: Path) -> Ran:
    return Ran(tmp_path)


def marked(mark: str, *argv: str) -> subprocess.Popen[bytes]:
    argv = argv or ("sleep", "60")
    process = subprocess.Popen(argv, env=os.environ | {MARK: mark}, start_new_session=True)
    # Popen returns in the middle of exec, when the new environment cannot be read yet.
    assert eventually(lambda: mark in environment(process.pid))
    return process


def environment(pid: int) -> str:
    with open(f"/proc/{pid}/environ") as block:
        return block.read()


@pytest.fixture
def other(walk: str) -> Iterator[subprocess.Popen[bytes]]:
    with marked(f"{walk}0") as process:
        yield process
        process.kill()


@pytest.mark.parametrize("find", ["_linux", "_elsewhere"])
@pytest.mark.parametrize("mark", ["{}", "outer:{}", "{}:inner", "outer:{}:inner"])
def test_a_stray_is_found_by_its_mark_and_ended(
    walk: str, mark: str, find: str, other: subprocess.Popen[bytes]
) -> None:
    with marked(mark.format(walk)) as stray:
        assert getattr(reaper, find)(walk) == (stray.pid,)
        # psutil waits for our child in our stead, and keeps its status to itself.
        assert stray.wait(5) in {-signal.SIGTERM, 0}
    assert other.poll() is None


def test_what_left_its_group_is_swept_after_the_walk(run: Ran, walk: str) -> None:
    run.sh(
        "setsid sh -c 'echo $$ >pids; sleep 60' & sleep 0.2", env=dict(os.environ, LOOP_WALK=walk)
    )
    up = pids(run.folder / "pids", 1)
    assert not gone(up[0])

    # The shell is ended first; its sleep, told at the same time, is found as well.
    assert up[0] in sweep(walk)
    assert eventually(lambda: gone(up[0]))


def test_one_that_ignores_being_told_is_killed(walk: str) -> None:
    with marked(
        walk,
        sys.executable,
        "-c",
        "import signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint(flush=True)\ntime.sleep(60)",
    ) as stray:
        time.sleep(0.3)
        assert sweep(walk) == (stray.pid,)
        assert stray.wait(5) == -signal.SIGKILL


def test_a_stopped_one_is_ended(walk: str) -> None:
    with marked(walk) as stray:
        stray.send_signal(signal.SIGSTOP)
        assert sweep(walk) == (stray.pid,)
        assert stray.wait(5) == -signal.SIGTERM


def test_where_nobody_strayed_nobody_is_ended(walk: str, other: subprocess.Popen[bytes]) -> None:
    assert sweep(walk) == ()
    assert sweep("") == ()
    assert other.poll() is None


def test_servers_that_are_meant_to_last_are_spared(walk: str) -> None:
    with marked(walk, sys.executable, "-c", "import time; time.sleep(60)", "dmypy") as server:
        assert sweep(walk) == ()
        assert server.poll() is None
        server.kill()


def test_the_mark_elsewhere_in_the_environment_is_none(walk: str) -> None:
    env = os.environ | {"NOTE": f"x:{walk}", "NOT_LOOP_WALK": walk, MARK: "x"}
    with subprocess.Popen(["sleep", "60"], env=env) as process:
        assert sweep(walk) == ()
        process.kill()


def test_we_and_our_ancestors_are_never_ended(walk: str) -> None:
    source = os.path.dirname(os.path.dirname(os.path.dirname(reaper.__file__)))
    child = (
        "import subprocess, sys, os\n"
        "from innerloop.system.reaper import sweep\n"
        "print(sweep(os.environ['LOOP_WALK']))"
    )
    parent = (
        f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    )
    done = subprocess.run(
        [sys.executable, "-c", parent],
        env=os.environ | {MARK: walk, "PYTHONPATH": source},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "()\n"


def test_a_number_that_has_become_somebody_else_is_not_signalled(
    other: subprocess.Popen[bytes], walk: str
) -> None:
    # As if it had ended, and its number been given away, after we had looked.
    assert reaper._hold(other.pid, walk) is None
    assert reaper._hold(1 << 22, walk) is None


def test_no_file_stays_open(walk: str) -> None:
    before = len(os.listdir("/proc/self/fd"))
    with marked(walk) as stray:
        assert sweep(walk) == (stray.pid,)

    assert len(os.listdir("/proc/self/fd")) == before
