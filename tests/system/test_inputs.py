from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from innerloop.config.build import build
from innerloop.system.inputs import Inputs, from_folder
from innerloop.system.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from innerloop.core.model import Loop


class Ask:
    """The inputs of the loops of a configuration, in a folder."""

    def __init__(self, root: Path, loops: str) -> None:
        config, _ = build(f"version: 1\ninner:\n  {loops.strip()}\n".encode(), None)
        self.loops: dict[str, Loop] = {loop.name: loop for loop in config.loops}
        self.inputs = Inputs(Tree(str(root), f"{root}/.loop", write=False), config.loops)

    def of(self, name: str = "unit") -> list[str]:
        return list(self.inputs.of(self.loops[name]))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    write(
        tmp_path,
        "a.py",
        "b.txt",
        "sub/c.py",
        "data/d.csv",
        "data/deep/e.csv",
        "data/node_modules/x",
    )
    (tmp_path / ".gitignore").write_text("data/\n*.log\n")
    write(tmp_path, "x.log")
    return tmp_path


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


def loop(more: str) -> str:
    return f"unit: {{run: mark, cycle: 1s, {more}}}"


EVERYTHING = [".gitignore", "a.py", "b.txt", "sub/c.py"]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("retries: 0", EVERYTHING),
        ("inputs: ['*.py']", ["a.py", "sub/c.py"]),
        ("inputs: ['/*.py']", ["a.py"]),
        ("inputs: ['**', '!*.py']", [".gitignore", "b.txt"]),
        ("inputs: [sub]", ["sub/c.py"]),
        ("inputs: ['*.py'], cwd: sub", ["sub/c.py"]),
        ("inputs: [../a.py], cwd: sub", ["a.py"]),
        ("ignore: ['*.py']", [".gitignore", "b.txt"]),
        ("outputs: [b.txt]", [".gitignore", "a.py", "sub/c.py"]),
        ("inputs: [x.log]", ["x.log"]),
        ("inputs: ['*.log']", []),
        ("inputs: ['data/*.csv']", ["data/d.csv"]),
        ("inputs: ['data/**/*.csv']", ["data/d.csv", "data/deep/e.csv"]),
        ("inputs: [data]", ["data/d.csv", "data/deep/e.csv"]),
        ("inputs: [data/deep/e.csv]", ["data/deep/e.csv"]),
        ("inputs: ['**/*.csv']", []),
        ("inputs: [data/node_modules/x]", []),
        ("inputs: [b.txt], files: ['*.py']", ["a.py", "b.txt", "sub/c.py"]),
    ],
)
def test_which_files_a_verdict_depends_on(root: Path, more: str, expected: list[str]) -> None:
    assert Ask(root, loop(more)).of() == expected


def test_handed_files_bring_the_usual_tool_configurations(root: Path) -> None:
    write(root, "pyproject.toml", "conftest.py", "sub/pyproject.toml")
    ask = Ask(root, loop("files: ['sub/*.py']"))

    assert ask.of() == ["conftest.py", "pyproject.toml", "sub/c.py", "sub/pyproject.toml"]
    assert ask.inputs.handed(ask.loops["unit"]) == ("sub/c.py",)
    assert ask.inputs.unmatched(ask.loops["unit"]) == ()


def test_what_a_loop_before_writes_counts_though_it_is_ignored(root: Path) -> None:
    write(root, "built.log")
    loops = """
  build: {run: mark, cycle: 1s, outputs: [built.log]}
  next: {run: mark, cycle: 1s, after: [build]}
  last: {run: mark, cycle: 1s, after: [next]}
  named: {run: mark, cycle: 1s, inputs: ['*.log']}
  other: {run: mark, cycle: 1s}
"""
    ask = Ask(root, loops)

    assert "built.log" not in ask.of("build")
    assert "built.log" in ask.of("next")
    assert "built.log" in ask.of("last")
    assert ask.of("named") == ["built.log"]
    assert "built.log" not in ask.of("other")


