from __future__ import annotations

import pytest

from innerloop.core.variables import HARMLESS, NAMES, PREFIXES, telling


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
