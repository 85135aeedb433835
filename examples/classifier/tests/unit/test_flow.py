"""The outer loop's steps: each from files to files, and none judges by what it has taught."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from classifier import ProblemError, data
from classifier.data import Digits
from classifier.flow import drift, registry, steps
from classifier.flow.draw import aside, drawn
from classifier.flow.places import ARCHIVE, BENCHMARK, BUILD, CASES, FEEDBACK, identities

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a small archive, a benchmark, a case and some feedback."""
    for path, digits in {
        ARCHIVE: drawn(60, 1),
        BENCHMARK / "v1.csv": drawn(20, 2),
        CASES / "1.csv": drawn(10, 3),
        FEEDBACK / "1.csv": drawn(30, 4),
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        data.write(digits, tmp_path / path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIGITS_STATE", str(tmp_path / "state"))
    return tmp_path


def test_the_same_seed_draws_the_same_digits() -> None:
    assert drawn(20, 5).pixels.tolist() == drawn(20, 5).pixels.tolist()
    assert drawn(20, 5).pixels.tolist() != drawn(20, 6).pixels.tolist()
    assert drawn(20, 5).pixels.max() <= 16


def test_what_is_put_aside_is_moved_and_not_changed() -> None:
    row = np.arange(64).reshape(1, 64)
    assert aside(row, 2).reshape(8, 8)[0].tolist() == [0, 0, 0, 1, 2, 3, 4, 5]


def test_what_is_collected_is_the_archive_and_what_was_corrected(place: Path) -> None:
    steps.collect()
    assert len(data.read(place / BUILD / "collected.csv").labels) == 90
    assert set(json.loads((BUILD / "sources.json").read_text())) == {
        str(ARCHIVE),
        "data/feedback/1.csv",
    }


def test_what_anything_is_judged_by_is_not_learned_from(place: Path) -> None:
    leaks = data.read(place / BENCHMARK / "v1.csv"), data.read(place / CASES / "1.csv")
    archive = data.read(place / ARCHIVE)
    both = Digits(*map(np.concatenate, zip(archive, *leaks, archive, strict=True)))
    data.write(both, place / ARCHIVE)
    steps.collect()
    steps.curate()
    kept = identities(data.read(place / BUILD / "curated.csv"))
    assert len(kept) == len(set(kept)) == 90
    assert not set(kept) & {name for leak in leaks for name in identities(leak)}


def test_faint_pictures_are_stretched_and_blank_ones_left_out(place: Path) -> None:
    pixels = np.zeros((2, 64), np.int64)
    pixels[0, 5] = 4
    (place / BUILD).mkdir()
    data.write(Digits(np.array([1, 2]), pixels), place / BUILD / "curated.csv")
    steps.transform()
    found = data.read(place / BUILD / "transformed.csv")
    assert (found.labels.tolist(), found.pixels.max()) == ([1], 16)


def test_too_little_data_is_not_learned_from(place: Path) -> None:
    steps.collect()
    steps.curate()
    steps.transform()
    with pytest.raises(ProblemError, match="fewer than 100"):
        steps.validate()
    assert json.loads((place / BUILD / "validated.json").read_text())["problems"]


def test_what_is_put_aside_is_new_to_who_has_not_seen_it() -> None:
    known = drift.known(drawn(300, 1))
    assert known.new(drawn(100, 2).pixels) < 0.2
    assert known.new(drawn(100, 2, right=2).pixels) > 0.5


def test_a_run_registers_one_model_however_often_it_is_asked(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "model.json").write_text("{}")
    made = []
    for run in ("r1", "r1", "r2"):
        monkeypatch.setenv("LOOP_RUN", run)
        monkeypatch.setenv("LOOP_COMMIT", "abc")
        made.append(registry.register(place / "model.json", place / ARCHIVE, {}).number)
    assert made == [1, 1, 2]
    assert registry.of_commit("abc").number == 2
    found = registry.of_run("r1")
    assert found is not None
    assert found.number == 1
