"""Questions: how a row is read, and each thing that may be wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rag import ProblemError, questions
from rag.questions import Question

if TYPE_CHECKING:
    from pathlib import Path

    from rag.documents import Document

GOOD = Question("q1", "en", "passage", "How long?", (), "en/ferry", "35 minutes")
LATER = Question("q2", "en", "follow-up", "And it?", ("One?", "Two?"), "en/mill", "1954")
HEADER = "id,lang,kind,question,history,source,answer\n"


def test_what_is_written_is_read(tmp_path: Path) -> None:
    quoted = GOOD._replace(id="q3", question='Say "yes", or no?', answer="søndag, 9–12")
    questions.write([GOOD, LATER, quoted], tmp_path / "q.csv")
    assert questions.read(tmp_path / "q.csv") == [GOOD, LATER, quoted]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("id,lang\n", "row 1: the header must be id,lang,kind,"),
        ("", "row 1: the header"),
        (f"{HEADER}q1,en,passage\n", "row 2: 3 cells found, 7 expected"),
        (f'{HEADER}q1,en,passage,"How?" no,,en/ferry,x\n', "line 2: "),
    ],
)
def test_a_row_that_is_none_is_named(text: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_text(text)
    with pytest.raises(ProblemError, match=problem):
        questions.read(tmp_path / "q.csv")


def test_good_questions_have_no_problems(texts: list[Document]) -> None:
    assert questions.checked([GOOD, LATER], texts, "q.csv") == [GOOD, LATER]


def test_each_problem_names_its_row(texts: list[Document]) -> None:
    bad = [
        GOOD,
        GOOD._replace(id="a", lang="sv"),
        GOOD._replace(id="b", kind="riddle"),
        GOOD._replace(id="c", history=("Before?",)),
        GOOD._replace(id="d", source="en/walrus"),
        GOOD._replace(id="e", answer="36 minutes"),
        GOOD._replace(id="f", source="da/fyret", answer="28 meter"),
        GOOD._replace(id="q1"),
        GOOD._replace(id="g", question=""),
    ]
    assert list(questions.problems(bad, texts)) == [
        'row 3: the language "sv" is none of en, da',
        'row 3: the language is "sv", and the source "en/ferry"',
        'row 4: the kind "riddle" is none of passage, table, follow-up',
        'row 5: a history of 1 questions, and the kind is "passage"',
        'row 6: there is no document "en/walrus"',
        'row 7: "36 minutes" does not stand in en/ferry',
        'row 8: the language is "en", and the source "da/fyret"',
        'row 9: the id "q1" is that of row 2',
        "row 10: the id, the question and the answer must not be empty",
    ]


def test_bad_questions_are_refused(texts: list[Document]) -> None:
    bad = [GOOD._replace(id=str(n), answer="no") for n in range(12)]
    with pytest.raises(ProblemError, match=r"q\.csv is not clean\n  row 2: (?s:.*)and 2 more$"):
        questions.checked(bad, texts, "q.csv")


def test_no_questions_are_refused(texts: list[Document]) -> None:
    with pytest.raises(ProblemError, match="has no questions in it"):
        questions.checked([], texts, "q.csv")
