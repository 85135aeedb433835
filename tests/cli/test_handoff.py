"""What is handed over to the outer loop, and when a receipt may point to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conftest import Project

if TYPE_CHECKING:
    from conftest import Maker, Project


def handed(p: Project) -> dict[str, object]:
    said = json.loads((p.root / ".loop/handoff.json").read_text())
    assert isinstance(said, dict)
    return said


def test_the_receipt_answers_only_while_the_handoff_is_this_walks(project: Maker) -> None:
    found = project("lint: {run: mark lint, cycle: 1s}\nunit: {run: mark unit, cycle: 2s}")
    found.sealed()
    assert handed(found)["complete"] is True
    found.run("inner", "lint").ok()
    assert handed(found)["complete"] is False

    found.run("inner").ok().prints("Ready for the outer loop")

    assert handed(found)["complete"] is True


def test_the_receipt_answers_only_for_the_commit_it_was_of(project: Maker) -> None:
    found = project(files={"a.py": "1"}).commit()
    found.sealed()
    found.git("commit", "--allow-empty", "-qm", "more")

    found.run("inner").ok()

    assert handed(found)["commit"] == found.git("rev-parse", "HEAD")


def test_partly_green_is_never_handed_over_as_green(project: Maker) -> None:
    found = project("lint: {run: mark lint, cycle: 1s}\nunit: {run: mark unit, cycle: 1m}")

    found.run("inner", "--budget", "2s").ok().prints("partly green", "unit")

    assert handed(found)["verdict"] == "partly green"
    assert handed(found)["complete"] is False
    assert not found.receipts()


def test_a_command_line_with_effects_of_its_own_has_no_receipt(project: Maker) -> None:
    found = project().commit()
    for words in (["--force"], ["-m", "why"], ["--format", "jsonl"], ["--since", "HEAD"]):
        for _ in range(2):
            found.run("inner", *words).ok()

    assert not found.receipts()
