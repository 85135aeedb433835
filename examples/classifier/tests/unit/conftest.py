"""Twenty images that need no data set."""

from __future__ import annotations

import numpy as np
import pytest

from classifier.data import PIXELS, Digits


@pytest.fixture
def digits() -> Digits:
    """Two of each digit, no two images alike."""
    pixels = np.random.default_rng(7).integers(0, 17, size=(20, PIXELS))
    return Digits(np.arange(20) % 10, pixels)
