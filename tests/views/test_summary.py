from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shown import RESULTS, RUN, UNIT, came, ran
from sited import Left

from innerloop.core.model import Outcome, Verdict
from innerloop.views.summary import escaped, fenced, summary

LIMIT = 900_000
PARTLY = RUN._replace(verdict=Verdict.PARTLY)


def test_which_ran_and_which_did_not() -> None:
    said = summary(RUN, Left().site)

    assert (
        "4 ran (typecheck, unit, prose, behavioural), 1 had passed before (lint), "
        "1 deferred (eval), 1 skipped (format)"
    ) in said
    assert "developer" not in said, "where nobody knows of it, nothing is said of it"


def test_the_developers_side_where_it_is_known() -> None:
    site = Left().site._replace(before={"unit": "deferred"})
    rows = [line.split(" | ") for line in summary(RUN, site).splitlines() if line.startswith("| ")]

    assert rows[0][2] == "on the developer's side"
    assert [row[2] for row in rows if row[0] == "| unit"] == ["deferred"]
    assert [row[2] for row in rows if row[0] == "| lint"] == [""]
    assert {len(row) for row in rows} == {5}


def test_the_failure_that_counts_is_shown_though_another_came_first() -> None:
    said = summary(RUN, Left().site)

    assert "**unit: pytest -q tests/unit**" in said
    assert said.count("assert 1 == 2") == 1
    assert "\x1b" not in said


def test_one_that_is_not_required_is_shown_where_there_is_no_other() -> None:
    assert "**prose: vale docs**" in summary(PARTLY._replace(results=(RESULTS[4],)), Left().site)


def test_without_a_failure_there_is_no_log() -> None:
    run = RUN._replace(results=RESULTS[1:2], verdict=Verdict.GREEN, complete=True)

    assert "```" not in summary(run, Left().site)


def test_a_long_log_is_cut_from_a_whole_line_on() -> None:
    log = "".join(f"line {n}\n" for n in range(100_000))
    said = summary(RUN, Left().site._replace(log=lambda _path: log))

    assert len(said) < 25_000
    assert "[cut: this is the end of it]\nline 9" in said
    assert "line 99999\n```\n" in said


def test_it_never_takes_more_than_there_is_room_for() -> None:
    results = tuple(
        ran(UNIT._replace(name=f"unit-{n}"), Outcome.FAILED, "æ" * 300) for n in range(5000)
    )
    run = RUN._replace(results=results)
    for room in (LIMIT, 50_000, 2000, 300, 10, -5):
        said = summary(run, Left().site._replace(room=lambda room=room: room))  # type: ignore[misc]
        assert len(said.encode()) <= max(room, 0)
    whole = summary(run, Left().site)
    assert "| … |" in whole
    assert len(whole) > 100_000


def test_a_fence_is_longer_than_any_in_the_log() -> None:
    assert fenced("a\n```\nb") == "````text\na\n```\nb\n````\n"
    assert fenced("") == "```text\n```\n"


@given(st.text(alphabet="`~ab\n"))
def test_nothing_ends_a_fence_but_its_own_end(text: str) -> None:
    lines = fenced(text).split("\n")
    fence = lines[0].removesuffix("text")

    assert [line for line in lines[1:] if line.strip().startswith(fence)] == [fence]


MARKDOWN = "a|b*c_d`e[f](g)<h>&i\\j#1 @k $l$ ~m~"


def test_a_cell_says_what_it_was_given() -> None:
    said = summary(PARTLY._replace(results=(came(UNIT, Outcome.SKIPPED, MARKDOWN),)), Left().site)
    row = next(line for line in said.splitlines() if line.startswith("| unit"))

    assert len(re.findall(r"(?<!\\)\|", row)) == 5
    assert not re.search(r"(?<!\\)[*_`\[\]<>$~#@]", row)


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "\x1b[31mx"])
def test_a_cell_is_one_line(text: str) -> None:
    said = summary(PARTLY._replace(results=(came(UNIT, Outcome.SKIPPED, text),)), Left().site)

    assert [line for line in said.splitlines() if line.startswith("| unit")]
    assert "\x1b" not in said


@given(st.text(alphabet="\\`*_[]|<>&#$@~ab"))
def test_what_is_escaped_reads_as_it_was(text: str) -> None:
    shown = re.sub(r"\\([^A-Za-z0-9\s])", r"\1", escaped(text))
    shown = shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert shown == text
