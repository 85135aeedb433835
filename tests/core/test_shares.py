from __future__ import annotations

from fractions import Fraction
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from innerloop.core.sampling import ALL, Amount
from innerloop.core.shares import shares

COUNTS = st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.integers(1, 400), min_size=1)
PARTS = st.integers(1, 1000).map(lambda n: str(n / 1000))


@given(COUNTS, st.integers(1, 3000))
def test_so_many_rows_are_shared_out_as_there_are(counts: dict[str, int], rows: int) -> None:
    found = shares(counts, Amount(rows))

    assert sum(found.values()) == min(rows, sum(counts.values()))
    assert all(0 <= found[name] <= counts[name] for name in counts)


@given(COUNTS, st.integers(1, 3000), st.integers(1, 3000))
def test_nobody_loses_a_row_when_more_are_asked_for(
    counts: dict[str, int], one: int, other: int
) -> None:
    less, more = (shares(counts, Amount(rows)) for rows in sorted((one, other)))

    assert all(less[name] <= more[name] for name in counts)


@given(COUNTS, st.integers(1, 3000), PARTS)
def test_rows_and_fractions_are_the_beginnings_of_one_order(
    counts: dict[str, int], rows: int, part: str
) -> None:
    one, other = shares(counts, Amount(rows)), shares(counts, Amount(None, part))

    assert all(one[n] <= other[n] for n in counts) or all(one[n] >= other[n] for n in counts)


@given(COUNTS, PARTS)
def test_a_fraction_is_exact_and_rounded_up(counts: dict[str, int], part: str) -> None:
    found = shares(counts, Amount(None, part))

    assert found == {name: ceil(count * Fraction(part)) for name, count in counts.items()}
    assert all(found.values())


def test_a_tenth_is_a_tenth() -> None:
    # As a binary fraction 0.07 is a little more, and eight rows of a hundred were taken.
    assert shares({"": 100}, Amount(None, "0.07")) == {"": 7}


@given(COUNTS, st.integers(1, 3000))
def test_what_is_rare_is_there_where_there_is_room(counts: dict[str, int], rows: int) -> None:
    found = shares(counts, Amount(rows))

    if rows >= len(counts):
        assert all(found.values())
    else:
        least = min(counts[name] for name in counts if found[name])
        assert all(counts[name] <= least for name in counts if not found[name])


@given(COUNTS, st.integers(1, 3000))
def test_a_share_is_what_its_part_is_of_all(counts: dict[str, int], rows: int) -> None:
    found, total = shares(counts, Amount(rows)), sum(counts.values())
    assert all(found[name] <= ceil(counts[name] * rows / total) for name in counts)


def test_the_three_classes_of_the_guide() -> None:
    assert shares({"en": 900, "da": 99, "rare": 1}, Amount(200)) == {"en": 179, "da": 20, "rare": 1}
    assert shares({"en": 900, "da": 99}, ALL) == {"en": 900, "da": 99}
