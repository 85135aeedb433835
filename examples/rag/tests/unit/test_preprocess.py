"""Preprocessing: what it refuses, what it chooses, and what it leaves."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from rag import ProblemError, index, preprocess, questions
from rag.questions import Question

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def asked() -> list[Question]:
    """Thirty questions in English and ten in Danish."""
    return [
        Question(f"q{n}", "da" if n % 4 == 0 else "en", "passage", "How?", (), "en/ferry", "x")
        for n in range(40)
    ]


def test_each_language_keeps_its_share(asked: list[Question]) -> None:
    chosen = preprocess.subset(asked, 12, seed=7)
    assert Counter(each.lang for each in chosen) == {"en": 9, "da": 3}


def test_a_larger_subset_contains_a_smaller_and_all_are_in_order(asked: list[Question]) -> None:
    small, large = (preprocess.subset(asked, rows, seed=7) for rows in (7, 29))
    assert (len(small), len(large)) == (7, 29)
    assert set(small) < set(large)
    assert large == sorted(large, key=asked.index)


def test_another_seed_is_another_subset(asked: list[Question]) -> None:
    assert preprocess.subset(asked, 9, seed=7) != preprocess.subset(asked, 9, seed=8)


@pytest.mark.parametrize("rows", [0, 41])
def test_rows_that_are_not_there_are_refused(rows: int, asked: list[Question]) -> None:
    with pytest.raises(ProblemError, match=f"{rows} rows asked for, and there are 40"):
        preprocess.subset(asked, rows, seed=7)


def test_the_documents_that_are_needed_are_indexed(folder: Path, tmp_path: Path) -> None:
    mill = Question("q1", "en", "passage", "Until when?", (), "en/mill", "1954")
    questions.write([mill], tmp_path / "q.csv")
    out = tmp_path / "out"
    places = ["--in", str(tmp_path / "q.csv"), "--documents", str(folder), "--out", str(out)]
    preprocess.main([*places, "--rows", "1"])
    assert questions.read(out / "questions.csv") == [mill]
    assert {each.document for each in index.read(out / "index.json").passages} == {"en/mill"}


def test_a_question_that_is_not_true_is_refused(folder: Path, tmp_path: Path) -> None:
    false = Question("q1", "en", "passage", "Until when?", (), "en/mill", "1955")
    questions.write([false], tmp_path / "q.csv")
    places = ["--in", str(tmp_path / "q.csv"), "--documents", str(folder), "--out", str(tmp_path)]
    with pytest.raises(ProblemError, match='row 2: "1955" does not stand in en/mill'):
        preprocess.main(places)
