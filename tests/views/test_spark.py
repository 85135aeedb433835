from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from innerloop.views.spark import BLOCKS, PLAIN, drawable, sparkline


def test_from_the_lowest_to_the_highest() -> None:
    assert sparkline(range(8)) == BLOCKS
    assert sparkline([3, 1, 2]) == "█▁▅"


def test_a_gap_where_nothing_was_measured() -> None:
    assert sparkline([0, None, 1, float("nan")]) == "▁ █ "
    assert sparkline([None]) == ""
    assert sparkline([]) == ""


def test_what_stays_as_it_is_stays_in_the_middle() -> None:
    assert sparkline([2, 2]) == "▅▅"


def test_a_stream_without_blocks_gets_ascii() -> None:
    assert drawable("utf-8") == BLOCKS
    for encoding in ("ascii", "latin-1", None, "no-such-thing"):
        assert drawable(encoding) == PLAIN
    assert sparkline(range(8), PLAIN).isascii()


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1))
def test_a_character_for_each_whatever_the_numbers(values: list[float]) -> None:
    assert len(sparkline(values)) in {0, len(values)}
