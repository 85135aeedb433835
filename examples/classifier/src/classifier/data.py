"""Digits as a table: a label and 64 pixels (8 by 8, each 0 to 16) for every image."""

from __future__ import annotations

import csv
import re
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifier import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Ints = NDArray[np.int64]
Floats = NDArray[np.floating[Any]]

PIXELS = 64
HEADER = ["label", *(f"p{number}" for number in range(PIXELS))]
SMALL_NUMBER = re.compile("-?[0-9]{1,9}")
HELD_OUT = 4
"""one image in so many is never trained on"""


class Digits(NamedTuple):
    """Images and what they show, in the order of the file."""

    labels: Ints
    pixels: Ints

    def pick(self, which: Ints | NDArray[np.bool_]) -> Digits:
        """Some of them, by their places or by a yes or no for each."""
        return Digits(self.labels[which], self.pixels[which])


class Split(NamedTuple):
    """What the model may learn from, and what it is judged on."""

    train: Digits
    held_out: Digits


def identity(image: Ints) -> str:
    """A name for an image, from its pixels alone: the same in every file and every subset."""
    return blake2b(image.astype(np.uint8).tobytes(), digest_size=6).hexdigest()


def split(digits: Digits) -> Split:
    """Each image's side depends on its pixels alone, so it never changes sides between subsets."""
    held_out = np.array([int(identity(image), 16) % HELD_OUT == 0 for image in digits.pixels], bool)
    return Split(digits.pick(~held_out), digits.pick(held_out))


def held_out(digits: Digits, name: Path) -> Digits:
    """What the model is judged on, of which there must be something."""
    found = split(digits).held_out
    if not len(found.labels):
        raise ProblemError(f"{name} has no held-out digits: take more rows")
    return found


def read(path: Path) -> Digits:
    """The digits of a CSV file; the first row that is no digit ends it, by number."""
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        rows = csv.reader(file)
        if next(rows, []) != HEADER:
            raise ProblemError(f"{path}, row 1: the header must be label,p0,p1,...,p63")
        table = [_numbers(cells, f"{path}, row {row}") for row, cells in enumerate(rows, start=2)]
    return _digits(table)


def write(digits: Digits, path: Path) -> None:
    """Write what `read` reads."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(HEADER)
        rows.writerows(_rows(digits))


def _rows(digits: Digits) -> Iterator[list[int]]:
    for label, image in zip(digits.labels, digits.pixels, strict=True):
        yield [int(label), *image.tolist()]


def _digits(table: list[list[int]]) -> Digits:
    numbers = np.array(table, dtype=np.int64).reshape(len(table), len(HEADER))
    return Digits(numbers[:, 0], numbers[:, 1:])


def _numbers(cells: list[str], where: str) -> list[int]:
    if len(cells) != len(HEADER):
        raise ProblemError(f"{where}: {len(cells)} cells found, {len(HEADER)} expected")
    return [_number(cell, f"{where}, {name}") for name, cell in zip(HEADER, cells, strict=True)]


def _number(cell: str, where: str) -> int:
    if not SMALL_NUMBER.fullmatch(cell):
        raise ProblemError(f'{where}: "{cell}" is not a small whole number')
    return int(cell)
