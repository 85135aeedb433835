"""Check one ability of a model at a time: python -m classifier.behaviour."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classifier import ProblemError, data, run
from classifier.evaluate import Example, example, write_examples
from classifier.model import Model, load
from classifier.train import DIRECTIONS, shifted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from classifier.data import Digits, Floats, Ints

UNSURE = 0.5
"""the most a model may believe of a picture that shows nothing"""

DRAWN = {
    0: "...##... ..####.. .##..##. .#....#. .#....#. .##..##. ..####.. ...##...",
    1: "...##... ...##... ...##... ...##... ...##... ...##... ...##... ...##...",
    2: "..####.. .##..##. .....##. ....##.. ...##... ..##.... .######. .######.",
    3: "..####.. .....##. .....##. ...###.. .....##. .....##. .##.##.. ..###...",
    7: "..#####. .....##. ....##.. ..#####. ...##... ...##... ..##.... ..##....",
}
"""digits drawn by hand, whose labels no data set can get wrong"""


class Check(NamedTuple):
    """An ability, how it is tried, and the share of the answers that must be right."""

    name: str
    promise: str
    tried: Callable[[Model, Digits], list[Example]]
    needed: float


def shift(model: Model, digits: Digits) -> list[Example]:
    """Each image, one pixel aside in each direction."""
    return _unmoved(model, digits, {way: shifted(digits.pixels, way) for way in DIRECTIONS})


def brightness(model: Model, digits: Digits) -> list[Example]:
    """Each image, darker and lighter."""
    return _unmoved(model, digits, {f"x{by:g}": by * digits.pixels for by in (0.25, 0.5, 2.0)})


def blank(model: Model, digits: Digits) -> list[Example]:
    """A picture that shows nothing."""
    belief = model.probabilities(np.zeros_like(digits.pixels[:1])).max()
    return [example("blank", "unsure", "unsure" if belief <= UNSURE else "sure")]


def three_or_eight(model: Model, digits: Digits) -> list[Example]:
    """Each 3 and each 8, with no other answer allowed."""
    asked = digits.pick(np.isin(digits.labels, (3, 8)))
    believed = model.probabilities(asked.pixels)
    answers = np.where(believed[:, 3] > believed[:, 8], 3, 8)
    return _answers("3-or-8", asked, asked.labels, answers)


def drawn(model: Model, _: Digits) -> list[Example]:
    """The digits drawn above."""
    pixels = np.array([[16 * (dot == "#") for dot in art if dot != " "] for art in DRAWN.values()])
    answers = model.predict(pixels).tolist()
    return [
        example(f"drawn/{digit}", digit, answer)
        for digit, answer in zip(DRAWN, answers, strict=True)
    ]


CHECKS = (
    Check("shift", "one pixel aside it is still the same digit", shift, 0.8),
    Check("brightness", "darker or lighter it is still the same digit", brightness, 1.0),
    Check("blank", "sure of nothing where there is nothing", blank, 1.0),
    Check("3-or-8", "tells a 3 from an 8", three_or_eight, 0.9),
    Check("drawn", "reads digits drawn by hand", drawn, 1.0),
)


def _unmoved(model: Model, digits: Digits, altered: Mapping[str, Ints | Floats]) -> list[Example]:
    before = model.predict(digits.pixels)
    return [
        answer
        for name, pixels in altered.items()
        for answer in _answers(name, digits, before, model.predict(pixels))
    ]


def _answers(name: str, digits: Digits, expected: Ints, found: Ints) -> list[Example]:
    names = [f"{name}/{data.identity(image)}" for image in digits.pixels]
    pairs = zip(names, expected.tolist(), found.tolist(), strict=True)
    return [example(*pair) for pair in pairs]


def passed(check: Check, found: list[Example]) -> bool:
    """Whether enough answers are right; a check without answers has shown nothing."""
    return bool(found) and _right(found) >= check.needed * len(found)


def told(check: Check, found: list[Example]) -> str:
    """The line a person reads."""
    verdict = "pass" if passed(check, found) else "FAIL"
    score = f"{_right(found)}/{len(found)} right, {check.needed:.0%} needed"
    return f"{verdict}  {check.name:<12}{check.promise} ({score})"


def _right(found: list[Example]) -> int:
    return sum(each.scores["correct"] for each in found)


def main(argv: list[str] | None = None) -> None:
    """Try each check, say how it went, and fail when one did."""
    parser = argparse.ArgumentParser(prog="classifier.behaviour", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="a model.json")
    parser.add_argument("--in", dest="source", type=Path, required=True, help="a clean.csv")
    parser.add_argument("--out", type=Path, required=True, help="the folder for examples.jsonl")
    asked = parser.parse_args(argv)
    model, digits = load(asked.model), data.held_out(data.read(asked.source), asked.source)
    found = [(check, check.tried(model, digits)) for check in CHECKS]
    for check, answers in found:
        print(told(check, answers))
    write_examples([answer for _, answers in found for answer in answers], asked.out)
    failed = [check.name for check, answers in found if not passed(check, answers)]
    if failed:
        raise ProblemError(f"the model fails at: {', '.join(failed)}")


if __name__ == "__main__":
    run(main)
