from __future__ import annotations

import os
import re
import signal
import sys
import time
from typing import TYPE_CHECKING

import pexpect
import pytest
from children import children, eventually, gone, pids, script

import innerloop
from innerloop.system.console import console

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE = os.path.dirname(os.path.dirname(innerloop.__file__))
LOOP = """
import os, sys
from innerloop.system.console import console
code = console(sys.argv[1:], os.getcwd(), os.environ)
print("code", code, flush=True)
sys.exit(code)
"""
ASK = 'print("got", input("name? "))'
DEBUG = """
def inner(value):
    breakpoint()
    return value + 1
print("result", inner(41))
"""
# Leaves the terminal as no shell can use it.
RUDE = "import tty; tty.setraw(0); print('raw', flush=True); input()"


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[pexpect.spawn[str]]:
    """An interactive shell, in a terminal and a folder of its own."""
    for name, text in (("loop", LOOP), ("ask", ASK), ("debug", DEBUG), ("rude", RUDE)):
        (tmp_path / f"{name}.py").write_text(text)
    env = os.environ | {"PYTHONPATH": SOURCE, "TERM": "dumb", "PY": sys.executable}
    bash = pexpect.spawn(
        "bash",
        ["--norc", "--noprofile", "-i"],
        env=env,
        encoding="utf-8",
        timeout=10,
        cwd=str(tmp_path),
        echo=False,
    )
    bash.sendline("PS1='READY> '; bind 'set enable-bracketed-paste off'")
    bash.expect("READY> $")
    yield bash
    bash.close(force=True)


def say(shell: pexpect.spawn[str], line: str, answer: str) -> None:
    shell.sendline(line)
    shell.expect(answer)


def settings(shell: pexpect.spawn[str]) -> str:
    shell.sendline("stty -g; echo done-$?")
    shell.expect(r"([0-9a-f:]{30,})\r\n")
    found = matched(shell)
    shell.expect("done-0")
    return found


def matched(shell: pexpect.spawn[str]) -> str:
    assert isinstance(shell.match, re.Match)
    return str(shell.match.group(1))


# P5: the person can talk to the child.
def test_it_reads_what_the_person_types(shell: pexpect.spawn[str]) -> None:
    say(shell, "$PY loop.py $PY ask.py", r"name\? ")
    say(shell, "Ada", "got Ada")
    shell.expect("code 0")


def test_a_debugger_works(shell: pexpect.spawn[str]) -> None:
    say(shell, "$PY loop.py $PY debug.py", r"\(Pdb\) ")
    say(shell, "value", "41")
    shell.expect(r"\(Pdb\) ")
    say(shell, "value = 1", r"\(Pdb\) ")
    say(shell, "c", "result 2")
    shell.expect("code 0")


def test_a_loop_in_a_loop_hands_it_on(shell: pexpect.spawn[str]) -> None:
    say(shell, "$PY loop.py $PY loop.py $PY ask.py", r"name\? ")
    say(shell, "Ada", "got Ada")
    shell.expect("code 0")
    shell.expect("code 0")
    say(shell, "echo back-$((1+1))", "back-2")


def test_ctrl_c_is_the_childs_alone(shell: pexpect.spawn[str]) -> None:
    say(shell, "$PY loop.py $PY debug.py", r"\(Pdb\) ")
    say(shell, "import time; time.sleep(30)", "")
    time.sleep(0.3)
    shell.sendintr()
    shell.expect("KeyboardInterrupt")
    shell.expect(r"\(Pdb\) ")
    say(shell, "c", "result 42")
    shell.expect("code 0")


def test_a_child_that_dies_of_ctrl_c_is_reported(shell: pexpect.spawn[str]) -> None:
    say(shell, "$PY loop.py sh -c 'echo up-$((1+1)); exec sleep 60'", "up-2")
    shell.sendintr()
    shell.expect("code 130")
    say(shell, "echo then-$?", "then-130")


def test_ctrl_z_stops_both_and_fg_continues_both(shell: pexpect.spawn[str]) -> None:
    say(shell, "$PY loop.py $PY ask.py", r"name\? ")
    for _ in range(2):
        # One that comes between `fg` and the continuing is lost with any shell: SIGCONT drops it.
        assert eventually(lambda: suspended(shell))
        shell.expect("READY> ")
        say(shell, "jobs -s | wc -l", "1")
        say(shell, "fg", "loop.py")
    say(shell, "Ada", "got Ada")
    shell.expect("code 0")
    say(shell, "echo back-$((1+1))", "back-2")


def test_from_the_background_it_waits_for_the_terminal(shell: pexpect.spawn[str]) -> None:
    shell.sendline("$PY loop.py $PY ask.py &")
    # bash tells of it before its next prompt.
    assert eventually(lambda: stopped_after(shell))
    say(shell, "fg", "loop.py")
    time.sleep(0.2)
    say(shell, "Ada", "got Ada")
    shell.expect("code 0")


