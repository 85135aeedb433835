"""The model: what it believes, and that it is the same one once it was saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from classifier import ProblemError, model
from classifier.data import PIXELS
from classifier.model import Layer, Model

if TYPE_CHECKING:
    from pathlib import Path

    from classifier.data import Digits


@pytest.fixture
def some() -> Model:
    random = np.random.default_rng(7)
    shapes = [(PIXELS, 5), (5, 10)]
    return Model(tuple(Layer(random.normal(size=s), random.normal(size=s[1])) for s in shapes))


def test_unit_evens_out_the_brightness(digits: Digits) -> None:
    assert np.allclose(model.unit(digits.pixels), model.unit(0.5 * digits.pixels))


def test_unit_leaves_a_blank_image_blank() -> None:
    assert not model.unit(np.zeros((1, PIXELS))).any()


def test_softmax_by_hand() -> None:
    assert np.allclose(model.softmax(np.log([[1.0, 3.0]])), [[0.25, 0.75]])


def test_softmax_does_not_overflow() -> None:
    assert model.softmax(np.array([[1000.0, 0.0]])).tolist() == [[1.0, 0.0]]


def test_beliefs_add_up_to_one(some: Model, digits: Digits) -> None:
    assert np.allclose(some.probabilities(digits.pixels).sum(axis=1), 1.0)


def test_a_saved_model_is_the_same(some: Model, digits: Digits, tmp_path: Path) -> None:
    model.save(some, tmp_path / "model.json")
    again = model.load(tmp_path / "model.json")
    expected = some.probabilities(digits.pixels)
    assert np.allclose(again.probabilities(digits.pixels), expected, atol=1e-4)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"layers": [{"weights": "x", "bias": []}]}'])
def test_what_is_no_model_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "model.json"
    path.write_text(text)
    with pytest.raises(ProblemError, match="is not a model"):
        model.load(path)


def test_layers_that_do_not_fit_are_refused(some: Model, tmp_path: Path) -> None:
    model.save(Model(some.layers[:1]), tmp_path / "model.json")
    with pytest.raises(ProblemError, match="do not lead from 64 pixels to 10 digits"):
        model.load(tmp_path / "model.json")
