"""Hooks and fixes in whatever state a repository is in: every byte that is not theirs survives."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from test_hooked import CHECK, PRE, UNIT, commit, stage, stage_only, still

from conftest import LIMIT
from kept import install, kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Project

    Maker = Callable[..., Project]

TIDY = "tidy: {run: 'sh tidy.sh', cycle: 1s, writes: true, inputs: ['*.txt']}"
SPACES = "for f in *.txt; do ! grep -q '[^ ]=' $f || sed -i 's/=/ = /' $f; done\n"


@pytest.fixture
def one(project: Maker) -> Project:
    """A project with one loop, that reads what `app.py` says, all of it committed."""
    made = project(UNIT, {"check.py": CHECK, "app.py": "VALUE = 1\n"})
    made.write({".gitignore": "__pycache__/\n"}).commit()
    install(made.root, made.env)
    return made


def git(project: Project, *words: str, **variables: str) -> int:
    """Git, to whatever end it comes."""
    return subprocess.run(
        ["git", *words],
        cwd=project.root,
        env={**project.env, "GIT_EDITOR": "true", **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=LIMIT * 2,
        check=False,
    ).returncode


# -- what is staged, and what is not -------------------------------------------------------------


def test_an_edit_on_the_very_line_that_a_formatter_would_change_survives(project: Maker) -> None:
    made = project(TIDY, {"tidy.sh": SPACES, "a.txt": "", "third.txt": "", "b.txt": ""})
    made.commit()
    install(made.root, made.env)
    stage(made, "a.txt", "x=1\n")
    made.write({"a.txt": "x=2, and not done yet\n", "third.txt": "mine\n", "new.txt": "mine=1\n"})
    before = still(made)

    assert commit(made).returncode == 1
    assert still(made) == before
    made.run("fix", "--staged").fails(1).warns("left for you: a.txt", ".loop/fix.patch")
    assert still(made) == before
    # And what can be fixed beside it is no reason to touch it either.
    stage(made, "b.txt", "y=1\n")
    made.git("reset", "-q", "a.txt", "third.txt", "new.txt")
    made.git("update-index", "--cacheinfo", f"100644,{_blob(made, 'x=1')},a.txt")
    made.run("fix", "--staged").fails(1).prints("fixed 1 file: b.txt")
    after = still(made)
    assert {**after.files, "b.txt": before.files["b.txt"]} == before.files
    assert made.git("show", ":a.txt") == "x=1"
    assert made.git("show", ":b.txt") == (made.root / "b.txt").read_text().strip() == "y = 1"


def _blob(made: Project, text: str) -> str:
    return subprocess.run(
        ["git", "hash-object", "-w", "--stdin"],
        cwd=made.root,
        env=made.env,
        input=f"{text}\n",
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def test_a_loop_that_stages_what_it_makes_loses_nothing(project: Maker) -> None:
    run = "cp a.txt made.txt && git add made.txt && ! grep -q bad made.txt"
    made = project(f"make: {{run: '{run}', cycle: 1s, inputs: [a.txt]}}", {"a.txt": "1\n"})
    made.commit()
    install(made.root, made.env)
    stage(made, "a.txt", "2\n")
    made.write({"b.txt": "staged\n"}).git("add", "b.txt")
    made.write({"b.txt": "not staged\n", "c.txt": "nobody's\n"})
    before = still(made)

    assert commit(made).returncode == 0

    after = still(made)
    assert after.files == {**before.files, "made.txt": after.files["made.txt"]}
    assert after.stash == before.stash
    assert made.git("show", "HEAD:b.txt") == "staged"
    assert made.git("show", "HEAD:made.txt") == "2"
    assert made.git("status", "--porcelain", "b.txt", "c.txt") == "M b.txt\n?? c.txt"


@pytest.mark.parametrize(
    ("loop", "code"),
    [
        ("{run: 'true', cycle: 1s}", 0),
        ("{run: 'false', cycle: 1s}", 1),
        ("{run: 'false', cycle: 1s, required: false}", 0),
        ("{run: no-such-program, cycle: 1s}", 1),
        ("{run: sleep 60, cycle: 1s, timeout: 200ms}", 1),
        ("{run: sleep 60, cycle: 1h}", 0),
        ("{run: 'kill -9 $$', cycle: 1s}", 1),
        ("{run: 'echo more >> a.txt', cycle: 1s, writes: true}", 1),
        ("{run: 'echo x > a.txt', cycle: 1s, writes: true}", 1),
        ("{run: 'rm a.txt', cycle: 1s, writes: true}", 1),
        ("{rnu: 'true', cycle: 1s}", 2),
    ],
)
def test_whatever_a_hook_comes_to_nothing_is_touched(project: Maker, loop: str, code: int) -> None:
    made = project("t: {run: 'true', cycle: 1s}", {"a.txt": "1\n", "b.txt": "1\n", "c.txt": ""})
    made.commit()
    made.loops(f"t: {loop}")
    made.git("add", "-A")
    stage_only(made, "a.txt")
    made.write({"c.txt": "an edit\n", "d.txt": "nobody's\n"})
    (made.root / "b.txt").unlink()
    before = still(made)
    made.run(*PRE).fails(code)
    assert still(made) == before


def test_a_rename_is_checked_as_it_is_staged(one: Project) -> None:
    one.git("mv", "app.py", "lib.py")
    stage(one, "check.py", CHECK.replace("app", "lib"))
    assert commit(one).returncode == 0
    one.git("mv", "lib.py", "app.py")
    before = still(one)
    # The work tree alone has what the check would need.
    one.write({"lib.py": "VALUE = 1\n"})
    assert commit(one).returncode == 1
    (one.root / "lib.py").unlink()
    assert still(one) == before
    # Renamed in the work tree and not staged: what is committed has it where it was.
    one.git("reset", "-q", "--hard")
    (one.root / "lib.py").rename(one.root / "moved.py")
    stage_only(one, "notes.txt")
    before = still(one)
    assert commit(one).returncode == 0
    assert still(one).files == before.files


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        (b"x=1", b"x = 1"),
        (b"x=1\r\ny\r\n", b"x = 1\r\ny\r\n"),
        (b"caf\xe9 x=1\xff\n", b"caf\xe9 x = 1\xff\n"),
        (b"\x00\x01x=1\x00", b"\x00\x01x = 1\x00"),
        (b"\xef\xbb\xbfx=1\n\n\n", b"\xef\xbb\xbfx = 1\n\n\n"),
    ],
    ids=["no newline", "CRLF", "latin-1", "binary", "BOM"],
)
@pytest.mark.parametrize("autocrlf", ["false", "true", "input"])
def test_a_fix_keeps_every_other_byte(
    project: Maker, text: bytes, fixed: bytes, autocrlf: str
) -> None:
    fix = "LC_ALL=C sed -i 's/x=/x = /' a.txt"
    made = project(f'tidy: {{run: "! grep -aq x=1 a.txt", fix: "{fix}", cycle: 1s}}')
    (made.root / ".gitattributes").write_text("loops.yaml -text\n.gitattributes -text\n")
    made.git("config", "core.autocrlf", autocrlf)
    made.git("config", "core.safecrlf", "false")
    if autocrlf == "true" and b"\0" not in text:
        # As git itself would have checked it out.
        text, fixed = (one.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") for one in (text, fixed))
    (made.root / "a.txt").write_bytes(text)
    made.git("add", "-A")
    made.write({"b.txt": "mine\n"})
    made.run("fix", "--staged")
    exact = not (autocrlf == "input" and b"\r" in text)
    # With `input` a checkout has other line ends than the work tree, so nothing is taken over.
    assert (made.root / "a.txt").read_bytes() == (fixed if exact else text)
    assert made.git("status", "--porcelain", "a.txt", "b.txt") == "A  a.txt\n?? b.txt"
    staged = subprocess.run(
        ["git", "cat-file", "--filters", ":a.txt"],
        cwd=made.root,
        env=made.env,
        capture_output=True,
        check=True,
    ).stdout
    plain = text.replace(b"\r\n", b"\n")
    assert staged == (fixed if exact else plain)


def test_line_ends_that_git_has_made_are_no_difference(project: Maker) -> None:
    made = project("t: {run: 'true', cycle: 1s}")
    (made.root / ".gitattributes").write_text("* text=auto\n*.sh eol=lf\n*.bat eol=crlf\n")
    made.git("config", "core.autocrlf", "true")
    for name in ("a.txt", "a.bat"):
        (made.root / name).write_bytes(b"1\r\n2\r\n")
    made.write({"a.sh": "1\n"}).commit()
    install(made.root, made.env)
    (made.root / "a.txt").write_bytes(b"1\r\n2\r\n3\r\n")
    made.git("add", "-A")
    assert "apart" not in made.run(*PRE).ok().err
    (made.root / "a.bat").write_bytes(b"1\r\n")
    made.run(*PRE).ok().warns("apart from the work tree")


# -- in the midst of something --------------------------------------------------------------------


def diverged(project: Project) -> None:
    """A branch `side` that changes what main changes, each so that it passes."""
    project.git("switch", "-qc", "side")
    stage(project, "app.py", "VALUE = 1 # side\n")
    project.git("commit", "-qnm", "side")
    stage(project, "more.py", "VALUE = 1 # more\n")
    project.git("commit", "-qnm", "more")
    project.git("switch", "-q", "main")
    stage(project, "app.py", "VALUE = 1 # main\n")
    project.git("commit", "-qnm", "main")


@pytest.mark.parametrize(
    ("begin", "head", "proceed"),
    [
        (["merge", "side"], "MERGE_HEAD", ["commit", "--no-edit"]),
        (["cherry-pick", "side~1"], "CHERRY_PICK_HEAD", ["commit", "--no-edit"]),
        (["revert", "--no-edit", "HEAD~1"], "REVERT_HEAD", ["commit", "--no-edit"]),
        (["rebase", "side"], "REBASE_HEAD", ["commit", "-m", "main"]),
    ],
    ids=["merge", "cherry-pick", "revert", "rebase"],
)
def test_in_the_midst_of_a_conflict(
    one: Project, begin: list[str], head: str, proceed: list[str]
) -> None:
    diverged(one)
    if begin[0] == "revert":
        stage(one, "app.py", "VALUE = 1 # later\n")
        one.git("commit", "-qnm", "later")
    assert git(one, *begin) != 0
    before = still(one)
    one.run(*PRE).fails(2).warns("git cannot say what is staged")
    one.run("fix", "--staged").fails(2)
    assert still(one) == before
    there = one.git("rev-parse", head)

    stage(one, "app.py", "VALUE = 2\n")
    before = still(one)
    assert git(one, *proceed) == 1
    assert still(one) == before
    assert one.git("rev-parse", head) == there, "git still knows what it was about"

    stage(one, "app.py", "VALUE = 1 # both\n")
    assert git(one, *proceed) == 0
    if begin[0] == "rebase":
        assert git(one, "rebase", "--continue") == 0
    assert one.git("show", "HEAD:app.py") == "VALUE = 1 # both"
    assert one.git("status", "--porcelain", "--untracked-files=no") == ""
    assert not (one.root / ".git/rebase-merge").exists()


def test_a_commit_that_is_amended_in_the_midst_of_a_rebase(one: Project) -> None:
    diverged(one)
    one.git("switch", "-q", "side")
    todo = "sed -i '1s/^pick/edit/'"
    assert git(one, "rebase", "-i", "main~1", GIT_SEQUENCE_EDITOR=todo) == 0
    assert (one.root / ".git/rebase-merge").exists()
    stage(one, "app.py", "VALUE = 2\n")
    before = still(one)
    assert commit(one, "--amend").returncode == 1
    assert still(one) == before
    stage(one, "app.py", "VALUE = 1 # amended\n")
    assert commit(one, "--amend").returncode == 0
    assert git(one, "rebase", "--continue") == 0
    assert one.git("show", "HEAD~1:app.py") == "VALUE = 1 # amended"
    assert one.git("show", "HEAD:more.py") == "VALUE = 1 # more"


def test_commits_that_are_picked_without_a_conflict_need_no_hook(one: Project) -> None:
    diverged(one)
    stage_only(one, "notes.txt")
    one.git("stash", "-q")
    before = still(one)
    assert git(one, "cherry-pick", "side") == 0
    after = still(one)
    assert after.stash == before.stash
    assert one.git("show", "HEAD:more.py") == "VALUE = 1 # more"


# -- repositories within, and beside --------------------------------------------------------------


def test_submodules_that_git_recurses_into_are_left_where_they_are(project: Maker) -> None:
    made = project("look: {run: 'test -e sub/app.py && ! grep -q bad a.txt', cycle: 1s}")
    other = made.root.parent / "other"
    other.mkdir()
    made.git("init", "-q", cwd=other)
    (other / "app.py").write_text("1\n")
    made.git("add", "-A", cwd=other)
    made.git("commit", "-qm", "one", cwd=other)
    made.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "sub")
    made.write({"a.txt": "1\n"}).commit()
    made.git("config", "submodule.recurse", "true")
    install(made.root, made.env)
    # In the submodule: another commit, an edit, and a file that nobody added.
    (made.root / "sub/app.py").write_text("2\n")
    made.git("commit", "-qam", "two", cwd=made.root / "sub")
    (made.root / "sub/app.py").write_text("an edit\n")
    (made.root / "sub/new.py").write_text("mine\n")
    stage_only(made, "a.txt")
    before, inside = still(made), kept(made.root / "sub", made.env)

    done = commit(made)

    assert done.returncode == 0
    assert "apart from the work tree" in done.stderr
    assert still(made).files == before.files
    assert kept(made.root / "sub", made.env) == inside
    made.write({"a.txt": "bad\n"}).git("add", "a.txt")
    assert commit(made).returncode == 1
    assert kept(made.root / "sub", made.env) == inside


SUITE = """\
import os, subprocess
import pytest

