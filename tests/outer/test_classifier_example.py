"""The outer loop of examples/classifier, as its README has it.

All of it takes scikit-learn, which `.ci/run` has:

EXAMPLE_VENV=examples/classifier/.venv pytest tests/outer/test_classifier_example.py
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from pages import Block, Session, blocks

pytestmark = pytest.mark.timeout(300)

EXAMPLE = Path(__file__).resolve().parents[2] / "examples/classifier"
LEFT_OUT = shutil.ignore_patterns(".venv", ".loop", "build", "__pycache__", ".*_cache")
VENV = os.environ.get("EXAMPLE_VENV", "")


def shown() -> list[Block]:
    """The plan, the whole way, and what is refused."""
    page = (EXAMPLE / "README.md").read_text().split("## The outer loop")[1]
    return [one for one in blocks(page) if one.info == "console"]


def test_the_stages_are_those_that_the_readme_shows(tmp_path: Path) -> None:
    session = Session(tmp_path)
    shutil.copytree(EXAMPLE, tmp_path / "work", dirs_exist_ok=True, ignore=LEFT_OUT)
    plan, _, refused = shown()
    session.play(plan)
    session.play(refused)
    assert len(re.findall(r"(?m)^  \S", plan.text)) == 11


@pytest.mark.skipif(not VENV, reason="scikit-learn is a dependency of the example alone")
def test_the_whole_way_is_what_the_readme_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    session = Session(tmp_path, Path(VENV).resolve())
    shutil.copytree(EXAMPLE, tmp_path / "work", dirs_exist_ok=True, ignore=LEFT_OUT)
    (tmp_path / "work/.venv").symlink_to(Path(VENV).resolve())
    session.play(shown()[1])
    assert not list(tmp_path.glob("tmp.*")), "its folder is thrown away"
