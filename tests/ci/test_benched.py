"""Between the runs of a CI a benchmark only grows: what stood on the main branch says so."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from test_relay import jobs

from innerloop.config.build import build
from innerloop.core.errors import LoopError
from innerloop.system.ancestry import led_here
from innerloop.system.benched import accepted, base
from innerloop.system.benchmarks import shrunk

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Maker

pytestmark = pytest.mark.timeout(120)
LOOPS = """\
version: 1
inner: {unit: {run: mark unit, cycle: 1s}}
ci: {setup: [mark set-up]}
outer:
  release:
    qa: {loops: all}
    judge: {run: mark judge, benchmark: "bench/*.csv"}
"""
PLAIN = LOOPS.replace(', benchmark: "bench/*.csv"', "")
GLOBS = build(LOOPS.encode(), None)[0].outers[0].stages[1].benchmark


class History:
    """A branch that is written a commit at a time, in a project below the top."""

    def __init__(self, place: Path) -> None:
        self.root = place / "sub"
        self.root.mkdir()
        self.git("init", "-q", "-b", "main", str(place))
        self.commit({"loops.yaml": PLAIN, "bench/v1.csv": "a draft\n"})

    def git(self, *words: str) -> str:
        identity = ("-c", "user.name=ada", "-c", "user.email=ada@example.org")
        done = subprocess.run(
            ["git", *identity, *words], cwd=self.root, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self, files: dict[str, str | None]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(exist_ok=True)
            if text is None:
                path.unlink()
            else:
                path.write_text(text)
        self.git("add", "-A")
        self.git("commit", "-qm", "as it stands")

    def refused(self, upto: str = "HEAD") -> str:
        return shrunk(str(self.root), accepted(str(self.root), "judge measured", GLOBS, upto))


def test_a_version_that_stood_on_the_branch_is_not_rewritten_and_may_grow(tmp_path: Path) -> None:
    found = History(tmp_path)
    # What was no benchmark yet may have been anything.
    found.commit({"bench/v1.csv": "1\n"})
    found.commit({"loops.yaml": LOOPS})
    assert not found.refused()
    found.commit({"bench/v1.csv": "1\n2\n", "bench/v 2.csv": "1\n"})
    assert not found.refused()
    found.commit({"bench/v1.csv": "1\n3\n"})
    assert "'bench/v1.csv' was changed" in found.refused()
    # It stays refused, whatever comes behind it, until it is as it was.
    found.commit({"bench/v1.csv": "1\n3\n4\n", "other": "x"})
    assert "'bench/v1.csv' was changed" in found.refused()
    found.commit({"bench/v1.csv": "1\n2\n5"})
    assert not found.refused()
    found.commit({"bench/v1.csv": "1\n2\n55\n"})
    assert found.refused(), "a row that goes on is another one"
    found.commit({"bench/v1.csv": "1\n2\n5\n", "bench/v 2.csv": None})
    assert found.refused() == "'bench/v 2.csv' is gone, and was measured on"


def test_a_change_is_held_against_the_branch_it_goes_to_and_not_against_its_drafts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = History(tmp_path)
    found.commit({"loops.yaml": LOOPS, "bench/v1.csv": "1\n"})
    found.git("update-ref", "refs/remotes/origin/main", "HEAD")
    fork = found.git("rev-parse", "HEAD")
    found.git("checkout", "-q", "-b", "topic")
    found.commit({"bench/v2.csv": "a draft\n"})
    found.commit({"bench/v2.csv": "1\n"})
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    assert base(str(found.root)) == fork
    assert not found.refused(base(str(found.root)))
    found.commit({"bench/v1.csv": "2\n"})
    assert found.refused(base(str(found.root)))
    # Merged, it is one commit of the branch.
    found.commit({"bench/v1.csv": "1\n"})
    found.git("checkout", "-q", "main")
    found.git("merge", "-q", "--no-ff", "-m", "merged", "topic")
    assert not found.refused()
    found.commit({"bench/v2.csv": "2\n"})
    assert found.refused(), "it came with the merge"
    monkeypatch.setenv("CI_MERGE_REQUEST_DIFF_BASE_SHA", "a base")
    assert base(str(found.root)) == "a base"


def test_a_clone_without_its_history_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    found = History(tmp_path / "whole")
    found.commit({"loops.yaml": LOOPS})
    clone = tmp_path / "clone"
    found.git("clone", "-q", "--depth=1", f"file://{tmp_path}/whole", str(clone))
    with pytest.raises(LoopError, match="not the whole history"):
        accepted(str(clone / "sub"), "judge measured", GLOBS, "HEAD")
    # A commit that it lacks may have led to it; one that nobody lacks has not.
    before = found.git("rev-parse", "HEAD~1")
    assert led_here(str(clone), before)
    assert led_here(str(found.root), before)
    assert not led_here(str(found.root), "5f7e901f" * 5)


def test_a_job_with_a_journal_of_its_own_refuses_what_was_rewritten(project: Maker) -> None:
    found = jobs(project, LOOPS)
    found.project.write({"bench/v1.csv": "1\n2\n"}).commit()
    found.job("qa").ok()
    found.job("judge").ok()
    # Also where something lies about that is not committed.
    found.project.write({"bench/v1.csv": "1\n3\n"}).commit().write({"lies.txt": "about"})
    found.job("qa").ok()
    found.project.ran()
    found.job("judge").fails(1).prints("'bench/v1.csv' was changed since it was measured on")
    assert found.project.ran() == []
    (found.project.root / "lies.txt").unlink()
    found.project.write({"bench/v1.csv": "1\n2\n3\n"}).commit()
    found.job("qa").ok()
    found.job("judge").ok()
