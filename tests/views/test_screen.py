"""The screen of a watch as it is seen: a scripted one in a real terminal, whose screen is read."""

from __future__ import annotations

import os
import re
import signal
import sys
from typing import TYPE_CHECKING

import pytest
from stage import LOG, MANY, stage, staged
from terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

ENTERED, LEFT, SHOWN = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25h"
FAILING = "begin(); end(Outcome.FAILED); until('q')"
FIRST = "── unit  1/2  tests/test_app.py:14"
SPENT = "usage = lambda: sum(os.times()[:2])\n"


def screens(terminal: Terminal) -> tuple[int, int]:
    """How often the alternate screen was entered, and left."""
    return terminal.raw.count(ENTERED), terminal.raw.count(LEFT)


def given_back(terminal: Terminal) -> bool:
    entered, left = screens(terminal)
    return entered == left > 0 and not terminal.hidden()


def test_a_watch_from_its_first_step_to_its_end(tmp_path: Path) -> None:
    story = "begin(); until('x'); end(); until('y'); begin('2'); until('q')"
    with stage(tmp_path, story) as terminal:
        seen = terminal.until("unit 0.")
        assert re.fullmatch(r"project +saved: src/app\.py  \d\d:\d\d:\d\d", seen[0])
        assert re.fullmatch(r"1 ✓ lint 0\.04s   2 [⠋-⠿] unit \d\.\ds of ~10s", seen[2])
        assert terminal.hidden()
        terminal.send("x")
        seen = terminal.until("green")
        assert seen[2] == "1 ✓ lint 0.04s   2 ✓ unit 0.08s warm"
        assert seen[3] == "green  0.46s after the save, median 0.44s of 12  run #1"
        assert seen[-1].startswith("⏎ run  a all")
        terminal.send("y")
        terminal.until("of ~10s")
        terminal.send("q")
        assert terminal.finish() == 0
        assert given_back(terminal)
        assert terminal.raw.endswith(b"over\r\n")
        assert b"1 loop passed" in terminal.raw.rpartition(LEFT)[2]


def test_failures_are_gone_through_and_the_log_is_scrolled(tmp_path: Path) -> None:
    log = f"{MANY}\n{LOG}{MANY}\n"
    with stage(tmp_path, FAILING, log=log) as terminal:
        terminal.until(FIRST)
        terminal.until("tests/test_app.py:14: AssertionError")
        terminal.send("n")
        terminal.until("── unit  2/2  tests/test_app.py:19")
        terminal.send("n")
        terminal.until(FIRST)
        assert b"\x1b]8;" in terminal.raw
        assert f"file://{tmp_path}/tests/test_app.py".encode() in terminal.raw
        terminal.send("l")
        seen = terminal.until("↑↓ scroll")
        assert seen[0].startswith("── unit")
        for keys, top in (("\x1b[H", 1), ("\x1b[B\x1b[B", 3), ("\x1b[A", 2), ("\x1b[6~ ", 44)):
            terminal.send(keys)
            terminal.until(f" {top}-{top + 21} of 130 ──")
        terminal.send("\x1b[F")
        terminal.until(lambda lines: lines[-2] == "line 60")
        terminal.send("\x1b")
        terminal.until("1 ✓ lint")
        terminal.send("q")
        assert terminal.finish() == 0


def test_help_is_one_key_away_and_back(tmp_path: Path) -> None:
    with stage(tmp_path, FAILING) as terminal:
        terminal.until(FIRST)
        terminal.send("?")
        assert any(line.startswith("f       run the fix") for line in terminal.until("keys"))
        terminal.send("?")
        terminal.until(FIRST)


def test_what_a_log_orders_is_not_carried_out_and_its_colours_are_kept(tmp_path: Path) -> None:
    story = "from innerloop.views import logs\nbegin(); end(Outcome.FAILED); until('q')"
    reading = "def log(path):\n    with open('output.log', 'rb') as file:\n"
    reading += "        return logs.shown(file, 999, path)\nshow._painter._log = log\n"
    first, last = story.split("\n")
    with stage(tmp_path, f"{first}\n{reading}{last}") as terminal:
        (tmp_path / "output.log").write_bytes(
            b"\x1b[2J\x1b[Hone\x07 \x1b[31mred\x1b[0m caf\xe9\n\x1b[?1049l\x1b]0;title\x07no end"
        )
        terminal.until("no end")
        assert "one red caf\ufffd" in terminal.lines
        assert b"\x1b[31mred" in terminal.raw
        assert screens(terminal) == (1, 0)


@pytest.mark.parametrize("size", [(10, 8), (30, 3), (20, 1), (1, 1), (200, 50)])
def test_windows_of_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    with stage(tmp_path, FAILING, size=size) as terminal:
        terminal.until(bool)
        terminal.pump(0.3)
        assert all(len(line) < max(size[0], 2) for line in terminal.lines)
        terminal.send("q")
        assert terminal.finish() == 0
        assert given_back(terminal)


