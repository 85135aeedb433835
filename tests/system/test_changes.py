"""What the work tree has beside its commit: kept as a patch, and applied again to the byte."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from innerloop.core.errors import LoopError
from innerloop.core.mask import Mask
from innerloop.core.patch import BIG, Patch, parsed, written
from innerloop.system import changes, patches
from innerloop.system.changes import Stand, Wanted, applied, stand

if TYPE_CHECKING:
    from pathlib import Path

ALL = frozenset({"new.txt", "new/deep.txt", "café", "dir", "other/inside.txt"})


def git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return os.fsdecode(done.stdout).strip()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    place = tmp_path / "repo"
    place.mkdir()
    git(place, "init", "-q")
    (place / "a.txt").write_text("one\ntwo\n")
    (place / "data.bin").write_bytes(bytes(range(256)) * 20)
    (place / "run.sh").write_text("#!/bin/sh\n")
    (place / "crlf.txt").write_bytes(b"one\r\ntwo\r\n")
    (place / "gone.txt").write_text("gone\n")
    (place / "dir").mkdir()
    (place / "dir/inside.txt").write_text("in\n")
    (place / "to-link").write_text("a file\n")
    (place / "to-file").symlink_to("a.txt")
    os.close(os.open(os.fsencode(place) + b"/n\xffme", os.O_CREAT | os.O_WRONLY))
    return place


def commit(root: Path) -> str:
    git(root, "add", "-A")
    git(root, "commit", "-qm", "as it stands")
    return git(root, "rev-parse", "HEAD")


def tree(root: Path, scratch: Path) -> str:
    """The tree of the work tree, all that is new included, by git's own add."""
    index = {"GIT_INDEX_FILE": str(scratch / "whole")}
    for words in (["read-tree", "--empty"], ["add", "-A", "-f", "."]):
        subprocess.run(["git", *words], cwd=root, env={**os.environ, **index}, check=True)
    said = subprocess.run(
        ["git", "write-tree"], cwd=root, env={**os.environ, **index}, check=True, stdout=-1
    )
    return said.stdout.decode().strip()


def kept(root: Path, wanted: Wanted = Wanted(ALL)) -> Patch:  # noqa: B008 - a value
    """The patch, as it comes back from the disk."""
    scratch = root.parent / "scratch"
    made = changes.patch(str(root), stand(str(root)), wanted, str(scratch))
    digest = patches.keep(str(root.parent), made)
    assert patches.fetch(str(root.parent), digest) == made
    return made


def again(root: Path, patch: Patch) -> str:
    scratch = root.parent / "elsewhere"
    return applied(str(root), changes.aside(str(root), str(scratch)), patch)


def objects(root: Path) -> set[str]:
    return {
        f"{place}/{name}"
        for place, _, names in os.walk(root / ".git")
        for name in names
        if name != "index"
    }


def everything(root: Path) -> None:
    """Change whatever can be changed."""
    (root / "a.txt").write_text("one\nthree\n")
    (root / "data.bin").write_bytes(bytes(reversed(range(256))) * 21)
    (root / "run.sh").chmod(0o755)
    (root / "crlf.txt").write_bytes(b"one\r\nthree\r\nbare\n")
    (root / "gone.txt").unlink()
    (root / "dir/inside.txt").unlink()
    (root / "dir").rmdir()
    (root / "other").mkdir()
    (root / "other/inside.txt").write_text("in\n")
    (root / "dir").symlink_to("other")
    (root / "to-link").unlink()
    (root / "to-link").symlink_to("a.txt")
    (root / "to-file").unlink()
    (root / "to-file").write_text("now a file")
    git(root, "mv", "run.sh", "walk.sh")
    (root / "new.txt").write_text("")
    (root / "café").write_text("noir\n")
    (root / "new").mkdir()
    (root / "new/deep.txt").write_text("diff --git a/x b/x  \n\t\n")
    with open(os.fsencode(root) + b"/n\xffme", "wb") as file:
        file.write(b"\xff\xfe no end")


def test_whatever_was_changed_comes_back(root: Path) -> None:
    commit(root)
    everything(root)
    before = objects(root)

    found = kept(root)

    assert objects(root) == before
    assert not found.left
    assert again(root, found) == tree(root, root.parent)


def test_what_was_staged_is_no_more_than_what_stands_there(root: Path) -> None:
    commit(root)
    everything(root)
    git(root, "add", "-A")
    (root / "a.txt").write_text("one\nfour\n")
    (root / "new.txt").unlink()
    git(root, "rm", "-q", "--cached", "data.bin")

    assert again(root, kept(root)) == tree(root, root.parent)


