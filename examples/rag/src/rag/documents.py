"""Documents: a folder of Markdown files, and the passages that they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rag import ProblemError
from rag.words import LANGUAGES, Language

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Document(NamedTuple):
    """A file: `en/ferry-fares` is `en/ferry-fares.md`, in English."""

    id: str
    language: Language
    title: str
    text: str
    """all that follows the title"""


class Passage(NamedTuple):
    """A paragraph or a table: what is searched, and what an answer is taken from."""

    id: str
    """`en/ferry-fares#2`"""
    document: str
    language: Language
    title: str
    heading: str
    text: str

    @property
    def table(self) -> bool:
        """Whether it is a table."""
        return self.text.startswith("|")

    @property
    def whole(self) -> str:
        """The passage under its title and heading, which say what it is about."""
        return f"{self.title}\n{self.heading}\n{self.text}"


def read(folder: Path) -> list[Document]:
    """The documents of a folder, in the order of their names."""
    found = [
        _document(path, language)
        for language in LANGUAGES
        for path in sorted((folder / language).glob("*.md"))
    ]
    if not found:
        raise ProblemError(f"{folder} has no documents: they are {folder}/en/*.md and da/*.md")
    return found


def _document(path: Path, language: Language) -> Document:
    title, _, text = path.read_text(encoding="utf-8").partition("\n")
    if not title.startswith("# "):
        raise ProblemError(f'{path}, line 1: "# " and a title expected')
    return Document(f"{language}/{path.stem}", language, title[2:].strip(), text.strip())


def passages(document: Document) -> Iterator[Passage]:
    """Its paragraphs and tables in turn, each under the heading that it stands under."""
    heading, number = "", 0
    for block in document.text.split("\n\n"):
        text = block.strip()
        if text.startswith("## "):
            heading = text[3:]
        elif text:
            number += 1
            name = f"{document.id}#{number}"
            yield Passage(name, document.id, document.language, document.title, heading, text)
