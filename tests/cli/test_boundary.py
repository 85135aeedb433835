"""The boundary: mistakes are words and an exit code, wherever they are made."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from conftest import LOOP, Done
from innerloop.cli import boundary, wiring

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Maker


def test_without_a_project_it_says_how_to_begin(project: Maker) -> None:
    found = project()
    elsewhere = found.place / "elsewhere"
    elsewhere.mkdir()

    found.run("inner", cwd=elsewhere).fails(2).warns("no loops.yaml here or above", "loop init")


def test_a_name_nobody_knows_runs_nothing(project: Maker) -> None:
    found = project()

    found.run("inner", "unti").fails(2).warns("no loop called 'unti'", "did you mean 'unit'?")

    assert found.ran() == []


@pytest.mark.parametrize("words", [["iner"], ["inner", "--jbos", "2"], ["inner", "-j", "0"]])
def test_a_command_line_that_means_nothing(project: Maker, words: list[str]) -> None:
    project().run(*words).fails(2)


def test_a_format_nobody_knows(project: Maker) -> None:
    project().run("inner", "--format", "yaml").fails(2).warns("no format called 'yaml'")


@pytest.mark.parametrize("words", [["-C", "sub", "inner"], ["inner", "-C", "sub"]], ids=" ".join)
def test_elsewhere_by_a_flag(project: Maker, words: list[str]) -> None:
    found = project()
    found.write({"sub/loops.yaml": "version: 1\ninner:\n  own: {run: mark own, cycle: 1s}\n"})

    found.run(*words).ok()

    assert found.ran() == ["own"]


def test_elsewhere_that_is_not_there(project: Maker) -> None:
    found = project()

    found.run("-C", "nowhere", "inner").fails(2).warns("cannot go to 'nowhere'")
    found.run("inner", "-C").fails(2).warns("-C needs a folder")


def test_what_passed_elsewhere_is_no_answer_here(project: Maker) -> None:
    found = project("outer: {run: mark outer, cycle: 1s}")
    text = "version: 1\ninner:\n  {name}: {{run: mark {name}, cycle: 1s}}\n"
    found.write({"sub/loops.yaml": text.format(name="middle")})
    found.write({"sub/sub/loops.yaml": text.format(name="deep")})
    words = ("inner", "-C", "sub", "-j", "2")
    for _ in range(3):
        found.run(*words).ok()
    assert found.ran() == ["middle"]

    found.run(*words, cwd=found.root / "sub").ok()

    assert found.ran() == ["deep"]


def test_a_folder_that_is_gone(project: Maker) -> None:
    found = project()
    gone = found.place / "gone"
    gone.mkdir()
    script = 'cd "$0" && rmdir "$0" && exec "$@"'
    done = subprocess.run(
        ["sh", "-c", script, str(gone), *LOOP, "inner"],
        env=found.env,
        capture_output=True,
        text=True,
        check=False,
    )

    Done(("inner",), done.returncode, done.stdout, done.stderr).fails(2).warns("is gone")


def test_a_state_folder_that_cannot_be_made(project: Maker) -> None:
    found = project()
    (found.root / ".loop").write_text("in the way")

    found.run("inner").fails(2).warns("cannot keep state in")


def test_a_bug_has_a_code_of_its_own_and_a_report_to_paste(
    project: Maker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: str) -> str:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(wiring, "find", broken)
    monkeypatch.chdir(project().root)

    assert boundary.run(["inner"]) == 70

    said = capsys.readouterr().err
    assert "this is a bug in loop: ZeroDivisionError: oh" in said
    assert "loop inner\ninnerloop " in said
    assert "Traceback" in said


def test_where_it_was_called_from_is_where_it_leaves_us(
    project: Maker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = project()
    monkeypatch.chdir(tmp_path)
    for name, value in found.env.items():
        monkeypatch.setenv(name, value)

    for _ in range(3):
        assert boundary.run(["-C", str(found.root), "plan"]) == 0

    assert tmp_path.samefile(".")
