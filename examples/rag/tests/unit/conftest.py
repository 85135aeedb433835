"""A handful of documents that the tests know by heart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rag import documents

if TYPE_CHECKING:
    from pathlib import Path

    from rag.documents import Document

FERRY = """# Ferry fares

Tickets are bought on board.

## Fares

| Ticket | Return |
|---|---|
| Adult | 95 kr |
| Child | 48 kr |

Dogs sleep on deck. The crossing takes 35 minutes.
"""
MILL = """# The mill

The mill ground rye until 1954.
"""
FYRET = """# Fyret

Fyret er 28 meter højt.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of three documents."""
    for name, text in {"en/ferry": FERRY, "en/mill": MILL, "da/fyret": FYRET}.items():
        path = tmp_path / "documents" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "documents"


@pytest.fixture
def texts(folder: Path) -> list[Document]:
    """What is in it."""
    return documents.read(folder)
