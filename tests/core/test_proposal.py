from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from innerloop.core.proposal import (
    Candidate,
    Measured,
    Proposal,
    cycle,
    duration,
    outcome,
    quoted,
    rounded,
    table,
    write,
)

LINT = Candidate(
    "lint",
    "ruff check {changed}",
    "lint",
    "ruff: configured in ruff.toml",
    1.0,
    fix="ruff check --fix {changed}",
    files=("**/*.py", "!/docs/**"),
)
UNIT = Candidate("unit", 'pytest -q -m "not slow"', "test", "pytest: conftest.py", 10.0)
SLOW = Candidate("slow", "pytest -q -m slow", "test", "pytest: tests marked slow", 60.0)
TRAIN = Candidate(
    "train",
    "python train.py # all: of it",
    "other",
    "dvc.yaml: stage train",
    300.0,
    inputs=("a, b.csv", "[x].csv"),
    outputs=("model.pkl",),
    after=("lint",),
    cwd="sub folder",
    commented=True,
)


@given(st.text())
def test_a_quoted_text_reads_back_as_itself(text: str) -> None:
    assert yaml.safe_load(f"key: {quoted(text)}\n") == {"key": text}


@given(st.text(alphabet="aeno.:#{}[]&*!|>'\"%@`-+_~=<,? \t\n0123456789\\\x85\u2028\ufeff"))
def test_a_text_of_special_characters_reads_back_as_itself(text: str) -> None:
    assert yaml.safe_load(f"key: {quoted(text)}\n") == {"key": text}


@pytest.mark.parametrize("text", ["yes", "No", "on", "null", "~", "1_0", "0o7", "1:30", "=", ".5"])
def test_what_a_reader_would_take_for_something_else_is_quoted(text: str) -> None:
    assert quoted(text) == f'"{text}"'


@pytest.mark.parametrize("text", ["ruff check .", "pytest -q -m slow", 'pytest -m "not slow"'])
def test_a_plain_command_stays_plain(text: str) -> None:
    assert quoted(text) == text


def test_braces_and_colons_are_quoted() -> None:
    assert quoted("ruff check {changed}") == '"ruff check {changed}"'
    assert quoted('a: "b"') == "'a: \"b\"'"
    assert quoted("a: \"b\" 'c'") == '"a: \\"b\\" \'c\'"'


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.01, 1), (0.9, 2), (1.5, 2), (4.1, 10), (9.7, 20), (25, 60), (59, 120), (9999, 3600)],
)
def test_a_cycle_is_rounded_up_and_leaves_room(seconds: float, expected: float) -> None:
    assert rounded(seconds) == expected


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.5, "500ms"), (1, "1s"), (90, "90s"), (60, "1m"), (300, "5m"), (3600, "1h")],
)
def test_durations_are_written_as_people_do(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_failure_does_not_shorten_the_cycle() -> None:
    assert cycle(UNIT, Measured(0.2, 1)) == 10.0
    assert cycle(UNIT, Measured(0.2, 0)) == 1.0
    assert cycle(UNIT, Measured(40.0, 1)) == 60.0
    assert cycle(UNIT, None) == 10.0


def test_what_took_over_a_minute_gets_two_and_says_so() -> None:
    measured = {"unit": Measured(60.0, None)}
    text = write(Proposal((UNIT,)), measured)
    assert yaml.safe_load(text)["inner"]["unit"]["cycle"] == "2m"
    assert "took longer than a minute" in text


def test_the_file_says_what_was_found_and_what_came_of_it() -> None:
    measured = {"lint": Measured(0.3, 0), "unit": Measured(7.0, 1, "2 failed")}
    text = write(Proposal((UNIT, LINT)), measured)
    assert list(yaml.safe_load(text)["inner"]) == ["lint", "unit"]
    assert yaml.safe_load(text)["inner"]["lint"] == {
        "run": "ruff check {changed}",
        "fix": "ruff check --fix {changed}",
        "files": ["**/*.py", "!/docs/**"],
        "cycle": "1s",
    }
    assert "    cycle: 1s\n" in text
    assert "# ruff: configured in ruff.toml; here, it passed in 0.3 s" in text
    assert "# pytest: conftest.py; here, it failed in 7.0 s (exit 1)" in text


def test_the_header_is_three_lines_and_names_the_commands() -> None:
    head = write(Proposal((LINT,)), {}).partition("version:")[0]
    assert head.count("\n") == 3
    assert "`loop inner`" in head
    assert "`loop plan`" in head


@pytest.mark.parametrize(
    ("measured", "line"),
    [
        (None, "cycle: ~10s  # a guess, until it has passed here"),
        (Measured(0.2, 1), "cycle: ~10s  # a guess, until it has passed here"),
        (Measured(0.2, 0), "cycle: 1s"),
        (Measured(60.0, None), "cycle: 2m"),
    ],
)
def test_a_cycle_that_nobody_has_seen_is_marked(measured: Measured | None, line: str) -> None:
    text = write(Proposal((UNIT,)), {"unit": measured} if measured else {})
    assert f"    {line}\n" in text


def test_guesses_are_commented_and_read_well_once_uncommented() -> None:
    text = write(Proposal((LINT, TRAIN), ("Left out: this.",)), {})
    assert list(yaml.safe_load(text)["inner"]) == ["lint"]
    assert yaml.safe_load(uncommented(text))["inner"]["train"] == {
        "run": "python train.py # all: of it",
        "inputs": ["a, b.csv", "[x].csv"],
        "outputs": ["model.pkl"],
        "after": ["lint"],
        "cwd": "sub folder",
        "cycle": "~5m",
    }
    assert "  # Left out: this.\n" in text


def uncommented(text: str) -> str:
    """As somebody would who takes away the `# ` before every line of a loop."""
    active, _, offered = text.partition("  # Found, and not run")
    lines = offered.splitlines()
    mended = [
        line.replace("# ", "", 1) if line.startswith("  # ") and ":" in line else line
        for line in lines[1:]
        if not line.startswith("  # Left out")
    ]
    return active + "\n".join(mended) + "\n"


def test_a_second_kind_of_tests_that_is_empty_is_only_offered() -> None:
    measured = {"slow": Measured(0.4, 5), "unit": Measured(0.4, 5)}
    proposal = Proposal((UNIT, SLOW))
    assert list(yaml.safe_load(write(proposal, measured))["inner"]) == ["unit"]
    assert [row.name for row in table(proposal, measured)] == ["unit"]


def test_evidence_cannot_break_out_of_its_comment() -> None:
    odd = LINT._replace(why="a\nversion: 2\u2028x\x1b")
    assert yaml.safe_load(write(Proposal((odd,)), {}))["version"] == 1


def test_comments_fit_a_screen() -> None:
    wordy = LINT._replace(why="word " * 100)
    assert max(len(line) for line in write(Proposal((wordy,)), {}).splitlines()) <= 100


def test_the_table_gives_the_last_words_of_what_failed() -> None:
    rows = table(Proposal((LINT, UNIT)), {"unit": Measured(2.0, 1, "3 failed")})
    assert [tuple(row) for row in rows] == [
        ("lint", "~1s", "not measured"),
        ("unit", "~10s", "failed in 2.0 s (exit 1): 3 failed"),
    ]


def test_an_outcome_is_a_phrase() -> None:
    assert outcome(Measured(0.01, 0)) == "passed in under 0.1 s"
    assert outcome(Measured(1.0, 5)) == "found nothing to test in 1.0 s (exit 5)"
