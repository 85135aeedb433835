from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

import pexpect
import pytest
from children import eventually, gone, pids, script

import innerloop
from innerloop.engine.cancel import Cancel
from innerloop.system.signals import code, signals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE = os.path.dirname(os.path.dirname(innerloop.__file__))
# What `loop` is, as far as signals are concerned: the walk waits while a thread supervises.
LOOP = """
import os, sys, threading
from innerloop.core.job import Job
import innerloop
from innerloop.engine.cancel import Cancel
from innerloop.system.process import supervise
from innerloop.system.signals import code, signals
folder, command = sys.argv[1:]
job = Job("unit", (("sh", "-c", command),), folder, os.environ, 60.0, folder + "/log",
          grace=(5.0, 5.0))
cancel, done = Cancel(), []
def run():
    done.append(supervise(job, lambda text: print(text, end="", flush=True), cancel))
def say(what):
    return lambda: print("<", what, ">", flush=True)
with signals(cancel) as taken:
    taken.around(say("before"), say("after"))
    thread = threading.Thread(target=run)
    thread.start()
    while not done:
        thread.join()
    print("ended", done[0].exit_code, done[0].cancelled, cancel.reason, flush=True)
sys.exit(code(cancel.reason) if cancel else 0)
"""
# Not sh: dash forgets an interrupt that comes just before it runs a program. Nor without `flush`:
# Python forgets one that comes while it closes a file which nobody names.
PATIENT = """
exec python3 -c "import os, time
pids = open('pids', 'w')
pids.write(str(os.getpid()))
pids.flush()
time.sleep(60)"
"""
COUNTING = (
    'exec python3 -c "import os, signal, time\n'
    "signal.signal(signal.SIGINT, lambda *_: os.write(1, b'int\\n'))\n"
    "print('up', flush=True)\n"
    'while True: time.sleep(1)"'
)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[pexpect.spawn[str]]:
    """An interactive shell in a terminal of its own."""
    (tmp_path / "loop.py").write_text(LOOP)
    env = os.environ | {"PYTHONPATH": SOURCE, "PS1": "$ ", "TERM": "dumb"}
    shell = pexpect.spawn(
        "bash", ["--norc", "--noprofile", "-i"], env=env, encoding="utf-8", timeout=10
    )
    shell.sendline(f"cd {tmp_path}; bind 'set enable-bracketed-paste off'; PS1='READY> '")
    shell.expect("READY> ")
    yield shell
    shell.close(force=True)


def start(terminal: pexpect.spawn[str], folder: Path, command: str) -> None:
    (folder / "command").write_text(command)
    terminal.sendline(f'{sys.executable} loop.py {folder} "$(cat command)"')


# P4: Ctrl-C reaches `loop`, and by it the child, once.
def test_ctrl_c_interrupts_the_child_once(terminal: pexpect.spawn[str], tmp_path: Path) -> None:
    start(terminal, tmp_path, COUNTING)
    terminal.expect("\nup")
    terminal.sendintr()
    terminal.expect(r"\^C\s*int\r")
    time.sleep(0.3)
    terminal.sendintr()
    terminal.expect("ended 137 True interrupted")
    terminal.sendline("echo code $?")
    terminal.expect("code 130")

    assert (tmp_path / "log").read_text() == "up\nint\n"


def test_ctrl_z_suspends_both_and_fg_continues_both(
    terminal: pexpect.spawn[str], tmp_path: Path
) -> None:
    start(terminal, tmp_path, "for n in 1 2 3 4 5 6; do echo $n >>seen; echo $n; sleep 0.1; done")
    terminal.expect("\n1\r")
    for _ in range(2):
        terminal.sendcontrol("z")
        terminal.expect("< before >")
        terminal.expect("Stopped")
        terminal.expect("READY> ")
        seen = (tmp_path / "seen").read_text()
        time.sleep(0.3)
        assert (tmp_path / "seen").read_text() == seen
        terminal.sendline("fg")
        terminal.expect("< after >")
    terminal.expect("ended 0 False")

    assert (tmp_path / "seen").read_text() == "1\n2\n3\n4\n5\n6\n"


def test_who_closes_the_terminal_ends_the_child(
    terminal: pexpect.spawn[str], tmp_path: Path
) -> None:
    start(terminal, tmp_path, "echo $$ >pids; echo up; sleep 60")
    up = pids(tmp_path / "pids", 1)
    terminal.close(force=False)

    assert eventually(lambda: gone(up[0]))


@pytest.mark.parametrize(
    ("number", "reason", "expected"),
    [
        (signal.SIGINT, "interrupted", 130),
        (signal.SIGTERM, "terminated", 143),
        (signal.SIGHUP, "hangup", 129),
    ],
)
def test_each_signal_has_its_reason_and_its_code(
    tmp_path: Path, number: int, reason: str, expected: int
) -> None:
    with script(LOOP, str(tmp_path), PATIENT) as loop:
        up = pids(tmp_path / "pids", 1)
        loop.send_signal(number)
        output = loop.communicate(timeout=10)[0].decode()

    assert output.endswith(f"ended 130 True {reason}\n")
    assert loop.returncode == expected
    assert gone(up[0])


@pytest.fixture
def cancel() -> Cancel:
    return Cancel()


def test_a_second_interrupt_kills(cancel: Cancel) -> None:
    with signals(cancel):
        os.kill(os.getpid(), signal.SIGINT)
        state = [(cancel.reason, cancel.killed)]
        time.sleep(0.15)
        os.kill(os.getpid(), signal.SIGINT)
        state.append((cancel.reason, cancel.killed))

    assert state == [("interrupted", False), ("interrupted", True)]


def test_the_echo_of_an_interrupt_is_no_second_one(cancel: Cancel) -> None:
    # A wrapper passes on what the terminal has sent us already.
    with signals(cancel):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

        assert not cancel.killed


def test_a_repeated_terminate_does_not_kill(cancel: Cancel) -> None:
    with signals(cancel):
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.12)

        assert cancel.reason == "terminated"
        assert not cancel.killed


ALL = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGTSTP, signal.SIGCHLD)


def test_the_old_handlers_come_back(cancel: Cancel) -> None:
    before = [signal.getsignal(number) for number in ALL]
    with signals(cancel):
        assert [signal.getsignal(number) for number in ALL] != before

    assert [signal.getsignal(number) for number in ALL] == before


@pytest.mark.parametrize("number", ALL[:4])
def test_what_was_ignored_stays_ignored(cancel: Cancel, number: int) -> None:
    old = signal.signal(number, signal.SIG_IGN)
    try:
        with signals(cancel):
            os.kill(os.getpid(), number)
            assert signal.getsignal(number) is signal.SIG_IGN
        assert signal.getsignal(number) is signal.SIG_IGN
    finally:
        signal.signal(number, old)

    assert not cancel


def test_an_ignored_sigchld_does_not_stay_so(cancel: Cancel) -> None:
    old = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        with signals(cancel):
            assert signal.getsignal(signal.SIGCHLD) is signal.SIG_DFL
        assert signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGCHLD, old)


def test_a_stop_for_no_known_reason_counts_as_an_interrupt() -> None:
    assert code("failed") == 130
