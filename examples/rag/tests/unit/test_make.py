"""The maker of questions: true to the tables, and always the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rag import ProblemError, make, questions
from rag.make import Asked
from rag.tables import Table

if TYPE_CHECKING:
    from pathlib import Path

    from rag.documents import Document

FARES = Table(("Ticket", "Return"), (("Adult", "95 kr"), ("Child", "48 kr")))
WORDING = {
    "source": "en/ferry",
    "rows": {"Adult": "an adult", "Child": "a child"},
    "columns": {"Return": "What is a return for {row}?"},
    "then": "And for {row}?",
}


def test_a_cell_is_asked_for_and_followed_by_another() -> None:
    assert list(make.of_table(FARES, WORDING)) == [
        Asked("table", "What is a return for an adult?", (), "95 kr"),
        Asked("table", "What is a return for a child?", (), "48 kr"),
        Asked("follow-up", "And for a child?", ("What is a return for an adult?",), "48 kr"),
    ]


def test_a_cell_that_is_not_there_is_said() -> None:
    with pytest.raises(ProblemError, match=r"en/ferry: .*\('Walrus', 'Return'\)"):
        list(make.of_table(FARES, {**WORDING, "rows": {"Walrus": "a walrus"}}))


def test_some_are_always_the_same_and_in_their_order() -> None:
    every = [(str(n),) for n in range(20)]
    some = make.some(every, 5, "en/ferry")
    assert some == make.some(every, 5, "en/ferry") == sorted(some, key=every.index)
    assert some != make.some(every, 5, "en/mill")


def test_an_id_stays_when_others_join(texts: list[Document]) -> None:
    one = {"table": [], "follow-ups": {}, "facts": {"en/mill": [["Until when?", "1954"]]}}
    two = {**one, "facts": {"en/mill": [["What?", "rye"], ["Until when?", "1954"]]}}
    assert make.made(texts[1], one)[0] == make.made(texts[1], two)[1]


@pytest.fixture
def places(folder: Path, tmp_path: Path) -> list[str]:
    """Arguments that lead to a question about each document."""
    (tmp_path / "wording.toml").write_text(
        'table = []\n[follow-ups]\n[facts]\n"en/ferry" = [["How long?", "35 minutes"]]\n'
        '"en/mill" = [["Until when?", "1954"]]\n"da/fyret" = [["Hvor højt?", "28 meter"]]\n'
    )
    wording, out = str(tmp_path / "wording.toml"), str(tmp_path / "q.csv")
    return ["--documents", str(folder), "--wording", wording, "--out", out]


def test_what_is_made_is_as_it_was_made(places: list[str]) -> None:
    make.main(places)
    make.main([*places, "--check"])


def test_a_question_that_was_not_made_is_named(places: list[str], tmp_path: Path) -> None:
    make.main(places)
    made = questions.read(tmp_path / "q.csv")
    questions.write([made[0], made[1]._replace(question="And?"), made[2]], tmp_path / "q.csv")
    with pytest.raises(ProblemError, match=r'q\.csv, row 3: "And\?" is not what is made'):
        make.main([*places, "--check"])


@pytest.mark.parametrize("kept", [2, 4])
def test_one_too_few_or_too_many_is_found(kept: int, places: list[str], tmp_path: Path) -> None:
    make.main(places)
    made = questions.read(tmp_path / "q.csv")
    questions.write([*made, made[0]][:kept], tmp_path / "q.csv")
    with pytest.raises(ProblemError, match=f"has {kept} questions, and 3 are made"):
        make.main([*places, "--check"])


def test_a_document_that_nobody_asks_about_is_said(places: list[str], folder: Path) -> None:
    (folder / "en" / "seal.md").write_text("# The seal\n\nIt sleeps.\n")
    with pytest.raises(ProblemError, match="nothing is asked about en/seal"):
        make.main(places)
