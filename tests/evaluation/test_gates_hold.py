"""What `gates.py` measures, in small: the gate is seldom wrong, and sees what is large."""

from __future__ import annotations

import pytest
from gates import DROP, MARGIN, Setting, asked

TIMES = 150
SLACK = 0.025 + 3.5 * (0.025 * 0.975 / TIMES) ** 0.5
"""what is aimed at, and as far beyond as so few evaluations may be by chance"""


@pytest.mark.parametrize("world", ["binary", "repeated", "f1"])
def test_it_is_seldom_wrong(world: str) -> None:
    assert asked(Setting(world, "none", 200, 0.0, 0.0), TIMES).failed <= SLACK
    assert asked(Setting(world, "edge", 200, MARGIN, MARGIN), TIMES).passed <= SLACK


@pytest.mark.parametrize("world", ["binary", "f1"])
def test_what_is_large_is_seen(world: str) -> None:
    found = asked(Setting(world, "drop", 500, MARGIN, 2 * DROP), 30)
    assert found.passed == 0
    assert found.failed >= 0.9


def test_what_is_no_worse_passes_with_a_margin() -> None:
    assert asked(Setting("binary", "none", 1000, 0.05, 0.0), 30).passed >= 0.9