def test_outputs_are_found_ignored_or_not(root: Path) -> None:
    write(root, "out/a", "out/deep/b", "data/f.bin")
    ask = Ask(root, loop("outputs: [out/, 'data/*.bin', x.log]"))

    found = ask.inputs.outputs(ask.loops["unit"])

    assert found == ("data/f.bin", "out/a", "out/deep/b", "x.log")


def test_patterns_that_match_nothing_are_named(root: Path) -> None:
    ask = Ask(root, loop("inputs: ['*.py', '*.rs', '!*.go', x.log], files: ['*.c']"))

    assert ask.inputs.unmatched(ask.loops["unit"]) == (
        "'*.rs' matches no file",
        "'*.c' matches no file",
    )


def test_what_is_new_is_found_after_a_look_gone_stale(root: Path) -> None:
    ask = Ask(root, loop("inputs: ['*.py', 'data/*.csv']"))
    before = ask.of()
    write(root, "new.py", "data/new.csv")
    assert ask.of() == before

    ask.inputs._tree.stale()

    assert ask.of() == sorted([*before, "new.py", "data/new.csv"])


def test_snapshots_are_inputs_of_the_tests_that_compare_with_them(root: Path) -> None:
    mine, theirs = "__snapshots__/[test_a][t].txt", "__snapshots__/[test_b][t].txt"
    write(root, "tests/test_a.py", mine, theirs, "__test_results__/[test_a][t].txt")

    def asked(run: str, more: str = "") -> list[str]:
        return Ask(root, f"unit: {{run: {run}, cycle: 1s, inputs: [tests]{more}}}").of()

    assert asked("pytest") == [mine, "tests/test_a.py"]
    assert asked("make test") == ["tests/test_a.py"]
    assert asked("pytest", ", ignore: [__snapshots__]") == ["tests/test_a.py"]
    (root / "sub/tests").mkdir()
    assert asked("pytest", ", cwd: sub") == []


@pytest.mark.parametrize(
    ("more", "path", "expected"),
    [
        ("pytest, inputs: ['*.py']", "__snapshots__/[a][b].txt", True),
        ("pytest, inputs: ['*.py'], ignore: [__snapshots__]", "__snapshots__/[a][b].txt", False),
        ("pytest, inputs: ['*.py'], cwd: sub", "__snapshots__/[a][b].txt", False),
        ("make test, inputs: ['*.py']", "__snapshots__/[a][b].txt", False),
        ("pytest", "__test_results__/[a][b].txt", False),
    ],
)
def test_whether_a_snapshot_there_or_not_would_be_an_input(
    root: Path,
    more: str,
    path: str,
    expected: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    ask = Ask(root, f"unit: {{cycle: 1s, run: {more}}}")

    assert ask.inputs.touched(ask.loops["unit"], [path]) is expected


@pytest.mark.parametrize(
    ("more", "path", "expected"),
    [
        ("retries: 0", "anything", True),
        ("retries: 0", "x/__pycache__/y", False),
        ("inputs: ['*.py']", "gone.py", True),
        ("inputs: ['*.py']", "gone.txt", False),
        ("inputs: ['*.txt'], files: ['*.py']", "gone.py", True),
        ("ignore: ['*.md']", "gone.md", False),
    ],
)
def test_whether_a_path_there_or_not_would_be_an_input(
    root: Path,
    more: str,
    path: str,
    expected: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    ask = Ask(root, loop(more))

    assert ask.inputs.touched(ask.loops["unit"], [path]) is expected


def test_paths_are_handed_so_that_none_looks_like_an_option() -> None:
    paths = ("-x", "sub/-y", "top")

    assert from_folder(paths, "") == ("./-x", "./sub/-y", "./top")
    assert from_folder(paths, "sub") == ("../-x", "./-y", "../top")
