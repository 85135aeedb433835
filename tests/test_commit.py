from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import wait
from innerloop.commit import staged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Project

    Maker = Callable[..., Project]

NAMES = st.lists(
    st.text("ab é.", min_size=1, max_size=3)
    .map(lambda part: f"x{part}y")
    .flatmap(lambda part: st.sampled_from([part, part * 60])),
    min_size=1,
    max_size=4,
).map("/".join)
PRE = ("hook", "run", "pre-commit")


def git(folder: Path, *words: str, feed: bytes | None = None) -> bytes:
    done = subprocess.run(["git", *words], cwd=folder, input=feed, capture_output=True, check=True)
    return done.stdout


def told(folder: Path, prefix: str) -> bytes:
    """What git itself says of its index, in the form that we compare."""
    rows = []
    for line in git(folder, "ls-files", "--stage", "-z", "--", f":(top){prefix}").split(b"\0"):
        meta, _, path = line.partition(b"\t")
        if path:
            mode, blob, _ = meta.split(b" ")
            name = path.removeprefix(prefix.encode())
            rows.append(int(mode, 8).to_bytes(4) + bytes.fromhex(blob.decode()) + name + b"\0")
    return b"".join(rows)


@settings(max_examples=60, deadline=None, suppress_health_check=[*HealthCheck])
@given(
    names=st.dictionaries(NAMES, st.sampled_from(["100644", "100755", "120000"]), max_size=12),
    version=st.sampled_from(["2", "3"]),
    prefix=st.sampled_from(["", "sub/"]),
)
def test_an_index_says_what_git_says(
    tmp_path_factory: pytest.TempPathFactory, names: dict[str, str], version: str, prefix: str
) -> None:
    folder = tmp_path_factory.mktemp("index")
    git(folder, "init", "-q")
    blob = git(folder, "hash-object", "-w", "--stdin", feed=b"text").decode().strip()
    chosen = [one for one in names if not any(f"{one}/" in f"{other}" for other in names)]
    rows = [
        f"{names[one]} {blob}\t{at * prefix if at else ''}{one}\0" for at, one in enumerate(chosen)
    ]
    git(folder, "update-index", "-z", "--index-info", feed="".join(rows).encode())
    git(folder, "update-index", "--index-version", version)
    if chosen:
        git(
            folder,
            "update-index",
            "--skip-worktree",
            "--",
            git(folder, "ls-files", "-z").decode().split("\0")[0],
        )
    index = folder / ".git/index"
    found = staged(index.read_bytes(), prefix.encode()) if index.exists() else b""
    assert found == told(folder, prefix)


def test_what_only_git_can_read_is_left_to_it(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a").write_text("1")
    git(tmp_path, "add", "a")
    index = tmp_path / ".git/index"
    assert staged(index.read_bytes(), b"")
    git(tmp_path, "update-index", "--index-version", "4")
    assert staged(index.read_bytes(), b"") is None
    git(tmp_path, "update-index", "--index-version", "2")
    git(tmp_path, "update-index", "--split-index")
    assert staged(index.read_bytes(), b"") is None
    assert staged(b"nothing", b"") is None


def test_what_is_only_meant_to_be_added_is_not_staged(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    for name in ("a", "b"):
        (tmp_path / name).write_text("1")
    git(tmp_path, "add", "a")
    before = staged((tmp_path / ".git/index").read_bytes(), b"")
    git(tmp_path, "add", "-N", "b")
    assert staged((tmp_path / ".git/index").read_bytes(), b"") == before


@pytest.fixture
def proven(project: Maker) -> Project:
    """A project whose work tree is green, and of which a receipt for a commit says so."""
    made = project(files={"a.py": "1\n", "b.py": "2\n"})
    made.run("inner").ok()

    def written() -> bool:
        made.run("inner").ok()
        return (made.root / ".loop/receipts/staged").exists()

    wait(written, "a receipt")
    made.git("add", "-A")
    made.ran()
    return made


def walks(project: Project) -> int:
    before = project.runs()
    project.run(*PRE)
    return project.runs() - before


def test_what_was_proven_is_committed_without_being_asked_again(proven: Project) -> None:
    assert walks(proven) == 0
    proven.run(*PRE).ok().prints("1 loop passed before")
    proven.git("commit", "-qm", "one")
    assert walks(proven) == 0
    proven.write({"a.py": "in the work tree alone\n"})
    assert walks(proven) == 0
    proven.git("add", "-A")
    assert walks(proven) == 1
    assert proven.ran() == ["unit"]


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p.git("rm", "-q", "--cached", "b.py"),
        lambda p: p.git("update-index", "--chmod=+x", "b.py"),
        lambda p: p.git("update-index", "--index-version", "4"),
        lambda p: p.env.update(MYPYPATH="src"),
        lambda p: p.program("mark", "exit 0"),
        lambda p: (p.root / ".loop/revoked").write_text("now"),
        lambda p: p.write({"loops.local.yaml": "inner: {unit: {cycle: 2s}}\n"}),
    ],
)
def test_whatever_else_is_staged_or_changed_is_asked(
    proven: Project, change: Callable[[Project], object]
) -> None:
    assert walks(proven) == 0
    change(proven)
    assert walks(proven) == 1


def test_a_commit_of_a_project_below_the_top(project: Maker) -> None:
    made = project(git=False, root="top/sub")
    top = made.root.parent
    made.git("init", "-q", cwd=top)
    (top / "other.txt").write_text("1")
    made.git("add", "-A", cwd=top)
    made.run("inner").ok()

    def written() -> bool:
        made.run("inner").ok()
        return (made.root / ".loop/receipts/staged").exists()

    wait(written, "a receipt")
    assert walks(made) == 0
    (top / "other.txt").write_text("2")
    made.git("add", "-A", cwd=top)
    assert walks(made) == 0
    made.write({"new.txt": "2"})
    made.git("add", "-A", cwd=top)
    assert walks(made) == 1


def test_git_puts_a_folder_of_its_own_first_for_hooks_alone(proven: Project) -> None:
    own = {"GIT_EXEC_PATH": "/somewhere", "PATH": f"/somewhere:{proven.env['PATH']}"}
    before = proven.runs()
    proven.run(*PRE, env=own).ok()
    assert proven.runs() == before


def test_what_has_to_be_asked_each_time_has_no_receipt(project: Maker) -> None:
    loops = "unit: {run: mark unit, cycle: 1s, probe: 'cat ../probe'}"
    made = project(loops, {"a.py": "1\n"})
    (made.place / "probe").write_text("one")
    made.run("inner").ok()
    made.git("add", "-A")
    for said in ("one", "two"):
        (made.place / "probe").write_text(said)
        made.ran()
        made.run(*PRE).ok()
    assert made.ran() == ["unit"]
    assert not (made.root / ".loop/receipts/staged").exists()
