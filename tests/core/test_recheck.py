"""The command that runs what failed, and no more."""

from __future__ import annotations

import pytest

from innerloop.core.command import parse
from innerloop.core.model import Loop
from innerloop.core.recheck import smallest

HEAD = "=========================== short test summary info ============================"


def asked(command: str, *failed: str) -> str:
    lines = [HEAD, *failed, "1 failed in 0.49s"]
    return smallest(Loop("unit", parse(command), 1.0), lines)


@pytest.mark.parametrize(
    "command",
    [
        "pytest",
        "pytest -q",
        "python -m pytest -q -x",
        "{python} -m pytest",
        "uv run pytest -q",
        "pytest -n 2 -k fast -q",
    ],
)
def test_a_test_is_named_where_nothing_else_is(command: str) -> None:
    assert asked(command, "FAILED a.py::test_x - assert 1") == "loop run unit -- a.py::test_x"


@pytest.mark.parametrize(
    "command",
    ["pytest -q tests/unit", "pytest --cov src", "pytest {files}", "python -m pytest src"],
)
def test_beside_paths_of_its_own_it_is_what_failed_last(command: str) -> None:
    assert asked(command, "FAILED a.py::test_x - assert 1") == "loop run unit -- --lf"


@pytest.mark.parametrize(
    "command",
    [
        "mypy src",
        "ruff check .",
        "cd a && pytest -q",
        "pytest -p no:cacheprovider tests",
        "python x",
    ],
)
def test_what_takes_no_such_arguments_is_not_offered_any(command: str) -> None:
    assert asked(command, "FAILED a.py::test_x - assert 1") == ""


def test_without_a_summary_nothing_is_known() -> None:
    assert asked("pytest -q") == ""
    assert smallest(Loop("unit", parse("pytest"), 1.0), ["FAILED a.py::test_x"]) == ""


def test_many_are_not_named_one_by_one() -> None:
    failed = [f"FAILED a.py::test_{n} - assert 1" for n in range(4)]
    assert asked("pytest", *failed[:3]).count("::") == 3
    assert asked("pytest", *failed) == "loop run unit -- --lf"
    assert asked("pytest", f"FAILED a.py::test_{'x' * 200}") == "loop run unit -- --lf"


@pytest.mark.parametrize(
    ("line", "node"),
    [
        ("FAILED a.py::T::test_x - a - b", "a.py::T::test_x"),
        ("ERROR b.py - SyntaxError: x", "b.py"),
        ("ERROR b.py", "b.py"),
        ("FAILED a.py::test_x[a - b] - assert 'a - b' == 'c'", "'a.py::test_x[a - b]'"),
        ("FAILED a.py::test_x[1-$HOME]", "'a.py::test_x[1-$HOME]'"),
        ("FAILED a.py::test_x - assert [1] == [2]", "a.py::test_x"),
    ],
)
def test_a_tests_name_is_told_from_what_is_said_of_it(line: str, node: str) -> None:
    assert asked("pytest", line) == f"loop run unit -- {node}"


def test_the_last_summary_counts() -> None:
    lines = [HEAD, "FAILED inner.py::test_y", HEAD, "FAILED a.py::test_x"]
    assert smallest(Loop("unit", parse("pytest"), 1.0), lines) == "loop run unit -- a.py::test_x"