def test_before_the_first_commit_everything_is_a_change(root: Path) -> None:
    seen = stand(str(root))

    found = kept(root, Wanted(frozenset(seen.untracked)))

    assert (seen.commit, seen.branch) == ("", "main")
    assert again(root, found) == tree(root, root.parent)


def test_settings_of_somebody_who_reads_diffs_change_nothing(root: Path) -> None:
    commit(root)
    everything(root)
    plain = kept(root)
    for name, value in {
        "diff.noprefix": "true",
        "diff.mnemonicPrefix": "true",
        "diff.renames": "copies",
        "diff.context": "0",
        "color.ui": "always",
        "core.quotePath": "false",
        "apply.whitespace": "fix",
        "diff.external": "false",
    }.items():
        git(root, "config", name, value)

    found = kept(root)

    assert len(found.diff) == len(plain.diff) or "café".encode() in found.diff
    assert again(root, found) == tree(root, root.parent)


def test_a_detached_head_has_no_branch(root: Path) -> None:
    head = commit(root)
    git(root, "checkout", "-q", "--detach")

    assert stand(str(root)) == Stand(head, "", dirty=False)


def test_nothing_changed_is_no_patch(root: Path) -> None:
    commit(root)
    os.utime(root / "a.txt")

    assert not kept(root)


def test_what_is_new_and_matters_to_nobody_is_not_kept(root: Path) -> None:
    commit(root)
    (root / "notes.txt").write_text("mine")

    assert stand(str(root)).untracked == ("notes.txt",)
    assert not kept(root)


def test_what_git_was_told_not_to_see_is_seen(root: Path) -> None:
    commit(root)
    git(root, "update-index", "--assume-unchanged", "a.txt")
    (root / "a.txt").write_text("other\n")

    assert b"+other" in kept(root, Wanted(also=("a.txt",))).diff


def test_line_ends_that_git_converts_come_back_as_git_has_them(root: Path) -> None:
    (root / ".gitattributes").write_text("*.txt text eol=crlf\n")
    commit(root)
    (root / "a.txt").write_bytes(b"one\r\nthree\r\n")

    found = kept(root)

    assert b"\r" not in found.diff
    assert again(root, found) == tree(root, root.parent)


def test_a_conflict_is_kept_as_it_stands(root: Path) -> None:
    commit(root)
    git(root, "checkout", "-qb", "side")
    (root / "a.txt").write_text("side\n")
    commit(root)
    git(root, "checkout", "-q", "main")
    (root / "a.txt").write_text("main\n")
    commit(root)
    subprocess.run(["git", "merge", "-q", "side"], cwd=root, capture_output=True, check=False)

    found = kept(root)

    assert b"<<<<<<<" in found.diff
    assert again(root, found) == tree(root, root.parent)


# -- what is kept by its digest alone ---------------------------------------------------------


def test_environment_files_data_and_what_is_large_are_kept_by_digest_alone(root: Path) -> None:
    commit(root)
    (root / ".env").write_text("KEY=hunter22\n")
    (root / "sub").mkdir()
    (root / "sub/.env.local").write_text("KEY=hunter22\n")
    (root / "vars.env").write_text("KEY=hunter22\n")
    (root / "secrets.ini").write_text("hunter22\n")
    (root / "train.csv").write_text("hunter22\n")
    (root / "big.txt").write_text("x" * (BIG + 1))
    (root / "fits.txt").write_text("x" * BIG)
    new = frozenset(stand(str(root)).untracked)

    found = kept(
        root, Wanted(new, (), "secrets.ini", {"train.csv"}, value=lambda path: f"v {path}")
    )

    assert {one.path: one.why for one in found.left} == {
        ".env": "an environment file",
        "sub/.env.local": "an environment file",
        "vars.env": "an environment file",
        "secrets.ini": "an environment file",
        "train.csv": "data",
        "big.txt": "over 1 MiB",
    }
    assert all(one.value == f"v {one.path}" for one in found.left)
    assert b"hunter22" not in written(found)
    assert b"fits.txt" in found.diff


def test_a_large_file_that_was_deleted_is_known_to_be_gone(root: Path) -> None:
    (root / "big.txt").write_bytes(os.urandom(3 * BIG))
    commit(root)
    (root / "big.txt").unlink()

    found = kept(root)

    assert [(one.path, one.value) for one in found.left] == [("big.txt", "")]
    assert again(root, found) == tree(root, root.parent)


