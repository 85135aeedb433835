from __future__ import annotations

import pytest

from innerloop.core.command import parse
from innerloop.core.snapshots import (
    ONE_PROCESS,
    arguments,
    module,
    one_process,
    owned,
    runs_pytest,
    selects,
    with_options,
)


@pytest.mark.parametrize(
    "text",
    [
        *("pytest", "pytest -q tests", "python -m pytest", "{python} -m pytest", "py.test x"),
        *(".venv/bin/pytest -q", "uv run pytest -q", "cd a && pytest"),
    ],
)
def test_commands_that_run_pytest(text: str) -> None:
    assert runs_pytest(parse(text))


@pytest.mark.parametrize(
    "text", ["make test", "pytest-watch", "python pytest.py", "pip install pytest=1"]
)
def test_commands_that_do_not(text: str) -> None:
    assert not runs_pytest(parse(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pytest -q tests", "pytest -q tests --new"),
        ("pytest -q -- tests", "pytest -q --new -- tests"),
        ("uv run -- pytest -q", "uv run -- pytest -q --new"),
        ("{python} -m pytest {files}", "{python} -m pytest {files} --new"),
    ],
)
def test_options_go_where_pytest_takes_them(text: str, expected: str) -> None:
    found = with_options(parse(text), ("--new",))
    assert found is not None
    assert found.text == expected
    assert found.placeholders == parse(text).placeholders


@pytest.mark.parametrize("text", ["cd a && pytest", "pytest $X", "make test"])
def test_where_only_a_shell_could_tell_there_is_no_command(text: str) -> None:
    assert with_options(parse(text), ("--new",)) is None


def test_one_process_is_asked_of_xdist_alone() -> None:
    assert one_process(parse("pytest -n 4"), frozenset({"pytest_xdist"})) == ONE_PROCESS
    assert one_process(parse("pytest"), frozenset({"pytest"})) == ()
    assert one_process(parse("pytest -p no:xdist"), frozenset({"pytest_xdist"})) == ()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("__snapshots__/[test_a][test_b].list.json", "test_a.py"),
        ("x/__test_results__/[tests.steps.test_a][test_b][x/y].txt", "test_a.py"),
        ("x/__snapshots__/test_a.ambr", ""),
        ("x/[test_a][test_b].list.json", ""),
    ],
)
def test_a_snapshot_names_the_file_of_its_test(path: str, expected: str) -> None:
    assert module(path) == expected


def test_snapshots_go_with_the_inputs_that_compare_with_them() -> None:
    mine, theirs = "__snapshots__/[test_a][t].txt", "__snapshots__/[test_b][t].txt"
    beside = "tests/__snapshots__/test_a.ambr"
    paths = (mine, theirs, beside, "other/__snapshots__/test_z.ambr", "tests/snapshots/x")

    assert owned(paths, "", ("tests/test_a.py", "src/b.py")) == (mine, beside)
    assert owned(paths, "tests", ("tests/test_a.py",)) == (beside,)


@pytest.mark.parametrize(
    "text", ["pytest -k a", "pytest -qk a", "pytest -m slow", "pytest --lf", "pytest t.py::test_a"]
)
def test_some_tests_may_be_left_out(text: str) -> None:
    assert selects(parse(text))


@pytest.mark.parametrize(
    "text", ["python -m pytest -q", "pytest -W ignore -p no:x --tb=short t.py"]
)
def test_none_are_left_out(text: str) -> None:
    assert not selects(parse(text))


def test_what_pytest_is_handed() -> None:
    assert arguments(parse("/envs/pytest-8/bin/python -m pytest -q a")) == ("-q", "a")
    assert arguments(parse("make test")) == ()
