"""The keyboard in a real terminal: what is posted, and how the terminal is left."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIMIT = 20
PRELUDE = """
import os, sys, termios, threading, time
from queue import SimpleQueue
from innerloop.system.keyboard import Keyboard

def modes():
    flags = termios.tcgetattr(0)[3]
    return ["cooked" if flags & termios.ICANON and flags & termios.ECHO else "raw"]

def now(wanted):
    while modes() != [wanted]: time.sleep(0.01)
    print(wanted, flush=True)

def keys(last="q"):
    while True:
        key = inbox.get(timeout=60).key
        print("key", key, flush=True)
        if key == last: return

inbox = SimpleQueue()
keyboard = Keyboard(inbox.put)
keyboard.start()
"""


class Typed:
    """A script with a keyboard, and a terminal to type on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.children: list[pexpect.spawn[str]] = []

    def __call__(self, story: str) -> pexpect.spawn[str]:
        (self._folder / "story.py").write_text(PRELUDE + story)
        child: pexpect.spawn[str] = pexpect.spawn(
            sys.executable,
            ["story.py"],
            cwd=str(self._folder),
            timeout=LIMIT,
            encoding="utf-8",
            echo=True,
        )
        child.delaybeforesend = None
        self.children.append(child)
        return child


@pytest.fixture
def typed(tmp_path: Path) -> Iterator[Typed]:
    found = Typed(tmp_path)
    yield found
    for child in found.children:
        child.close(force=True)


def test_keys_are_posted_as_they_are_pressed_and_not_shown(typed: Typed) -> None:
    child = typed("now('raw'); keys(); keyboard.close(); now('cooked')\n")
    child.expect_exact("raw")
    for data, key in (("a", "a"), ("\r", "enter"), ("\x1b[A", "up"), ("\x1b", "esc"), ("q", "q")):
        child.send(data)
        child.expect_exact(f"key {key}\r\n")
        assert child.before is not None
        assert child.before.strip() == ""
    child.expect_exact("cooked")
    child.expect(pexpect.EOF)


def test_a_sequence_that_comes_in_two_reads_is_one_key(typed: Typed) -> None:
    child = typed("import innerloop.system.keyboard as it; it._ESCAPE = 3.0\nnow('raw'); keys()\n")
    child.expect_exact("raw")
    child.send("\x1b")
    child.send("[6")
    child.send("~q")
    child.expect_exact("key pagedown\r\nkey q\r\n")


def test_what_is_pasted_posts_nothing(typed: Typed) -> None:
    child = typed("now('raw'); keys()\n")
    child.expect_exact("raw")
    child.send("\x1b[200~" + "qa" * 300 + "\x1b[201~")
    child.send("\x1b[B")
    child.expect_exact("key down")
    assert child.before is not None
    assert "key" not in child.before


def test_many_keys_at_once_were_not_typed(typed: Typed) -> None:
    child = typed("now('raw')\nkeyboard._send(['q'] * 17); keyboard._send(['a'] * 16); keys('a')\n")
    child.expect_exact("key a")
    assert child.before is not None
    assert "key" not in child.before


def test_while_paused_lines_are_somebody_elses(typed: Typed) -> None:
    child = typed(
        "now('raw'); keyboard.pause(); now('cooked'); print('type', flush=True)\n"
        "time.sleep(0.5); print('still', *modes(), inbox.empty())\n"
        "print('read', input()); keyboard.resume(); now('raw'); keys()\n"
    )
    child.expect_exact("type")
    child.sendline("a line of q")
    child.expect_exact("still cooked True")
    child.expect_exact("read a line of q")
    child.expect_exact("raw")
    child.send("q")
    child.expect_exact("key q")


def test_how_the_terminal_was_set_meanwhile_is_how_it_is_left(typed: Typed) -> None:
    child = typed(
        "def delays(): return termios.tcgetattr(0)[0] & termios.IXON\n"
        "now('raw'); keyboard.pause(); os.system('stty -ixon')\n"
        "keyboard.resume(); now('raw'); keyboard.close(); now('cooked'); print('ixon', delays())\n"
    )
    child.expect_exact("ixon 0")