def git(folder, *words):
    subprocess.run(['git', *words], cwd=folder, check=True)

def test_that_makes_a_repository(tmp_path):
    git(tmp_path, 'init', '-q')
    git(tmp_path, 'config', 'core.bare', 'true')
    git(tmp_path, 'config', 'user.name', 'nobody')
    git(tmp_path, 'config', 'core.bare', 'false')
    (tmp_path / 'x').write_text('x')
    git(tmp_path, 'add', '-A')
    git(tmp_path, 'commit', '-qm', 'stray')
    assert not [name for name in os.environ if name.startswith('GIT_DIR')]
"""


@pytest.mark.parametrize("apart", [False, True], ids=["in place", "apart"])
@pytest.mark.parametrize("linked", [False, True], ids=["the repository", "a linked worktree"])
@pytest.mark.parametrize("hook", ["pre-commit", "pre-push"])
def test_a_suite_that_makes_repositories_of_its_own(
    project: Maker, hook: str, *, linked: bool, apart: bool
) -> None:
    run = f"{sys.executable} -m pytest -q -p no:cacheprovider test_git.py"
    made = project(f"unit: {{run: '{run}', cycle: 1s}}", {"test_git.py": SUITE, "a.txt": ""})
    made.commit()
    made.git("worktree", "add", "-q", "../linked", "-b", "linked")
    made.git("init", "-q", "--bare", "../remote.git")
    made.git("remote", "add", "origin", "../remote.git")
    install(made.root, made.env, hook)
    here = made.root.parent / "linked" if linked else made.root
    there = made.root if linked else made.root.parent / "linked"
    (here / "a.txt").write_text("staged\n")
    made.git("add", "-A", cwd=here)
    if hook == "pre-push":
        made.git("commit", "-qnm", "x", cwd=here)
    if apart:
        (here / "a.txt").write_text("not staged\n")
    before, beside = kept(here, made.env), kept(there, made.env)
    words = ["commit", "-qm", "x"] if hook == "pre-commit" else ["push", "-q", "origin", "HEAD"]
    done = subprocess.run(
        ["git", *words],
        cwd=here,
        env=made.env,
        capture_output=True,
        text=True,
        timeout=LIMIT * 2,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert ("apart from the work tree" in done.stderr) is apart
    after = kept(here, made.env)
    assert (after.config, after.files) == (before.config, before.files)
    assert (after.entries, after.stash) == (before.entries, before.stash)
    assert kept(there, made.env)._replace(refs="") == beside._replace(refs="")
    assert made.git("config", "core.bare", cwd=here) == "false"
    assert made.git("log", "--format=%s", cwd=here) == "x\nas it stands"