def suspended(shell: pexpect.spawn[str]) -> bool:
    shell.sendcontrol("z")
    return shell.expect(["Stopped", pexpect.TIMEOUT], timeout=2) == 0


def stopped_after(shell: pexpect.spawn[str]) -> bool:
    shell.sendline("jobs")
    return shell.expect(["Stopped", "Running", pexpect.TIMEOUT], timeout=2) == 0


def test_a_stopped_job_that_is_killed_leaves_nobody(
    shell: pexpect.spawn[str], tmp_path: Path
) -> None:
    # exec, for dash cannot be stopped just before a child of its own has begun (vfork).
    say(shell, "$PY loop.py sh -c 'echo $$ >pids; echo up-$((1+1)); exec sleep 60'", "up-2")
    up = pids(tmp_path / "pids", 1)
    shell.sendcontrol("z")
    shell.expect("Stopped")
    shell.sendline("kill %1; fg")

    assert eventually(lambda: gone(up[0]))
    say(shell, "echo back-$((1+1))", "back-2")


@pytest.mark.parametrize("end", ["c", "kill"])
def test_the_terminal_comes_back_as_it_was(
    shell: pexpect.spawn[str], tmp_path: Path, end: str
) -> None:
    before = settings(shell)
    say(shell, "$PY loop.py sh -c 'echo $PPID >pids; exec $PY rude.py'", "raw")
    if end == "c":
        shell.send("x\n")
    else:
        os.kill(pids(tmp_path / "pids", 1)[0], signal.SIGTERM)
    shell.expect("code (0|1|143)")

    # The shell mends it for itself; a script that follows in the same line has it from us.
    assert settings(shell) == before


def test_what_follows_in_the_same_command_has_the_terminal_as_it_was(
    shell: pexpect.spawn[str],
) -> None:
    before = settings(shell)
    shell.sendline("bash -c '$PY loop.py $PY rude.py; stty -g; $PY ask.py'")
    shell.expect("raw")
    shell.send("x\n")
    shell.expect(r"([0-9a-f:]{30,})\r\n")
    found = matched(shell)
    shell.expect(r"name\? ")
    say(shell, "Ada", "got Ada")

    assert found == before


def test_what_it_leaves_running_is_ended(shell: pexpect.spawn[str], tmp_path: Path) -> None:
    say(shell, "$PY loop.py sh -c 'sleep 60 & echo $! >pids; exit 4'", "code 4")

    assert eventually(lambda: gone(pids(tmp_path / "pids", 1)[0]))


# Without a terminal.
def test_without_a_terminal_everything_is_inherited() -> None:
    with script(LOOP, "sh", "-c", "echo out; exit 7") as loop:
        output = loop.communicate(timeout=10)[0]

    assert output == b"out\ncode 7\n"
    assert loop.returncode == 7


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)]
)
def test_signals_for_us_are_passed_on(tmp_path: Path, number: int, code: int) -> None:
    command = f"echo $$ >{tmp_path}/pids; exec sleep 60"
    with script(LOOP, "sh", "-c", command) as loop:
        up = pids(tmp_path / "pids", 1)
        loop.send_signal(number)
        assert loop.communicate(timeout=10)[0] == f"code {code}\n".encode()

    assert gone(up[0])


def test_one_that_ignores_being_told_to_end_is_killed(tmp_path: Path) -> None:
    command = f"trap '' TERM; echo $$ >{tmp_path}/pids; while :; do sleep 0.1; done"
    with script(LOOP, "sh", "-c", command) as loop:
        pids(tmp_path / "pids", 1)
        loop.send_signal(signal.SIGTERM)
        assert loop.communicate(timeout=10)[0] == b"code 137\n"


def test_a_missing_program_is_named(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert console(["rufff"], str(tmp_path), os.environ) == 127
    assert capfd.readouterr().err == "loop: no such program: 'rufff'\n"


def test_our_handlers_files_and_children_are_as_before(tmp_path: Path) -> None:
    def ours() -> tuple[object, ...]:
        handlers = [signal.getsignal(number) for number in (1, 2, 3, 15)]
        return *handlers, len(os.listdir("/proc/self/fd")), children()

    before = ours()
    for argv in (["true"], ["nonesuch"], ["sh", "-c", "kill -9 $$"]):
        console(argv, str(tmp_path), os.environ)

    assert ours() == before


def test_the_watchdog_knows_of_it(tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []

    class Noted:
        def ready(self) -> None:
            told.append(("ready", os.getpid()))

        def add(self, group: int) -> None:
            told.append(("+", group))

        def remove(self, group: int) -> None:
            told.append(("-", group))

    console(["true"], str(tmp_path), os.environ, Noted())

    assert [sign for sign, _ in told] == ["ready", "+", "-"]
    assert told[1][1] == told[2][1] != os.getpid()
