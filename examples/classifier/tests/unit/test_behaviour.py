"""Behavioural checks: that each of them can fail, and says what it is about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from classifier import ProblemError, behaviour, data, model
from classifier.behaviour import CHECKS, Answer, Check, chosen, labelled, told
from classifier.data import PIXELS
from classifier.evaluate import example
from classifier.model import Layer, Model

if TYPE_CHECKING:
    from pathlib import Path

    from classifier.data import Digits


def stubborn(digit: int) -> Model:
    """A model that says the same of everything."""
    return Model((Layer(np.zeros((PIXELS, 10)), 9.0 * np.eye(10)[digit]),))


def right(answers: list[Answer]) -> bool:
    return all(each.example.scores["correct"] for each in answers)


def test_a_stubborn_model_is_not_taken_for_an_able_one(digits: Digits) -> None:
    failed = [check.name for check in CHECKS if not right(check.tried(stubborn(3), digits))]
    assert failed == ["blank", "3-or-8", "drawn"]


def test_a_model_that_looks_at_one_pixel_is_thrown_by_a_shift(digits: Digits) -> None:
    weights = np.zeros((PIXELS, 10))
    weights[::2, 0] = weights[1::2, 1] = 1.0
    assert not right(behaviour.shift(Model((Layer(weights, np.zeros(10)),)), digits))


def test_it_is_said_how_many_answers_are_right() -> None:
    check = Check("sums", "adds up", "MFT", lambda _model, _digits: [])
    answers = [
        Answer(np.zeros(PIXELS), example(str(each), "yes", "yes" if each < 8 else "no"))
        for each in range(10)
    ]
    assert told(check, answers) == "sums        adds up (8/10 right)"


def test_an_answer_belongs_to_an_ability_and_a_kind_of_test(digits: Digits) -> None:
    (answer,) = labelled(CHECKS[2], CHECKS[2].tried(stubborn(3), digits))
    assert answer.example.slice == {"capability": "blank", "test": "MFT"}


def test_no_two_cases_have_one_name(digits: Digits) -> None:
    names = [each.example.id for check in CHECKS for each in check.tried(stubborn(3), digits)]
    assert len(set(names)) == len(names)


def test_a_case_is_shown(
    digits: Digits, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model.save(stubborn(3), tmp_path / "model.json")
    data.write(digits, tmp_path / "clean.csv")
    places = ["--model", str(tmp_path / "model.json"), "--in", str(tmp_path / "clean.csv")]
    behaviour.main([*places, "--case", "drawn/1"])
    verdict, *picture, expected, answered = capsys.readouterr().out.splitlines()
    assert verdict == "FAIL  drawn/1"
    assert picture == 8 * ["  " + 6 * " " + "@@@@"]
    assert (expected, answered) == ("  expected  1", "  answered  3")


def test_a_case_that_is_not_there_is_refused() -> None:
    with pytest.raises(ProblemError, match='no case "drawn/9"'):
        chosen([], "drawn/9")


def test_what_is_written_can_be_judged_by_ability(digits: Digits, tmp_path: Path) -> None:
    model.save(stubborn(3), tmp_path / "model.json")
    data.write(digits, tmp_path / "clean.csv")
    places = ["--model", str(tmp_path / "model.json"), "--in", str(tmp_path / "clean.csv")]
    behaviour.main([*places, "--out", str(tmp_path)])
    lines = map(json.loads, (tmp_path / "examples.jsonl").read_text().splitlines())
    assert {each["slice"]["capability"] for each in lines} == {check.name for check in CHECKS}
