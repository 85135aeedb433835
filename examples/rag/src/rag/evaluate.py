"""Ask all questions, and judge the answers: python -m rag.evaluate."""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rag import ProblemError, answer, index, llm, questions, run, scores, settings
from rag.questions import plain
from rag.scores import Example

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag.answer import Answer
    from rag.index import Index
    from rag.llm import Client
    from rag.questions import Question
    from rag.settings import Settings

METRICS = ("hit_at_1", "hit_at_5", "mrr", "answer", "exact")


class Asked(NamedTuple):
    """A question, and what came of it."""

    question: Question
    answer: Answer


def rank(source: str, found: Answer) -> int | None:
    """Where a document stands among those that were found, from 1."""
    ranked = index.ranked(found.hits)
    return ranked.index(source) + 1 if source in ranked else None


def stands_in(expected: str, said: str) -> bool:
    """Whether an answer stands in another, as whole words: `9 kr` does not stand in `19 kr`."""
    return bool(re.search(rf"(?<!\w){re.escape(plain(expected))}(?!\w)", plain(said)))


def example(asked: Asked) -> Example:
    """What a question is worth. Its labels are documents: the right one, and the one it led to.

    answer: from the right document, and with what was expected in it
    exact: nothing else than what was expected; of tables alone, since a sentence says more
    """
    question, found = asked
    place = rank(question.source, found)
    here = found.found.source == question.source
    worth = {
        "hit_at_1": float(place == 1),
        "hit_at_5": float(place is not None and place <= 5),  # noqa: PLR2004
        "mrr": round(1 / place, 6) if place else 0.0,
        "answer": float(here and stands_in(question.answer, found.found.text)),
    }
    if question.kind == "table":
        worth["exact"] = float(here and plain(question.answer) == plain(found.found.text))
    first = next(iter(index.ranked(found.hits)), "")
    groups = {"lang": question.lang, "kind": question.kind}
    return Example(question.id, worth, question.source, first, groups, _case(question))


def _case(question: Question) -> dict[str, object] | None:
    """The question as a case of retrieval; one that leans on others is none by itself."""
    if question.history:
        return None
    said = {"ability": "retrieval", "test": "MFT", "lang": question.lang}
    return {**said, "asked": [question.question], "expect": question.source}


def metrics(found: Sequence[Example], told: Settings, cost: float | None) -> dict[str, Any]:
    """The means, over all and by language and kind; what they were measured with; the cost."""
    params: dict[str, str | float] = {
        "llm": told.llm,
        "k1": index.K1,
        "b": index.B,
        "read": answer.READ,
    }
    if told.llm != "offline":
        params |= {"model": told.model, "url": told.url}
    every = {
        "all": _means(found),
        **{
            dimension: {value: _means(same) for value, same in scores.by(found, dimension).items()}
            for dimension in ("lang", "kind")
        },
        "params": params,
    }
    return every if cost is None else {**every, "cost": cost}


def _means(found: Sequence[Example]) -> dict[str, float]:
    means = {metric: scores.mean(found, metric) for metric in METRICS}
    return {metric: mean for metric, mean in means.items() if mean is not None}


def write_answers(every: Sequence[Asked], path: Path) -> None:
    """Write what was answered, for people to read."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["id", "asked as", "expected", "answer", "expected source", "source"])
        rows.writerows(
            [
                each.id,
                found.question,
                each.answer,
                found.found.text,
                each.source,
                found.found.source,
            ]
            for each, found in every
        )


def main(argv: list[str] | None = None) -> None:
    """Ask, judge, count, write."""
    parser = argparse.ArgumentParser(prog="rag.evaluate", description=__doc__)
    parser.add_argument("--in", dest="folder", type=Path, required=True, help="from rag.preprocess")
    parser.add_argument("--cache", type=Path, help="where the replies of a real model are kept")
    parser.add_argument("--min", action="append", default=[], metavar="mrr/lang:da=0.9")
    parser.add_argument("--out", type=Path, required=True, help="the folder for what is found")
    asked = parser.parse_args(argv)
    floors = [scores.floor(each) for each in asked.min]
    told = settings.read(os.environ)
    client = llm.client(told, asked.cache)
    every = ask(index.read(asked.folder / "index.json"), client, asked.folder / "questions.csv")
    found = [example(each) for each in every]
    scores.write(found, asked.out)
    write_answers(every, asked.out / "answers.csv")
    text = json.dumps(metrics(found, told, client.cost), indent=2) + "\n"
    (asked.out / "metrics.json").write_text(text, encoding="utf-8")
    said = ", ".join(f"{metric} {mean:.3f}" for metric, mean in _means(found).items())
    print(f"{len(found)} questions: {said}")
    under = scores.below(found, floors)
    if under:
        raise ProblemError("; ".join(under))


def ask(built: Index, client: Client, path: Path) -> list[Asked]:
    """Put each question of a file to the system."""
    return [
        Asked(each, answer.answer(built, client, each.question, each.history))
        for each in questions.read(path)
    ]


if __name__ == "__main__":
    run(main)
