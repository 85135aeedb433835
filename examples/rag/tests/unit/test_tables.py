"""Tables: how they are parsed, and what labels mean.

Whether the right column is read is an ability rather than a function: `cases/` tries it, on the
tables of the documents.
"""

from __future__ import annotations

import pytest

from rag import ProblemError, tables
from rag.tables import Cell, Table
from rag.words import Language, terms

HOURS = Table(
    ("Day", "Hours"), (("Monday–Wednesday", "10–17"), ("Friday", "10–16"), ("Sunday", "closed"))
)


def test_a_table_is_parsed() -> None:
    text = "| Day | Hours |\n|:--|---:|\n| Monday–Wednesday | 10–17 |\n| Sunday | closed |\n"
    assert tables.parse(text) == Table(HOURS.header, (HOURS.rows[0], HOURS.rows[2]))


def test_a_row_of_another_width_is_refused() -> None:
    with pytest.raises(ProblemError, match=r"3 cells in .*'17'.*, and 2 in the header"):
        tables.parse("| Day | Hours |\n|---|---|\n| Monday | 10 | 17 |")


@pytest.mark.parametrize("text", ["", "| Day |", "| Day |\n| Monday |"])
def test_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(ProblemError, match="no table"):
        tables.parse(text)


@pytest.mark.parametrize(
    ("label", "spoken", "meant"),
    [
        ("Tuesday–Thursday", "en", "Tuesday Wednesday Thursday"),
        ("June to August", "en", "June July August"),
        ("mandag-onsdag", "da", "mandag tirsdag onsdag"),
        ("Weekends", "en", "weekend Saturday Sunday"),
        ("10–17", "en", "10 17"),
        ("from here to there", "en", ""),
        ("the road to town", "en", "road town"),
    ],
)
def test_a_label_means_what_is_between_too(label: str, spoken: Language, meant: str) -> None:
    assert tables.meaning(label, spoken) == set(terms(meant, spoken))


def test_a_word_that_many_labels_have_counts_for_less() -> None:
    labels = [frozenset({"grey", "seal"}), frozenset({"harbour", "seal"})]
    assert tables.told_apart(frozenset({"grey", "seal"}), labels) == [
        {"grey": 1.0, "seal": 0.5},
        {"seal": 0.5},
    ]


def test_a_row_is_found_by_its_label() -> None:
    found = tables.lookup(HOURS, "What are the hours on Tuesday?", "en")
    assert found == Cell("Monday–Wednesday", "Hours", "10–17")
    assert found.whole == "Monday–Wednesday, Hours: 10–17"


def test_no_row_named_is_no_answer() -> None:
    assert tables.lookup(HOURS, "What are the hours?", "en") is None


def test_two_rows_named_are_no_answer() -> None:
    assert tables.lookup(HOURS, "What are the hours on Friday and Sunday?", "en") is None
