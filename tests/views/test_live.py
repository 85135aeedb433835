"""The live view as it is seen: real walks in a real terminal, whose screen is looked at."""

from __future__ import annotations

import os
import re
import signal
import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest
from terminal import LOOP, Terminal

if TYPE_CHECKING:
    from pathlib import Path

BUSY = re.compile("[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]")
CURSOR_SHOWN = b"\x1b[?25h"
HELD = "while test ! -e go; do sleep 0.02; done"
"""at the end of a script: run until somebody has seen enough"""
MAIN = "import sys; from innerloop.__main__ import main\n"


def project(folder: Path, **loops: tuple[str, str]) -> Path:
    """A project whose loops run these shell scripts, for as long as the file says."""
    lines = ["version: 1", "inner:"]
    for name, (script, cycle) in loops.items():
        (folder / f"{name}.sh").write_text(script)
        lines.append(f"  {name}: {{run: sh {name}.sh, cycle: {cycle}, inputs: [{name}.sh]}}")
    (folder / "loops.yaml").write_text("\n".join(lines) + "\n")
    return folder


def go(folder: Path) -> None:
    (folder / "go").touch()


def timeless(lines: list[str]) -> list[str]:
    """The lines without what differs from run to run."""
    return [re.sub(r" *\d[\d.m ]*s\b", " TIME", line) for line in lines]


def written(terminal: Terminal, much: int, _lines: list[str]) -> bool:
    return len(terminal.raw) > much


def moving(lines: list[str]) -> list[str]:
    return [line for line in lines if BUSY.search(line) or line.startswith("· ")]


def loop(folder: Path, *words: str, size: tuple[int, int] = (80, 24), **env: str) -> Terminal:
    return Terminal([*LOOP, *words], folder, size=size, env=env)


def test_what_runs_moves_and_what_is_settled_stays_above(tmp_path: Path) -> None:
    project(
        tmp_path,
        lint=("true", "100ms"),
        unit=(f"echo one; printf '\\033[31mtwo\\033[0m\\n'; {HELD}", "10s"),
        eval=("true", "1h"),
    )
    with loop(tmp_path, "inner") as terminal:
        seen = terminal.until("  two")
        assert re.fullmatch(r"lint      passed +0\.\d\ds", seen[0])
        assert re.fullmatch(r"unit      [⠋-⠿] running    0\.\ds  ─{20} ~10s", seen[1])
        assert seen[2:] == ["  two", "· eval ~1h"]
        assert terminal.hidden()
        go(tmp_path)
        assert terminal.finish() == 0
        assert [line.split()[0] for line in terminal.everything] == [
            "lint",
            "unit",
            "eval",
            "green:",
        ]
        assert not terminal.hidden()


def test_a_step_over_its_time_says_so(tmp_path: Path) -> None:
    project(tmp_path, unit=(HELD, "100ms"))
    with loop(tmp_path, "inner") as terminal:
        terminal.until(f"{'━' * 20} over ~0.10s")
        go(tmp_path)


@pytest.mark.parametrize("script", ["true", "echo broken; exit 3"])
def test_a_quick_walk_reads_as_the_plain_view_has_it(tmp_path: Path, script: str) -> None:
    ends = []
    for form in ("live", "plain"):
        folder = tmp_path / form
        folder.mkdir()
        project(folder, lint=("true", "1s"), unit=(script, "2s"), eval=("true", "3s"))
        with loop(folder, "inner", "--format", form) as terminal:
            terminal.finish()
            ends.append(timeless(terminal.everything))
    assert ends[0] == ends[1]
    assert len(ends[0]) > 2


def test_a_quick_walk_and_a_cached_one_never_import_rich(tmp_path: Path) -> None:
    project(tmp_path, lint=("true", "1s"))
    told = f"{MAIN}main(['inner']); print('rich:', 'rich' in sys.modules)"
    for _ in range(2):
        with Terminal([sys.executable, "-c", told], tmp_path) as terminal:
            terminal.finish()
            assert terminal.lines[-1] == "rich: False"
    project(tmp_path, lint=("sleep 0.2", "1s"))
    with Terminal([sys.executable, "-c", told], tmp_path) as terminal:
        terminal.finish()
        assert terminal.lines[-1] == "rich: True"


def test_only_the_first_failure_is_shown_whole(tmp_path: Path) -> None:
    project(
        tmp_path,
        lint=("sleep 0.3; echo first trouble; exit 1", "1s"),
        unit=("sleep 0.1; echo second trouble; exit 1", "2s"),
    )
    with loop(tmp_path, "inner", "--keep-going") as terminal:
        assert terminal.finish() == 1
        assert timeless(terminal.everything) == [
            "lint      FAILED TIME  exit 1",
            "--- lint: sh lint.sh",
            "first trouble",
            "---",
            "unit      FAILED TIME  exit 1",
            "red: lint, unit failed after TIME. Log: .loop/runs/1/lint/output.log",
        ]


