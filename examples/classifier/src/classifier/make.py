"""Write data/digits.csv, of the digits that ship inside scikit-learn: python -m classifier.make."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from classifier import data, run
from classifier.data import Digits


def bundled() -> Digits:
    """The 1,797 digits."""
    pixels, labels = load_digits(return_X_y=True)
    return Digits(labels.astype(np.int64), pixels.astype(np.int64))


def main(argv: list[str] | None = None) -> None:
    """Write them as a table."""
    parser = argparse.ArgumentParser(prog="classifier.make", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("data/digits.csv"))
    asked = parser.parse_args(argv)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    digits = bundled()
    data.write(digits, asked.out)
    print(f"{len(digits.labels)} digits written to {asked.out}")


if __name__ == "__main__":
    run(main)
