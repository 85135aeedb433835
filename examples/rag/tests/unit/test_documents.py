"""Documents: how a file becomes passages, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rag import ProblemError, documents

if TYPE_CHECKING:
    from pathlib import Path

    from rag.documents import Document


def test_a_document_is_named_by_its_language_and_file(texts: list[Document]) -> None:
    assert [(each.id, each.language, each.title) for each in texts] == [
        ("en/ferry", "en", "Ferry fares"),
        ("en/mill", "en", "The mill"),
        ("da/fyret", "da", "Fyret"),
    ]


def test_passages_stand_under_their_heading(texts: list[Document]) -> None:
    first, table, last = documents.passages(texts[0])
    assert (first.id, first.heading, first.table) == ("en/ferry#1", "", False)
    assert (table.id, table.heading, table.table) == ("en/ferry#2", "Fares", True)
    assert table.text.endswith("| Child | 48 kr |")
    assert last.whole.startswith("Ferry fares\nFares\nDogs sleep")


def test_a_file_without_a_title_is_refused(folder: Path) -> None:
    (folder / "en" / "bad.md").write_text("Ferry\n\nText.\n")
    with pytest.raises(ProblemError, match=r'bad\.md, line 1: "# " and a title expected'):
        documents.read(folder)


def test_a_folder_without_documents_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match="has no documents"):
        documents.read(tmp_path)
