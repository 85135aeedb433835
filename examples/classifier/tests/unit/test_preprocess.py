"""Preprocessing: what it refuses, what it takes, and that the subset stays as it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from classifier import ProblemError, preprocess

if TYPE_CHECKING:
    from classifier.data import Digits

SNAPSHOTS = Path(__file__).parent / "snapshots"


def test_clean_digits_have_no_problems(digits: Digits) -> None:
    assert list(preprocess.problems(digits)) == []


def test_each_problem_names_its_row(digits: Digits) -> None:
    digits.labels[3] = 13
    digits.pixels[4, 9] = 17
    digits.pixels[5, 0] = -1
    digits.pixels[7] = digits.pixels[6]
    assert list(preprocess.problems(digits)) == [
        "row 5: label 13 is not a digit",
        "row 6: p9 is 17, which is not between 0 and 16",
        "row 7: p0 is -1, which is not between 0 and 16",
        "row 9: the same image as row 8",
    ]


def test_bad_digits_are_refused(digits: Digits) -> None:
    digits.labels[0] = -1
    with pytest.raises(ProblemError, match=r"mine\.csv is not clean\n  row 2: label -1"):
        preprocess.checked(digits, "mine.csv")


def test_an_empty_file_is_refused(digits: Digits) -> None:
    with pytest.raises(ProblemError, match="no digits in it"):
        preprocess.checked(digits.pick(np.arange(0)), "mine.csv")


def test_each_label_keeps_its_share(digits: Digits) -> None:
    assert sorted(preprocess.subset(digits, 10, seed=7).labels) == list(range(10))


def test_a_larger_subset_contains_a_smaller(digits: Digits) -> None:
    small, large = (images(preprocess.subset(digits, rows, seed=7)) for rows in (5, 15))
    assert (len(small), len(large)) == (5, 15)
    assert small < large


def test_another_seed_is_another_subset(digits: Digits) -> None:
    one, other = (images(preprocess.subset(digits, 10, seed=seed)) for seed in (7, 8))
    assert one != other


@pytest.mark.parametrize("rows", [0, 21])
def test_rows_that_are_not_there_are_refused(digits: Digits, rows: int) -> None:
    with pytest.raises(ProblemError, match=f"{rows} rows asked for, and there are 20"):
        preprocess.subset(digits, rows, seed=7)


def test_raw_becomes_clean_as_it_always_did(tmp_path: Path) -> None:
    """A change that is meant: copy the new file over the old, and let the diff be reviewed."""
    preprocess.main(["--in", str(SNAPSHOTS / "raw.csv"), "--rows", "10", "--out", str(tmp_path)])
    assert (tmp_path / "clean.csv").read_text() == (SNAPSHOTS / "clean.csv").read_text()


def images(digits: Digits) -> set[tuple[int, ...]]:
    return {tuple(image.tolist()) for image in digits.pixels}
