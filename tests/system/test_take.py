"""Fixes taken over from the shadow, while editors save and disks are what they are."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from innerloop.system.shadow.enter import enter
from innerloop.system.shadow.repository import repository
from innerloop.system.shadow.shadow import Shadow
from innerloop.system.shadow.take import take

if TYPE_CHECKING:
    from pathlib import Path


def git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def shadow(tmp_path: Path) -> Shadow:
    """The shadow of a repository with `a` and `b`, of which `a` has been mended in it."""
    root = tmp_path / "root"
    root.mkdir()
    git(root, "init", "-q")
    (root / "a").write_text("x\n")
    (root / "b").write_text("x\n")
    git(root, "add", "-A")
    made = Shadow(repository(str(root), {}), str(tmp_path / "shadow"))
    os.makedirs(made.folder)
    made.stand(made.staged(), "")
    with open(f"{made.top}/a", "w", encoding="utf-8") as file:
        file.write("y\n")
    return made


def beside(shadow: Shadow) -> set[str]:
    """What is there besides, in the work tree and in git's own folder."""
    return {*os.listdir(shadow.real.top), *os.listdir(shadow.real.folder)}


def test_what_was_mended_is_taken_over(shadow: Shadow, tmp_path: Path) -> None:
    before = beside(shadow)
    assert take(shadow, ("a",)) == ("a",)
    assert (tmp_path / "root/a").read_text() == "y\n"
    assert beside(shadow) == before
    enter(shadow, ("a",))
    assert git(tmp_path / "root", "show", ":a") == "y"
    assert git(tmp_path / "root", "diff-files", "--name-only") == ""


def test_what_an_editor_saves_at_the_last_moment_stays(
    shadow: Shadow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copymode, before = shutil.copymode, beside(shadow)

    def saved(source: str, target: str) -> None:
        copymode(source, target)
        (tmp_path / "root/a").write_text("mine\n")

    monkeypatch.setattr(shutil, "copymode", saved)

    assert take(shadow, ("a",)) == ()
    assert (tmp_path / "root/a").read_text() == "mine\n"
    assert beside(shadow) == before


@pytest.mark.parametrize("code", [errno.EXDEV, errno.EACCES])
def test_where_gits_folder_is_on_another_disk_the_draft_is_beside_the_file(
    shadow: Shadow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    replace, before = os.replace, beside(shadow)

    def replaced(source: str, target: str) -> None:
        if source.startswith(shadow.real.folder):
            raise OSError(code, os.strerror(code))
        replace(source, target)

    monkeypatch.setattr(os, "replace", replaced)

    if code == errno.EXDEV:
        assert take(shadow, ("a",)) == ("a",)
        assert (tmp_path / "root/a").read_text() == "y\n"
    else:
        with pytest.raises(PermissionError):
            take(shadow, ("a",))
        assert (tmp_path / "root/a").read_text() == "x\n"
    assert beside(shadow) == before


def test_what_is_deleted_and_what_has_an_odd_name_is_entered(
    shadow: Shadow, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    odd = os.fsdecode(b"\xff\t\n*")
    (root / odd).write_text("x\n")
    git(root, "add", "-A")
    shadow.stand(shadow.staged(), "")
    os.unlink(f"{shadow.top}/b")
    with open(f"{shadow.top}/{odd}", "w", encoding="utf-8") as file:
        file.write("y\n")

    assert take(shadow, ("b", odd)) == ("b", odd)
    enter(shadow, ("b", odd))

    assert git(root, "ls-files") == 'a\n"\\377\\t\\n*"'
    assert git(root, "show", f":{odd}") == "y"
    assert not (root / "b").exists()
