from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from children import Ran, eventually, gone, pids, script

from innerloop.system import watchdog as module
from innerloop.system.process import Refused, supervise
from innerloop.system.watchdog import Watchdog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOOP = """
import os, sys
from innerloop.core.job import Job
from innerloop.engine.cancel import Cancel
from innerloop.system.process import Refused, supervise
from innerloop.system.watchdog import Watchdog
folder, command, walk = sys.argv[1:]
env = dict(os.environ, LOOP_WALK=walk)
job = Job("unit", (("sh", "-c", command),), folder, env, 60.0, folder + "/log")
with Watchdog(walk) as dog:
    supervise(job, lambda text: None, Cancel(), dog)
print("ended by itself")
"""


@pytest.fixture
def loop() -> Iterator[list[subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for each in started:
        each.kill()
        each.communicate()


def killed(
    loop: list[subprocess.Popen[bytes]], folder: Path, command: str, count: int
) -> list[int]:
    """Start `loop` on a command, wait until so many are up, and kill `loop` alone."""
    loop.append(script(LOOP, str(folder), command, f"walk-{os.getpid()}-{time.monotonic_ns()}"))
    up = pids(folder / "pids", count)
    loop[-1].kill()
    return up


# P3: whoever kills `loop` itself ends what it runs.
def test_a_killed_loop_leaves_no_group_working(
    loop: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    up = killed(loop, tmp_path, "sleep 60 & echo $$ $! >pids; wait", 2)

    assert eventually(lambda: all(gone(pid) for pid in up))


def test_nor_one_that_ignores_being_told(
    loop: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    up = killed(loop, tmp_path, "trap '' INT TERM; echo $$ >pids; while :; do sleep 0.1; done", 1)

    assert eventually(lambda: gone(up[0]))


def test_nor_one_that_is_suspended(loop: list[subprocess.Popen[bytes]], tmp_path: Path) -> None:
    up = killed(loop, tmp_path, "echo $$ >pids; kill -STOP $$; sleep 60", 1)

    assert eventually(lambda: gone(up[0]))


@pytest.mark.skipif(not os.path.exists("/proc/self/environ"), reason="needs /proc")
def test_nor_one_in_a_session_of_its_own(
    loop: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    up = killed(loop, tmp_path, "setsid sh -c 'echo $$ >pids; sleep 60' & sleep 60", 1)

    assert eventually(lambda: gone(up[0]))


def test_nobody_waits_for_the_output_of_a_killed_loop(
    loop: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    killed(loop, tmp_path, "trap '' TERM; echo $$ >pids; while :; do sleep 0.1; done", 1)
    began = time.monotonic()

    loop[0].communicate(timeout=10)

    # The watchdog itself goes on for half a second.
    assert time.monotonic() - began < 0.4


def test_a_loop_that_ends_by_itself_leaves_no_watchdog(
    loop: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    loop.append(script(LOOP, str(tmp_path), "echo $PPID >pids", "walk"))

    assert loop[0].communicate(timeout=10)[0] == b"ended by itself\n"


def test_it_starts_with_the_first_group_and_ends_with_the_context() -> None:
    with Watchdog() as dog:
        assert child(dog) == 0
        dog.add(os.getpgrp())
        pid = child(dog)
        assert pid > 0
        assert os.getsid(pid) == pid
        dog.remove(os.getpgrp())

    assert gone(pid)
    assert not os.path.exists(f"/proc/{pid}")


def child(dog: Watchdog) -> int:
    return dog._child.pid if dog._child else 0


def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen(["sleep", "60"], start_new_session=True)


def orphan(dog: Watchdog) -> None:
    """What our death looks like from the other end of the pipe."""
    assert dog._pipe is not None
    os.close(dog._pipe)
    dog._pipe = None


def test_a_group_that_was_removed_is_left_alone() -> None:
    with sleeper() as kept, sleeper() as ended:
        with Watchdog() as dog:
            for each in (kept, ended):
                dog.add(each.pid)
            dog.remove(kept.pid)
            orphan(dog)
        assert ended.wait(5) == -signal.SIGTERM
        assert kept.poll() is None
        kept.kill()


def test_a_good_end_ends_nobody() -> None:
    with sleeper() as kept:
        with Watchdog() as dog:
            dog.add(kept.pid)
        assert kept.poll() is None
        kept.kill()


def test_it_holds_neither_our_files_nor_our_folder() -> None:
    with open(os.devnull) as ours, Watchdog() as dog:
        dog.add(1 << 22)
        assert dog._child
        folder = f"/proc/{dog._child.pid}"
        # Until it has come to read, a shell opens and closes what it needs itself.
        assert eventually(lambda: "pipe_read" in syscall(child(dog)))
        held = {
            int(name): os.readlink(f"{folder}/fd/{name}") for name in os.listdir(f"{folder}/fd")
        }
        assert ours.fileno() not in held or held[ours.fileno()] != os.devnull
        assert held.pop(0).startswith("pipe:")
        assert held.pop(1) == held.pop(2) == os.devnull
        assert not held
        assert os.readlink(f"{folder}/cwd") == "/"
        dog.remove(1 << 22)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGTSTP])
def test_signals_do_not_end_it(number: int) -> None:
    with sleeper() as ended:
        with Watchdog() as dog:
            dog.add(ended.pid)
            assert dog._child
            # Until it has come to read, its traps may not be set.
            assert eventually(lambda: "pipe_read" in syscall(child(dog)))
            os.kill(dog._child.pid, number)
            orphan(dog)
        assert ended.wait(5) == -signal.SIGTERM


def syscall(pid: int) -> str:
    with open(f"/proc/{pid}/wchan") as channel:
        return channel.read()


def test_without_a_shell_everything_else_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise Refused(127, "no shell here")

    monkeypatch.setattr(module, "spawn", refuse)
    before = len(os.listdir("/proc/self/fd"))
    run = Ran(tmp_path)
    with Watchdog() as dog:
        assert supervise(run.job(("true",)), print, run.cancel, dog).exit_code == 0

    assert len(os.listdir("/proc/self/fd")) == before


def test_its_own_death_is_borne() -> None:
    with Watchdog() as dog:
        dog.add(1 << 22)
        assert dog._child
        os.kill(dog._child.pid, signal.SIGKILL)
        assert eventually(lambda: gone(dog._child.pid if dog._child else 0))
        dog.add(1 << 22)
        dog.remove(1 << 22)


def test_no_file_stays_open() -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        with Watchdog("walk") as dog:
            dog.add(1 << 22)
            dog.remove(1 << 22)

    assert len(os.listdir("/proc/self/fd")) == before