def test_a_secret_is_in_no_patch_whatever_was_done_to_its_file(root: Path) -> None:
    secret = "correct horse battery"
    (root / "was.txt").write_text(f"{secret}\nrest\n")
    (root / "was.bin").write_bytes(b"\0" + secret.encode() + b"\0" * 5_000)
    (root / "stays.txt").write_text("".join(f"{n}\n" for n in range(50)) + secret + "\n")
    commit(root)
    (root / "was.txt").write_text("rest\n")
    (root / "was.bin").write_bytes(b"\0" * 5_000)
    (root / "a.txt").write_text(f"key = {secret}\n")
    (root / "stays.txt").write_text("".join(f"{n}\n" for n in range(1, 50)) + secret + "\n")
    (root / "new.txt").write_text("%".join(secret))

    found = kept(root, Wanted(ALL, mask=Mask([secret])))

    assert {one.path: one.why for one in found.left} == {
        "a.txt": "holds a secret",
        "stays.txt": "holds a secret",
        "was.bin": "held a secret",
        "was.txt": "held a secret",
    }
    assert b"new.txt" in found.diff
    assert secret.encode() not in written(found)


def test_too_much_is_not_kept_and_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(root)
    everything(root)
    monkeypatch.setattr(changes, "_MOST_BYTES", 100)
    with pytest.raises(LoopError, match="more than 0 MiB"):
        kept(root)
    monkeypatch.setattr(changes, "_MOST_FILES", 3)
    with pytest.raises(LoopError, match="files are changed or new: too many"):
        kept(root)


# -- submodules -------------------------------------------------------------------------------


def test_a_submodule_that_was_moved_on_is_in_the_patch_and_changes_inside_are_told(
    root: Path,
) -> None:
    other = root.parent / "other"
    other.mkdir()
    git(other, "init", "-q")
    (other / "x").write_text("1\n")
    commit(other)
    git(root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "sub")
    commit(root)
    (root / "sub/x").write_text("2\n")

    assert stand(str(root)).apart == ("sub",)
    assert stand(str(root)).changed == ()

    commit(root / "sub")

    assert stand(str(root)).apart == ()
    assert b"Subproject commit" in kept(root).diff
    assert again(root, kept(root)) == tree(root, root.parent)


# -- patches that are not what they were ------------------------------------------------------


def test_a_patch_that_is_gone_or_damaged_is_told(root: Path) -> None:
    commit(root)
    everything(root)
    place = str(root.parent)
    digest = patches.keep(place, kept(root))
    path = root.parent / "patches" / digest
    data = path.read_bytes()
    for wrong in (data[:-20], data[:40] + bytes(20) + data[60:], b"", b"other"):
        path.write_bytes(wrong)
        with pytest.raises(LoopError, match=r"damaged|cannot be read"):
            patches.fetch(place, digest)
    other = patches.keep(place, Patch("0" * 40))
    path.write_bytes((root.parent / "patches" / other).read_bytes())
    with pytest.raises(LoopError, match="damaged"):
        patches.fetch(place, digest)
    path.unlink()
    with pytest.raises(LoopError, match="is gone"):
        patches.fetch(place, digest)


def test_a_commit_that_is_gone_is_told(root: Path) -> None:
    commit(root)
    with pytest.raises(LoopError, match="the commit 111111111111 is not in this repository"):
        again(root, Patch("1" * 40))


def test_old_patches_of_no_run_are_dropped(root: Path) -> None:
    place = str(root.parent)
    old, used, young = (patches.keep(place, Patch(name * 40)) for name in "123")
    for digest in (old, used):
        os.utime(root.parent / "patches" / digest, (1, 1))
    for name, age in (("patch-1-1", 1), ("patch-2-2", None)):
        (root.parent / "cache" / name / "objects").mkdir(parents=True)
        if age:
            os.utime(root.parent / "cache" / name, (age, age))

    patches.prune(place, {used})

    assert os.listdir(root.parent / "cache") == ["patch-2-2"]

    assert sorted(os.listdir(root.parent / "patches")) == sorted([used, young])


def test_what_is_no_patch_is_none() -> None:
    assert parsed(b"") is None
    assert parsed(b"# innerloop patch 1\n") is None
    assert parsed(b"# innerloop patch 1\n# commit x\n# left out: {\n") is None
    assert parsed(b"# innerloop patch 1\n# commit x\n# left out: [1]\n") is None
    assert parsed(b"# innerloop patch 1\n# commit x\nrest") == Patch("x", (), b"rest")
