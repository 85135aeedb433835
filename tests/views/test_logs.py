from __future__ import annotations

import io

import pytest

from innerloop.views.logs import MOST, shown

PATH = ".loop/runs/1/unit/output.log"


def read(data: bytes) -> str:
    return shown(io.BytesIO(data), len(data), PATH)


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"", ""), (b"one\n", "one\n"), (b"one", "one\n"), (b"\xe9t\xe9 \xc3\xa9\n", "�t� é\n")],
)
def test_a_short_log_is_shown_whole(data: bytes, text: str) -> None:
    assert read(data) == text


def test_up_to_a_megabyte_it_is_whole() -> None:
    data = b"0123456789abcde\n" * (MOST // 16)

    assert len(data) == MOST
    assert read(data) == data.decode()


def test_above_that_its_end_by_whole_lines_saying_what_is_missing() -> None:
    lines = [f"line {number}\n" for number in range(200_000)]
    data = "".join(lines).encode()

    said = read(data)
    head, rest = said.split("\n", 1)

    assert rest.startswith("line ")
    assert data.decode().endswith(rest)
    assert head == f"[{len(data) - len(rest):,} bytes before this are in {PATH}]"
    assert MOST // 4 - 100 < len(rest) <= MOST // 4


def test_one_line_without_an_end_is_shown_too() -> None:
    said = read(b"x" * (3 * MOST))

    assert said.startswith("[2,")
    assert said.count("x") > MOST // 5


def test_progress_written_over_itself_is_shown_too() -> None:
    said = read(b"".join(b"\r%7d%%" % number for number in range(300_000)) + b"\nE failed\n")

    assert said.endswith("299999%\nE failed\n")


def test_what_is_written_meanwhile_is_left_for_later() -> None:
    data = b"a\n" * MOST

    assert len(shown(io.BytesIO(data), MOST + 2, PATH)) < MOST


def test_only_colours_of_what_a_terminal_obeys_are_shown() -> None:
    raw = b"\x1b[31mred\x1b[0m\x1b[2J\x1b[1;1H\x1b]0;title\x07 still\x1bc here\x07\n"
    assert shown(io.BytesIO(raw), len(raw), "log") == "\x1b[31mred\x1b[0m still here\n"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        # What is taken out of the middle of an order must not leave one behind.
        ("\x1b[2\x07J", "[2J"),
        # A terminal carries out a line's end inside an order, and goes on with the order.
        ("\x1b[\n2J", "[\n2J"),
        ("\x1b[31", "[31"),
        ("\x1b[>4;2mx", "[>4;2mx"),
        ("\x9b2Jx", "2Jx"),
        ("\x1b[1;38:5:9mred\x1b[m", "\x1b[1;38:5:9mred\x1b[m"),
    ],
)
def test_no_order_is_left_but_whole_colours(raw: str, said: str) -> None:
    assert read(raw.encode()) == f"{said}\n"


def test_a_long_log_of_orders_is_cleaned_in_no_time() -> None:
    raw = (b"\x1b]" + b"x" * 99) * 10_000
    assert len(shown(io.BytesIO(raw), len(raw), "log")) < len(raw)


def test_of_a_line_written_over_only_the_last_is_shown() -> None:
    raw = b"10%\r50%\r100%\ndone\r\n"
    assert shown(io.BytesIO(raw), len(raw), "log") == "100%\ndone\n"


def test_an_order_that_never_ends_hides_no_more_than_its_line() -> None:
    raw = b"\x1b]0;no end\nE failed\n"
    assert shown(io.BytesIO(raw), len(raw), "log") == "\nE failed\n"
