from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from innerloop.core.errors import LoopError
from innerloop.system import git

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with a commit of `a`, and `b` untracked."""
    place = tmp_path / "root"
    make(place)
    (place / "b").write_text("b")
    return place


def make(place: Path) -> None:
    place.mkdir(parents=True)
    (place / "a").write_text("a")
    ask(place, "init", "-q")
    ask(place, "add", "a")
    ask(place, "commit", "-qm", "one")


def ask(place: Path, *words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=place, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_what_git_calls_local_is_all_removed(root: Path) -> None:
    assert set(ask(root, "rev-parse", "--local-env-vars").split()) <= git.REPOSITORY_VARIABLES


def test_only_what_points_at_a_repository_is_removed() -> None:
    kept = {"GIT_AUTHOR_NAME": "Ada", "GIT_SSH_COMMAND": "ssh", "PATH": "/bin"}
    gone = {"GIT_DIR": "x", "GIT_CONFIG_KEY_0": "x", "GIT_CONFIG_VALUE_0": "x"}

    assert git.without_repository({**kept, **gone}) == kept


def test_the_repository_is_found_from_below(root: Path) -> None:
    (root / "deep/down").mkdir(parents=True)

    assert git.repository(f"{root}/deep/down") == str(root)
    assert git.repository(str(root.parent)) == ""


def test_tracked_and_addable_files_are_listed(root: Path) -> None:
    (root / ".gitignore").write_text("*.log\n")
    (root / "c.log").write_text("")
    (root / "new\nname").write_text("")

    assert sorted(git.listed(str(root)).paths) == [".gitignore", "a", "b", "new\nname"]


def test_paths_are_seen_from_the_folder_and_only_below_it(root: Path) -> None:
    (root / "sub").mkdir()
    (root / "sub/c").write_text("")

    assert git.listed(f"{root}/sub").paths == ("c",)


def test_an_unmerged_path_is_listed_once(root: Path) -> None:
    main = ask(root, "branch", "--show-current")
    ask(root, "checkout", "-qb", "other")
    for branch, text in (("other", "1"), (main, "2")):
        ask(root, "checkout", "-q", branch)
        (root / "a").write_text(text)
        ask(root, "commit", "-qam", branch)
    subprocess.run(["git", "merge", "-q", "other"], cwd=root, check=False, capture_output=True)
    assert ask(root, "ls-files", "--unmerged")

    assert git.listed(str(root)).paths.count("a") == 1


def test_promises_in_the_index_hide_nothing(root: Path) -> None:
    ask(root, "update-index", "--assume-unchanged", "a")
    (root / "c").write_text("")
    ask(root, "add", "c")
    ask(root, "update-index", "--skip-worktree", "c")

    assert sorted(git.listed(str(root)).paths) == ["a", "b", "c"]


def test_a_new_file_is_seen_whatever_a_monitor_says(root: Path) -> None:
    ask(root, "add", "b")
    ask(root, "commit", "-qm", "two")
    monitor = root.parent / "monitor"
    monitor.write_text("#!/bin/sh\nprintf 'token\\0'\n")
    monitor.chmod(0o755)
    ask(root, "config", "core.untrackedCache", "true")
    ask(root, "config", "core.fsmonitor", str(monitor))
    ask(root, "config", "core.fsmonitorHookVersion", "2")
    ask(root, "status")
    ask(root, "status")
    (root / "new").write_text("")
    assert "new" not in ask(root, "status", "--short"), "the monitor is believed by others"

    assert "new" in git.listed(str(root)).paths
    assert git.head(git.head_asked(str(root))).dirty


def test_repositories_inside_are_named(root: Path) -> None:
    make(root / "clone")
    make(root.parent / "library")
    local = ("-c", "protocol.file.allow=always")
    ask(root, *local, "submodule", "add", "-q", f"{root.parent}/library", "lib")

    found = git.listed(str(root))

    assert sorted(found.nested) == ["clone", "lib"]
    assert not {path for path in found.paths if path.startswith(("clone", "lib"))}


def test_a_repository_of_longer_digests_is_told(tmp_path: Path) -> None:
    place = tmp_path / "long"
    place.mkdir()
    ask(place, "init", "-q", "--object-format=sha256")
    (place / "a").write_text("a")
    ask(place, "add", "a")

    assert git.listed(str(place)).sha256


def test_a_broken_repository_is_an_error_with_gits_words(root: Path) -> None:
    (root / ".git/index").write_bytes(b"nonsense")

    with pytest.raises(LoopError, match="git ls-files failed"):
        git.listed(str(root))


def test_ignored_whether_or_not_they_are_tracked(root: Path) -> None:
    (root / "data").mkdir()
    (root / ".gitignore").write_text("data/\na\n")

    assert git.ignored(str(root), ["a", "b", "data", "data/deep"]) == {"a", "data", "data/deep"}
    assert git.ignored(str(root), []) == frozenset()


def test_what_changed_since_a_commit_includes_what_is_new(root: Path) -> None:
    ask(root, "mv", "a", "moved")

    assert git.changed_since(str(root), "HEAD") == {"a", "moved", "b"}


def test_a_commit_that_is_not_there(root: Path) -> None:
    with pytest.raises(LoopError, match="no commit called 'v1'") as caught:
        git.changed_since(str(root), "v1")

    assert "unshallow" in caught.value.hint


@pytest.mark.parametrize("dirty", [False, True])
def test_where_head_stands(root: Path, dirty: bool) -> None:  # noqa: FBT001 - a parameter of the test
    if not dirty:
        (root / "b").unlink()

    head = git.head(git.head_asked(str(root)))

    assert head.commit == ask(root, "rev-parse", "HEAD")
    assert head.tree == ask(root, "rev-parse", "HEAD^{tree}")
    assert head.branch == "main"
    assert head.dirty is dirty


def test_before_the_first_commit_and_off_every_branch(root: Path, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    ask(tmp_path / "new", "init", "-q")
    assert git.head(git.head_asked(f"{tmp_path}/new"))[:2] == ("", "")

    ask(root, "checkout", "-q", "--detach")

    assert git.head(git.head_asked(str(root))).branch == ""


def test_asking_writes_nothing(root: Path) -> None:
    os.utime(root / "a")
    before = (root / ".git/index").stat()

    git.listed(str(root))
    git.head(git.head_asked(str(root)))

    after = (root / ".git/index").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_all_that_decides_what_is_listed_is_named(root: Path, nobody: Path) -> None:
    ask(root, "config", "core.excludesFile", "~/excludes")
    ask(root, "config", "include.path", "more")

    named = git.rule_files(str(root))

    assert {
        f"{root}/.git/index",
        f"{root}/.git/info/exclude",
        f"{root}/.git/config",
        f"{root}/.git/more",
        f"{root}/.git/HEAD",
        f"{nobody}/.gitconfig",
        f"{nobody}/.config/git/ignore",
        f"{nobody}/excludes",
    } <= set(named)


def test_the_index_of_a_linked_worktree_is_its_own(root: Path) -> None:
    ask(root, "worktree", "add", "-q", f"{root.parent}/linked")

    named = git.rule_files(f"{root.parent}/linked")

    assert f"{root}/.git/worktrees/linked/index" in named
    assert f"{root}/.git/info/exclude" in named
