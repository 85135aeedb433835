"""loop inner: fastest to slowest, stop at the first failure, and say it well."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from conftest import LOOP, ended

if TYPE_CHECKING:
    from conftest import Maker

THREE = """
slow: {run: mark slow, cycle: 1m}
unit: {run: mark unit, cycle: 5s}
lint: {run: mark lint, cycle: 1s}
"""


def test_it_walks_from_fastest_to_slowest(project: Maker) -> None:
    found = project(THREE)

    found.run("inner").ok().quiet().prints("green: 3 loops passed", ".loop/handoff.json")

    assert found.ran() == ["lint", "unit", "slow"]


def test_it_stops_at_the_first_failure_and_shows_it_whole(project: Maker) -> None:
    found = project(THREE)
    found.breaks("unit")

    found.run("inner").fails(1).prints("unit is broken", "red: unit failed", "skipped")

    assert found.ran() == ["lint", "unit"]


def test_keep_going_goes_on_and_fails_all_the_same(project: Maker) -> None:
    found = project(THREE)
    found.breaks("unit")

    found.run("inner", "--keep-going").fails(1)

    assert found.ran() == ["lint", "unit", "slow"]


def test_a_name_means_it_and_what_it_comes_after(project: Maker) -> None:
    found = project(
        """
        lint: {run: mark lint, cycle: 1s}
        build: {run: mark build, cycle: 9s}
        unit: {run: mark unit, cycle: 5s, after: [build]}
        """
    )

    assert found.walked("unit") == ["build", "unit"]
    assert found.walked() == ["lint"]


def test_what_comes_after_a_failure_does_not_run(project: Maker) -> None:
    found = project(
        """
        build: {run: mark build, cycle: 1s, required: false}
        unit: {run: mark unit, cycle: 5s, after: [build]}
        """
    )
    found.breaks("build")

    found.run("inner").prints("not required", "comes after build")

    assert found.ran() == ["build"]
    assert not found.receipts()


def test_until_and_budget_and_force(project: Maker) -> None:
    found = project(THREE)

    assert found.walked("--until", "unit") == ["lint", "unit"]
    assert found.walked("--force", "--until", "lint") == ["lint"]
    found.run("inner", "--budget", "10s").ok().prints("green")
    assert found.ran() == ["slow"], "the first that runs always does"


def test_since_leaves_out_what_did_not_change(project: Maker) -> None:
    found = project(
        "a: {run: mark a, cycle: 1s, inputs: [a.py]}\nb: {run: mark b, cycle: 2s, inputs: [b.py]}",
        {"a.py": "1", "b.py": "1"},
    ).commit()
    found.write({"b.py": "2"})

    found.run("inner", "--since", "HEAD").ok().warns("a: nothing changed since HEAD")

    assert found.ran() == ["b"]


def test_since_a_commit_that_is_not_there_is_an_error(project: Maker) -> None:
    found = project().commit()

    found.run("inner", "--since", "v9").fails(2).warns("no commit called 'v9'", "unshallow")

    assert found.ran() == []


def test_since_sees_what_is_new_and_untracked(project: Maker) -> None:
    found = project("b: {run: mark b, cycle: 2s, inputs: ['*.py']}").commit()
    found.git("checkout", "-q", "--detach")
    found.write({"new.py": "2"})

    assert found.walked("--since", "HEAD") == ["b"]


def test_two_at_once_within_a_walk(project: Maker) -> None:
    found = project("a: {run: mark a, cycle: 1s}\nb: {run: mark b, cycle: 2s}")
    found.hold("a")
    found.hold("b")
    process = found.start("inner", "--jobs", "2")
    found.underway("a")
    found.underway("b")
    found.release("b")
    found.release("a")

    ended(process).ok()


def test_a_glob_that_matches_nothing_is_a_warning(project: Maker) -> None:
    found = project("unit: {run: mark unit, cycle: 1s, inputs: ['*.py', '*.rs']}", {"a.py": ""})

    found.run("inner").ok().warns("unit: '*.rs' matches no file")


def test_an_input_that_comes_from_another_loop_is_read_when_it_is_there(project: Maker) -> None:
    found = project(
        """
        build: {run: 'mark build && cp a.py built', cycle: 1s, inputs: [a.py], outputs: [built]}
        use: {run: 'mark use && cat built', cycle: 2s, inputs: [built], after: [build]}
        """,
        {"a.py": "1", ".gitignore": "built\n"},
    )
    assert found.sealed() == ["build", "use"]
    found.write({"a.py": "2"})

    assert found.walked() == ["build", "use"]
    assert found.walked() == []


def test_the_out_folder_of_the_pass_on_this_content_is_handed_on(project: Maker) -> None:
    found = project(
        """
        prepare: {run: 'mark prepare && cp a.py {out}/x', cycle: 1s, inputs: [a.py]}
        use: {run: 'mark use && cmp a.py {out.prepare}/x', cycle: 2s, inputs: [a.py]}
        """,
        {"a.py": "1"},
    )
    for text in ("1", "2", "1"):
        found.write({"a.py": text})
        found.run("inner", "--force", "use").ok()


def test_git_of_a_hook_does_not_reach_the_children(project: Maker) -> None:
    found = project("unit: {run: 'cd .. && mkdir -p x && cd x && git init -q .', cycle: 1s}")
    found.commit()
    before = found.git("rev-parse", "HEAD")
    leaked = {"GIT_DIR": f"{found.root}/.git", "GIT_INDEX_FILE": f"{found.root}/.git/index"}

    found.run("inner", env={**leaked, "GIT_WORK_TREE": str(found.root), "GIT_PREFIX": ""}).ok()

    assert (found.place / "x/.git").is_dir()
    assert found.git("rev-parse", "HEAD") == before
    assert found.git("config", "core.bare") == "false"


def test_git_variables_that_point_elsewhere_change_nothing(project: Maker) -> None:
    found = project(files={"a.py": "1"})
    other = found.place / "other"
    other.mkdir()
    found.git("init", "-q", cwd=other)
    assert found.walked() == ["unit"]
    leaked = {"GIT_DIR": f"{other}/.git", "GIT_WORK_TREE": str(other)}
    found.run("inner", env=leaked).ok()
    assert found.ran() == []
    found.write({"a.py": "2"})

    found.run("inner", env=leaked).ok()

    assert found.ran() == ["unit"]


def test_a_linked_worktrees_git_does_not_reach_the_children(project: Maker) -> None:
    found = project("unit: {run: 'cd .. && mkdir -p x && cd x && git init -q .', cycle: 1s}")
    found.commit()
    found.git("worktree", "add", "-q", str(found.place / "linked"))
    found.root = found.place / "linked"

    found.run("inner", env={"GIT_DIR": f"{found.place}/project/.git/worktrees/linked"}).ok()

    assert (found.place / "x/.git").is_dir()


@pytest.mark.parametrize("words", [["inner"], ["history"], ["plan"]], ids=" ".join)
def test_whoever_reads_us_may_go_away(project: Maker, words: list[str]) -> None:
    found = project("\n".join(f"l{n}: {{run: mark l{n}, cycle: 1s}}" for n in range(9)))
    found.sealed()
    reader, writer = os.pipe()
    os.close(reader)

    done = subprocess.run(
        [*LOOP, *words],
        cwd=found.root,
        env=found.env,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )

    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_walk_whose_reader_goes_away_leaves_nothing_running(project: Maker) -> None:
    found = project("a: {run: mark a, cycle: 1s}\nb: {run: mark b, cycle: 2s}")
    found.hold("a")
    process = found.start("inner")
    found.underway("a")
    assert process.stdout is not None
    process.stdout.close()
    found.release("a")

    process.wait(10)

    assert process.returncode == 141
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()
    assert found.ran() == ["a"]
