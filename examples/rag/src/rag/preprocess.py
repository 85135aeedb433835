"""Check the questions, choose some, and index what they need: python -m rag.preprocess."""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from rag import ProblemError, documents, index, questions, run

if TYPE_CHECKING:
    from rag.questions import Question


def subset(asked: list[Question], rows: int, seed: int) -> list[Question]:
    """So many, each language with its share; a larger subset contains a smaller."""
    if not 0 < rows <= len(asked):
        raise ProblemError(f"{rows} rows asked for, and there are {len(asked)}")
    by_language: dict[str, list[Question]] = defaultdict(list)
    for each in sorted(asked, key=lambda each: _shuffled(each.id, seed)):
        by_language[each.lang].append(each)
    places = {
        each.id: ((place + 0.5) / len(same), each.id)
        for same in by_language.values()
        for place, each in enumerate(same)
    }
    last = sorted(places.values())[rows - 1]
    return [each for each in asked if places[each.id] <= last]


def _shuffled(name: str, seed: int) -> str:
    return blake2b(f"{seed} {name}".encode()).hexdigest()


def _count(text: str) -> int | None:
    if text != "all" and not text.isdecimal():
        raise argparse.ArgumentTypeError(f'"{text}" is neither a number nor "all"')
    return None if text == "all" else int(text)


def main(argv: list[str] | None = None) -> None:
    """Read, check, choose, index, write."""
    parser = argparse.ArgumentParser(prog="rag.preprocess", description=__doc__)
    parser.add_argument("--in", dest="source", type=Path, default=Path("data/questions.csv"))
    parser.add_argument("--documents", type=Path, default=Path("documents"))
    parser.add_argument("--rows", type=_count, default=None, help="how many, or: all")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, required=True, help="for questions.csv and index.json")
    asked = parser.parse_args(argv)
    texts = documents.read(asked.documents)
    chosen = questions.checked(questions.read(asked.source), texts, os.path.relpath(asked.source))
    if asked.rows is not None:
        chosen = subset(chosen, asked.rows, asked.seed)
    needed = {each.source for each in chosen}
    built = index.of(text for text in texts if text.id in needed)
    asked.out.mkdir(parents=True, exist_ok=True)
    questions.write(chosen, asked.out / "questions.csv")
    index.write(built, asked.out / "index.json")
    print(f"{len(chosen)} questions, {len(needed)} documents, {len(built.passages)} passages")


if __name__ == "__main__":
    run(main)
