from __future__ import annotations

import time

import pytest

from innerloop.core.unified import LINES, LONGEST, Diff, alike, unified


def lines(*numbers: object) -> bytes:
    return "".join(f"{number}\n" for number in numbers).encode()


def test_a_line_that_differs_is_shown_among_its_neighbours() -> None:
    old, new = lines(*range(100)), lines(*range(50), "fifty", *range(51, 100))

    assert unified(old, new) == Diff(
        (
            "@@ -48,7 +48,7 @@",
            *(" 47", " 48", " 49", "-50", "+fifty", " 51", " 52", " 53"),
        )
    )


def test_two_places_are_two_hunks_with_their_own_lines() -> None:
    old = lines(*range(100))
    new = lines(*range(10), "ten", *range(11, 90), "ninety", *range(91, 100))

    heads = [line for line in unified(old, new).lines if line.startswith("@@")]
    assert heads == ["@@ -8,7 +8,7 @@", "@@ -88,7 +88,7 @@"]


def test_what_is_new_is_added_whole() -> None:
    assert unified(b"", b"a\nb\n").lines == ("@@ -0,0 +1,2 @@", "+a", "+b")


def test_a_newline_at_the_end_is_told_where_one_file_alone_has_it() -> None:
    assert unified(b"a\n", b"a").lines[-1] == "\\ no newline at the end"
    assert unified(b"a\nb", b"a\nc").lines == ("@@ -1,2 +1,2 @@", " a", "-b", "+c")


def test_what_a_terminal_would_obey_is_written_out() -> None:
    assert "+\\x1b[2J\\x07" in unified(b"a\n", b"\x1b[2J\x07\n").lines


def test_a_form_feed_ends_no_line() -> None:
    assert "+a\\x0cb" in unified(b"", b"a\x0cb\n").lines


@pytest.mark.parametrize("data", [b"\xff\xfe", b"a\0b"])
def test_what_is_no_text_is_said_to_be_binary(data: bytes) -> None:
    assert unified(b"x", data) == Diff((), f"binary: 1 byte before, {len(data)} bytes now")


def test_a_long_line_has_an_end() -> None:
    (line,) = [one for one in unified(b"", b"x" * 5000).lines if one.startswith("+x")]
    assert len(line) == LONGEST
    assert line.endswith("...")


def test_a_long_difference_is_cut_and_counted() -> None:
    found = unified(b"", lines(*range(500)))

    assert len(found.lines) == LINES
    assert found.note == f"... and {501 - LINES} more lines"


def test_of_very_much_both_sides_are_seen_and_soon() -> None:
    old, new = lines(*range(0, 60_000, 2)), lines(*range(1, 60_001, 2))
    began = time.monotonic()

    shown = unified(old, new).lines

    assert time.monotonic() - began < 5
    assert any(line.startswith("-") for line in shown)
    assert any(line.startswith("+") for line in shown)


def test_a_small_difference_in_a_large_file_is_shown_as_small() -> None:
    old = lines(*range(200_000))

    assert len(unified(old, old.replace(b"\n100000\n", b"\nsix zeros\n")).lines) == 9


def test_line_endings_make_no_difference() -> None:
    assert alike(b"a\r\nb\r\n", b"a\nb\n")
    assert not alike(b"a\r\nb", b"a\nb\n")
    assert unified(b"a\r\n", b"a\n") == Diff((), "they differ in their line endings")
