"""Check the raw digits, and write a clean subset of them: python -m classifier.preprocess."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from hashlib import blake2b
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classifier import ProblemError, data, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.data import Digits, Ints

BRIGHTEST = 16
FIRST_ROW = 2
"""row 1 is the header"""
SHOWN = 10


def problems(digits: Digits) -> Iterator[str]:
    """Everything wrong with the digits, row by row."""
    seen: dict[tuple[int, ...], int] = {}
    for row, label, image in zip(count(FIRST_ROW), digits.labels, digits.pixels, strict=False):
        if not 0 <= label <= 9:  # noqa: PLR2004 - the ten digits
            yield f"row {row}: label {label} is not a digit"
        yield from _range(row, image)
        first = seen.setdefault(tuple(image.tolist()), row)
        if first != row:
            yield f"row {row}: the same image as row {first}"


def _range(row: int, image: Ints) -> Iterator[str]:
    for pixel in np.flatnonzero((image < 0) | (image > BRIGHTEST)):
        yield f"row {row}: p{pixel} is {image[pixel]}, which is not between 0 and {BRIGHTEST}"


def checked(digits: Digits, name: str) -> Digits:
    """The digits as they came, or a refusal that names the rows."""
    found = list(problems(digits))
    if not len(digits.labels):
        raise ProblemError(f"{name} has no digits in it")
    if found:
        more = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
        raise ProblemError(f"{name} is not clean\n  " + "\n  ".join([*found[:SHOWN], *more]))
    return digits


def subset(digits: Digits, rows: int, seed: int) -> Digits:
    """So many rows, with each label's share as in the whole; a larger subset contains a smaller."""
    if not 0 < rows <= len(digits.labels):
        raise ProblemError(f"{rows} rows asked for, and there are {len(digits.labels)}")
    first = np.argsort(_places(digits, seed), kind="stable")[:rows]
    return digits.pick(np.sort(first))


def _places(digits: Digits, seed: int) -> list[float]:
    """Where each row stands among those of its label, from 0 to 1, once they are shuffled."""
    labels = digits.labels.tolist()
    total, met, places = Counter(labels), Counter[int](), [0.0] * len(labels)
    for row in sorted(range(len(labels)), key=lambda row: _shuffled(digits.pixels[row], seed)):
        places[row] = (met[labels[row]] + 0.5) / total[labels[row]]
        met[labels[row]] += 1
    return places


def _shuffled(image: Ints, seed: int) -> str:
    # A hash rather than a random generator: the same subset with every version of numpy.
    return blake2b(f"{seed} {data.identity(image)}".encode()).hexdigest()


def _count(text: str) -> int | None:
    if text != "all" and not text.isdecimal():
        raise argparse.ArgumentTypeError(f'"{text}" is neither a number nor "all"')
    return None if text == "all" else int(text)


def main(argv: list[str] | None = None) -> None:
    """Read, check, choose, write."""
    parser = argparse.ArgumentParser(prog="classifier.preprocess", description=__doc__)
    parser.add_argument("--in", dest="source", type=Path, default=Path("data/digits.csv"))
    parser.add_argument("--rows", type=_count, default=None, help="how many, or: all")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, required=True, help="the folder for clean.csv")
    asked = parser.parse_args(argv)
    raw = data.read(asked.source)
    clean = checked(raw, os.path.relpath(asked.source))
    if asked.rows is not None:
        clean = subset(clean, asked.rows, asked.seed)
    asked.out.mkdir(parents=True, exist_ok=True)
    data.write(clean, asked.out / "clean.csv")
    print(f"{len(clean.labels)} of {len(raw.labels)} digits written to {asked.out / 'clean.csv'}")


if __name__ == "__main__":
    run(main)
