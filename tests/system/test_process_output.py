from __future__ import annotations

import os
import sys
import time
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from children import Ran

from innerloop.core.mask import Mask
from innerloop.system.output import LATEST, TAIL, Output

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def run(tmp_path: Path) -> Ran:
    return Ran(tmp_path)


class Clock:
    """Time that passes when told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Told:
    """An Output with its clock, and what was shown of it."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.shown: list[str] = []
        self.log = folder / "log"
        self.output = Output(str(self.log), self.shown.append, self.clock)

    def feed(self, *chunks: bytes) -> None:
        for chunk in chunks:
            self.output.feed(chunk)
            self.clock.now += 1
            self.output.pulse()


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return Told(tmp_path)


# P13: memory stays bounded, whatever a child writes.
def test_of_much_output_the_log_has_all_and_we_keep_the_end(run: Ran) -> None:
    tracemalloc.start()
    done = run.python(
        "import os\nfor n in range(50): os.write(1, bytes([65 + n % 26]) * 1_000_000)"
    )
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert run.log.stat().st_size == 50_000_000
    assert done.tail == "X" * TAIL
    assert peak < 2_000_000


def test_what_was_written_before_the_end_is_heard_however_slow_we_are(
    run: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = Output.feed

    def slowly(output: Output, data: bytes | memoryview) -> None:
        time.sleep(0.06)
        feed(output, data)

    monkeypatch.setattr(Output, "feed", slowly)
    run.python("import os; os.write(1, b'x' * 999_999)")

    assert run.log.stat().st_size == 999_999


def test_the_log_is_readable_by_its_owner_alone(run: Ran) -> None:
    old = os.umask(0)
    try:
        run(("echo", "secret"))
    finally:
        os.umask(old)

    assert run.log.stat().st_mode & 0o777 == 0o600


def test_a_second_run_begins_its_log_anew(run: Ran) -> None:
    run(("echo", "a long first line"))
    run(("echo", "second"))

    assert run.log.read_text() == "second\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a disk that is always full")
def test_a_full_disk_loses_no_verdict(run: Ran) -> None:
    done = run.sh("echo said; exit 3", log="/dev/full")

    assert done.exit_code == 3
    assert done.tail == "said\nloop: the log '/dev/full' is not whole: No space left on device\n"
    assert "".join(run.shown) == "said\n"


def test_a_log_that_cannot_be_made_loses_no_verdict(run: Ran) -> None:
    done = run.sh("echo said", log=str(run.folder / "none" / "log"))

    assert done.exit_code == 0
    assert "is not whole: No such file or directory" in done.tail


def test_output_without_a_last_newline_is_left_so(run: Ran) -> None:
    assert run(("printf", "no newline")).tail == "no newline"
    assert run.log.read_text() == "no newline"


def test_a_line_of_ours_is_not_glued_to_one_of_theirs(run: Ran) -> None:
    done = run.sh("printf working; sleep 60", timeout=0.2)

    assert done.tail == (
        "working\nloop: 'unit' ran longer than its timeout of 0.20s and was ended\n"
    )


def test_bytes_that_are_no_text_are_kept_and_shown_as_such(run: Ran) -> None:
    done = run(("printf", r"a\377b\n"))

    assert run.log.read_bytes() == b"a\xffb\n"
    assert done.tail == "a\N{REPLACEMENT CHARACTER}b\n"


def test_a_character_in_two_chunks_is_shown_whole(told: Told) -> None:
    euro = "€".encode()

    told.feed(b"5" + euro[:1], euro[1:2], euro[2:] + b"!")
    told.output.flush(last=True)

    assert told.shown == ["5", "€!"]


def test_a_character_that_never_ends_is_shown_as_broken(told: Told) -> None:
    told.feed("€".encode()[:2])
    told.output.flush(last=True)

    assert told.shown == ["\N{REPLACEMENT CHARACTER}"]


@pytest.mark.parametrize("shift", range(4))
def test_what_is_left_out_breaks_no_character(told: Told, shift: int) -> None:
    told.feed("€".encode()[:2])
    told.output.feed(b"x" * shift + "€".encode() * 4000)
    told.clock.now += 1
    told.output.pulse()

    assert set(told.shown[0]) == {"€"}
    assert LATEST - 3 <= len(told.shown[0].encode()) <= LATEST
    assert set(told.output.tail) == {"€"}


def test_it_is_shown_at_once_and_then_at_each_pulse(told: Told) -> None:
    told.output.feed(b"first ")
    told.output.pulse()
    told.output.feed(b"second ")
    told.output.pulse()
    told.output.feed(b"third")
    assert told.output.due() == pytest.approx(0.05)
    told.clock.now += 0.06
    told.output.pulse()

    assert told.shown == ["first ", "second third"]
    assert told.output.due() is None


def test_a_chatty_child_is_shown_in_few_pieces(run: Ran) -> None:
    began = time.monotonic()

    run.python("for n in range(30000): print('line', n, flush=True)")

    assert len(run.shown) <= (time.monotonic() - began) / 0.05 + 2
    assert max(len(text) for text in run.shown) <= LATEST
    assert run.shown[-1].endswith("line 29999\n")


def test_what_was_written_is_shown_though_nothing_follows(run: Ran) -> None:
    heard: list[float] = []
    began = time.monotonic()
    run.shown = Noting(heard)

    run.sh("echo a; echo b; sleep 0.01; echo c; sleep 0.5")

    assert heard[-1] - began < 0.4


