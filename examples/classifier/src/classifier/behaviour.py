"""Check one ability of a model at a time: python -m classifier.behaviour."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from classifier import ProblemError, data, run
from classifier.evaluate import Example, example, write_examples
from classifier.model import Model, load
from classifier.train import DIRECTIONS, SIDE, shifted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from classifier.data import Digits, Floats, Ints

Test = Literal["MFT", "INV", "DIR"]
"""minimum functionality, invariance, direction: the three kinds of CheckList"""

UNSURE = 0.5
"""the most a model may believe of a picture that shows nothing"""

INK = " .:-=+*#@"
"""from nothing to the brightest"""

DRAWN = {
    0: "...##... ..####.. .##..##. .#....#. .#....#. .##..##. ..####.. ...##...",
    1: "...##... ...##... ...##... ...##... ...##... ...##... ...##... ...##...",
    2: "..####.. .##..##. .....##. ....##.. ...##... ..##.... .######. .######.",
    3: "..####.. .....##. .....##. ...###.. .....##. .....##. .##.##.. ..###...",
    7: "..#####. .....##. ....##.. ..#####. ...##... ...##... ..##.... ..##....",
}
"""digits drawn by hand, whose labels no data set can get wrong"""


class Answer(NamedTuple):
    """A picture that was shown, and what the answer is worth."""

    picture: Ints | Floats
    example: Example


class Check(NamedTuple):
    """An ability, how it is tried, and what kind of test that is."""

    name: str
    promise: str
    test: Test
    tried: Callable[[Model, Digits], list[Answer]]


def shift(model: Model, digits: Digits) -> list[Answer]:
    """Each image, one pixel aside in each direction."""
    return _unmoved(model, digits, {way: shifted(digits.pixels, way) for way in DIRECTIONS})


def brightness(model: Model, digits: Digits) -> list[Answer]:
    """Each image, darker and lighter."""
    return _unmoved(model, digits, {f"x{by:g}": by * digits.pixels for by in (0.25, 0.5, 2.0)})


def blank(model: Model, digits: Digits) -> list[Answer]:
    """A picture that shows nothing."""
    nothing = np.zeros_like(digits.pixels[:1])
    belief = model.probabilities(nothing).max()
    said = example("blank", "unsure", "unsure" if belief <= UNSURE else "sure")
    return [Answer(nothing[0], said)]


def three_or_eight(model: Model, digits: Digits) -> list[Answer]:
    """Each 3 and each 8, with no other answer allowed."""
    asked = digits.pick(np.isin(digits.labels, (3, 8)))
    believed = model.probabilities(asked.pixels)
    answers = np.where(believed[:, 3] > believed[:, 8], 3, 8)
    return _answers("3-or-8", asked, asked.pixels, asked.labels, answers)


def drawn(model: Model, _: Digits) -> list[Answer]:
    """The digits drawn above."""
    pixels = np.array([[16 * (dot == "#") for dot in art if dot != " "] for art in DRAWN.values()])
    answers = model.predict(pixels).tolist()
    return [
        Answer(picture, example(f"drawn/{digit}", digit, answer))
        for picture, digit, answer in zip(pixels, DRAWN, answers, strict=True)
    ]


CHECKS = (
    Check("shift", "one pixel aside it is still the same digit", "INV", shift),
    Check("brightness", "darker or lighter it is still the same digit", "INV", brightness),
    Check("blank", "sure of nothing where there is nothing", "MFT", blank),
    Check("3-or-8", "tells a 3 from an 8", "MFT", three_or_eight),
    Check("drawn", "reads digits drawn by hand", "MFT", drawn),
)


def _unmoved(model: Model, digits: Digits, altered: Mapping[str, Ints | Floats]) -> list[Answer]:
    before = model.predict(digits.pixels)
    return [
        answer
        for name, pixels in altered.items()
        for answer in _answers(name, digits, pixels, before, model.predict(pixels))
    ]


def _answers(
    name: str, digits: Digits, shown: Ints | Floats, expected: Ints, found: Ints
) -> list[Answer]:
    names = [f"{name}/{data.identity(image)}" for image in digits.pixels]
    pairs = zip(names, expected.tolist(), found.tolist(), strict=True)
    return [Answer(picture, example(*pair)) for picture, pair in zip(shown, pairs, strict=True)]


def labelled(check: Check, found: list[Answer]) -> list[Answer]:
    """The answers, each with the ability and the kind of test it belongs to."""
    groups = {"capability": check.name, "test": check.test}
    return [each._replace(example=each.example._replace(slice=groups)) for each in found]


def told(check: Check, found: list[Answer]) -> str:
    """The line a person reads."""
    right = sum(each.example.scores["correct"] for each in found)
    return f"{check.name:<12}{check.promise} ({right}/{len(found)} right)"


def shown(answer: Answer) -> Iterator[str]:
    """The picture, what was expected of it, and what came."""
    one = answer.example
    yield f"{'pass' if one.scores['correct'] else 'FAIL'}  {one.id}"
    shades = np.clip(answer.picture / 2, 0, len(INK) - 1).round().astype(int)
    for row in shades.reshape(-1, SIDE):
        yield ("  " + "".join(2 * INK[shade] for shade in row)).rstrip()
    yield f"  expected  {one.y}"
    yield f"  answered  {one.pred}"


def chosen(every: list[Answer], name: str) -> Answer:
    """The answer of a name."""
    for each in every:
        if each.example.id == name:
            return each
    raise ProblemError(f'there is no case "{name}"')


def main(argv: list[str] | None = None) -> None:
    """Try each check, say how it went, and write what came; whether that will do, gates decide."""
    parser = argparse.ArgumentParser(prog="classifier.behaviour", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="a model.json")
    parser.add_argument("--in", dest="source", type=Path, required=True, help="a clean.csv")
    parser.add_argument("--case", metavar="ID", help="show one picture and its answer")
    parser.add_argument("--out", type=Path, help="the folder for examples.jsonl")
    asked = parser.parse_args(argv)
    model, digits = load(asked.model), data.held_out(data.read(asked.source), asked.source)
    every = []
    for check in CHECKS:
        answers = labelled(check, check.tried(model, digits))
        every += answers
        if not asked.case:
            print(told(check, answers))
    if asked.case:
        print("\n".join(shown(chosen(every, asked.case))))
    if asked.out:
        write_examples([each.example for each in every], asked.out)


if __name__ == "__main__":
    run(main)
