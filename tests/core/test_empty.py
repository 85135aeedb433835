from __future__ import annotations

import pytest

from innerloop.core.empty import nothing_checked


@pytest.mark.parametrize(
    "tail",
    [
        "=== test session starts ===\ncollected 0 items\n\n=== no tests ran in 0.01s ===",
        "\x1b[33mno tests ran\x1b[0m in 0.01s",
        "=== \x1b[33mno tests ran\x1b[0m\x1b[33m in 0.00s\x1b[0m ===",
        "\n----\nRan 0 tests in 0.000s\n\nOK",
        "No tests found, exiting with code 0",
        "warning: No Python files found under the given path(s)\nAll checks passed!",
        "testing: warning: no tests to run\nPASS",
        "No tests collected",
    ],
)
def test_nothing_was_collected(tail: str) -> None:
    assert nothing_checked(tail)


@pytest.mark.parametrize(
    "tail",
    [
        "",
        "All checks passed!",
        "collected 3 items\n=== 3 passed in 0.01s ===",
        "Ran 12 tests in 0.1s\n\nOK",
        "collected 10 items",
        "=== 10 passed in 0.1s ===",
        "found No tests collected in the docs",
        "I Ran 0 tests",
    ],
)
def test_something_was_checked_or_nobody_knows(tail: str) -> None:
    assert not nothing_checked(tail)


@pytest.mark.parametrize("something", ["2 passed in 0.1s", "Ran 1 test in 0.1s", "Ran 20 tests"])
def test_one_command_that_did_check_outweighs_the_rest(something: str) -> None:
    assert not nothing_checked(f"collected 0 items\n{something}\n")
    assert not nothing_checked(f"{something}\nRan 0 tests in 0.0s\n")


def test_a_count_of_nought_is_nothing() -> None:
    assert nothing_checked("collected 0 items\n0 passed\n")