class Noting(list[str]):
    """A list that knows when it grew."""

    def __init__(self, heard: list[float]) -> None:
        super().__init__()
        self._heard = heard

    def append(self, text: str) -> None:
        self._heard.append(time.monotonic())
        super().append(text)


# A terminal, where one is wanted.
def test_a_terminal_of_the_wanted_size(run: Ran) -> None:
    script = "import os; print(os.isatty(1), os.isatty(2), *os.get_terminal_size(1))"

    assert run.python(script, tty=(40, 132)).tail == "True True 132 40\n"
    assert run.python("import os; print(os.isatty(1))").tail == "False\n"


def test_a_terminal_changes_nothing_that_is_written(run: Ran) -> None:
    run(("printf", r"a\nb\r\n\033[31mred\tx"), tty=(24, 80))

    assert run.log.read_bytes() == b"a\nb\r\n\033[31mred\tx"


def test_a_terminal_hands_over_ten_megabytes(run: Ran) -> None:
    done = run.python("import os\nfor n in range(100): os.write(1, b'x' * 100_000)", tty=(24, 80))

    assert done.exit_code == 0
    assert run.log.stat().st_size == 10_000_000


def test_a_grandchild_that_holds_the_terminal_is_ended(run: Ran) -> None:
    began = time.monotonic()

    assert run.sh("sleep 60 & echo out", tty=(24, 80)).tail == "out\n"
    assert time.monotonic() - began < 3


# P9: a sandbox may forbid terminals.
@pytest.mark.parametrize("error", [PermissionError, FileNotFoundError])
def test_where_terminals_are_forbidden_a_pipe_does(
    run: Ran, monkeypatch: pytest.MonkeyPatch, error: type[OSError]
) -> None:
    def forbid() -> tuple[int, int]:
        raise error("forbidden")

    monkeypatch.setattr(os, "openpty", forbid)

    done = run.python("import os; print(os.isatty(1))", tty=(24, 80))

    assert done.tail == "False\n"


def test_a_hundred_megabytes_take_about_as_long_as_writing_them(run: Ran) -> None:
    script = "import os\nfor n in range(1000): os.write(1, b'x' * 100_000)"

    def to_a_file() -> float:
        began = time.perf_counter()
        plain = run.folder / "plain"
        os.waitpid(
            os.posix_spawn(
                sys.executable,
                [sys.executable, "-c", script],
                os.environ,
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 1, str(plain), os.O_WRONLY | os.O_CREAT, 0o600)
                ],
            ),
            0,
        )
        return time.perf_counter() - began

    def to_us() -> float:
        began = time.perf_counter()
        run.python(script)
        return time.perf_counter() - began

    # Absolute times, and ratios on a busy machine, say nothing; a quadratic tail would.
    assert min(to_us() for _ in range(3)) < 10 * min(to_a_file() for _ in range(3))
    assert run.log.stat().st_size == 100_000_000


# -- under a mask -------------------------------------------------------------------------------


@pytest.fixture
def masked(tmp_path: Path) -> Told:
    made = Told(tmp_path)
    made.output = Output(str(made.log), made.shown.append, made.clock, Mask(["hunter2"]))
    return made


def test_a_secret_in_two_chunks_reaches_nobody(masked: Told) -> None:
    masked.feed(b"token hun", b"ter2\n", b"h")
    masked.output.flush(last=True)

    assert masked.log.read_bytes() == b"token ***\nh"
    assert "".join(masked.shown) == "token ***\nh"
    assert masked.output.tail == "token ***\nh"


def test_what_is_held_back_comes_before_a_line_of_ours(masked: Told) -> None:
    masked.feed(b"hunter")
    masked.output.say("hunter2 was ended")

    assert masked.log.read_bytes() == b"hunter\nloop: *** was ended\n"


def test_a_line_of_ours_is_not_put_together_with_what_was_held(masked: Told) -> None:
    masked.feed(b"all is well\nhun")
    masked.output.say("x")
    masked.feed(b"ter2\n")
    masked.output.flush(last=True)

    assert masked.log.read_bytes() == b"all is well\nhun\nloop: x\nter2\n"


def test_a_command_under_a_mask(run: Ran) -> None:
    done = run.python(
        "import os, time\n"
        "for part in (b'a hun', b'te', b'r2 b', b' hunte'): os.write(1, part); time.sleep(0.05)",
        mask=Mask(["hunter2"]),
    )

    assert run.log.read_bytes() == b"a *** b hunte"
    assert "".join(run.shown) == "a *** b hunte"
    assert done.tail == "a *** b hunte"


def test_memory_stays_bounded_under_a_mask_of_many(run: Ran) -> None:
    mask = Mask([*(f"secret number {n}: p@ss*{n}" for n in range(20)), "XXXXhunter2"])
    tracemalloc.start()
    run.python(
        "import os\n"
        "for n in range(20):\n"
        "    os.write(1, bytes([69 + n]) * 999_000 + b'secret number 7: p@ss*7\\n')",
        mask=mask,
    )
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert run.log.read_bytes().count(b"***\n") == 20
    assert run.log.stat().st_size == 20 * (999_000 + 4)
    assert peak < 5_000_000


def test_a_terminal_under_a_mask(run: Ran) -> None:
    run.python("print('a hunter2 b')", mask=Mask(["hunter2"]), tty=(24, 80))

    assert run.log.read_bytes() == b"a *** b\n"
