from __future__ import annotations

import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest
from children import Ran, eventually, gone

from innerloop.system.groups import RUNNING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from innerloop.core.job import Completion

STUBBORN = """
import os, signal, time
signal.signal(signal.SIGINT, lambda *_: os.write(1, b"int\\n"))
signal.signal(signal.SIGTERM, lambda *_: os.write(1, b"term\\n"))
print("up", flush=True)
while True: time.sleep(1)
"""
TEARDOWN = """
import os, signal, time
def torn(*_):
    time.sleep(0.3); os.write(1, b"torn down\\n"); os._exit(0)
if os.fork() == 0:
    signal.signal(signal.SIGINT, torn)
    print("up", flush=True)
while True: time.sleep(1)
"""


@pytest.fixture
def run(tmp_path: Path) -> Ran:
    return Ran(tmp_path)


def meanwhile(run: Ran, act: Callable[[], None]) -> threading.Thread:
    """Do something once the child has said something."""

    def wait_and_act() -> None:
        if eventually(lambda: bool(run.shown)):
            act()

    thread = threading.Thread(target=wait_and_act)
    thread.start()
    return thread


def cancelled(run: Ran, script: str, **changes: object) -> Completion:
    thread = meanwhile(run, run.cancel.set)
    done = run.python(script, **changes) if "import" in script else run.sh(script, **changes)
    thread.join()
    return done


def test_what_is_cancelled_before_it_starts_never_starts(run: Ran) -> None:
    run.cancel.set()

    done = run.sh("touch started")

    assert done.cancelled
    assert done.exit_code == 130
    assert not (run.folder / "started").exists()


def test_an_interrupt_comes_first_and_is_enough(run: Ran) -> None:
    done = cancelled(run, "trap 'echo summary; exit 2' INT; echo up; while :; do sleep 0.02; done")

    assert done.cancelled
    assert done.exit_code == 2
    assert done.tail == "up\nsummary\n"


# P6: an interrupt is not a failure, still less a pass, and nothing runs after it.
def test_whoever_ends_well_when_interrupted_has_not_passed(run: Ran) -> None:
    thread = meanwhile(run, run.cancel.set)
    done = run(
        ("sh", "-c", "trap 'exit 0' INT; echo up; while :; do sleep 0.02; done"),
        ("touch", "next"),
    )
    thread.join()

    assert done.cancelled
    assert done.exit_code == 130
    assert not (run.folder / "next").exists()


def test_the_stubborn_are_told_thrice(run: Ran) -> None:
    done = cancelled(run, STUBBORN, grace=(0.2, 0.2))

    assert done.tail == "up\nint\nterm\n"
    assert done.exit_code == 137
    assert 0.4 <= done.seconds < 2


# P4: once is once.
def test_an_interrupt_is_delivered_once(run: Ran) -> None:
    done = cancelled(run, STUBBORN, grace=(0.5, 0.1))

    assert done.tail.count("int") == 1


# P3: nobody of the group stays.
def test_grandchildren_are_ended_with_the_child(run: Ran) -> None:
    script = "sleep 60 & echo $! >pid; (trap '' INT TERM; sleep 61) & echo $! >>pid; echo up; wait"

    done = cancelled(run, script, grace=(0.1, 0.1))

    assert done.cancelled
    pids = [int(line) for line in (run.folder / "pid").read_text().split()]
    assert len(pids) == 2
    assert eventually(lambda: all(gone(pid) for pid in pids))


def test_who_ignores_interrupts_when_the_child_is_gone_gets_a_short_grace(run: Ran) -> None:
    # A shell's background does.
    done = cancelled(run, "sleep 60 & echo up; wait", grace=(30, 30))

    assert done.seconds < 3


def test_a_grandchild_has_the_grace_its_parent_did_not_need(run: Ran) -> None:
    done = cancelled(run, TEARDOWN)

    assert done.tail.startswith("up\n")
    assert done.tail.endswith("torn down\n")


