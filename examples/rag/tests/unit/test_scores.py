"""Scores: means, and floors under them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from rag import ProblemError, scores
from rag.scores import Example, Floor

if TYPE_CHECKING:
    from pathlib import Path

FOUND = [
    Example("a", {"hit": 1.0}, "x", "x", {"lang": "da"}),
    Example("b", {"hit": 0.0}, "x", "y", {"lang": "da"}),
    Example("c", {"hit": 1.0, "exact": 1.0}, "x", "x", {"lang": "en"}),
]


def test_a_mean_is_over_the_examples_that_have_the_score() -> None:
    assert scores.mean(FOUND, "hit") == 0.666667
    assert scores.mean(FOUND, "exact") == 1.0
    assert scores.mean(FOUND, "mrr") is None


def test_a_floor_is_over_all_or_over_a_slice() -> None:
    assert scores.floor("hit=0.8") == Floor("hit", None, 0.8)
    assert scores.floor("hit/lang:da=1") == Floor("hit", ("lang", "da"), 1.0)


@pytest.mark.parametrize(
    "text", ["hit", "=1", "hit=", "hit=2", "hit=nan", "hit/da=1", "hit/lang:=1"]
)
def test_a_floor_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(ProblemError, match=f'"{text}": '):
        scores.floor(text)


def test_what_is_under_its_floor_is_said() -> None:
    floors = map(scores.floor, ["hit=0.6", "hit=0.7", "hit/lang:en=1", "hit/lang:da=0.6"])
    assert scores.below(FOUND, floors) == [
        "hit is 0.667, and 0.7 is needed",
        "hit/lang:da is 0.500, and 0.6 is needed",
    ]


def test_what_was_not_measured_does_not_pass() -> None:
    floors = map(scores.floor, ["mrr=0", "hit/lang:sv=0"])
    assert scores.below(FOUND, floors) == ["mrr was not measured", "hit/lang:sv was not measured"]


def test_an_example_is_a_line(tmp_path: Path) -> None:
    scores.write(FOUND, tmp_path / "new")
    lines = (tmp_path / "new" / "examples.jsonl").read_text(encoding="utf-8").splitlines()
    said = [{k: v for k, v in each._asdict().items() if v is not None} for each in FOUND]
    assert list(map(json.loads, lines)) == said
