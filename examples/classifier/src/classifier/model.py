"""The model: a small neural network, kept as plain JSON so that loading one runs no code."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classifier import ProblemError
from classifier.data import PIXELS, Floats, Ints

if TYPE_CHECKING:
    from pathlib import Path

DIGITS = 10
BRIGHTNESS = 8.0
"""the length of an image as a vector, so that an average pixel is 1"""


class Layer(NamedTuple):
    """What is learned: a row of weights for each input, a bias for each output."""

    weights: Floats
    bias: Floats


class Model(NamedTuple):
    """Layers from pixels to digits."""

    layers: tuple[Layer, ...]

    def probabilities(self, pixels: Ints | Floats) -> Floats:
        """How likely each digit is: a row for each image."""
        *hidden, last = self.layers
        signal = unit(pixels)
        for layer in hidden:
            signal = np.maximum(signal @ layer.weights + layer.bias, 0.0)
        return softmax(signal @ last.weights + last.bias)

    def predict(self, pixels: Ints | Floats) -> Ints:
        """The likeliest digit for each image."""
        likeliest: Ints = np.argmax(self.probabilities(pixels), axis=1)
        return likeliest


def unit(pixels: Ints | Floats) -> Floats:
    """Each image at the same brightness; a blank one stays blank."""
    ink = np.linalg.norm(pixels, axis=1, keepdims=True)
    return pixels * (BRIGHTNESS / np.where(ink > 0, ink, 1.0))


def softmax(scores: Floats) -> Floats:
    # Only differences count, and without the largest nothing can overflow.
    powers: Floats = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    shares: Floats = powers / np.sum(powers, axis=1, keepdims=True)
    return shares


def save(model: Model, path: Path) -> None:
    """Write what `load` reads, the same text for the same model."""
    layers = [
        {"weights": layer.weights.round(6).tolist(), "bias": layer.bias.round(6).tolist()}
        for layer in model.layers
    ]
    path.write_text(json.dumps({"layers": layers}) + "\n", encoding="utf-8")


def load(path: Path) -> Model:
    """The model in a file, once its parts are known to fit together."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        model = Model(tuple(_layer(layer) for layer in found["layers"]))
    except (ValueError, KeyError, TypeError):
        raise ProblemError(f"{path} is not a model written by classifier.train") from None
    if not fits(model):
        raise ProblemError(
            f"{path}: the layers do not lead from {PIXELS} pixels to {DIGITS} digits"
        )
    return model


def fits(model: Model) -> bool:
    """Whether each layer takes what the one before it gives."""
    sizes = [PIXELS, *(len(layer.bias) for layer in model.layers)]
    shapes = [layer.weights.shape for layer in model.layers]
    return sizes[-1] == DIGITS and shapes == list(pairwise(sizes))


def _layer(found: dict[str, list[float]]) -> Layer:
    return Layer(np.array(found["weights"], float), np.array(found["bias"], float))
