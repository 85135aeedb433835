"""Extract an answer from passages, word for word: a cell of a table, or a sentence."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from rag.tables import lookup, meaning, parse
from rag.words import language, terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rag.documents import Passage

SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-ZÆØÅ])")
NUMBER_ASKED = re.compile(
    r"\b(how (much|many|long|far|tall|high|wide|old|deep)|when|cost|what (time|year)|which year|"
    r"hvor (meget|mange|længe|langt?|højt?|bredt?|gammelt?|dybt?)|hvornår|koster|hvilket år)\b"
)
NUMBERLESS = 0.5
"""what is left of a sentence's score when a number is asked for, and it has none"""

LATER = 0.95
"""what is left of it for each passage that fits the question better"""


class Found(NamedTuple):
    """An answer, and the document that it is from; both are empty where there is none."""

    text: str = ""
    source: str = ""


class Candidate(NamedTuple):
    """What may be the answer, and the words that speak for it."""

    text: str
    whole: str
    numberless: bool = False


def extract(question: str, passages: Sequence[Passage]) -> Found:
    """The cell or sentence with most of the question's words; better passages come first."""
    asked = set(terms(question, language(question)))
    numbers = bool(NUMBER_ASKED.search(question.lower()))
    rarity = _rarity(asked, passages)
    best, highest = Found(), 0.0
    for place, passage in enumerate(passages):
        for candidate in candidates(question, passage):
            score = _score(candidate, passage, rarity) * LATER**place
            score *= NUMBERLESS if numbers and candidate.numberless else 1
            if score > highest:
                best, highest = Found(candidate.text, passage.document), score
    return best


def candidates(question: str, passage: Passage) -> Iterator[Candidate]:
    """The cell of a table that is asked for, or each sentence of another passage."""
    if passage.table:
        cell = lookup(parse(passage.text), question, passage.language)
        if cell:
            yield Candidate(cell.value, cell.whole)
        return
    for sentence in sentences(passage.text):
        yield Candidate(sentence, sentence, not re.search(r"\d", sentence))


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph; `1. april` does not end one."""
    return SENTENCE.split(" ".join(text.split()))


def _rarity(asked: set[str], passages: Sequence[Passage]) -> dict[str, float]:
    having = Counter(
        term for each in passages for term in asked & set(terms(each.whole, each.language))
    )
    return {term: 1 / (1 + having[term]) for term in sorted(asked)}


def _score(candidate: Candidate, passage: Passage, rarity: dict[str, float]) -> float:
    about = f"{passage.title}\n{passage.heading}\n{candidate.whole}"
    met = meaning(about, passage.language)
    return sum(weight for term, weight in rarity.items() if term in met)
