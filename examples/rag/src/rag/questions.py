"""Questions whose answers are known: a row of a CSV file each."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, NamedTuple

from rag import ProblemError
from rag.words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from rag.documents import Document

HEADER = ["id", "lang", "kind", "question", "history", "source", "answer"]
KINDS = ("passage", "table", "follow-up")
BETWEEN = " | "
"""between the questions of a history"""
SHOWN = 10


class Question(NamedTuple):
    """What is asked, after what, and which document answers it how."""

    id: str
    lang: str
    kind: str
    question: str
    history: tuple[str, ...]
    source: str
    answer: str


def read(path: Path) -> list[Question]:
    """The questions of a CSV file; a row that is none of them ends it, by number."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.reader(file, strict=True)
        try:
            if next(rows, []) != HEADER:
                raise ProblemError(f"{path}, row 1: the header must be {','.join(HEADER)}")
            return [_question(cells, f"{path}, row {row}") for row, cells in enumerate(rows, 2)]
        except (csv.Error, UnicodeDecodeError) as problem:
            raise ProblemError(f"{path}, line {rows.line_num}: {problem}") from None


def _question(cells: list[str], where: str) -> Question:
    if len(cells) != len(HEADER):
        raise ProblemError(f"{where}: {len(cells)} cells found, {len(HEADER)} expected")
    name, lang, kind, question, history, source, answer = cells
    before = tuple(history.split(BETWEEN)) if history else ()
    return Question(name, lang, kind, question, before, source, answer)


def write(questions: Iterable[Question], path: Path) -> None:
    """Write what `read` reads."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(HEADER)
        rows.writerows(
            [BETWEEN.join(cell) if isinstance(cell, tuple) else cell for cell in each]
            for each in questions
        )


def problems(questions: Sequence[Question], documents: Iterable[Document]) -> Iterator[str]:
    """Everything wrong with the questions, row by row; row 1 is the header."""
    texts = {each.id: plain(f"{each.title}\n{each.text}") for each in documents}
    seen: dict[str, int] = {}
    for row, each in enumerate(questions, start=2):
        first = seen.setdefault(each.id, row)
        if first != row:
            yield f'row {row}: the id "{each.id}" is that of row {first}'
        for found in _wrong(each, texts):
            yield f"row {row}: {found}"


def _wrong(each: Question, texts: dict[str, str]) -> Iterator[str]:
    if not all((each.id, each.question, each.answer)):
        yield "the id, the question and the answer must not be empty"
    if each.lang not in LANGUAGES:
        yield f'the language "{each.lang}" is none of {", ".join(LANGUAGES)}'
    if each.kind not in KINDS:
        yield f'the kind "{each.kind}" is none of {", ".join(KINDS)}'
    if bool(each.history) != (each.kind == "follow-up"):
        yield f'a history of {len(each.history)} questions, and the kind is "{each.kind}"'
    if each.source not in texts:
        yield f'there is no document "{each.source}"'
    elif not each.source.startswith(f"{each.lang}/"):
        yield f'the language is "{each.lang}", and the source "{each.source}"'
    elif plain(each.answer) not in texts[each.source]:
        yield f'"{each.answer}" does not stand in {each.source}'


def checked(questions: list[Question], documents: Iterable[Document], name: str) -> list[Question]:
    """The questions as they came, or a refusal that names the rows."""
    found = list(problems(questions, documents))
    if not questions:
        raise ProblemError(f"{name} has no questions in it")
    if found:
        more = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
        raise ProblemError(f"{name} is not clean\n  " + "\n  ".join([*found[:SHOWN], *more]))
    return questions


def plain(text: str) -> str:
    """A text in small letters, without breaks and outer dots: what answers are compared by."""
    return re.sub(r"\s+", " ", text).strip(" .").casefold()
