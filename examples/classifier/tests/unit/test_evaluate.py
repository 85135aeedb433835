"""Evaluation: the numbers, worked out by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from classifier import evaluate
from classifier.evaluate import Metrics

if TYPE_CHECKING:
    from pathlib import Path

    from classifier.data import Digits


def test_metrics_by_hand() -> None:
    found = evaluate.metrics(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]))
    assert found == Metrics(accuracy=0.75, precision=0.75, recall=0.833333, f1=0.733333, n=4)


def test_an_example_is_a_line(digits: Digits, tmp_path: Path) -> None:
    some = digits.pick(np.array([3, 8]))
    evaluate.write_examples(evaluate.examples(some, np.array([3, 3])), tmp_path)
    right, wrong = map(json.loads, (tmp_path / "examples.jsonl").read_text().splitlines())
    assert right == {"id": right["id"], "y": "3", "pred": "3", "scores": {"correct": 1}}
    assert wrong == {"id": wrong["id"], "y": "8", "pred": "3", "scores": {"correct": 0}}
    assert right["id"] != wrong["id"]