def test_a_window_that_changes_its_size_is_drawn_anew_at_once(tmp_path: Path) -> None:
    with stage(tmp_path, FAILING) as terminal:
        terminal.until(FIRST)
        for columns, rows in ((90, 24), (40, 12), (10, 8), (100, 30), (30, 3), (80, 24)):
            terminal.resize(columns, rows)
            terminal.screen.reset()
            if rows > 3:
                terminal.until(lambda lines, rows=rows: len(lines) == rows)  # type: ignore[misc]
                strip = "1 ✓ lint 0.04s   2 ✗ unit" if columns > 39 else "2 ✗ unit"[: columns - 3]
                assert any(line.startswith(strip) for line in terminal.lines)
            else:
                terminal.until("── unit")
            assert all(len(line) < columns for line in terminal.lines)


def test_while_nothing_moves_nothing_is_written_and_nothing_is_spent(tmp_path: Path) -> None:
    story = (
        f"{SPENT}begin(); end(Outcome.FAILED); until('x')\n"
        "time.sleep(0.3); before = usage(); time.sleep(1.5); spent = usage() - before\n"
        "open('spent', 'w').write(str(spent)); until('q')"
    )
    with stage(tmp_path, story) as terminal:
        terminal.until(FIRST)
        terminal.send("x")
        terminal.pump(0.3)
        written = len(terminal.raw)
        terminal.pump(1.0)
        assert len(terminal.raw) == written
        terminal.pump(1.0)
        terminal.send("q")
        assert terminal.finish() == 0
    assert float((tmp_path / "spent").read_text()) <= 0.01


def test_what_stands_there_is_not_written_again(tmp_path: Path) -> None:
    story = "begin(); end(Outcome.FAILED); until('x'); begin('2'); until('q')"
    with stage(tmp_path, story) as terminal:
        terminal.until(FIRST)
        terminal.send("x")
        terminal.until("unit 1.0s")
        written = len(terminal.raw)
        terminal.until("unit 2.0s")
        assert 0 < len(terminal.raw) - written < 15 * 200


def test_output_is_drawn_no_more_often_than_anything_that_moves(tmp_path: Path) -> None:
    story = (
        "from innerloop.views.studio import Studio\n"
        "frames, lines = [], Studio.lines\n"
        "Studio.lines = lambda *args: frames.append(1) or lines(*args)\n"
        "begin(); until('x'); frames.clear(); end = time.monotonic() + 1\n"
        "while time.monotonic() < end:\n"
        "    show(LoopOutput('unit', 'said\\n')); time.sleep(0.005)\n"
        "print('seldom', 2 < len(frames) < 15); until('q')"
    )
    with stage(tmp_path, story) as terminal:
        terminal.until("unit 0.")
        terminal.send("x")
        terminal.pump(1.2)
        terminal.send("q")
        assert terminal.finish() == 0
        assert b"seldom True" in terminal.raw


def test_much_output_costs_its_teller_next_to_nothing(tmp_path: Path) -> None:
    story = (
        "begin(); time.sleep(0.4); at = time.perf_counter()\n"
        "for _ in range(2000): show(LoopOutput('unit', 'a line of output\\n' * 50))\n"
        "took = time.perf_counter() - at; show.close(); print('each', took / 2000 < 0.0005)"
    )
    with stage(tmp_path, story) as terminal:
        assert terminal.finish() == 0
        assert "each True" in terminal.raw.decode()


def test_the_first_command_starts_before_anything_is_imported_to_draw_it(tmp_path: Path) -> None:
    story = (
        "from innerloop.views import brush, screen\n"
        "drawing, drawn = brush.drawing, []\n"
        "brush.drawing = lambda **how: drawn.append(time.monotonic()) or drawing(**how)\n"
        "show(Saved(('a',), 0.0)); show(WalkStarted('1', PLAN, 0.0)); time.sleep(0.3)\n"
        "early, at = [*drawn], time.monotonic(); show(LoopStarted('lint', time.time(), 1, ''))\n"
        "until('q'); print('late', not early and drawn[0] - at >= screen.PATIENCE)"
    )
    with stage(tmp_path, story) as terminal:
        terminal.until("lint 0.")
        terminal.send("q")
        assert terminal.finish() == 0
        assert b"late True" in terminal.raw


def test_no_color_keeps_emphasis_alone(tmp_path: Path) -> None:
    log = "\x1b[31mred\x1b[0m\nplain\n"
    with stage(tmp_path, FAILING, log=log, colour=False, NO_COLOR="1") as terminal:
        terminal.until("plain")
        assert set(re.findall(rb"\x1b\[([\d;]*)m", terminal.raw)) <= {b"0", b"1", b"2"}
        assert b"\x1b[1m" in terminal.raw


def test_a_terminal_without_our_characters(tmp_path: Path) -> None:
    with stage(tmp_path, FAILING, PYTHONIOENCODING="ascii") as terminal:
        seen = terminal.until("-- unit  1/2  tests/test_app.py:14 ---")
        assert seen[2] == "1 + lint 0.04s   2 x unit 0.08s warm"


