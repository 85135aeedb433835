from __future__ import annotations

import time
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from innerloop.views.board import Part, Tone
from innerloop.views.logs import harmless
from innerloop.views.pages import MOST, Page, bare, folded, link
from innerloop.views.problems import columns

RED, OFF = "\x1b[31m", "\x1b[0m"


class Place(NamedTuple):
    """As much of a location as a page asks for."""

    path: str
    line: int
    at: int


def texts(text: str, width: int = 80) -> list[str]:
    return [piece.text for piece in folded(text, width)]


@pytest.mark.parametrize(
    ("text", "width", "rows"),
    [
        ("", 9, [""]),
        ("one\ntwo\n", 9, ["one", "two"]),
        ("no end", 9, ["no end"]),
        ("a\n\nb", 9, ["a", "", "b"]),
        ("abcdefg", 3, ["abc", "def", "g"]),
        ("日本語", 4, ["日本", "語"]),
        ("日本", 1, ["日", "本"]),
        ("a日本", 2, ["a", "日", "本"]),
        ("a\tb", 20, ["a       b"]),
    ],
)
def test_lines_are_folded_to_the_width(text: str, width: int, rows: list[str]) -> None:
    assert texts(text, width) == rows


def test_colours_go_on_in_the_next_row_until_they_end() -> None:
    assert texts(f"{RED}abcd{OFF}e\nf", 2) == [f"{RED}ab", f"{RED}cd{OFF}", "e", "f"]
    assert texts(f"{RED}a\nb{OFF}c") == [f"{RED}a", f"{RED}b{OFF}c"]
    assert texts(f"{RED}\x1b[1ma\nb") == [f"{RED}\x1b[1ma", f"{RED}\x1b[1mb"]
    assert texts(f"{RED}a\x1b[0;1mb\nc\x1b[md\ne")[-1] == "e"


def test_colours_without_end_do_not_pile_up() -> None:
    assert max(map(len, texts((RED + "a\n") * 1000))) < 100


@given(st.text(st.sampled_from("ab \t日e\u0301\x1b[0;31m\n"), max_size=200), st.integers(1, 30))
def test_every_row_fits_and_nothing_is_lost(text: str, width: int) -> None:
    safe = harmless(text)
    rows = [bare(row) for row in texts(safe, width)]
    assert all(columns(row) <= width or len(row) == 1 for row in rows)
    whole = bare("".join(line.expandtabs() for line in safe.split("\n")))
    assert "".join(rows) == whole or "\t" in safe  # colours move tabs


def test_a_log_of_a_megabyte_is_folded_in_no_time() -> None:
    for text in ("\n" * (1 << 20), "x" * (1 << 20), f"{RED}x{OFF}" * 100_000, "é\n" * (1 << 19)):
        began = time.monotonic()
        found = folded(text, 80)
        assert time.monotonic() - began < 5
        assert len(found) <= max(MOST, (1 << 20) // 80 + 1)


def test_of_many_lines_the_last_are_kept_by_their_numbers() -> None:
    found = folded("\n".join(map(str, range(MOST + 5))), 80)
    assert found[0].line == 5
    assert found[0].text == "5"


def test_a_location_is_found_though_lines_are_folded() -> None:
    page = Page("unit", "", folded("abcdef\ngh\nij", 2))
    assert [page.where(Place("a", 1, at)) for at in range(3)] == [0, 3, 4]  # type: ignore[arg-type]
    assert page.where(None) == 5


@pytest.mark.parametrize(
    ("line", "linked"),
    [
        ("tests/test_app.py:14: AssertionError", "tests/test_app.py:14"),
        ("  src/app.py:14:3: E501 too long", "src/app.py:14:3"),
        ('  File "/proj/app.py", line 14, in total', '/proj/app.py", line 14'),
        (f"{RED}app.py{OFF}:14: no", ""),
        ("app.py:15: no", ""),
    ],
)
def test_the_place_in_a_line_can_be_clicked_on(line: str, linked: str) -> None:
    path = "tests/test_app.py" if "test_app" in line else "src/app.py"
    places = (Place(path, 14, 0),)
    page = Page("unit", "", folded(line, 80), places, "/home/a b")  # type: ignore[arg-type]
    row = page.row(page.pieces[0], colour=True)
    assert "".join(part.text for part in row) == line
    assert "".join(part.text for part in row if part.link) == linked
    assert all(part.link == f"file:///home/a%20b/{path}" for part in row if part.link)


def test_a_path_of_odd_bytes_is_still_a_link() -> None:
    assert link("/r", "caf\udce9 é.py") == "file:///r/caf%E9%20%C3%A9.py"
    assert link("/r", "/abs.py") == "file:///abs.py"


def test_an_old_log_is_dim_and_without_its_colours() -> None:
    page = Page("unit", "", folded(f"{RED}a{OFF}", 80))
    assert page.row(page.pieces[0], colour=True) == (Part(f"{RED}a{OFF}", Tone.LOG),)
    assert page.row(page.pieces[0], colour=False) == (Part("a", Tone.LOG),)
    assert page._replace(old=True).row(page.pieces[0], colour=True) == (Part("a", Tone.DIM),)
