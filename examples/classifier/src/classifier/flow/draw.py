"""Digits as clerks write them: strokes drawn by a pen, scanned as the archive was.

A scanner's picture is 32 by 32, black or white; each pixel of ours counts the black ones of 4 by 4.
"""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from classifier.data import Digits, Floats, Ints

SIDE = 32
Stroke = list[tuple[float, float]]


Point = tuple[float, float]


def _arc(middle: Point, size: Point, first: float, last: float) -> Stroke:
    """Part of an ellipse, from one angle to another."""
    (x, y), (wide, high) = middle, size
    turns = np.linspace(first, last, 24) * pi / 180
    return [(x + wide * cos(turn), y + high * sin(turn)) for turn in turns]


BAR = [(0.3, 0.7), (0.85, 0.7)]
SEVEN = [(0.08, 0.07), (0.92, 0.07), (0.4, 1.35)]
HANDS: dict[int, list[list[Stroke]]] = {
    0: [[_arc((0.5, 0.7), (0.42, 0.65), 0, 360)]],
    1: [[[(0.5, 0.05), (0.5, 1.35)]], [[(0.3, 0.3), (0.55, 0.05), (0.55, 1.35)]]],
    2: [[[*_arc((0.5, 0.4), (0.38, 0.35), 180, 390), (0.1, 1.33)], [(0.1, 1.33), (0.95, 1.33)]]],
    3: [[_arc((0.45, 0.38), (0.38, 0.33), 200, 450) + _arc((0.45, 1.0), (0.42, 0.34), -90, 160)]],
    4: [
        [[(0.7, 1.35), (0.7, 0.05), (0.08, 0.95), (0.95, 0.95)]],
        [[(0.15, 0.1), (0.12, 0.75), (0.85, 0.75)], [(0.75, 0.3), (0.7, 1.35)]],
    ],
    5: [[[(0.88, 0.06), (0.22, 0.06), (0.18, 0.62), *_arc((0.46, 0.93), (0.42, 0.4), -130, 150)]]],
    6: [[_arc((1.0, 0.75), (0.85, 0.72), -100, -170) + _arc((0.52, 0.97), (0.37, 0.36), 180, 540)]],
    7: [[SEVEN], [SEVEN, BAR]],
    8: [[_arc((0.5, 0.37), (0.32, 0.31), 0, 360), _arc((0.5, 1.02), (0.38, 0.34), 0, 360)]],
    9: [[[*_arc((0.5, 0.4), (0.36, 0.35), 0, 360), (0.86, 0.4), (0.72, 1.35)]]],
}
"""the ways to write each, in a box of 1 by 1.4: x to the right, y down"""
_GRID = np.stack(np.meshgrid(*2 * [np.arange(SIDE) + 0.5]), axis=-1).reshape(-1, 2)


def drawn(count: int, seed: int, *, right: int = 0) -> Digits:
    """So many digits, of each as many; `right`: pixels that the scanner puts them aside."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % 10
    pixels = np.array([_picture(int(label), random) for label in labels])
    return Digits(labels.astype(np.int64), aside(pixels, right))


def aside(pixels: Ints, right: int) -> Ints:
    """The images so many pixels to the right; what leaves the picture is lost."""
    rows = pixels.reshape(-1, 8, 8)
    moved = np.pad(rows, ((0, 0), (0, 0), (right, 0)))[:, :, :8].reshape(-1, 64)
    return moved.astype(np.int64)


def _picture(label: int, random: np.random.Generator) -> Ints:
    hands = HANDS[label]
    strokes = [np.array(one) for one in hands[int(random.integers(len(hands)))]]
    turn, slant = random.uniform(-0.15, 0.15), random.uniform(-0.15, 0.25)
    turned = np.array([[cos(turn), -sin(turn)], [sin(turn), cos(turn)]])
    hand = turned @ np.array([[random.uniform(0.75, 1.05), -slant], [0, 1]])
    trembling = [one + 0.15 * random.normal(0, 0.02, one.shape).cumsum(0) for one in strokes]
    strokes = [one @ hand.T for one in trembling]
    every = np.concatenate(strokes)
    low, high = every.min(0), every.max(0)
    pen = random.uniform(1.9, 2.9)
    scale = (SIDE - 2 * pen) / (high - low)[1]
    placed = [(one - (low + high) / 2) * scale + SIDE / 2 for one in strokes]
    black = np.min([_distances(one) for one in placed], axis=0) <= pen
    counted: Ints = black.reshape(8, 4, 8, 4).sum((1, 3)).reshape(64)
    return counted


def _distances(stroke: Floats) -> Floats:
    """Of every point of the picture, how far it is from a stroke."""
    starts, ways = stroke[:-1], np.diff(stroke, axis=0)
    lengths = np.maximum((ways**2).sum(1), 1e-12)
    there = _GRID[:, None, :] - starts
    share = np.clip((there * ways).sum(2) / lengths, 0, 1)
    gaps = there - share[:, :, None] * ways
    nearest: Floats = np.sqrt((gaps**2).sum(2).min(1))
    return nearest
