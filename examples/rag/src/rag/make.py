"""Make data/questions.csv from the documents and data/wording.toml: python -m rag.make."""

from __future__ import annotations

import argparse
import tomllib
from hashlib import blake2b
from itertools import pairwise, product
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from rag import ProblemError, documents, questions, run, tables
from rag.questions import Question

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rag.documents import Document
    from rag.tables import Table

CELLS = 6
"""questions about one table, chosen by a hash: all would be twice as many, and no wiser"""
FOLLOW_UPS = 2

Wording = dict[str, Any]
"""what wording.toml says, or a table in it"""
Each = TypeVar("Each", bound=tuple[str, ...])


class Asked(NamedTuple):
    """A question before it has an id."""

    kind: str
    question: str
    history: tuple[str, ...]
    answer: str


def made(document: Document, wording: Wording) -> list[Question]:
    """The questions about a document, each with an id that others joining it leave as it is."""
    asked = [*_of_tables(document, wording), *_of_facts(document.id, wording)]
    return [
        Question(
            f"{document.id}/{_short((*one.history, one.question))}",
            document.language,
            one.kind,
            one.question,
            one.history,
            document.id,
            one.answer,
        )
        for one in asked
    ]


def _of_tables(document: Document, wording: Wording) -> Iterator[Asked]:
    found = [tables.parse(each.text) for each in documents.passages(document) if each.table]
    for each in wording["table"]:
        if each["source"] == document.id:
            yield from of_table(found[each.get("number", 1) - 1], each)


def of_table(table: Table, wording: Wording) -> Iterator[Asked]:
    """Questions about some cells, and questions that follow on others about some more."""
    source, rows, columns = wording["source"], wording["rows"], wording["columns"]
    values = _values(table)
    missing = [cell for cell in product(rows, columns) if cell not in values]
    if missing:
        raise ProblemError(f"wording.toml, {source}: the table has no cell {missing[0]}")
    for row, column in some([*product(rows, columns)], CELLS, source):
        yield Asked("table", columns[column].format(row=rows[row]), (), values[row, column])
    if "then" in wording:
        after = [(*rows_, column) for rows_, column in product(pairwise(rows), columns)]
        for first, then, column in some(after, FOLLOW_UPS, source):
            before = columns[column].format(row=rows[first])
            question = wording["then"].format(row=rows[then])
            yield Asked("follow-up", question, (before,), values[then, column])


def _values(table: Table) -> Mapping[tuple[str, str], str]:
    return {
        (row[0], column): value
        for row in table.rows
        for column, value in zip(table.header[1:], row[1:], strict=True)
    }


def _of_facts(source: str, wording: Wording) -> Iterator[Asked]:
    for question, answer in wording["facts"].get(source, ()):
        yield Asked("passage", question, (), answer)
    for *before, question, answer in wording["follow-ups"].get(source, ()):
        yield Asked("follow-up", question, tuple(before), answer)


def some(each: Sequence[Each], most: int, source: str) -> list[Each]:
    """So many of them, always the same, in their order."""
    chosen = sorted(each, key=lambda one: _short((source, *one)))[:most]
    return [one for one in each if one in chosen]


def _short(texts: tuple[str, ...]) -> str:
    return blake2b("\n".join(texts).encode(), digest_size=3).hexdigest()


def same(made: Sequence[Question], path: Path) -> None:
    """Refuse a file that is not what is made: what was changed by hand would be lost."""
    there = questions.read(path)
    for row, (one, other) in enumerate(zip(there, made, strict=False), start=2):
        if one != other:
            raise ProblemError(
                f'{path}, row {row}: "{one.question}" is not what is made: "{other.question}"'
            )
    if len(there) != len(made):
        raise ProblemError(f"{path} has {len(there)} questions, and {len(made)} are made")


def main(argv: list[str] | None = None) -> None:
    """Put the questions about each document together, check them, write them."""
    parser = argparse.ArgumentParser(prog="rag.make", description=__doc__)
    parser.add_argument("--documents", type=Path, default=Path("documents"))
    parser.add_argument("--wording", type=Path, default=Path("data/wording.toml"))
    parser.add_argument("--out", type=Path, default=Path("data/questions.csv"))
    parser.add_argument("--check", action="store_true", help="write nothing, and compare")
    asked = parser.parse_args(argv)
    found = documents.read(asked.documents)
    rows = every(found, tomllib.loads(asked.wording.read_text(encoding="utf-8")))
    if asked.check:
        same(rows, asked.out)
    else:
        questions.write(rows, asked.out)
    print(f"{len(rows)} questions {'are those of' if asked.check else 'written to'} {asked.out}")


def every(found: Sequence[Document], wording: Wording) -> list[Question]:
    """The questions about all documents, checked; each document has one."""
    rows = []
    for each in found:
        about = made(each, wording)
        if not about:
            raise ProblemError(f"nothing is asked about {each.id}: see wording.toml")
        rows += about
    return questions.checked(rows, found, "what was made")


if __name__ == "__main__":
    run(main)
