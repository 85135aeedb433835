"""Durations, lists and plurals, as people read and write them."""

from __future__ import annotations

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from innerloop.core.text import ago, duration, listing, nearest, plural, seconds, visible


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("500ms", 0.5),
        ("10s", 10),
        ("1.5s", 1.5),
        ("2m", 120),
        ("1h30m", 5400),
        ("14d", 14 * 86400),
        ("1d2h3m4s5ms", 93784.005),
        ("0h5s", 5),
    ],
)
def test_a_duration_is_read(text: str, value: float) -> None:
    assert duration(text) == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "0s",
            "0h0m",
            "-1s",
            "10",
            "s",
            "1.s",
            ".5s",
            "1s2m",
            "1m1m",
            "10s\n",
            " 10s",
            "1h 5m",
        ),
        *("10S", "1e3s", "٣s", "infs", "nans", "5000d", "9" * 400 + "s", "1w", "s10"),
    ],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    assert duration(text) is None


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0.00s"),
        (-1, "0.00s"),
        (0.04, "0.04s"),
        (0.994, "0.99s"),
        (0.996, "1.0s"),
        (1.24, "1.2s"),
        (9.97, "10s"),
        (41.2, "41s"),
        (59.7, "1m 00s"),
        (185, "3m 05s"),
        (3599.6, "1h 00m"),
        (3720, "1h 02m"),
        (86400 + 7200, "1d 02h"),
    ],
)
def test_a_time_is_said_shortly(value: float, said: str) -> None:
    assert seconds(value) == said


@given(st.floats(10, 1e9))
def test_no_time_is_said_with_sixty_of_anything(value: float) -> None:
    assert seconds(value).split()[-1] not in {"60s", "60m", "24h"}


def test_how_long_ago() -> None:
    said = [ago(t) for t in (-5, 0.4, 1, 59.9, 185, 7300, 200_000)]
    assert said == ["just now", "just now", "1s ago", "59s ago", "3m ago", "2h ago", "2d ago"]


def test_a_long_list_is_cut() -> None:
    assert listing(["a", "b", "c"]) == "a, b, c"
    assert listing(["a", "b", "c", "d"], most=2) == "a, b and 2 more"
    assert listing([]) == ""


def test_plurals() -> None:
    said = [plural(1, "file"), plural(0, "file"), plural(2, "match"), plural(2, "entry")]
    assert said == ["1 file", "0 files", "2 matches", "2 entries"]
    assert plural(3, "day") == "3 days"


def test_the_nearest_choice() -> None:
    assert nearest("rnu", ["run", "fix"]) == "run"
    assert nearest("LINT", ["lint", "unit"]) == "lint"
    assert nearest("zebra", ["run", "fix"]) is None
    assert nearest("", ["run"]) is None
    assert nearest("x" * 100_000, ["x" * 99_999]) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plain words", "plain words"),
        ("", ""),
        ("\x1b[2Jx", "\\x1b[2Jx"),
        ("a\r\nb", "a\\r\\nb"),
        ("a\tb", "a  b"),
        ("\x9b2J", "\\x9b2J"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("caf\udce9", "caf\\udce9"),
        ("æøå ✓ 👩\u200d🔬 日本\u3000語", "æøå ✓ 👩\u200d🔬 日本\u3000語"),
    ],
)
def test_what_a_terminal_would_obey_is_written_out(text: str, said: str) -> None:
    assert visible(text) == said


@given(st.text(st.characters(codec=None)))
def test_nothing_visible_is_obeyed(text: str) -> None:
    said = visible(text)

    assert not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in said)
    said.encode()  # or printing it would fail
    assert visible(said) == said


def test_difflib_is_imported_for_mistakes_alone() -> None:
    code = "import sys, innerloop.core.text; print('difflib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
