"""Answer a question from the documents, and say from which: python -m rag.answer "..."."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rag import ProblemError, documents, index, llm, run, settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag.extract import Found
    from rag.index import Hit, Index
    from rag.llm import Client

READ = 5
"""passages that an answer is looked for in"""
KEPT = 10
"""passages that are found in all"""


class Answer(NamedTuple):
    """An answer, and how it came about."""

    question: str
    """as it was rewritten"""
    hits: tuple[Hit, ...]
    found: Found


def answer(index_: Index, client: Client, question: str, history: Sequence[str] = ()) -> Answer:
    """Rewrite the question, search the passages, and take the answer from the best of them."""
    alone = client.rewrite(question, history)
    hits = index.search(index_, alone, KEPT)
    return Answer(alone, tuple(hits), client.answer(alone, [hit.passage for hit in hits[:READ]]))


def main(argv: list[str] | None = None) -> None:
    """Answer what is asked on the command line."""
    parser = argparse.ArgumentParser(prog="rag.answer", description=__doc__)
    parser.add_argument("question")
    parser.add_argument("--after", action="append", default=[], help="what was asked before")
    parser.add_argument("--documents", type=Path, default=Path("documents"))
    parser.add_argument("--cache", type=Path, help="where the replies of a real model are kept")
    asked = parser.parse_args(argv)
    client = llm.client(settings.read(os.environ), asked.cache)
    found = answer(index.of(documents.read(asked.documents)), client, asked.question, asked.after)
    if not found.found.text:
        raise ProblemError(f'the documents do not say: "{found.question}"')
    print(f"{found.found.text}\n  {found.found.source}")
    if found.question != asked.question:
        print(f"  asked as: {found.question}")


if __name__ == "__main__":
    run(main)
