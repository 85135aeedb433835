"""Drift: how many pictures are like none of those that a model was taught."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classifier.model import unit

if TYPE_CHECKING:
    from classifier.data import Digits, Floats, Ints

USUAL = 0.99
"""the share of what it was taught that is nearer to the rest of it than the limit"""


class Known(NamedTuple):
    """What a model was taught, and from what distance on a picture is new to it."""

    pixels: Ints
    limit: float

    def new(self, pixels: Ints) -> float:
        """The share of these pictures that are new."""
        return float((_nearest(self.pixels, pixels) > self.limit).mean())


def known(taught: Digits) -> Known:
    """The limit is found in what was taught: hardly any of that would be new to the rest."""
    apart = _distances(taught.pixels, taught.pixels)
    np.fill_diagonal(apart, np.inf)
    return Known(taught.pixels, float(np.quantile(apart.min(1), USUAL)))


def _nearest(taught: Ints, pixels: Ints) -> Floats:
    nearest: Floats = _distances(taught, pixels).min(1)
    return nearest


def _distances(taught: Ints, pixels: Ints) -> Floats:
    one, other = unit(taught), unit(pixels)
    squares = (other**2).sum(1)[:, None] + (one**2).sum(1) - 2 * other @ one.T
    distances: Floats = np.sqrt(np.maximum(0, squares))
    return distances
