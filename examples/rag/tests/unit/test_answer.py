"""Answers: what is asked on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rag import ProblemError, answer

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAG_LLM", raising=False)


def test_an_answer_names_its_source(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer.main(["How long does the crossing take?", "--documents", str(folder)])
    assert capsys.readouterr().out == "The crossing takes 35 minutes.\n  en/ferry\n"


def test_a_question_that_was_rewritten_is_shown(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = "What is a return ticket for an adult?"
    answer.main(["And for a child?", "--after", before, "--documents", str(folder)])
    asked = "What is a return ticket for a child?"
    assert capsys.readouterr().out == f"48 kr\n  en/ferry\n  asked as: {asked}\n"


def test_no_answer_is_said_to_be_none(folder: Path) -> None:
    with pytest.raises(ProblemError, match="the documents do not say"):
        answer.main(["Who is the walrus?", "--documents", str(folder)])