# -- every way out ---------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signals_give_the_terminal_back(tmp_path: Path, number: int) -> None:
    with stage(tmp_path, FAILING) as terminal:
        terminal.until(FIRST)
        os.kill(terminal.pid, number)
        assert terminal.finish() == 0
        assert given_back(terminal)


@pytest.mark.parametrize("end", ["1 / 0", "sys.exit(3)", "raise KeyboardInterrupt"])
def test_an_exception_gives_the_terminal_back(tmp_path: Path, end: str) -> None:
    with stage(tmp_path, f"begin(); until('x'); {end}") as terminal:
        terminal.until("unit 0.")
        terminal.send("x")
        assert terminal.finish() != 0
        assert given_back(terminal)


def test_at_the_very_last_the_interpreter_gives_it_back(tmp_path: Path) -> None:
    forgotten = staged("begin(); until('q')").replace("closing(show), closing(keyboard)", "closing")
    forgotten = forgotten.replace("with signals(cancel) as taken, closing:", "if True:")
    forgotten = re.sub(r" +taken\.around.*\n", "", forgotten)
    (tmp_path / "forgotten.py").write_text(forgotten)
    with Terminal([sys.executable, "forgotten.py"], tmp_path) as terminal:
        terminal.until("unit 0.")
        terminal.send("q")
        assert terminal.finish() == 0
        assert given_back(terminal)


def test_ctrl_z_gives_the_terminal_back_and_fg_goes_on(tmp_path: Path) -> None:
    (tmp_path / "output.log").write_text(LOG)
    (tmp_path / "story.py").write_text(staged(FAILING))
    shell = ["bash", "--norc", "--noprofile", "-i"]
    with Terminal(shell, tmp_path, env={"PS1": "$ "}) as terminal:
        terminal.until("$")
        terminal.send(f"{sys.executable} story.py\n")
        terminal.until(FIRST)
        terminal.send("\x1a")
        terminal.until("Stopped")
        assert given_back(terminal)
        terminal.send("stty -a | grep -ow -e -echo -e echo -e icanon -e -icanon\n")
        terminal.until(lambda lines: lines[-3:-1] == ["icanon", "echo"])
        terminal.screen.reset()
        terminal.send("fg\n")
        terminal.until(FIRST)
        assert terminal.hidden()
        terminal.send("?")
        terminal.until("keys")
        terminal.send("q")
        terminal.until("over")
        assert given_back(terminal)


def test_in_the_background_nothing_is_drawn_until_it_is_fetched(tmp_path: Path) -> None:
    (tmp_path / "output.log").write_text(LOG)
    (tmp_path / "story.py").write_text(staged(FAILING))
    shell = ["bash", "--norc", "--noprofile", "-i"]
    with Terminal(shell, tmp_path, env={"PS1": "$ "}) as terminal:
        terminal.until("$")
        terminal.send(f"{sys.executable} story.py &\n")
        terminal.pump(1.0)
        terminal.send("echo mine; jobs\n")
        terminal.until("Running")
        assert ENTERED not in terminal.raw
        terminal.send("fg\n")
        terminal.until(FIRST)
        terminal.send("q")
        terminal.until("over")
        assert given_back(terminal)


def test_another_program_has_the_terminal_for_a_while(tmp_path: Path) -> None:
    story = (
        "begin(); end(Outcome.FAILED); until('x')\n"
        "keyboard.pause(); show.pause()\n"
        "show(Saved(('b.py',), 0.0)); print('you said', input('prompt> '))\n"
        "keyboard.resume(); show.resume(); until('q')"
    )
    with stage(tmp_path, story) as terminal:
        terminal.until(FIRST)
        terminal.send("x")
        terminal.until("prompt>")
        assert given_back(terminal)
        terminal.send("quit")
        terminal.until("prompt> quit")
        terminal.send("\n")
        terminal.until("saved: b.py")
        assert b"you said quit" in terminal.raw
        assert terminal.hidden()
        terminal.send("q")
        assert terminal.finish() == 0
        assert given_back(terminal)


def test_a_screen_that_cannot_be_drawn_becomes_lines(tmp_path: Path) -> None:
    story = (
        "from innerloop.views import scene, studio\n"
        "begin(); until('x'); studio.scene = None; until('y'); end(); until('q')"
    )
    with stage(tmp_path, story) as terminal:
        terminal.until("unit 0.")
        terminal.send("x")
        terminal.pump(0.5)
        assert given_back(terminal)
        terminal.send("y")
        terminal.until("warning: the screen stopped: TypeError")
        terminal.until("unit      passed")
        terminal.send("q")
        assert terminal.finish() == 0


def test_a_terminal_that_goes_away_costs_no_watch(tmp_path: Path) -> None:
    story = (
        "ours, theirs = os.openpty(); kept = os.dup(2); os.dup2(theirs, 2); os.close(theirs)\n"
        "begin(); os.read(ours, 99); os.close(ours); time.sleep(0.3); end(); show.close()"
    )
    with stage(tmp_path, story) as terminal:
        assert terminal.finish() == 0
        assert terminal.raw.endswith(b"over\r\n")
