from __future__ import annotations

import os
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from innerloop.core.errors import LoopError
from innerloop.system.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    place = tmp_path / "root"
    (place / ".loop/cache").mkdir(parents=True)
    (place / "a").write_text("a")
    return place


def init(place: Path) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "init", "-q"], cwd=place, check=True)
    return place


def tree(root: Path, *, write: bool = True) -> Tree:
    return Tree(str(root), f"{root}/.loop", write=write)


@pytest.mark.parametrize("git", [True, False], ids=["git", "no git"])
def test_caches_and_environments_are_left_out(root: Path, git: bool) -> None:  # noqa: FBT001 - a parameter of the test
    if git:
        init(root)
    for name in ("env/pyvenv.cfg", "env/lib/x", "__pycache__/x", "m.pyc", "sub/b"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")

    assert tree(root).paths() == ("a", "sub/b")


def test_without_git_what_is_ignored_counts(root: Path) -> None:
    (root / ".gitignore").write_text("a\n")

    assert tree(root).paths() == (".gitignore", "a")
    assert tree(root).ignored(["a"]) == frozenset()


def test_a_project_that_its_repository_ignores_is_listed_whole(root: Path) -> None:
    init(root.parent)
    (root.parent / ".gitignore").write_text("root/\n")

    found = tree(root)

    assert not found.in_git
    assert found.paths() == ("a",)


def test_repositories_inside_are_listed_too_and_theirs_in_turn(root: Path) -> None:
    init(root)
    for name in ("one", "one/two"):
        inner = init(root / name)
        (inner / "x").write_text("")
        (inner / "left.log").write_text("")
        (inner / ".gitignore").write_text("*.log\n")
        subprocess.run(["git", "add", "x"], cwd=inner, check=True)
        subprocess.run(["git", "commit", "-qm", "x"], cwd=inner, check=True)

    found = tree(root)

    assert found.paths() == ("a", "one/.gitignore", "one/two/.gitignore", "one/two/x", "one/x")
    assert found.nested == ("one", "one/two")


def test_it_looks_once_and_again_after_it_is_stale(root: Path) -> None:
    found = tree(root)
    before = (found.paths(), found.look("a"))
    (root / "a").write_text("b")
    (root / "b").write_text("b")
    assert (found.paths(), found.look("a")) == before

    found.stale()

    assert found.paths() == ("a", "b")
    assert found.look("a") != before[1]
    assert set(found.looked()) == {"a"}


def test_what_was_asked_for_and_is_not_there_is_remembered(root: Path) -> None:
    found = tree(root)

    assert found.look("gone") is None
    assert found.looked() == {"gone": None}


def test_folders_and_paths_that_decided_something_are_remembered(root: Path) -> None:
    (root / "data/deep").mkdir(parents=True)
    (root / "data/deep/x").write_text("")
    found = tree(root)

    assert found.scan("data") == ["data/deep/x"]
    assert found.scan(f"{root}/data") == [f"{root}/data/deep/x"]
    assert found.listdir("data") == ["deep"]
    assert found.listdir("nowhere") == []
    found.rests("/usr/bin/tool")

    expected = {"data", "data/deep", f"{root}/data", f"{root}/data/deep", "nowhere"}
    assert set(found.folders()) == {*expected, "/usr/bin/tool"}
    found.stale()
    assert found.folders() == ()


def test_it_knows_when_it_listed_by_the_filesystems_clock(root: Path) -> None:
    found = tree(root)
    assert found.listed() == 0
    before = (root / "a").stat().st_ctime_ns
    time.sleep(0.02)
    found.paths()
    time.sleep(0.02)
    (root / "b").write_text("")

    assert before < found.listed() < (root / "b").stat().st_ctime_ns
    found.stale()
    assert found.listed() == 0


def test_only_looking_writes_nothing(root: Path) -> None:
    found = tree(root, write=False)
    found.paths()
    found.look("a")

    assert os.listdir(root / ".loop/cache") == []


def test_a_file_read_too_soon_is_not_remembered_as_settled(root: Path) -> None:
    (root / "new").write_text("1")
    found = tree(root)

    entry = found.look("new")

    assert entry
    assert not entry.settled


def test_git_that_is_missing_is_a_warning_and_every_file_counts(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    init(root)
    monkeypatch.setenv("PATH", str(root))

    found = tree(root)

    assert found.warnings == ["git is not installed: every file here counts, ignored or not"]
    assert found.paths() == ("a",)


def test_a_repository_that_is_broken_is_an_error(root: Path) -> None:
    init(root)
    found = tree(root)
    (root / ".git/index").write_bytes(b"nonsense")

    with pytest.raises(LoopError, match="git ls-files failed"):
        found.paths()


def test_what_is_ignored_is_asked_again_after_it_is_stale(root: Path) -> None:
    init(root)
    (root / "data").mkdir()
    found = tree(root)
    assert found.ignored(["data"]) == frozenset()
    (root / ".gitignore").write_text("data/\n")

    found.stale()

    assert found.ignored(["data"]) == {"data"}


def submodule(root: Path) -> None:
    library = init(root.parent / "library")
    (library / "code").write_text("")
    subprocess.run(["git", "add", "."], cwd=library, check=True)
    subprocess.run(["git", "commit", "-qm", "x"], cwd=library, check=True)
    words = ["git", "-c", "protocol.file.allow=always", "submodule", "add", "-q"]
    subprocess.run([*words, str(library), "lib"], cwd=root, check=True)


def nothing(_: Path) -> None:
    pass


@pytest.mark.parametrize("more", [nothing, submodule])
def test_what_is_ignored_is_told_whatever_else_is_asked(
    root: Path, more: Callable[[Path], None]
) -> None:
    init(root)
    more(root)
    (root / ".gitignore").write_text("zdata/\n")
    (root / "zdata").mkdir()
    (root / "lib/src").mkdir(parents=True, exist_ok=True)

    assert tree(root).ignored(["lib/src", "zdata"]) == {"zdata"}


WATCHED = frozenset({"a", "b", "sub/c", ".gitignore"})


@pytest.fixture
def watched(root: Path) -> Tree:
    """A tree of which everything was listed and looked at."""
    init(root)
    for name in ("b", "sub/c"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text("1")
    found = tree(root)
    found.looks(found.paths())
    return found


def test_what_is_touched_is_looked_at_again_and_nothing_else_that_is_watched(
    root: Path, watched: Tree
) -> None:
    before = (watched.paths(), watched.shape, watched.epoch)
    a, b = watched.looks(["a", "b"])
    (root / "a").write_text("2")
    (root / "b").write_text("2")

    watched.touch(["a"], WATCHED)

    assert watched.paths() is before[0]
    assert watched.shape == before[1]
    assert watched.epoch > before[2]
    assert watched.look("a") != a
    assert watched.look("b") is b


def test_what_nobody_watches_is_looked_at_again_whatever_is_touched(
    root: Path, watched: Tree
) -> None:
    outside = root.parent / "outside"
    outside.write_text("1")
    before = watched.looks([str(outside), "b", "gone"])
    outside.write_text("2")
    (root / "gone").write_text("2")

    watched.touch([], WATCHED - {"b"})

    assert all(
        one is not two
        for one, two in zip(before, watched.looks([str(outside), "b", "gone"]), strict=True)
    )


def came(root: Path) -> str:
    (root / "new").write_text("")
    return "new"


def went(root: Path) -> str:
    (root / "b").unlink()
    return "b"


def led(root: Path) -> str:
    (root / "b").unlink()
    (root / "b").symlink_to("a")
    return "b"


def ruled(root: Path) -> str:
    (root / ".gitignore").write_text("b\n")
    return ".gitignore"


@pytest.mark.parametrize("deed", [came, went, led, ruled])
def test_it_lists_anew_where_other_files_may_be_there(
    root: Path, watched: Tree, deed: Callable[[Path], str]
) -> None:
    watched.ignored(["b"])
    shape = watched.shape

    watched.touch([deed(root)], WATCHED)

    fresh = tree(root)
    assert watched.shape > shape
    assert watched.paths() == fresh.paths()
    # But for how old their times are: a test may be kept waiting.
    seen = [one and one[:2] for one in watched.looks(fresh.paths())]
    assert seen == [one and one[:2] for one in fresh.looks(fresh.paths())]
    assert watched.ignored(["b"]) == fresh.ignored(["b"])


def test_a_list_that_is_the_same_is_the_very_same(watched: Tree) -> None:
    before = watched.paths()

    watched.stale()

    assert watched.paths() is before


def test_many_looks_are_those_of_one_at_a_time(root: Path, watched: Tree) -> None:
    (root / "late").write_text("")
    names = ["sub/c", "gone", "a", "late"]

    assert watched.looks(names) == [watched.look(name) for name in names]
    assert watched.looks(names)[1] is None
    assert watched.looks([]) == []


def test_a_glance_is_not_remembered(root: Path, watched: Tree) -> None:
    before = watched.look("a")
    (root / "a").write_text("2")

    [seen, gone] = watched.glances(["a", "gone"])

    assert seen
    assert seen != before
    assert gone is None
    assert watched.look("a") is before
