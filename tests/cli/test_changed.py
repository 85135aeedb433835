"""{changed}: what is handed over, and which passes vouch for the rest."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from conftest import Project

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Maker, Project


LINT = "lint: {run: 'show {changed}', cycle: 1s, files: ['*.py'], inputs: [tool.toml]}"
THREE = {"a.py": "a", "b.py": "b", "c.py": "c", "tool.toml": ""}


def shows(project: Maker, loops: str = LINT) -> Project:
    """A project whose loop says which files it was handed, and has been handed all of them."""
    made = project(loops, THREE)
    made.program("show", 'for f in "$@"; do mark "$f"; done\n[ ! -e "$0.fails" ]')
    assert made.walked() == ["./a.py", "./b.py", "./c.py"]
    return made


def test_only_what_changed_since_it_passed_is_handed_over(project: Maker) -> None:
    found = shows(project)
    found.write({"b.py": "B", "d.py": "d"})

    assert found.walked() == ["./b.py", "./d.py"]


def test_what_failed_is_handed_over_again_with_what_changed_since(project: Maker) -> None:
    found = shows(project)
    found.write({"b.py": "B"})
    (found.bin / "show.fails").touch()
    found.run("inner").fails(1)
    assert found.ran() == ["./b.py"]
    (found.bin / "show.fails").unlink()
    found.write({"c.py": "C"})

    assert found.walked() == ["./b.py", "./c.py"]


@pytest.mark.parametrize(
    "change",
    [
        lambda p: (p.root / "a.py").unlink(),
        lambda p: p.write({"tool.toml": "strict"}),
        lambda p: p.env.update({"PYTHONPATH": "x"}),
        lambda p: p.loops(LINT.replace("show", "show --").replace("--", "")),
    ],
    ids=["deletion", "input", "variable", "command"],
)
def test_any_other_change_hands_over_all(
    project: Maker, change: Callable[[Project], object]
) -> None:
    found = shows(project)
    change(found)
    found.write({"b.py": "B"})
    left = sorted(f"./{path.name}" for path in found.root.glob("*.py"))

    assert found.walked() == left


def test_a_revoked_pass_vouches_for_no_file(project: Maker) -> None:
    found = shows(project)
    (found.bin / "show.fails").touch()
    found.run("inner", "--force").fails(1)
    (found.bin / "show.fails").unlink()
    found.ran()

    found.write({"b.py": "B"})

    assert found.walked() == ["./a.py", "./b.py", "./c.py"]


def test_an_expired_pass_vouches_for_no_file(project: Maker) -> None:
    found = shows(project, LINT.replace("cycle", "fresh: 10ms, cycle"))
    time.sleep(0.01)
    found.write({"b.py": "B"})

    assert found.walked() == ["./a.py", "./b.py", "./c.py"]


def test_a_pass_whose_outputs_are_gone_vouches_for_no_file(project: Maker) -> None:
    loops = LINT.replace("show {changed}", "show {changed} && touch built")
    found = shows(project, loops.replace("cycle", "outputs: [built], cycle"))
    (found.root / "built").unlink()
    found.write({"b.py": "B"})

    assert found.walked() == ["./a.py", "./b.py", "./c.py"]


def test_nothing_left_is_skipped_and_never_run_bare(project: Maker) -> None:
    found = project("lint: {run: 'mark bare {changed}', cycle: 1s, files: ['*.py']}")

    found.run("inner").ok().prints("no file to hand over")

    assert found.ran() == []


def test_files_are_handed_from_its_own_folder(project: Maker) -> None:
    found = project(
        "lint: {run: 'show {files}', cycle: 1s, files: ['*.py'], cwd: sub}",
        {"sub/-x.py": "", "sub/a b.py": "", "sub/deep/c.py": "", "top.py": ""},
    )
    found.program("show", f'for f in "$@"; do echo "$f"; done > {found.place}/shown')

    found.run("inner").ok()

    shown = (found.place / "shown").read_text().splitlines()
    assert shown == ["./-x.py", "./a b.py", "./deep/c.py"]
