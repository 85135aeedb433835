"""The table: what is written is read, what is no table is refused, and sides are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from classifier import ProblemError, data

if TYPE_CHECKING:
    from pathlib import Path

    from classifier.data import Digits


def test_what_is_written_is_read(digits: Digits, tmp_path: Path) -> None:
    data.write(digits, tmp_path / "digits.csv")
    found = data.read(tmp_path / "digits.csv")
    assert np.array_equal(found.labels, digits.labels)
    assert np.array_equal(found.pixels, digits.pixels)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("label,", "digit,", "row 1: the header must be label,p0,p1,...,p63"),
        ("\n3,", "\nthree,", 'row 5, label: "three" is not a small whole number'),
        (
            "\n3,",
            f"\n{10**20},",
            'row 5, label: "100000000000000000000" is not a small whole number',
        ),
        ("\n3,", "\n3,9,", "row 5: 66 cells found, 65 expected"),
    ],
)
def test_a_bad_row_is_named(digits: Digits, tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "digits.csv"
    data.write(digits, path)
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(ProblemError) as problem:
        data.read(path)
    assert str(problem.value).endswith(said)


def test_no_image_is_on_both_sides(digits: Digits) -> None:
    train, held_out = data.split(digits)
    assert len(train.labels) + len(held_out.labels) == len(digits.labels)
    assert not names(train) & names(held_out)
    assert names(held_out)


def test_an_image_keeps_its_side_in_a_subset(digits: Digits) -> None:
    some = digits.pick(np.arange(0, 20, 2))
    assert names(data.split(some).held_out) == names(some) & names(data.split(digits).held_out)


def names(digits: Digits) -> set[str]:
    return {data.identity(image) for image in digits.pixels}
