"""Fix commands that are ended halfway, or fail: nothing of half a file is taken for mended."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from conftest import ended
from kept import kept

if TYPE_CHECKING:
    from conftest import Maker, Project

TEXT = "x=1\n# an hour of work\n"


@pytest.fixture
def torn(project: Maker) -> Project:
    """Two loops that fix; the first empties a file, and then does as `how.sh` says."""
    found = project(
        """
        one: {run: "grep -q work a.txt", fix: "sh fix.sh", cycle: 1s}
        two: {run: "true", fix: mark two, cycle: 2s}
        """,
        {"fix.sh": ": > a.txt\nmark one\n. ./how.sh\n", "how.sh": "exit 0\n", "a.txt": ""},
    )
    found.commit()
    found.write({"a.txt": TEXT})
    found.git("add", "-A")
    return found


@pytest.mark.parametrize(
    ("how", "code"),
    [("kill -INT $$", 130), ("kill -TERM $$", 143), ("kill -HUP $$", 129), ("kill -SEGV $$", 1)],
)
def test_nothing_is_taken_over_from_a_fix_that_was_ended(
    torn: Project, how: str, code: int
) -> None:
    torn.write({"how.sh": f"{how}\nsleep 9\n"})
    torn.git("add", "-A")
    before = kept(torn.root, torn.env)

    done = torn.run("fix", "--staged").fails(code)

    done.warns("nothing is taken over")
    assert kept(torn.root, torn.env) == before
    assert torn.ran() == ["one"], "the second is not run either"


def test_a_fix_that_was_ended_is_not_walked_after(torn: Project) -> None:
    torn.write({"how.sh": "kill -INT $$\nsleep 9\n"})

    done = torn.run("fix", "one", "two").fails(130)

    done.warns("fix one: ended by a signal (killed by SIGINT)")
    assert "green" not in done.out
    assert torn.ran() == ["one"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_who_is_told_to_end_runs_no_other_fix_whatever_the_first_says(
    torn: Project, number: signal.Signals
) -> None:
    torn.write({"how.sh": "trap 'exit 0' INT TERM HUP\nwhile :; do sleep 0.05; done\n"})
    torn.git("add", "-A")
    before = kept(torn.root, torn.env)
    process = torn.start("fix", "--staged")
    torn.underway("one")

    os.kill(process.pid, number)

    ended(process).fails(128 + number)
    assert kept(torn.root, torn.env) == before
    assert torn.ran() == ["one"]


def test_what_is_left_of_a_file_by_a_fix_that_failed_is_for_a_person_to_see(torn: Project) -> None:
    torn.write({"how.sh": "exit 1\n"})
    torn.git("add", "-A")
    before = kept(torn.root, torn.env)

    torn.run("fix", "--staged").fails(1).warns("left for you: a.txt", "git apply --cached")

    assert kept(torn.root, torn.env) == before


def test_a_fix_that_empties_a_file_on_purpose_does(torn: Project) -> None:
    done = torn.run("fix", "--staged").fails(1)

    done.prints("fixed 1 file: a.txt", "one", "FAILED")
    assert (torn.root / "a.txt").read_text() == ""
    assert torn.git("show", ":a.txt") == ""


def test_what_is_staged_is_checked_when_it_is_fixed(project: Maker) -> None:
    found = project("lint: {run: 'grep -q ok a.txt', fix: 'echo ok > a.txt', cycle: 1s}")
    found.write({"a.txt": ""}).commit()
    found.write({"a.txt": "bad"})
    found.git("add", "-A")

    found.run("fix", "--staged").ok().prints("fixed 1 file: a.txt", "lint", "passed")

    found.run("fix", "--staged").ok().prints("no fix changes anything", "passed before")


@pytest.mark.parametrize("form", ["plain", "agent"])
def test_what_a_hook_advises_is_about_what_is_staged(project: Maker, form: str) -> None:
    found = project("lint: {run: 'grep -q ok a.txt', fix: 'echo ok > a.txt', cycle: 1s}")
    found.write({"a.txt": "bad"}).git("add", "-A")

    done = found.run("hook", "run", "pre-commit", env={"LOOP_AGENT": str(int(form == "agent"))})

    done.fails(1)
    assert "loop fix --staged" in done.out
    assert "loop fix lint" not in done.out + done.err
    assert "loop inner" not in done.out


def test_with_a_locked_index_nothing_is_taken_over(torn: Project) -> None:
    (torn.root / ".git/index.lock").touch()
    before = kept(torn.root, torn.env)

    torn.run("fix", "--staged").fails(2).warns("git's index is locked by", ".git/index.lock")

    assert kept(torn.root, torn.env) == before


def test_a_fix_that_cannot_be_started_is_no_success(project: Maker) -> None:
    found = project("lint: {run: 'false', fix: nosuch --fix, cycle: 1s}", {"a.txt": ""}).commit()

    found.run("fix", "--staged").fails(1).warns("no such program", "fix lint: exit 127")


def test_an_older_patch_does_not_stay(project: Maker) -> None:
    found = project("lint: {run: 'true', fix: 'echo ok > a.txt', cycle: 1s}", {"a.txt": "1"})
    found.commit()
    found.write({"a.txt": "2"})
    found.run("fix", "--staged").fails(1)
    assert (found.root / ".loop/fix.patch").exists()
    found.git("add", "-A")

    found.run("fix", "--staged").ok()

    assert not (found.root / ".loop/fix.patch").exists()


def test_what_is_secret_in_loops_yaml_is_not_kept_beside_it(project: Maker) -> None:
    found = project(
        """
        version: 1
        secrets: [TOKEN]
        env: {TOKEN: hush-hush-hush}
        inner: {a: {run: "true", cycle: 1s}}
        """
    )
    found.run("inner").ok()
    kept_bytes = [path.read_bytes() for path in (found.root / ".loop").rglob("*") if path.is_file()]

    assert not any(b"hush-hush-hush" in one for one in kept_bytes)
