"""Cases: what a line says, and what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from rag import ProblemError, cases
from rag.cases import ABILITIES, Case

if TYPE_CHECKING:
    from pathlib import Path

GOOD: dict[str, Any] = {"id": "a", "test": "MFT", "lang": "da", "asked": ["?"], "expect": "x"}


def folder(tmp_path: Path, *lines: object) -> Path:
    """A folder of cases, those of retrieval being these."""
    for ability in ABILITIES:
        (tmp_path / f"{ability}.jsonl").write_text("")
    (tmp_path / "retrieval.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return tmp_path


def test_a_line_is_a_case(tmp_path: Path) -> None:
    assert cases.read(folder(tmp_path, GOOD)) == [
        Case("a", "retrieval", "MFT", "da", ("?",), (), "x", "", "")
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"test": "XYZ"}, "the test is one of MFT, INV, DIR"),
        ({"lang": "sv"}, "the language is one of en, da"),
        ({"asked": "?"}, "is not a case"),
        ({"asked": []}, "is not a case"),
        ({"changed": [["!"]]}, "MFT has nothing changed"),
        ({"test": "INV"}, "INV something"),
        ({"test": "INV", "changed": [["!"]]}, "INV expects nothing of its own"),
        ({"test": "DIR", "changed": [["!"], ["!!"]]}, "DIR one thing"),
        ({"expect": ""}, "and the others do"),
        ({"document": "en/ferry"}, "a document is named for tables"),
        ({"expects": "y"}, 'unknown key "expects"'),
    ],
)
def test_what_means_nothing_is_refused(
    change: dict[str, Any], problem: str, tmp_path: Path
) -> None:
    with pytest.raises(ProblemError, match=f"line 2.*{problem}"):
        cases.read(folder(tmp_path, GOOD, {**GOOD, "id": "b", **change}))


def test_two_cases_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match='two cases are called "a"'):
        cases.read(folder(tmp_path, GOOD, GOOD))


def test_what_an_evaluation_found_is_a_case_as_well(tmp_path: Path) -> None:
    for ability in cases.ABILITIES:
        (tmp_path / f"{ability}.jsonl").write_text("")
    line = {"id": "q", "ability": "retrieval", "test": "MFT", "lang": "en", "asked": ["Where?"]}
    (tmp_path / cases.FOUND).write_text(json.dumps(line | {"expect": "en/x", "from": "eval #3"}))

    (found,) = cases.read(tmp_path)

    assert (found.ability, found.expect) == ("retrieval", "en/x")
