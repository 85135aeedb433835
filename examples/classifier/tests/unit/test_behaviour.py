"""Behavioural checks: that each of them can fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from classifier import behaviour
from classifier.behaviour import CHECKS, Check, passed, told
from classifier.data import PIXELS
from classifier.evaluate import example
from classifier.model import Layer, Model

if TYPE_CHECKING:
    from classifier.data import Digits


def stubborn(digit: int) -> Model:
    """A model that says the same of everything."""
    return Model((Layer(np.zeros((PIXELS, 10)), 9.0 * np.eye(10)[digit]),))


def test_a_stubborn_model_is_not_taken_for_an_able_one(digits: Digits) -> None:
    failed = [check.name for check in CHECKS if not passed(check, check.tried(stubborn(3), digits))]
    assert failed == ["blank", "3-or-8", "drawn"]


def test_a_model_that_looks_at_one_pixel_is_thrown_by_a_shift(digits: Digits) -> None:
    weights = np.zeros((PIXELS, 10))
    weights[::2, 0] = weights[1::2, 1] = 1.0
    answers = behaviour.shift(Model((Layer(weights, np.zeros(10)),)), digits)
    assert not passed(CHECKS[0], answers)


@pytest.mark.parametrize(("right", "verdict"), [(8, "pass"), (7, "FAIL")])
def test_a_share_of_the_answers_must_be_right(right: int, verdict: str) -> None:
    check = Check("sums", "adds up", lambda _model, _digits: [], needed=0.8)
    answers = [example(str(each), "yes", "yes" if each < right else "no") for each in range(10)]
    line = f"{verdict}  sums        adds up ({right}/10 right, 80% needed)"
    assert told(check, answers) == line


def test_a_check_without_answers_has_shown_nothing() -> None:
    assert not passed(CHECKS[0], [])
