"""Training: the lessons it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from classifier.data import PIXELS
from classifier.train import shifted, widened

if TYPE_CHECKING:
    from classifier.data import Digits


@pytest.mark.parametrize(("direction", "to"), [("up", 1), ("down", 17), ("left", 8), ("right", 10)])
def test_a_dot_moves_by_one_pixel(direction: str, to: int) -> None:
    dot = np.eye(PIXELS, dtype=np.int64)[[9]]
    assert np.flatnonzero(shifted(dot, direction)).tolist() == [to]


@pytest.mark.parametrize(("direction", "at"), [("up", 0), ("down", 63), ("left", 8), ("right", 7)])
def test_a_dot_at_the_edge_is_lost(direction: str, at: int) -> None:
    assert not shifted(np.eye(PIXELS, dtype=np.int64)[[at]], direction).any()


def test_each_image_is_taught_in_five_places(digits: Digits) -> None:
    lessons = widened(digits)
    assert len(lessons.labels) == len(lessons.pixels) == 5 * len(digits.labels)
    assert lessons.labels[20:40].tolist() == digits.labels.tolist()
