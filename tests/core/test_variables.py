from __future__ import annotations

import pytest

from innerloop.core.variables import HARMLESS, NAMES, PREFIXES, forge, telling, unattended


@pytest.mark.parametrize(
    "name",
    [
        *("PYTHONPATH", "PYTHONHASHSEED", "PYTEST_ADDOPTS", "MYPYPATH", "MYPY_FORCE_COLOR"),
        *("LD_PRELOAD", "TZ", "LANG", "CUDA_VISIBLE_DEVICES", "RUFF_NO_CACHE"),
        *("COVERAGE_FILE", "HYPOTHESIS_PROFILE"),
    ],
)
def test_what_changes_verdicts_is_told(name: str) -> None:
    assert telling({name: "1"}) == (name,)


@pytest.mark.parametrize(
    "name", [*sorted(HARMLESS), "HOME", "PATH", "pythonpath", "MY_PYTHONPATH", "TZDIR", ""]
)
def test_what_does_not_is_not(name: str) -> None:
    assert telling({name: "1"}) == ()


def test_in_order_whatever_the_environment_s() -> None:
    found = telling({"TZ": "", "LANG": "da", "PYTHONPATH": "src", "HOME": "/"})

    assert found == ("LANG", "PYTHONPATH", "TZ")


def test_the_lists_are_in_order_and_say_nothing_twice() -> None:
    assert list(NAMES) == sorted(set(NAMES))
    assert list(PREFIXES) == sorted(set(PREFIXES))
    assert not [name for name in NAMES if name.startswith(PREFIXES)]
    assert all(name.startswith(PREFIXES) for name in HARMLESS)


@pytest.mark.parametrize(
    ("environ", "whose"),
    [
        ({}, ""),
        ({"CI": "true"}, ""),
        ({"GITHUB_ACTIONS": "true", "CI": "true"}, "github"),
        ({"GITHUB_ACTIONS": "", "GITLAB_CI": "true"}, "gitlab"),
        ({"GITHUB_ACTIONS": "1"}, ""),
    ],
)
def test_whose_ci_it_is(environ: dict[str, str], whose: str) -> None:
    assert forge(environ) == whose


@pytest.mark.parametrize(
    ("environ", "nobody"),
    [
        ({}, False),
        ({"CI": ""}, False),
        ({"CI": "False"}, False),
        ({"CI": "0"}, False),
        ({"CI": "true"}, True),
        ({"CI": "woodpecker"}, True),
        ({"GITLAB_CI": "true"}, True),
    ],
)
def test_whether_anybody_is_there(environ: dict[str, str], *, nobody: bool) -> None:
    assert unattended(environ) is nobody
