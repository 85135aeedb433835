"""loop run NAME --at RUN: the very tree of a run, made again, and run there."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from conftest import ended

if TYPE_CHECKING:
    from conftest import Maker, Project

SAY = "cat *.txt sub/*.txt 2>/dev/null > {place}/said; ls -a > {place}/names; pwd > {place}/where"
UNIT = "unit: {run: say, cycle: 10s}"


@pytest.fixture
def one(project: Maker) -> Project:
    """A project whose loop tells what it was run on; run 1 was of changes."""
    found = project(UNIT, {"a.txt": "first\n", "b.txt": "b\n", ".gitignore": "*.csv\n"})
    found.program("say", SAY.format(place=found.place))
    found.commit()
    found.write({"a.txt": "second\n", "new.txt": "new\n"})
    found.run("inner").ok()
    found.write({"a.txt": "third\n"})
    (found.root / "new.txt").unlink()
    return found


def said(found: Project, name: str = "said") -> str:
    return (found.place / name).read_text()


def lineage(found: Project, run: str = "") -> Any:
    told = json.loads(found.run("show", *filter(None, [run]), "--json").ok().out)
    return told["lineages"][0]


def still(found: Project) -> tuple[str, ...]:
    """Everything of the repository that a run must leave alone."""
    objects = sorted(str(path) for path in (found.root / ".git").rglob("*"))
    # A plain `git status` may write the index.
    status = ("--no-optional-locks", "status", "--porcelain")
    asked = (status, ("for-each-ref",), ("worktree", "list"), ("stash", "list"))
    index = (found.root / ".git/index").read_bytes().hex()
    return (*map(str, objects), *(found.git(*words) for words in asked), index)


def test_the_tree_of_a_run_comes_back_whole_and_nothing_here_is_touched(one: Project) -> None:
    before = still(one)

    done = one.run("run", "unit", "--at", "1").ok()

    done.warns("unit as of #1, in ")
    assert said(one) == "second\nb\nnew\n"
    assert said(one, "where").strip() != str(one.root)
    assert still(one) == before
    assert (one.root / "a.txt").read_text() == "third\n"


def test_it_is_a_run_of_its_own_that_says_so_and_no_verdict_on_what_stands_here(
    one: Project,
) -> None:
    one.run("run", "unit", "--at", "#1", "-m", "to be sure").ok()

    one.run("history").ok().prints("(again, as of #1: to be sure)")
    one.run("show").ok().prints("why      again, as of #1: to be sure")
    assert lineage(one)["again"] == "1"
    assert {**lineage(one), "run": "1", "again": "", "branch": "main"} == lineage(one, "1")
    one.run("plan").ok().prints("run", "unit", "a.txt changed")


def test_a_run_of_a_commit_alone_has_no_changes_again(one: Project) -> None:
    one.git("checkout", "-q", ".")
    one.run("inner").ok()

    one.run("run", "unit", "--at", "2").ok()

    assert lineage(one)["dirty"] is False
    one.run("history", "-n", "1").ok().prints(f" {lineage(one)['commit'][:8]}  -  loop run")


def test_a_failure_then_does_not_take_back_the_pass_of_the_same_content(project: Maker) -> None:
    found = project("unit: {run: mark unit, cycle: 10s}", {"a.txt": "a\n"}).commit()
    found.run("inner").ok()
    found.breaks("unit")

    found.run("run", "unit", "--at", "1").fails(1)

    found.run("show").ok().prints("FAILED", "exit 1", "again, as of #1")
    found.run("plan").ok().prints("cached")


def test_what_is_ignored_and_left_from_an_earlier_time_is_not_there(one: Project) -> None:
    one.program("say", f"touch left.csv; {SAY.format(place=one.place)}")
    one.run("run", "unit", "--at", "1").ok()
    assert "left.csv" in said(one, "names")
    one.program("say", SAY.format(place=one.place))

    one.run("run", "unit", "--at", "1").ok()

    assert "left.csv" not in said(one, "names")


def test_the_same_patch_is_made_of_the_tree_that_was_made_again(one: Project) -> None:
    one.run("run", "unit", "--at", "1").ok()
    one.run("run", "unit", "--at", "2").ok()

    assert lineage(one, "1")["patch"] == lineage(one, "2")["patch"] == lineage(one, "3")["patch"]


# -- what is kept by digest alone ---------------------------------------------------------------


@pytest.fixture
def kept(project: Maker) -> Project:
    """Run 1 had data that git ignores, an environment file, and a large file of its own."""
    loops = "unit: {run: say, cycle: 10s, inputs: ['*.txt', data/train.csv, big.bin, .env]}"
    found = project(loops, {"a.txt": "a\n", ".gitignore": "data/\n.env\n"})
    found.program(
        "say", f"cat data/train.csv .env > {found.place}/said; ls -l > {found.place}/names"
    )
    found.commit()
    found.write({"data/train.csv": "1,2\n", ".env": "K=1\n", "a.txt": "b\n"})
    (found.root / "big.bin").write_bytes(bytes(2 << 20))
    found.run("inner").ok()
    return found


def test_what_is_still_the_same_is_taken_from_the_work_tree(kept: Project) -> None:
    kept.write({"a.txt": "c\n"})

    kept.run("run", "unit", "--at", "1").ok()

    assert said(kept) == "1,2\nK=1\n"
    assert str(2 << 20) in said(kept, "names")


@pytest.mark.parametrize(
    ("path", "why"),
    [("data/train.csv", "data/train.csv"), ("big.bin", "big.bin (over 1 MiB)"), (".env", ".env")],
)
def test_what_is_not_the_same_any_more_is_named_and_nothing_runs(
    kept: Project, path: str, why: str
) -> None:
    (kept.root / path).write_text("other\n")
    (kept.place / "said").unlink()

    kept.run("run", "unit", "--at", "1").fails(2).warns(
        f"run 1 cannot be made again: nobody has the content any more of {why}", "put it back"
    )

    assert not (kept.place / "said").exists()
    assert len(kept.run("history").ok().out.splitlines()) == 1


def test_what_was_taken_once_is_not_taken_for_a_run_that_had_other(kept: Project) -> None:
    kept.run("run", "unit", "--at", "1").ok()
    kept.write({"data/train.csv": "3,4\n"})
    kept.run("inner").ok()

    kept.run("run", "unit", "--at", "3").ok()
    assert said(kept) == "3,4\nK=1\n"
    kept.run("run", "unit", "--at", "1").fails(2).warns("data/train.csv")


def test_a_change_that_no_patch_knows_of_is_found_out(one: Project) -> None:
    one.write({"b.txt": "other\n"})
    one.git("update-index", "--skip-worktree", "b.txt")
    one.run("inner").ok()
    (one.root / "b.txt").unlink()
    one.run("inner").ok()

    one.run("run", "unit", "--at", "2").ok()
    assert "other" in said(one)
    # To git a file that it is told to skip, and is not there, is as it should be.
    one.run("run", "unit", "--at", "3").fails(2).warns("it did not have b.txt")


# -- what is gone -------------------------------------------------------------------------------


def test_a_patch_that_is_gone_or_damaged_is_told(one: Project) -> None:
    path = one.root / ".loop/patches" / lineage(one)["patch"]
    path.write_bytes(path.read_bytes()[:-10])
    one.run("run", "unit", "--at", "1").fails(2).warns("the patch", "cannot be read")
    one.run("show", "--patch").fails(2).warns("cannot be read")
    path.unlink()
    one.run("run", "unit", "--at", "1").fails(2).warns("the patch", "is gone")
    one.run("show").ok()


def test_a_commit_that_git_has_dropped_is_told(one: Project) -> None:
    one.git("commit", "-qam", "soon gone")
    gone = one.git("rev-parse", "HEAD")
    one.run("inner").ok()
    one.git("reset", "-q", "--hard", "HEAD~")
    one.git("reflog", "expire", "--expire=now", "--all")
    one.git("gc", "-q", "--prune=now")

    one.run("run", "unit", "--at", "2").fails(2).warns(f"the commit {gone[:12]} is not in this")
    one.run("show", "2").ok().prints(gone[:12])
    one.run("compare", "2").ok().prints("a.txt")
    one.run("run", "unit", "--at", "1").ok()


def test_a_run_that_is_no_run_and_one_without_lineage(one: Project) -> None:
    one.run("run", "unit", "--at", "9").fails(2).warns("there is no run 9")
    one.run("run", "unit", "--at", "x").fails(2).warns("'x' is not a run")
    one.run("run", "unit", "--at", "1", "--", "-x").fails(2).warns("takes no arguments")
    one.run("run", "lint", "--at", "1").fails(2).warns("has no lineage of 'lint'")


def test_outside_git(project: Maker) -> None:
    found = project("unit: {run: mark unit, cycle: 10s}", git=False)
    found.run("inner").ok()

    found.run("run", "unit", "--at", "1").fails(2).warns("cannot be made again outside git")


def test_before_the_first_commit(project: Maker) -> None:
    found = project(UNIT, {"a.txt": "first\n"})
    found.program("say", SAY.format(place=found.place))
    found.run("inner").ok()
    found.write({"a.txt": "second\n"})
    found.commit()

    found.run("run", "unit", "--at", "1").ok()

    assert said(found) == "first\n"


def test_what_another_loop_left_then_has_to_be_what_it_leaves_now(project: Maker) -> None:
    loops = """
    a: {run: 'says {out}', cycle: 10s, inputs: [a.txt]}
    b: {run: 'mark b {out.a}', cycle: 10s, inputs: [b.txt], after: [a]}
    """
    found = project(loops, {"a.txt": "a\n", "b.txt": "b\n"}).commit()
    found.program("says", f'cp {found.place}/weather "$1"')
    (found.place / "weather").write_text("sun")
    found.run("inner").ok()
    found.run("run", "b", "--at", "1").ok()
    (found.place / "weather").write_text("rain")
    found.run("inner", "a", "--force").ok()
    found.ran()

    done = found.run("run", "b", "--at", "1").fails(2)

    done.warns("{out.a} is not what it was", "loop run a --at 1")
    assert found.ran() == []


# -- whatever else there may be -----------------------------------------------------------------


def test_the_loop_is_the_one_of_then(one: Project) -> None:
    one.loops("other: {run: mark other, cycle: 1s}").commit()
    one.write({"a.txt": "fourth\n"})

    one.run("run", "unit", "--at", "1").ok()

    assert said(one) == "second\nb\nnew\n"


def test_packages_and_variables_that_differ_are_warned_of(project: Maker) -> None:
    found = project("unit: {run: mark unit, cycle: 10s, env_inputs: [MODE]}", {"a.txt": "a\n"})
    package = found.place / "lib/python3.11/site-packages/thing-1.0.dist-info"
    package.mkdir(parents=True)
    (package / "RECORD").write_text("1\n")
    found.commit()
    found.run("inner", env={"MODE": "fast", "VIRTUAL_ENV": str(found.place)}).ok()
    package.rename(package.with_name("thing-2.0.dist-info"))

    done = found.run(
        *("run", "unit", "--at", "1"), env={"MODE": "slow", "VIRTUAL_ENV": str(found.place)}
    ).ok()

    done.warns("its environment is not that of #1: thing 1.0 -> 2.0", "set for it", "MODE value ")


def test_a_project_below_the_top_of_its_repository(project: Maker) -> None:
    found = project(UNIT, {"a.txt": "first\n"}, git=False, root="repo/app")
    top = found.root.parent
    found.git("init", "-q", cwd=top)
    found.program("say", SAY.format(place=found.place))
    (top / "beside.txt").write_text("beside\n")
    found.git("add", "-A", cwd=top)
    found.git("commit", "-qm", "one", cwd=top)
    found.write({"a.txt": "second\n", "new.txt": "new\n"})
    found.run("inner").ok()
    found.git("checkout", "-q", ".")

    found.run("run", "unit", "--at", "1").ok()

    assert said(found) == "second\nnew\n"
    assert said(found, "where").strip().endswith("/tree/app")


def test_a_submodule_is_there_as_it_was(project: Maker) -> None:
    found = project(UNIT, {"a.txt": "a\n"})
    found.program("say", SAY.format(place=found.place))
    other = found.place / "other"
    other.mkdir()
    found.git("init", "-q", cwd=other)
    (other / "x.txt").write_text("one\n")
    found.git("add", "-A", cwd=other)
    found.git("commit", "-qm", "one", cwd=other)
    allowed = ("-c", "protocol.file.allow=always")
    found.git(*allowed, "submodule", "add", "-q", str(other), "sub")
    found.commit()
    found.run("inner").ok()
    (found.root / "sub/x.txt").write_text("two\n")
    found.run("inner").ok()
    found.git("commit", "-qam", "two", cwd=found.root / "sub")

    found.run("run", "unit", "--at", "1").ok()
    assert said(found) == "a\none\n"
    assert "a repository of its own" in lineage(found, "2")["note"]
    # Its content is the work tree's to give, as long as that has it.
    found.run("run", "unit", "--at", "2").ok()
    assert said(found) == "a\ntwo\n"
    (found.root / "sub/x.txt").write_text("three\n")
    found.run("run", "unit", "--at", "2").fails(2).warns("sub/x.txt")


def test_line_ends_as_they_were_on_disk(project: Maker) -> None:
    found = project(UNIT, {".gitattributes": "*.txt text eol=crlf\n"})
    found.program("say", SAY.format(place=found.place))
    (found.root / "a.txt").write_bytes(b"one\r\n")
    found.commit()
    (found.root / "a.txt").write_bytes(b"one\r\ntwo\r\n")
    found.run("inner").ok()
    (found.root / "a.txt").write_bytes(b"one\r\n")

    found.run("run", "unit", "--at", "1").ok()

    assert (found.place / "said").read_bytes() == b"one\r\ntwo\r\n"


def test_two_at_once_take_turns(one: Project) -> None:
    both = [one.start("run", "unit", "--at", "1") for _ in range(2)]

    codes = [ended(process).code for process in both]

    assert codes == [0, 0]
    assert said(one) == "second\nb\nnew\n"


def test_what_is_imported_comes_from_the_tree_of_then(project: Maker) -> None:
    found = project("unit: {run: python3 check.py, cycle: 10s}", {"app.py": "VALUE = 1\n"})
    found.write({"check.py": "import app\nprint('value', app.VALUE)\n"})
    (found.bin / "python3").unlink()
    (found.bin / "python3").symlink_to(str(shutil.which("python3")))
    found.commit()
    found.run("inner").ok()
    found.write({"app.py": "VALUE = 2\n"})

    found.run("run", "unit", "--at", "1").ok().prints("value 1")


def test_a_loop_that_leaves_numbers_is_kept_though_nothing_else_is_known(one: Project) -> None:
    with closing(sqlite3.connect(one.root / ".loop/history.db")) as connection, connection:
        connection.execute("UPDATE lineages SET ingredients = NULL")

    one.run("run", "unit", "--at", "1").fails(2).warns("is not known any more")
    one.run("show", "1/unit").ok().prints("inputs")


def test_the_copy_is_readable_by_its_owner_alone(one: Project) -> None:
    one.run("run", "unit", "--at", "1").ok()

    place = one.place / "home/.cache/innerloop/again"
    (folder,) = place.iterdir()
    assert os.stat(folder).st_mode & 0o077 == 0
    said_ = subprocess.run(["git", "-C", folder / "tree", "log"], check=False, capture_output=True)
    assert said_.returncode == 0


def test_what_may_not_be_spent_today_is_not_spent_on_a_run_of_then(project: Maker) -> None:
    loops = "version: 1\n{}inner:\n  unit: {{run: mark unit, cycle: 10s, cost: 2}}\n"
    found = project(loops.format(""), {"a.txt": "a\n"}).commit()
    found.run("run", "unit").ok()
    found.loops(loops.format("spend: {day: 3}\n"))

    found.run("run", "unit", "--at", "1").fails(2).warns("loop 'unit'", "raise 'spend'")

    assert found.ran() == ["unit"]
