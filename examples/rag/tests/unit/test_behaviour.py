"""Behaviour: that each test can fail, and that a failure is not a crash."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from rag import ProblemError, behaviour, index
from rag.behaviour import System, Tried, example, report, tried
from rag.cases import ABILITIES, TESTS, Ability, Case, Talk, Test
from rag.extract import Found
from rag.llm import Offline

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rag.documents import Document, Passage


class Parrot(Offline):
    """A client that says the same to everything."""

    def __init__(self, said: str) -> None:
        self._said = said

    def rewrite(self, question: str, history: Sequence[str]) -> str:
        return self._said

    def answer(self, question: str, passages: Sequence[Passage]) -> Found:
        return Found(self._said, passages[0].document)


@pytest.fixture
def system(texts: list[Document]) -> System:
    """The documents, and the offline client."""
    return System(index.of(texts), Offline())


def case(test: Test, ability: Ability, expect: str, *talks: Talk) -> Case:
    """A case in English."""
    document = "en/ferry" if ability == "table_reading" else ""
    asked, *changed = talks
    return Case("c", ability, test, "en", asked, tuple(changed), expect, document, "")


CHILD = ("A return for a child?",)
ADULT = ("A return for an adult?",)


@pytest.mark.parametrize(
    ("tried_", "well"),
    [
        (case("MFT", "table_reading", "48 kr", CHILD), True),
        (case("MFT", "table_reading", "95 kr", CHILD), False),
        (case("INV", "table_reading", "", CHILD, ("For a child, a return?",)), True),
        (case("INV", "table_reading", "", CHILD, ADULT), False),
        (case("INV", "table_reading", "", ("A walrus?",), ("A seal?",)), False),
        (case("DIR", "table_reading", "95 kr", CHILD, ADULT), True),
        (case("DIR", "table_reading", "48 kr", CHILD, CHILD), False),
        (case("MFT", "retrieval", "en/mill", ("Who ground rye?",)), True),
        (case("MFT", "retrieval", "en/ferry", ("Who ground rye?",)), False),
        (case("MFT", "retrieval", "en/ferry", ("Walrus?",)), False),
        (
            case("MFT", "question_rewriting", "mill built", ("The mill?", "When was it built?")),
            True,
        ),
        (case("MFT", "question_rewriting", "ferry", ("The mill?", "When was it built?")), False),
        (case("MFT", "question_rewriting", "-mill", ("The mill?", "When was it built?")), False),
        (case("INV", "question_rewriting", "", ("Open at noon?",), ("At noon, open?",)), True),
        (case("INV", "question_rewriting", "", ("Open at noon?",), ("Open at one?",)), False),
    ],
)
def test_a_case_is_well_or_not(tried_: Case, well: bool, system: System) -> None:
    assert tried(system, tried_).well is well


def test_a_parrot_is_not_taken_for_an_able_one(texts: list[Document]) -> None:
    parrot = System(index.of(texts), Parrot("48 kr"))
    found = [
        case("MFT", "table_reading", "95 kr", ADULT),
        case("DIR", "table_reading", "48 kr", ADULT, CHILD),
        case("MFT", "question_rewriting", "mill", ("The mill?", "And it?")),
    ]
    assert not any(tried(parrot, each).well for each in found)


def test_an_example_says_what_decided(system: System) -> None:
    found = example(tried(system, case("INV", "table_reading", "", CHILD, ADULT)))
    assert (found.y, found.pred, found.scores) == ("48 kr", "95 kr", {"table_reading": 0.0})
    assert found.slice == {"lang": "en", "capability": "table_reading", "test": "INV"}


def test_the_report_has_a_row_an_ability_and_a_column_a_test() -> None:
    mft, inv = (case(test, "retrieval", "", ("?",)) for test in TESTS[:2])
    every = [Tried(mft, "", (), well=well) for well in (True, True, False)]
    header, row = report([*every, Tried(inv, "", (), well=True)])
    assert header.split() == ["failed", "of", "MFT", "INV", "DIR", "en"]
    assert row.split() == ["retrieval", "1/3", "33%", "0/1", "0%", "-", "1/4", "25%"]


@pytest.fixture
def places(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Arguments that lead to one case, which fails."""
    monkeypatch.delenv("RAG_LLM", raising=False)
    for ability in ABILITIES:
        (tmp_path / f"{ability}.jsonl").write_text("")
    line = {"id": "c", "test": "MFT", "lang": "en", "asked": ["Who ground rye?"]}
    (tmp_path / "retrieval.jsonl").write_text(json.dumps({**line, "expect": "en/ferry"}))
    return ["--cases", str(tmp_path), "--documents", str(folder)]


def test_a_case_that_fails_is_no_failure_of_the_program(places: list[str], tmp_path: Path) -> None:
    behaviour.main([*places, "--out", str(tmp_path / "out")])
    (line,) = (tmp_path / "out" / "examples.jsonl").read_text().splitlines()
    assert json.loads(line)["scores"] == {"retrieval_hit": 0.0}


def test_a_floor_makes_it_one(places: list[str]) -> None:
    with pytest.raises(ProblemError, match=r"retrieval_hit is 0\.000, and 0\.8 is needed"):
        behaviour.main([*places, "--min", "retrieval_hit=0.8"])


@pytest.mark.parametrize("asked", [["--case", "c"], ["--failed"]])
def test_a_case_is_shown_with_what_went_in_and_out(
    asked: list[str], places: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    behaviour.main([*places, *asked])
    shown = capsys.readouterr().out
    for part in ("FAIL  c", "in        Who ground rye?", "out       en/mill", "expected  en/ferry"):
        assert part in shown


def test_a_case_that_is_not_there_is_said(places: list[str]) -> None:
    with pytest.raises(ProblemError, match='there is no case "d"'):
        behaviour.main([*places, "--case", "d"])


def test_a_document_without_a_table_is_said(system: System) -> None:
    broken = case("MFT", "table_reading", "x", CHILD)._replace(document="en/mill")
    with pytest.raises(ProblemError, match='"en/mill" has no table'):
        tried(system, broken)
