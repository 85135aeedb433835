"""Judge a model by the digits it has never seen: python -m classifier.evaluate."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from classifier import data, model, run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classifier.data import Digits, Ints


class Example(NamedTuple):
    """One question put to the model, its answer, and what the answer is worth."""

    id: str
    y: str
    pred: str
    scores: dict[str, int]
    slice: dict[str, str] | None = None
    """what it belongs to, so that it can be judged by itself"""


class Metrics(NamedTuple):
    """Shares from 0 to 1; precision, recall and f1 are means over the digits."""

    accuracy: float
    precision: float
    recall: float
    f1: float
    n: int


def example(name: str, y: int | str, pred: int | str) -> Example:
    """An answer, right when it is `y`."""
    return Example(name, str(y), str(pred), {"correct": int(y == pred)})


def examples(digits: Digits, predicted: Ints) -> list[Example]:
    """An example for each image, named by its pixels."""
    names = map(data.identity, digits.pixels)
    answers = zip(names, digits.labels.tolist(), predicted.tolist(), strict=True)
    return [example(*answer) for answer in answers]


def metrics(labels: Ints, predicted: Ints) -> Metrics:
    """What the predictions are worth, the labels being true."""
    from sklearn.metrics import (  # noqa: PLC0415 - takes a second to import
        accuracy_score,
        precision_recall_fscore_support,
    )

    precision, recall, f1, _ = precision_recall_fscore_support(
        labels, predicted, average="macro", zero_division=0
    )
    return Metrics(
        accuracy=_short(accuracy_score(labels, predicted)),
        precision=_short(precision),
        recall=_short(recall),
        f1=_short(f1),
        n=len(labels),
    )


def _short(share: float) -> float:
    return round(float(share), 6)


def _said(one: Example) -> dict[str, object]:
    return {key: value for key, value in one._asdict().items() if value is not None}


def write_examples(found: Iterable[Example], folder: Path) -> None:
    """Write `examples.jsonl`: an example to a line."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(_said(each)) + "\n" for each in found]
    (folder / "examples.jsonl").write_text("".join(lines), encoding="utf-8")


def write_metrics(found: Metrics, folder: Path) -> None:
    """Write `metrics.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(found._asdict(), indent=2) + "\n"
    (folder / "metrics.json").write_text(text, encoding="utf-8")


def main(argv: list[str] | None = None) -> None:
    """Read, predict, count, write."""
    parser = argparse.ArgumentParser(prog="classifier.evaluate", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="a model.json")
    parser.add_argument("--in", dest="source", type=Path, required=True, help="a clean.csv")
    parser.add_argument("--out", type=Path, required=True, help="the folder for what is found")
    asked = parser.parse_args(argv)
    digits = data.held_out(data.read(asked.source), asked.source)
    predicted = model.load(asked.model).predict(digits.pixels)
    found = metrics(digits.labels, predicted)
    write_examples(examples(digits, predicted), asked.out)
    write_metrics(found, asked.out)
    print(f"accuracy {found.accuracy:.3f} on {found.n} held-out digits (f1 {found.f1:.3f})")


if __name__ == "__main__":
    run(main)
