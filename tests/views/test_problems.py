"""Problems as people see them: the line, a caret in the right column, and nothing obeyed."""

from __future__ import annotations

import unicodedata
from textwrap import dedent

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st

from innerloop.core.errors import ConfigError, LoopError, Problem, Where
from innerloop.views.problems import BEFORE, WINDOW, explain, warn

LINE = "    rnu: ruff check ."
RNU = Problem(
    "unknown key 'rnu' in loop 'lint'",
    Where("loops.yaml", 3, 5, 3, LINE),
    "did you mean 'run'?",
)


def shown(text: str, column: int, width: int, hint: str = "") -> tuple[str, str]:
    """The line and the carets under it, without the gutter."""
    problem = Problem("m", Where("f", 3, column, width, text), hint)
    _, _, _, line, carets = explain(ConfigError((problem,)), colour=False).split("\n")
    return line.removeprefix("3 | "), carets.removeprefix("  | ")


def test_a_problem_with_its_place() -> None:
    assert explain(ConfigError((RNU,)), colour=False) == dedent("""\
        error: unknown key 'rnu' in loop 'lint'
         --> loops.yaml:3:5
          |
        3 |     rnu: ruff check .
          |     ^^^ did you mean 'run'?""")


def test_the_gutter_is_as_wide_as_the_number() -> None:
    where = Where("loops.yaml", 120, 1, 1, "x")
    assert explain(ConfigError((Problem("m", where),)), colour=False) == dedent("""\
        error: m
           --> loops.yaml:120:1
            |
        120 | x
            | ^""")


def test_every_problem_is_shown_and_very_many_are_counted() -> None:
    both = explain(ConfigError((RNU, RNU)), colour=False)
    assert both.count("error: ") == 2
    assert "\n\nerror: " in both
    assert explain(ConfigError((RNU,) * 103), colour=False).endswith("\n\n... and 3 more")


def test_what_has_no_place() -> None:
    error = LoopError("no loops.yaml here or above", "loop init writes one")
    assert explain(error, colour=False) == (
        "error: no loops.yaml here or above\n  loop init writes one"
    )
    assert explain(LoopError("x"), colour=False) == "error: x"
    assert explain(ConfigError((Problem("x", None, "y"),)), colour=False) == "error: x\n  y"


def test_a_warning_has_the_same_shape() -> None:
    assert warn(RNU).startswith("warning: unknown key 'rnu'")
    assert "\033[1;33mwarning:\033[0m" in warn(RNU, colour=True)


def test_colour_changes_nothing_but_colour() -> None:
    coloured = explain(ConfigError((RNU,)), colour=True)
    assert "\033[1;31merror:\033[0m" in coloured
    screen = pyte.Screen(80, 5)
    pyte.Stream(screen).feed(coloured.replace("\n", "\r\n"))
    plain = explain(ConfigError((RNU,)), colour=False).split("\n")
    assert [line.rstrip() for line in screen.display] == plain


@pytest.mark.parametrize(
    ("before", "columns"),
    [("ab", 2), ("日本", 4), ("e\u0301", 1), ("\t", 2), ("\x1b", 4), ("é", 1), ("\u200b", 6)],
)
def test_the_caret_stands_under_what_is_meant(before: str, columns: int) -> None:
    line, carets = shown(f"{before}XY z", len(before) + 1, 2)
    assert carets == " " * columns + "^^"
    assert line.endswith("XY z")


def test_wide_characters_are_underlined_whole() -> None:
    assert shown("a: 日本 x", 4, 2)[1] == "   ^^^^"


def test_control_characters_are_shown_and_never_obeyed() -> None:
    where = Where("f\x1b[2J", 1, 1, 1, "a\x1b]0;title\x07\r\u202eb")
    problem = Problem("m\x1b[31m\n", where, "h\x9b1m")
    text = explain(ConfigError((problem,)), colour=False)
    assert not [
        char for char in text if unicodedata.category(char) in {"Cc", "Cf"} and char != "\n"
    ]
    assert "a\\x1b]0;title\\x07\\r\\u202eb" in text
    assert "m\\x1b[31m\\n" in text


def test_a_long_line_is_cut_around_the_caret() -> None:
    text = "x" * 500 + "HERE" + "y" * 500
    line, carets = shown(text, 501, 4, "hint")
    at = carets.index("^")
    assert line[at : at + 4] == "HERE"
    assert at == BEFORE + 3
    assert carets.endswith("^^^^ hint")
    assert line.startswith("...x")
    assert line.endswith("y...")
    assert len(line) <= WINDOW


def test_a_long_line_with_an_early_caret_keeps_its_start() -> None:
    line, carets = shown("a: " + "y" * 500, 4, 500)
    assert line.startswith("a: yyy")
    assert line.endswith("...")
    assert len(carets) <= len(line) <= WINDOW


@given(
    st.text(max_size=300),
    st.integers(1, 320),
    st.integers(1, 400),
)
def test_any_line_fits_and_has_a_caret(text: str, column: int, width: int) -> None:
    line, carets = shown(text.replace("\n", " "), min(column, len(text) + 1), width)
    assert "^" in carets
    assert line.isprintable() or "\u200d" in line or any(c.isspace() for c in line)
    assert len(carets) <= WINDOW
