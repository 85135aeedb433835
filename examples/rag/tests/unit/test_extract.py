"""Extraction: the answer is a cell or a sentence, word for word."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import pytest

from rag import documents, extract
from rag.extract import Found

if TYPE_CHECKING:
    from rag.documents import Document, Passage


@pytest.fixture
def passages(texts: list[Document]) -> list[Passage]:
    """All passages there are."""
    return [*chain.from_iterable(map(documents.passages, texts))]


@pytest.mark.parametrize(
    ("question", "answer", "source"),
    [
        ("How long does the crossing take?", "The crossing takes 35 minutes.", "en/ferry"),
        ("Where do dogs sleep?", "Dogs sleep on deck.", "en/ferry"),
        ("What is a return ticket for a child?", "48 kr", "en/ferry"),
        ("Until when did the mill grind?", "The mill ground rye until 1954.", "en/mill"),
        ("Hvor højt er fyret?", "Fyret er 28 meter højt.", "da/fyret"),
        ("Who is the walrus?", "", ""),
    ],
)
def test_an_answer_and_its_source(
    question: str, answer: str, source: str, passages: list[Passage]
) -> None:
    assert extract.extract(question, passages) == Found(answer, source)


def test_a_date_does_not_end_a_sentence() -> None:
    assert extract.sentences("Der er lukket 1. maj. Og 2.\njuni.") == [
        "Der er lukket 1. maj.",
        "Og 2. juni.",
    ]


def test_where_a_number_is_asked_for_a_sentence_has_one(passages: list[Passage]) -> None:
    plain = passages[0]._replace(text="The mast is of pine. The mast has 9 metres.")
    assert extract.extract("How tall is the mast?", [plain]).text == "The mast has 9 metres."
    assert extract.extract("Of what is the mast?", [plain]).text == "The mast is of pine."


def test_of_equals_the_better_passage_has_the_answer(passages: list[Passage]) -> None:
    first, second = (passages[0]._replace(document=name, text="A tern.") for name in ("a", "b"))
    assert extract.extract("What is a tern?", [first, second]).source == "a"
