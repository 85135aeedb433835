"""Strange names and strange places: a change is seen there too."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from conftest import Project

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Maker, Project


NAMES = (b"caf\xe9.py", b"two\nlines.py", b"--force.py", b" lead.py", b'quo"te\\.py', b"tab\t.py")


@pytest.mark.parametrize("git", [True, False], ids=["git", "no git"])
def test_strange_names_are_files_like_any_other(project: Maker, git: bool) -> None:  # noqa: FBT001 - a parameter of the test
    found = project(
        "lint: {run: 'show {files}', cycle: 1s, files: ['*.py']}\n"
        "unit: {run: mark unit, cycle: 2s}",
        git=git,
    )
    found.program("show", f"printf '%s\\0' \"$@\" > {found.place}/shown")
    places = [os.path.join(os.fsencode(found.root), name) for name in NAMES]
    for place in places:
        with open(place, "wb") as file:
            file.write(b"1")
    assert found.sealed() == ["unit"]
    shown = (found.place / "shown").read_bytes().split(b"\0")[:-1]
    assert sorted(shown) == sorted(b"./" + name for name in NAMES)

    for place in places:
        with open(place, "wb") as file:
            file.write(b"2")
        assert found.walked() == ["unit"], place


def plain(project: Maker) -> Project:
    return project(git=False)


def uncommitted(project: Maker) -> Project:
    return project()


def below(project: Maker) -> Project:
    made = project(git=False, root="repository/sub/project")
    made.git("init", "-q", cwd=made.place / "repository")
    return made


def ignored_above(project: Maker) -> Project:
    made = below(project)
    (made.place / "repository/.gitignore").write_text("sub/\n")
    return made


def linked_worktree(project: Maker) -> Project:
    made = project(files={"x": ""}).commit()
    made.git("worktree", "add", "-q", str(made.place / "other"))
    made.root = made.place / "other"
    return made


PLACES = (plain, uncommitted, below, ignored_above, linked_worktree)


@pytest.mark.parametrize("stand", PLACES, ids=lambda stand: stand.__name__)
def test_a_change_is_seen_wherever_a_project_stands(
    project: Maker, stand: Callable[[Maker], Project]
) -> None:
    found = stand(project).write({"src/a.py": "1"})
    assert found.sealed() == ["unit"]
    found.write({"src/a.py": "2"})
    assert found.sealed() == ["unit"]
    found.write({"src/deep/new.py": "2"})
    assert found.walked() == ["unit"]


def test_an_ignore_file_above_the_project_counts(project: Maker) -> None:
    found = below(project).write({"a.tmp": "1"})
    found.sealed()
    (found.place / "repository/.gitignore").write_text("*.tmp\n")

    assert found.walked() == ["unit"]


def test_worktrees_do_not_share_passes(project: Maker) -> None:
    found = project(files={"a.py": "1"}).commit()
    found.git("worktree", "add", "-q", str(found.place / "other"))
    assert found.sealed() == ["unit"]

    found.root = found.place / "other"

    assert found.walked() == ["unit"]


def test_it_is_found_from_below_and_says_the_same(project: Maker) -> None:
    found = project(files={"src/a.py": "1"})
    found.sealed(cwd=found.root / "src")
    found.write({"src/a.py": "2"})

    found.run("inner", cwd=found.root / "src").ok()

    assert found.ran() == ["unit"]


def test_a_project_of_its_own_further_down_is_another(project: Maker) -> None:
    found = project(files={"sub/a.py": "1"})
    found.sealed(cwd=found.root / "sub")
    found.write({"sub/loops.yaml": "version: 1\ninner:\n  own: {run: mark own, cycle: 1s}\n"})

    found.run("inner", cwd=found.root / "sub").ok()

    assert found.ran() == ["own"]
