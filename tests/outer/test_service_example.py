"""examples/service, as its README has it: the whole way to production, and back, and again."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from shop import EXAMPLE, LEFT_OUT, servers

from conftest import wait
from pages import Session, blocks

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(300)

SET_UP = re.compile(r"pip install|-m venv")


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """A shell in a copy of the example, where what its README has one install is installed."""
    made = Session(tmp_path)
    shutil.copytree(EXAMPLE, tmp_path / "work", dirs_exist_ok=True, ignore=LEFT_OUT)
    (tmp_path / "work/.venv").symlink_to(tmp_path / "env")
    return made


def test_the_readme_is_what_happens_and_no_server_is_left(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    for block in blocks((EXAMPLE / "README.md").read_text()):
        if block.info == "console" and not SET_UP.search(block.text):
            session.play(block)

    wait(lambda: not list(servers(tmp_path)), "the last server to end")
    assert not list(tmp_path.glob("tmp.*")), "its folder is thrown away"


def test_the_changes_follow_one_another(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True, ignore=LEFT_OUT)
    changes = sorted((tmp_path / "changes").iterdir())
    assert len(changes) == 3
    for change in changes:
        subprocess.run(["git", "apply", str(change)], cwd=tmp_path, check=True)
