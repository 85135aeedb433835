"""An index of passages, searched by BM25.

    score(passage, question) = sum over the question's terms t of
        idf(t) * f * (K1 + 1) / (f + K1 * (1 - B + B * length / mean length))
    idf(t) = ln(1 + (N - n + 0.5) / (n + 0.5))

f: how often t is in the passage; length: the passage's terms; N: all passages; n: those with t.
The formula is that of S. Robertson and H. Zaragoza, The Probabilistic Relevance Framework: BM25 and
Beyond, 2009, section 3; the 1 in the logarithm keeps a term of more than half of the passages from
counting against them, and is Lucene's.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from itertools import chain
from math import log
from typing import TYPE_CHECKING, NamedTuple

from rag import ProblemError, documents
from rag.documents import Passage
from rag.words import language, terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

K1 = 1.2
"""how soon a term stops counting for more when it comes again"""
B = 0.75
"""how much a long passage pays for its length, from 0 to 1"""

Postings = dict[str, list[tuple[int, int]]]
"""of each term: in which passages it is, and how often"""


class Index(NamedTuple):
    """Passages, and where each term is in them."""

    passages: tuple[Passage, ...]
    lengths: tuple[int, ...]
    postings: Postings

    def idf(self, term: str) -> float:
        """How much a term tells: the rarer, the more, and never less than nothing."""
        having = len(self.postings.get(term, ()))
        return log(1 + (len(self.passages) - having + 0.5) / (having + 0.5))


class Hit(NamedTuple):
    """A passage that was found, and what it scored."""

    passage: Passage
    score: float


def build(passages: Iterable[Passage]) -> Index:
    """Index passages, each with its title and heading."""
    kept = tuple(passages)
    lengths: list[int] = []
    postings: Postings = defaultdict(list)
    for number, passage in enumerate(kept):
        found = terms(passage.whole, passage.language)
        lengths.append(len(found))
        for term, times in Counter(found).items():
            postings[term].append((number, times))
    return Index(kept, tuple(lengths), dict(postings))


def of(texts: Iterable[documents.Document]) -> Index:
    """Index documents."""
    return build(chain.from_iterable(map(documents.passages, texts)))


def search(index: Index, question: str, most: int) -> list[Hit]:
    """The passages that fit a question best, best first; one without any of its words is none."""
    scores = _scores(index, set(terms(question, language(question))))
    best = sorted(scores, key=lambda number: (-scores[number], number))[:most]
    return [Hit(index.passages[number], scores[number]) for number in best]


def _scores(index: Index, asked: set[str]) -> Mapping[int, float]:
    scores: dict[int, float] = defaultdict(float)
    mean = sum(index.lengths) / max(1, len(index.lengths))
    for term in sorted(asked):  # in one order: a sum of floats depends on it
        idf = index.idf(term)
        for number, times in index.postings.get(term, ()):
            room = K1 * (1 - B + B * index.lengths[number] / mean)
            scores[number] += idf * times * (K1 + 1) / (times + room)
    return scores


def ranked(hits: Sequence[Hit]) -> list[str]:
    """The documents that the passages are from, each once, best first."""
    return list(dict.fromkeys(hit.passage.document for hit in hits))


def write(index: Index, path: Path) -> None:
    """Write what `read` reads."""
    path.write_text(json.dumps(index._asdict(), ensure_ascii=False) + "\n", encoding="utf-8")


def read(path: Path) -> Index:
    """An index that was written before."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        passages = tuple(Passage(*each) for each in found["passages"])
        postings = {
            term: [(number, times) for number, times in places]
            for term, places in found["postings"].items()
        }
        return Index(passages, tuple(found["lengths"]), postings)
    except (ValueError, KeyError, TypeError) as problem:
        raise ProblemError(f"{path} is not an index: {problem}") from None
