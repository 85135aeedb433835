"""No false pass, twice over: neither the ledger nor the receipt may miss a change.

Each case (see `changes_*.py`) makes what it needs, yields, and then changes one thing. Where it
yields, the walk is repeated until its receipt answers: had either of the two ways missed the
change, nothing would run afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import changes_files
import changes_left
import changes_listing
import changes_settings
import changes_tools
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Maker, Project

    Case = Callable[[Project], Iterator[None]]

FILES = {
    "src/a.py": "a = 1\n",
    "src/b.py": "b = 1\n",
    "docs/guide.md": "read me\n",
    ".gitignore": "*.log\nsecret/\n",
    "noise.log": "one\n",
}
MODULES = (changes_files, changes_listing, changes_settings, changes_tools, changes_left)
CASES = [
    value
    for module in MODULES
    for value in vars(module).values()
    if getattr(value, "__annotations__", {}).get("return") == "Iterator[None]"
]
EXPECTED = {
    "outputs_deleted": ["build"],
    "outputs_edited": ["build"],
    "out_folder_edited": ["prepare"],
    "out_folder_gains_a_file": ["train"],
    "out_folder_loses_a_file": ["prepare"],
    "out_folder_deleted": ["prepare"],
}
"""what has to run after the change, where it is not `unit`"""


def test_no_case_was_lost() -> None:
    assert len(CASES) == 80


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_a_change_is_never_missed(project: Maker, case: Case) -> None:
    found = project(files=FILES)
    story = case(found)
    next(story)
    found.sealed()

    assert next(story, "changed") == "changed"

    assert found.walked() == EXPECTED.get(case.__name__, ["unit"])


UNSTAGED = frozenset(
    {
        # What is ignored makes a difference to files alone that git does not have.
        *("gitignore_makes_a_file_disappear", "new_gitignore_below", "info_exclude_edited"),
        *("global_excludes_edited", "global_excludes_made", "global_excludes_pointed_elsewhere"),
        *("configured_excludes_edited", "git_settings_of_another_file_edited"),
        *("included_git_settings_edited", "linked_git_settings_edited"),
        # Of a repository inside, its commit is staged, and not what stands there.
        *("submodule_edited", "new_file_in_a_submodule"),
        *("nested_repository_edited", "nested_repository_gains_a_file"),
    }
)
"""changes that `git add` does not take up, so that what is staged is what was proven"""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_a_commit_is_never_taken_for_another_than_was_proven(project: Maker, case: Case) -> None:
    found = project(files=FILES)
    found.git("add", "-A")
    story = case(found)
    next(story)
    found.sealed()
    found.git("add", "-A")
    found.run("hook", "run", "pre-commit").ok()
    found.ran()

    assert next(story, "changed") == "changed"

    found.git("add", "-A")
    found.run("hook", "run", "pre-commit")
    expected = EXPECTED.get(case.__name__, ["unit"])
    assert found.ran() == ([] if case.__name__ in UNSTAGED else expected)
