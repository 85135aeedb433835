"""What is kept of an output that is too long to be read."""

from __future__ import annotations

import re
from pathlib import Path
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from innerloop.core.excerpt import CHARACTERS, LINES, LONGEST, excerpt, plain
from innerloop.core.locations import Location, found

OUTPUTS = Path(__file__).parent / "outputs"
LEFT = re.compile(r"\[\.\.\. (\d+) lines? left out \.\.\.\]")


def cut(text: str) -> list[str]:
    lines = plain(text)
    return list(excerpt(lines, found("\n".join(lines))))


def noise(count: int, of: str = "noise") -> str:
    return "".join(f"{of} {number}\n" for number in range(count))


@pytest.mark.parametrize("name", ["ruff-grouped", "mypy", "pytest-line", "traceback"])
def test_what_is_short_is_whole(name: str) -> None:
    text = (OUTPUTS / f"{name}.txt").read_text(encoding="utf-8")
    lines = [line.rstrip() for line in text.splitlines()]
    assert len(lines) <= LINES, "a longer one proves nothing"
    assert cut(text) == lines


FAILURE = """\
=================================== FAILURES ===================================
__________________________________ test_total __________________________________

    def test_total():
>       assert total([1, 2]) == 4
E       assert 3 == 4

test_shop.py:5: AssertionError
"""
SUMMARY = """\
=========================== short test summary info ============================
FAILED test_shop.py::test_total - assert 3 == 4
1 failed in 0.49s
"""


def test_the_failure_is_found_in_the_middle() -> None:
    kept = cut(noise(500) + FAILURE + noise(500, "teardown") + SUMMARY)

    assert "E       assert 3 == 4" in kept
    assert ">       assert total([1, 2]) == 4" in kept
    assert "FAILED test_shop.py::test_total - assert 3 == 4" in kept
    assert (kept[0], kept[-1]) == ("noise 0", "1 failed in 0.49s")


def test_a_line_that_names_a_place_is_kept_with_what_follows_it() -> None:
    mypy = 'src/a.py:7: error: Incompatible types in assignment  [assignment]\n    x: int = ""\n'
    kept = cut(noise(300) + mypy + noise(300))
    at = kept.index(mypy.splitlines()[0])
    assert kept[at + 1] == '    x: int = ""'


def test_without_a_place_head_and_tail_are_kept() -> None:
    kept = cut(noise(1000))
    assert (kept[0], kept[-1]) == ("noise 0", "noise 999")
    assert LINES - 5 < len(kept) <= LINES
    (left,) = [found for line in kept if (found := LEFT.fullmatch(line))]
    assert int(left[1]) == 1000 - (len(kept) - 1)


def test_colours_and_what_was_written_over_are_gone() -> None:
    assert cut("\x1b[31mred\x1b[0m\n10%\r100%\nbell\x07\ttab\n") == [
        "red",
        "100%",
        "bell\\x07  tab",
    ]


def test_nothing_is_nothing() -> None:
    assert cut("") == []


TEXTS = st.lists(
    st.one_of(
        st.text(max_size=400),
        st.sampled_from(
            [*FAILURE.splitlines(), *SUMMARY.splitlines(), "a.py:1:2: E501 long", "\x1b[31m" * 99]
        ),
    ),
    max_size=200,
)


@given(TEXTS, st.lists(st.integers(-3, 400), max_size=6))
def test_whatever_was_printed_it_is_bounded_and_obeyed_by_no_terminal(
    texts: list[str], at: list[int]
) -> None:
    lines = plain("\n".join(texts))
    kept = excerpt(lines, [Location("a.py", 1, 1, "", at=each) for each in at])

    assert len(kept) <= LINES
    assert sum(len(line) + 1 for line in kept) <= CHARACTERS
    assert all(len(line) <= LONGEST for line in kept)
    assert not {category(char) for line in kept for char in line} & {"Cc", "Zl", "Zp"}
    left = sum(int(each[1]) for line in kept if (each := LEFT.fullmatch(line)))
    marks = sum(1 for line in kept if LEFT.fullmatch(line))
    if not any(LEFT.fullmatch(line) for line in lines):
        assert len(kept) - marks + left == len(lines), "every line is kept or counted"
