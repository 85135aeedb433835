"""Train on what is not held out, and write the model: python -m classifier.train."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from classifier import ProblemError, data, model, run
from classifier.data import Digits, Ints
from classifier.model import Layer, Model

SIDE = 8
DIRECTIONS = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}


def shifted(pixels: Ints, direction: str) -> Ints:
    """The images one pixel further; what leaves the picture is lost."""
    down, right = DIRECTIONS[direction]
    framed = np.pad(pixels.reshape(-1, SIDE, SIDE), ((0, 0), (1, 1), (1, 1)))
    moved = framed[:, 1 - down : 1 - down + SIDE, 1 - right : 1 - right + SIDE]
    return moved.reshape(-1, SIDE * SIDE)


def widened(digits: Digits) -> Digits:
    """The digits and four shifted copies of each, so that place is not learned for shape."""
    copies = [digits.pixels, *(shifted(digits.pixels, direction) for direction in DIRECTIONS)]
    return Digits(np.tile(digits.labels, len(copies)), np.concatenate(copies))


def fit(digits: Digits, seed: int) -> Model:
    """Learn from all of the digits given."""
    from sklearn.neural_network import MLPClassifier  # noqa: PLC0415 - takes a second to import

    lessons = widened(digits)
    network = MLPClassifier((64,), alpha=0.1, max_iter=2000, random_state=seed)
    network.fit(model.unit(lessons.pixels), lessons.labels)
    return Model(tuple(map(Layer, network.coefs_, network.intercepts_)))


def main(argv: list[str] | None = None) -> None:
    """Read, split, learn, write."""
    parser = argparse.ArgumentParser(prog="classifier.train", description=__doc__)
    parser.add_argument("--in", dest="source", type=Path, required=True, help="a clean.csv")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, required=True, help="the folder for model.json")
    asked = parser.parse_args(argv)
    lessons = data.split(data.read(asked.source)).train
    if len(set(lessons.labels.tolist())) < model.DIGITS:
        raise ProblemError(f"{asked.source} does not show all ten digits: take more rows")
    asked.out.mkdir(parents=True, exist_ok=True)
    model.save(fit(lessons, asked.seed), asked.out / "model.json")
    print(f"trained on {len(lessons.labels)} digits, written to {asked.out / 'model.json'}")


if __name__ == "__main__":
    run(main)