def test_ctrl_c_and_ctrl_z_are_signals_still(typed: Typed) -> None:
    child = typed(
        # A handler may come in the middle of a print, which is not to be begun again in there.
        "import os, signal\n"
        "signal.signal(signal.SIGTSTP, lambda *_: os.write(1, b'stop\\n'))\n"
        "now('raw')\n"
        "try: keys()\n"
        "except KeyboardInterrupt: print('interrupted')\n"
    )
    child.expect_exact("raw")
    child.send("\x1a")
    child.expect_exact("stop")
    child.send("\x03")
    child.expect_exact("interrupted")


@pytest.mark.parametrize("end", ["raise SystemExit", "1 / 0", "pass"])
def test_whoever_forgets_to_close_it_leaves_the_terminal_as_it_was(
    tmp_path: Path, end: str
) -> None:
    ours, theirs = os.openpty()
    story = PRELUDE + f"now('raw')\n{end}\n"
    (tmp_path / "story.py").write_text(story)
    try:
        done = subprocess.run(
            [sys.executable, "story.py"],
            cwd=tmp_path,
            stdin=theirs,
            capture_output=True,
            timeout=LIMIT,
            check=False,
        )
        assert done.stdout == b"raw\n"
        left = subprocess.run(["stty", "-a"], stdin=theirs, capture_output=True, check=True)
        assert b" icanon " in left.stdout
        assert b" echo " in left.stdout
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize("stdin", ["/dev/null", "typed", None])
def test_without_a_terminal_there_is_no_keyboard(tmp_path: Path, stdin: str | None) -> None:
    story = PRELUDE + (
        "keyboard.pause(); keyboard.resume(); time.sleep(0.2); assert inbox.empty()\n"
        "keyboard.close(); keyboard.close()\n"
        "print('threads', threading.active_count())\n"
    )
    shell = f"exec {sys.executable} story.py {f'< {stdin}' if stdin else '<&-'}"
    (tmp_path / "story.py").write_text(story)
    (tmp_path / "typed").write_text("qqq")
    done = subprocess.run(
        ["sh", "-c", shell], cwd=tmp_path, capture_output=True, timeout=LIMIT, check=True
    )
    assert done.stdout == b"threads 1\n"
    assert done.stderr == b""


def test_the_end_of_a_terminal_ends_the_reading(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    (tmp_path / "story.py").write_text(
        PRELUDE
        + "now('raw'); keyboard._thread.join(20)\n"
        + "spent = sum(os.times()[:2]); time.sleep(0.5)\n"
        + "print('ended', not keyboard._thread.is_alive(), sum(os.times()[:2]) - spent < 0.1)\n"
    )
    with subprocess.Popen(
        [sys.executable, "story.py"],
        cwd=tmp_path,
        stdin=theirs,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as child:
        os.close(theirs)
        assert child.stdout is not None
        assert child.stdout.readline() == b"raw\n"
        os.close(ours)
        assert child.stdout.readline() == b"ended True True\n"


def test_idle_it_costs_nothing_and_closing_leaves_nothing(typed: Typed) -> None:
    child = typed(
        "now('raw'); before = sum(os.times()[:2]); time.sleep(1)\n"
        "print('idle', sum(os.times()[:2]) - before <= 0.01)\n"
        "for _ in range(50):\n"
        "    keyboard.close(); keyboard = Keyboard(inbox.put); keyboard.start(); now('raw')\n"
        "keyboard.close(); print('open', len(os.listdir('/dev/fd')), threading.active_count())\n"
    )
    child.expect_exact("idle True")
    child.expect_exact("open 4 1")


def test_in_the_background_it_neither_reads_nor_sets_anything(typed: Typed) -> None:
    child = typed(
        "now('raw'); keyboard.pause()\n"
        "import signal, subprocess\n"
        "signal.signal(signal.SIGTTOU, signal.SIG_IGN)\n"
        "other = subprocess.Popen(['cat'], process_group=0)\n"
        "os.tcsetpgrp(0, other.pid); keyboard.resume(); time.sleep(0.7)\n"
        "os.kill(other.pid, signal.SIGCONT)  # it may have read too early\n"
        "print(*modes(), inbox.empty(), flush=True)\n"
        "other.wait(); os.tcsetpgrp(0, os.getpgrp()); now('raw'); keys()\n"
    )
    child.expect_exact("cooked True")
    child.send("for cat\n\x04")
    child.expect_exact("for cat\r\nfor cat\r\n")
    child.expect_exact("raw")
    child.send("q")
    child.expect_exact("key q")
