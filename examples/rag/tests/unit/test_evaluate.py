"""Evaluation: what an answer is worth, worked out by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from rag import ProblemError, evaluate, preprocess, questions
from rag.answer import Answer
from rag.documents import Passage
from rag.evaluate import Asked, example, stands_in
from rag.extract import Found
from rag.index import Hit
from rag.questions import Question

if TYPE_CHECKING:
    from pathlib import Path

FARE = Question("q1", "en", "table", "A child's return?", (), "en/ferry", "48 kr")
YEAR = Question("q2", "en", "passage", "Until when?", (), "en/mill", "1954")


def found(text: str, source: str, *documents: str) -> Answer:
    """An answer, with passages of these documents found in turn."""
    hits = [Hit(Passage(f"{each}#1", each, "en", "", "", ""), 1.0) for each in documents]
    return Answer("?", tuple(hits), Found(text, source))


@pytest.mark.parametrize(
    ("asked", "worth"),
    [
        (found("48 kr.", "en/ferry", "en/ferry", "en/mill"), (1.0, 1.0, 1.0, 1.0, 1.0)),
        (found("One way 30 kr, Return 48 kr", "en/ferry", "x", "en/ferry"), (0, 1, 0.5, 1, 0)),
        (found("48 kr", "en/mill", "x", "x", "y", "en/ferry"), (0, 1, 0.333333, 0, 0)),
        (found("148 kr", "en/ferry", "a", "b", "c", "d", "e", "en/ferry"), (0, 0, 0.166667, 0, 0)),
        (found("", "", "x"), (0, 0, 0, 0, 0)),
        (found("", ""), (0, 0, 0, 0, 0)),
    ],
)
def test_what_an_answer_is_worth(asked: Answer, worth: tuple[float, ...]) -> None:
    assert tuple(example(Asked(FARE, asked)).scores.values()) == worth


def test_a_sentence_has_the_answer_in_it() -> None:
    said = example(Asked(YEAR, found("The mill ground rye until 1954.", "en/mill", "en/mill")))
    assert said.scores == {"hit_at_1": 1.0, "hit_at_5": 1.0, "mrr": 1.0, "answer": 1.0}
    assert (said.y, said.pred, said.slice) == (
        "en/mill",
        "en/mill",
        {"lang": "en", "kind": "passage"},
    )


def test_an_answer_stands_in_another_as_whole_words() -> None:
    assert stands_in("9 kr.", "It costs 9 kr. a day.")
    assert not stands_in("9 kr", "It costs 19 kr.")
    assert not stands_in("9 kr", "9 krone")


@pytest.fixture
def clean(folder: Path, tmp_path: Path) -> Path:
    """What preprocessing leaves of two questions."""
    wide = YEAR._replace(id="q3", lang="da", source="da/fyret", answer="28 meter", question="Højt?")
    questions.write([FARE, YEAR, wide], tmp_path / "q.csv")
    places = ["--in", str(tmp_path / "q.csv"), "--documents", str(folder)]
    preprocess.main([*places, "--out", str(tmp_path / "clean")])
    return tmp_path / "clean"


def test_it_is_the_same_each_time(
    clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAG_LLM", raising=False)
    for name in ("one", "two"):
        evaluate.main(["--in", str(clean), "--out", str(tmp_path / name)])
    for name in ("examples.jsonl", "metrics.json", "answers.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    told = json.loads((tmp_path / "one" / "metrics.json").read_text())
    assert told["lang"]["da"]["hit_at_1"] == 1.0
    assert told["params"]["llm"] == "offline"
    assert told["cost"] == 0


def test_under_a_floor_it_fails_with_the_files_written(
    clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAG_LLM", raising=False)
    with pytest.raises(ProblemError, match="mrr/lang:sv was not measured"):
        evaluate.main(["--in", str(clean), "--out", str(tmp_path / "o"), "--min", "mrr/lang:sv=0"])
    assert (tmp_path / "o" / "metrics.json").exists()