def test_a_waiting_step_says_why_until_its_turn_comes(tmp_path: Path) -> None:
    project(tmp_path, unit=(HELD, "2s"))
    with loop(tmp_path, "inner") as first:
        first.until("running")
        with loop(tmp_path, "inner") as second:
            seen = second.until("waiting")
            assert re.fullmatch(r"unit      [⠋-⠿] waiting    \d\.\ds  \S.*", seen[0])
            go(tmp_path)
            assert second.finish() == 0
            assert second.everything[0].startswith("green: 1 loop passed before")
        assert first.finish() == 0


def test_a_restart_and_a_warning_stay_on_the_screen(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("untidy")
    (tmp_path / "loops.yaml").write_text(
        "version: 1\ninner:\n"
        "  lint: {run: sleep 0.1, cycle: 1s, inputs: [a.txt]}\n"
        "  tidy: {run: sh tidy.sh, cycle: 2s, inputs: [a.txt], writes: true}\n"
        "  unit: {run: sh unit.sh, cycle: 3s, inputs: [a.txt], retries: 1}\n"
    )
    (tmp_path / "tidy.sh").write_text(
        "sleep 0.2; if grep -q untidy a.txt; then echo tidy > a.txt; fi"
    )
    (tmp_path / "unit.sh").write_text("test -e seen || { touch seen; exit 1; }")
    with loop(tmp_path, "inner") as terminal:
        terminal.finish()
        everything = terminal.everything
        assert "tidy changed files: back to lint" in everything
        assert "warning: unit: attempt 1 failed: trying again" in everything
        assert moving(everything) == []


def test_a_progress_bar_shows_where_it_is_now(tmp_path: Path) -> None:
    project(tmp_path, unit=(f"printf '10%%|#   |\\r20%%|##  |\\r30%%|### |'; {HELD}", "2s"))
    with loop(tmp_path, "inner") as terminal:
        terminal.until(lambda lines: "  30%|### |" in lines)
        assert not any("10%" in line for line in terminal.lines)
        go(tmp_path)


def test_output_can_neither_move_the_cursor_nor_break_the_row(tmp_path: Path) -> None:
    script = f"printf '\\033[2J\\033[H\\007caf\\351 \\346\\227\\245\\346\\234\\254'; {HELD}"
    project(tmp_path, lint=("true", "1s"), unit=(script, "2s"))
    with loop(tmp_path, "inner") as terminal:
        seen = terminal.until("caf")
        assert seen[0].startswith("lint      passed")
        assert "caf\ufffd 日" in seen[2]
        go(tmp_path)


def test_long_lines_and_names_are_cut_to_the_terminal(tmp_path: Path) -> None:
    name = "a-very-long-name-of-a-loop-indeed"
    script = f"echo {'日本語' * 40}; {HELD}"
    project(tmp_path, **{name: (script, "2s"), "last": ("true", "3s")})
    with loop(tmp_path, "inner", size=(20, 10)) as terminal:
        seen = terminal.until("日")
        assert [line[2:11] for line in seen[:1]] == ["a-very-l…"]
        assert seen[2] == "· last ~3s"
        assert len(seen) == 3
        go(tmp_path)
        assert terminal.finish() == 0
        assert moving(terminal.everything) == []


def test_what_is_wider_than_we_think_pushes_nothing_down(tmp_path: Path) -> None:
    # Wide since Unicode 16: this Python may not know that yet.
    project(tmp_path, unit=(f"echo {'𝌀' * 60}; {HELD}", "2s"), last=("true", "3s"))
    with loop(tmp_path, "inner") as terminal:
        terminal.until("𝌀")
        terminal.pump(0.3)
        assert len(moving(terminal.lines)) == len(terminal.lines) - 1 == 2
        go(tmp_path)


def test_more_steps_than_rows_never_scroll(tmp_path: Path) -> None:
    project(tmp_path, **{f"s{n}": (f"echo said; {HELD}", "2s") for n in range(12)})
    with loop(tmp_path, "inner", "--format", "live", "-j", "12", size=(60, 6)) as terminal:
        seen = terminal.until("+ 8 more")
        assert len(seen) == 5
        terminal.pump(0.3)
        assert moving(terminal.everything) == moving(terminal.lines)
        go(tmp_path)
        assert terminal.finish() == 0
        assert moving(terminal.everything) == []
        assert len(terminal.everything) == 12 + len(
            ["green: 12 loops passed ...", "... handoff.json"]
        )


def test_a_terminal_of_one_row(tmp_path: Path) -> None:
    project(tmp_path, unit=(f"echo said; {HELD}", "2s"), last=("true", "3s"))
    with loop(tmp_path, "inner", size=(60, 1)) as terminal:
        terminal.until("running")
        go(tmp_path)
        assert terminal.finish() == 0
        assert [line[:6] for line in terminal.everything][:3] == ["unit  ", "last  ", "green:"]
        assert moving(terminal.everything) == []


def test_a_terminal_that_changes_its_size_meanwhile(tmp_path: Path) -> None:
    project(tmp_path, lint=("true", "1s"), unit=(f"echo said; {HELD}", "2s"), last=("true", "3s"))
    with loop(tmp_path, "inner") as terminal:
        terminal.until("  said")
        for columns, rows in ((30, 8), (100, 30), (24, 5), (80, 24)):
            terminal.resize(columns, rows)
            terminal.until(partial(written, terminal, len(terminal.raw) + 999))
            assert len(moving(terminal.everything)) == 2
            assert all(len(line) < columns for line in moving(terminal.lines))
        go(tmp_path)
        assert terminal.finish() == 0
        assert moving(terminal.everything) == []


def test_no_color_moves_without_colour(tmp_path: Path) -> None:
    project(tmp_path, unit=(HELD, "2s"), last=("true", "3s"))
    with loop(tmp_path, "inner", NO_COLOR="1") as terminal:
        terminal.until("running")
        go(tmp_path)
        assert terminal.finish() == 0
        assert set(re.findall(rb"\x1b\[([\d;]*)m", terminal.raw)) <= {b"0"}
    (tmp_path / "go").unlink()
    with loop(tmp_path, "inner", "--force") as terminal:
        terminal.until("running")
        assert b"36m" in terminal.raw
        go(tmp_path)


def test_a_terminal_without_our_characters(tmp_path: Path) -> None:
    project(tmp_path, unit=(f"echo said; {HELD}", "9s"), last=("true", "10s"))
    with loop(tmp_path, "inner", PYTHONIOENCODING="ascii") as terminal:
        seen = terminal.until("  said")
        assert re.fullmatch(r"unit      \* running    \d\.\ds  =*-* ~9s", seen[0])
        assert seen[2] == "- last ~10s"
        go(tmp_path)


@pytest.mark.parametrize("pipe", ["| cat", "2>&1 | cat", "2>&1 >/dev/tty | cat"])
def test_where_one_stream_is_a_pipe_nothing_is_drawn(tmp_path: Path, pipe: str) -> None:
    project(tmp_path, unit=("sleep 0.3", "2s"))
    command = f"NO_COLOR=1 {' '.join(LOOP)} inner --format live {pipe}"
    with Terminal(["sh", "-c", command], tmp_path) as terminal:
        terminal.finish()
        assert b"\x1b" not in terminal.raw
        assert [line.split()[0] for line in terminal.lines] == ["unit", "green:"]


def test_ctrl_c_gives_the_terminal_back(tmp_path: Path) -> None:
    project(tmp_path, unit=("echo said; sleep 30", "9s"), last=("true", "10s"))
    with loop(tmp_path, "inner") as terminal:
        terminal.until("  said")
        terminal.send("\x03")
        assert terminal.finish() == 130
        assert not terminal.hidden()
        assert [line.split()[0] for line in terminal.lines] == ["unit", "last", "interrupted"]


def test_ctrl_c_twice_gives_the_terminal_back(tmp_path: Path) -> None:
    project(tmp_path, unit=("trap '' INT TERM; echo said; sleep 30; sleep 30", "9s"))
    with loop(tmp_path, "inner") as terminal:
        terminal.until("  said")
        terminal.send("\x03")
        terminal.pump(0.3)
        assert "running" in terminal.lines[0]
        terminal.send("\x03")
        assert terminal.finish() == 130
        assert not terminal.hidden()
        assert [line.split()[0] for line in terminal.lines] == ["unit", "interrupted"]


def test_being_terminated_gives_the_terminal_back(tmp_path: Path) -> None:
    project(tmp_path, unit=("echo said; sleep 30", "9s"))
    with loop(tmp_path, "inner") as terminal:
        terminal.until("  said")
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.finish() == 143
        assert not terminal.hidden()
        assert moving(terminal.everything) == []


def test_ctrl_z_gives_the_terminal_back_and_fg_goes_on(tmp_path: Path) -> None:
    project(tmp_path, unit=(f"echo said; {HELD}", "9s"), last=("true", "10s"))
    shell = ["bash", "--norc", "--noprofile", "-i"]
    with Terminal(shell, tmp_path, env={"PS1": "$ "}) as terminal:
        terminal.until("$")
        terminal.send(f"{' '.join(LOOP)} inner; echo code $?\n")
        terminal.until("  said")
        terminal.send("\x1a")
        terminal.until("Stopped")
        terminal.pump(0.3)
        assert not terminal.hidden()
        assert moving(terminal.everything) == []
        drawn = len(terminal.raw)
        terminal.send("fg\n")
        terminal.until("running")
        assert terminal.hidden()
        assert len(terminal.raw) > drawn
        go(tmp_path)
        terminal.until("green:")
        terminal.pump(0.3)
        assert not terminal.hidden()
        assert moving(terminal.everything) == []


def test_in_the_background_nothing_is_drawn(tmp_path: Path) -> None:
    project(tmp_path, unit=("sleep 0.6", "9s"))
    shell = ["bash", "--norc", "--noprofile", "-i"]
    with Terminal(shell, tmp_path, env={"PS1": "$ "}) as terminal:
        terminal.until("$")
        terminal.send(f"{' '.join(LOOP)} inner &\n")
        terminal.until("green:")
        assert b"running" not in terminal.raw
        assert b"?25l" not in terminal.raw


def test_a_view_that_cannot_draw_costs_neither_the_walk_nor_the_terminal(tmp_path: Path) -> None:
    project(tmp_path, unit=(HELD, "2s"))
    broken = (
        f"{MAIN}from innerloop.views import board\n"
        "rows, calls = board.rows, []\n"
        "def failing(*args):\n"
        "    calls.append(1)\n"
        "    return rows(*args) if len(calls) < 3 else 1 / 0\n"
        "board.rows = failing\n"
        "sys.exit(main(['inner']))\n"
    )
    with Terminal([sys.executable, "-c", broken], tmp_path) as terminal:
        terminal.until("running")
        terminal.until(lambda lines: not lines and not terminal.hidden())
        go(tmp_path)
        assert terminal.finish() == 0
        assert timeless(terminal.everything)[:2] == [
            "unit      passed TIME",
            "warning: the live view stopped: ZeroDivisionError: division by zero",
        ]


def test_a_terminal_that_goes_away_costs_no_verdict(tmp_path: Path) -> None:
    project(tmp_path, unit=(HELD, "2s"))
    lost = (
        f"{MAIN}import os, threading\n"
        "ours, theirs = os.openpty(); os.dup2(theirs, 2); os.close(theirs)\n"
        "def leave():\n"
        "    seen = b''\n"
        "    while b'running' not in seen: seen += os.read(ours, 999)\n"
        "    os.close(ours); print('gone')\n"
        "threading.Thread(target=leave, daemon=True).start()\n"
        "sys.exit(main(['inner']))\n"
    )
    with Terminal([sys.executable, "-c", lost], tmp_path) as terminal:
        terminal.until("gone")
        go(tmp_path)
        assert terminal.finish() == 0
        assert [line.split()[0] for line in terminal.lines] == ["gone", "unit", "green:"]


def test_telling_it_something_never_waits_for_the_terminal(tmp_path: Path) -> None:
    told = (
        f"{MAIN}import time\n"
        "from innerloop.core.events import LoopOutput, LoopStarted\n"
        "from innerloop.views.live import Live\n"
        "from innerloop.views.streams import Streams\n"
        "live = Live(Streams(True, True), str)\n"
        "live(LoopStarted('unit', time.time(), 9.0, ''))\n"
        "time.sleep(0.5)\n"
        "at = time.perf_counter()\n"
        "for _ in range(2000): live(LoopOutput('unit', 'a line of output\\n' * 50))\n"
        "took = time.perf_counter() - at\n"
        "live.close(); live.close(); time.sleep(0.3)\n"
        "print('each', took / 2000 < 0.0005)\n"
    )
    with Terminal([sys.executable, "-c", told], tmp_path) as terminal:
        terminal.finish()
        assert terminal.lines == ["each True"]
        assert terminal.raw.count(CURSOR_SHOWN) == 1


def test_the_end_comes_as_soon_as_the_walk_has_ended(tmp_path: Path) -> None:
    told = (
        f"{MAIN}import time\n"
        "from innerloop.core.events import LoopStarted\n"
        "from innerloop.views.live import Live\n"
        "from innerloop.views.streams import Streams\n"
        "live = Live(Streams(True, True), str)\n"
        "live(LoopStarted('unit', time.time(), 9.0, ''))\n"
        "at = time.perf_counter(); live.close()\n"
        "print('soon', time.perf_counter() - at < 0.05)\n"
    )
    with Terminal([sys.executable, "-c", told], tmp_path) as terminal:
        terminal.finish()
        assert terminal.raw.decode().splitlines() == ["soon True"]
