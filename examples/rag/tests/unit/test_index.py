"""The index: BM25, worked out by hand."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

import pytest

from rag import ProblemError, index
from rag.documents import Passage

if TYPE_CHECKING:
    from pathlib import Path

    from rag.documents import Document
    from rag.index import Index


@pytest.fixture
def small() -> Index:
    """Three passages of 2, 4 and 3 terms: 3 on average."""
    texts = ["seal boat", "seal seal rock sand", "tern rock sand"]
    return index.build(
        Passage(f"d{n}#1", f"d{n}", "en", "", "", text) for n, text in enumerate(texts)
    )


def test_a_rare_term_tells_more_and_none_tells_less_than_nothing(small: Index) -> None:
    assert small.idf("tern") == pytest.approx(log(1 + 2.5 / 1.5))
    assert small.idf("seal") == pytest.approx(log(1 + 1.5 / 2.5))
    assert small.idf("walrus") == pytest.approx(log(1 + 3.5 / 0.5))
    assert small.idf("tern") > small.idf("seal") > 0


def test_scores_by_hand(small: Index) -> None:
    hits = {hit.passage.document: hit.score for hit in index.search(small, "seal", 5)}
    idf = log(1 + 1.5 / 2.5)
    assert hits == {
        "d0": pytest.approx(idf * 1 * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 2 / 3))),
        "d1": pytest.approx(idf * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 4 / 3))),
    }


def test_the_best_come_first_and_no_more_than_asked_for(small: Index) -> None:
    hits = index.search(small, "tern on a rock in the sand", 2)
    assert [hit.passage.document for hit in hits] == ["d2", "d1"]
    assert hits[0].score > hits[1].score


def test_what_shares_no_word_is_not_found(small: Index) -> None:
    assert index.search(small, "What is the walrus?", 5) == []


def test_titles_are_searched(texts: list[Document]) -> None:
    assert index.search(index.of(texts), "fares", 1)[0].passage.document == "en/ferry"


def test_a_document_is_ranked_once(texts: list[Document]) -> None:
    hits = index.search(index.of(texts), "ferry mill", 9)
    assert sorted(index.ranked(hits)) == ["en/ferry", "en/mill"]
    assert len(hits) > 2


def test_what_is_written_is_read(small: Index, tmp_path: Path) -> None:
    index.write(small, tmp_path / "index.json")
    assert index.read(tmp_path / "index.json") == small


@pytest.mark.parametrize("text", ["", "[]", '{"passages": [[1]], "postings": {}, "lengths": []}'])
def test_what_is_no_index_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text(text)
    with pytest.raises(ProblemError, match="is not an index"):
        index.read(tmp_path / "index.json")