def test_who_is_asked_twice_kills(run: Ran) -> None:
    def insist() -> None:
        run.cancel.set()
        time.sleep(0.1)
        run.cancel.kill()

    thread = meanwhile(run, insist)
    done = run.python(STUBBORN, grace=(30, 30))
    thread.join()

    assert done.exit_code == 137
    assert done.cancelled
    assert done.seconds < 5


def test_a_stopped_child_is_ended_too(run: Ran) -> None:
    done = cancelled(run, "echo up; kill -STOP $$; sleep 60", grace=(0.1, 5))

    assert done.exit_code in {130, 143}
    assert done.seconds < 3


@pytest.fixture
def interrupts_ignored() -> Iterator[None]:
    old = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, old)


@pytest.mark.usefixtures("interrupts_ignored")
def test_where_interrupts_are_ignored_nobody_waits_for_one(run: Ran) -> None:
    done = cancelled(run, "echo up; sleep 60", grace=(30, 30))

    assert done.exit_code == 143
    assert done.seconds < 5


def test_a_cancel_after_the_end_changes_nothing(run: Ran) -> None:
    done = run(("true",))
    run.cancel.set()

    assert not done.cancelled
    assert done.exit_code == 0


# P12: a timeout ends the group, not only the shell.
def test_a_timeout_ends_them_all_and_says_so(run: Ran) -> None:
    done = run.sh("sleep 60 & echo $! >pid; sleep 61; true", timeout=0.2)

    assert done.timed_out
    assert not done.cancelled
    assert done.exit_code == 130
    assert done.seconds < 3
    assert done.tail == "loop: 'unit' ran longer than its timeout of 0.20s and was ended\n"
    assert run.log.read_text() == done.tail
    assert eventually(lambda: gone(int((run.folder / "pid").read_text())))


def test_a_timeout_is_for_all_commands_together(run: Ran) -> None:
    done = run(("sleep", "0.3"), ("sleep", "0.3"), ("touch", "third"), timeout=0.45)

    assert done.timed_out
    assert done.seconds < 2
    assert not (run.folder / "third").exists()


def test_whoever_ends_well_when_their_time_is_up_has_not_passed(run: Ran) -> None:
    done = run.sh("trap 'exit 0' INT; while :; do sleep 0.02; done", timeout=0.2)

    assert done.timed_out
    assert done.exit_code == 124


def test_a_timeout_is_met_by_the_chatty(run: Ran) -> None:
    done = run(("yes",), timeout=0.3)

    assert done.timed_out
    assert done.seconds < 3


# Ctrl-Z: suspended together, continued together, and no time lost.
def test_while_suspended_nothing_runs_and_no_time_passes(run: Ran) -> None:
    def suspend() -> None:
        RUNNING.pause()
        before = len(run.shown)
        time.sleep(0.6)
        seen.append(len(run.shown) - before)
        RUNNING.resume()

    seen: list[int] = []
    thread = meanwhile(run, suspend)
    done = run.sh("for n in 1 2 3 4 5; do echo $n; sleep 0.06; done", timeout=0.8)
    thread.join()

    assert done.exit_code == 0, done
    assert done.seconds < 0.7
    assert seen[0] <= 1


def test_a_child_started_while_suspended_waits_for_the_rest(run: Ran) -> None:
    RUNNING.pause()
    thread = threading.Timer(0.4, RUNNING.resume)
    thread.start()
    began = time.monotonic()
    done = run.sh("sleep 0.1; echo went on")
    took = time.monotonic() - began
    thread.join()

    assert done.tail == "went on\n"
    assert took >= 0.4


def test_groups_that_ended_are_no_longer_counted(run: Ran) -> None:
    run(("true",))
    run(("nonesuch",))

    assert not RUNNING._running


def test_many_at_once_do_not_hear_each_other(tmp_path: Path) -> None:
    codes: dict[int, int] = {}

    def one(number: int) -> None:
        folder = tmp_path / str(number)
        folder.mkdir()
        codes[number] = Ran(folder).sh(f"sleep 0.0{number}; exit {number}").exit_code

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert codes == {number: number for number in range(8)}
