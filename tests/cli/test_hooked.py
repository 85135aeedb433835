from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from conftest import LIMIT, LOOP, ended, wait
from kept import Kept, install, kept

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Project

    Maker = Callable[..., Project]

PRE = ("hook", "run", "pre-commit")
CHECK = "import app\nassert app.VALUE == 1, app.VALUE\n"
UNIT = f"unit: {{run: '{sys.executable} check.py', cycle: 1s}}"


@pytest.fixture
def one(project: Maker) -> Project:
    """A project with one loop, that reads what `app.py` says, all of it committed."""
    made = project(UNIT, {"check.py": CHECK, "app.py": "VALUE = 1\n"})
    made.commit()
    install(made.root, made.env)
    return made


def commit(
    project: Project, *words: str, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", "commit", "-qm", "more", *words],
        cwd=cwd or project.root,
        env=project.env,
        capture_output=True,
        text=True,
        timeout=LIMIT * 2,
        check=False,
    )


def still(project: Project) -> Kept:
    return kept(project.root, project.env)


def stage(project: Project, name: str, text: str) -> None:
    project.write({name: text})
    project.git("add", "-A")


def test_what_is_staged_is_what_is_checked(one: Project) -> None:
    stage(one, "app.py", "VALUE = 2\n")
    one.write({"app.py": "VALUE = 1\n"})
    before = still(one)
    done = one.run(*PRE).fails(1)
    assert "AssertionError: 2" in done.out
    assert still(one) == before


def test_what_is_broken_in_the_work_tree_alone_stops_no_commit(one: Project) -> None:
    stage(one, "other.py", "")
    one.write({"app.py": "VALUE = 2\n", "new.py": "raise SystemExit(1)\n"})
    before = still(one)
    one.run(*PRE).ok()
    assert still(one) == before
    assert commit(one).returncode == 0
    assert one.git("show", "--stat", "--format=") != ""


def test_a_failure_ends_the_commit(one: Project) -> None:
    stage(one, "app.py", "VALUE = 3\n")
    head = one.git("rev-parse", "HEAD")
    done = commit(one)
    assert done.returncode == 1
    assert "unit" in done.stdout + done.stderr
    assert one.git("rev-parse", "HEAD") == head


def test_what_passed_in_place_has_passed_staged_and_the_other_way_round(one: Project) -> None:
    one.run("inner").ok()
    stage(one, "notes.txt", "")
    one.run("inner").ok()
    one.write({"app.py": "VALUE = 2\n"})
    assert "passed before" in one.run(*PRE).ok().out
    stage(one, "app.py", "VALUE = 1  # as ever\n")
    one.write({"app.py": "VALUE = 2\n"})
    assert "1 loop passed in" in one.run(*PRE).ok().out
    one.write({"app.py": "VALUE = 1  # as ever\n"})
    assert "passed before" in one.run("inner").ok().out


def test_a_file_that_was_not_added_is_missed(one: Project) -> None:
    stage(one, "app.py", "from more import VALUE\n")
    one.write({"more.py": "VALUE = 1\n"})
    one.git("rm", "-q", "--cached", "--ignore-unmatch", "more.py")
    assert "No module named 'more'" in one.run(*PRE).fails(1).out


def test_the_first_commit(project: Maker) -> None:
    made = project(UNIT, {"check.py": CHECK, "app.py": "VALUE = 1\n"})
    install(made.root, made.env)
    made.git("add", "-A")
    made.write({"app.py": "VALUE = 2\n"})
    assert commit(made).returncode == 0
    stage(made, "app.py", "VALUE = 2\n")
    assert commit(made).returncode == 1


@pytest.mark.parametrize("words", [["-a"], ["app.py"], ["--include", "app.py"], ["--amend", "-a"]])
def test_commits_of_every_kind_check_what_they_commit(one: Project, words: list[str]) -> None:
    one.write({"app.py": "VALUE = 2\n"})
    before = still(one)
    assert commit(one, *words).returncode == 1
    assert still(one) == before
    one.write({"app.py": "VALUE = 1 # better\n"})
    assert commit(one, *words).returncode == 0
    assert one.git("show", "HEAD:app.py") == "VALUE = 1 # better"


def test_a_commit_of_one_path_leaves_out_what_else_is_staged(one: Project) -> None:
    stage(one, "app.py", "VALUE = 2\n")
    one.write({"notes.txt": "1\n"})
    one.git("add", "-N", "notes.txt")
    assert commit(one, "notes.txt").returncode == 0
    assert one.git("show", "HEAD:app.py") == "VALUE = 1"


def test_what_is_only_meant_to_be_added_is_not_there_yet(one: Project) -> None:
    one.write({"extra.py": "VALUE = 1\n"})
    stage(one, "app.py", "try:\n    from extra import VALUE\nexcept ImportError:\n    VALUE = 5\n")
    one.git("rm", "-q", "--cached", "extra.py")
    one.git("add", "-N", "extra.py")
    before = still(one)
    assert "AssertionError: 5" in one.run(*PRE).fails(1).out
    assert still(one) == before


def test_a_merge_that_is_resolved(one: Project) -> None:
    one.git("switch", "-qc", "side")
    stage(one, "app.py", "VALUE = 1 # side\n")
    assert commit(one).returncode == 0
    one.git("switch", "-q", "main")
    stage(one, "app.py", "VALUE = 1 # main\n")
    assert commit(one).returncode == 0
    merged = subprocess.run(["git", "merge", "side"], cwd=one.root, env=one.env, check=False)
    assert merged.returncode != 0
    before = still(one)
    assert "git cannot say what is staged" in one.run(*PRE).fails(2).err
    assert still(one) == before
    stage(one, "app.py", "VALUE = 2\n")
    assert commit(one).returncode == 1
    stage(one, "app.py", "VALUE = 1 # both\n")
    assert commit(one).returncode == 0


def test_binary_files_names_modes_links_and_deletions(project: Maker) -> None:
    loops = "look: {run: 'sh look.sh', cycle: 1s}"
    look = "set -e\ntest -x run.sh\ntest -L link\ntest ! -e gone.txt\ncmp bin other\nls 'a b'\n"
    made = project(loops, {"look.sh": look, "run.sh": "", "gone.txt": "", "a b": "", "o": ""})
    (made.root / "run.sh").chmod(0o755)
    (made.root / "link").symlink_to("run.sh")
    (made.root / "bin").write_bytes(bytes(range(256)))
    (made.root / "other").write_bytes(bytes(range(256)))
    (made.root / os.fsdecode(b"not-\xff-utf8")).write_text("x")
    made.commit()
    install(made.root, made.env)
    made.git("rm", "-q", "gone.txt")
    made.write({"gone.txt": "back, but not staged\n"})
    (made.root / "bin").write_bytes(b"changed, not staged")
    (made.root / "run.sh").chmod(0o644)
    before = still(made)
    made.run(*PRE).ok()
    assert still(made) == before


def test_line_ends_are_those_of_a_checkout(project: Maker) -> None:
    made = project(
        "look: {run: 'sh look.sh', cycle: 1s}",
        {
            "look.sh": "printf 'a\\r\\nb\\r\\n' | cmp - text.txt\n",
            ".gitattributes": "*.sh eol=lf\n",
        },
    )
    made.git("config", "core.autocrlf", "true")
    (made.root / "text.txt").write_bytes(b"a\r\nb\r\n")
    made.commit()
    install(made.root, made.env)
    for name in ("loops.yaml", ".gitattributes"):
        (made.root / name).unlink()
    made.git("checkout", "-q", "--", ".")
    stage(made, "more.txt", "1\r\n")
    done = made.run(*PRE).ok().quiet()
    assert "1 loop passed in" in done.out, "it is as git would check it out: nothing is apart"
    (made.root / "text.txt").write_bytes(b"unstaged\r\n")
    before = still(made)
    assert "passed before" in made.run(*PRE).ok().out
    assert still(made) == before


def test_a_linked_worktree_has_its_own(one: Project) -> None:
    one.git("worktree", "add", "-q", "../linked", "-b", "linked")
    linked = one.root.parent / "linked"
    (linked / "app.py").write_text("VALUE = 2\n")
    assert commit(one, "-a", cwd=linked).returncode == 1
    (linked / "app.py").write_text("VALUE = 1 # linked\n")
    assert commit(one, "-a", cwd=linked).returncode == 0


def test_a_submodule_is_checked_at_the_commit_that_is_staged(project: Maker) -> None:
    made = project(
        f"unit: {{run: '{sys.executable} check.py', cycle: 1s}}",
        {"check.py": "import sys\nsys.path.insert(0, 'sub')\n" + CHECK},
    )
    other = made.root.parent / "other"
    other.mkdir()
    made.git("init", "-q", cwd=other)
    (other / "app.py").write_text("VALUE = 1\n")
    made.git("add", "-A", cwd=other)
    made.git("commit", "-qm", "one", cwd=other)
    made.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "sub")
    made.commit()
    install(made.root, made.env)
    (made.root / "sub/app.py").write_text("VALUE = 2\n")
    stage(made, "notes.txt", "1\n")
    made.run(*PRE).ok()
    made.git("commit", "-qam", "two", cwd=made.root / "sub")
    made.run(*PRE).ok()
    made.git("add", "sub")
    made.run(*PRE).fails(1)


def test_a_sparse_checkout_stays_sparse(one: Project) -> None:
    stage(one, "far/away.py", "VALUE = 7\n")
    assert commit(one).returncode == 0
    one.git("sparse-checkout", "set", "--no-cone", "/*", "!/far/")
    assert not (one.root / "far").exists()
    stage(one, "app.py", "VALUE = 1 # sparse\n")
    one.write({"app.py": "VALUE = 3\n"})
    before = still(one)
    one.run(*PRE).ok()
    assert still(one) == before


@pytest.mark.parametrize("needs", ["", "hook: {needs: [data/, 'secret.*']}"])
def test_ignored_files_that_are_needed_are_there(project: Maker, needs: str) -> None:
    run = f"{sys.executable} check.py"
    loops = f"inner:\n  unit: {{run: '{run}', cycle: 1s, inputs: ['*.py', local.txt]}}"
    made = project(
        f"version: 1\n{needs}\n{loops}",
        {
            ".gitignore": "data/\nsecret.*\nlocal.txt\n",
            "check.py": "for name in ('local.txt', 'data/a', 'secret.txt'): open(name).close()\n",
            "data/a": "1",
            "secret.txt": "2",
            "local.txt": "3",
        },
    )
    made.commit()
    made.write({"check.py": "raise SystemExit(3)\n"})
    before = still(made)
    if needs:
        made.run(*PRE).ok()
    else:
        made.run(*PRE).fails(1).prints("data/a")
    assert still(made) == before


@pytest.mark.parametrize("apart", [False, True])
def test_what_is_needed_and_is_not_there_is_said_once(project: Maker, *, apart: bool) -> None:
    made = project(
        """\
        version: 1
        hook:
          needs:
            [secret.txt, 'keys/*.pem', here.txt, data/, 'more/*.bin', '*.py', src/, new.txt, '!x']
        inner: {t: {run: 'true', cycle: 1s, inputs: [app.py]}}
        """,
        {".gitignore": "here.txt\ndata/\nmore/*.bin\n*.log\n", "app.py": "", "src/a": ""},
    )
    made.commit()
    made.write({"here.txt": "1", "data/x": "1", "more/a.bin": "1", "src/b.log": "1"})
    made.write({"new.txt": "nobody has added it"})
    remote = made.place / "remote.git"
    made.git("init", "-q", "--bare", str(remote))
    if apart:
        stage_only(made, "app.py")
    done = made.run(*PRE).ok()
    said = [line for line in done.err.splitlines() if "needs" in line]
    assert said == [
        "warning: 'needs' of 'hook': 'secret.txt' matches no file: mend it, or take it out",
        "warning: 'needs' of 'hook': 'keys/*.pem' matches no file: mend it, or take it out",
        "warning: 'needs' of 'hook': '*.py' is only what git has anyway: take it out",
    ]
    assert ("apart from the work tree" in done.err) is apart
    checked = made.run("check").ok()
    assert [line for line in checked.err.splitlines() if "needs" in line] == said
    # Two commits are two trees, and one hook all the same.
    install(made.root, made.env, "pre-push")
    made.git("add", "-A")
    made.git("commit", "-qnm", "two")
    made.git("remote", "add", "origin", str(remote))
    pushed = _push(made, "HEAD:refs/heads/a", "HEAD~1:refs/heads/b")
    assert pushed.returncode == 0
    assert pushed.stderr.count("matches no file") == 2


def test_the_staged_configuration_is_the_one_that_counts(one: Project) -> None:
    stage(one, "loops.yaml", "version: 1\ninner: {no: {run: 'false', cycle: 1s}}\n")
    one.loops(UNIT)
    assert "no" in one.run(*PRE).fails(1).out
    stage(one, "loops.yaml", "version: 1\ninner: {no: {rnu: 'false'}}\n")
    one.loops(UNIT)
    assert "rnu" in one.run(*PRE).fails(2).err


def test_what_does_not_fit_the_budget_is_deferred_and_what_must_run_runs(project: Maker) -> None:
    made = project(
        """\
        version: 1
        hook: {pre-commit: {budget: 5s, always: [slow]}}
        inner:
          quick: {run: mark quick, cycle: 1s}
          middle: {run: mark middle, cycle: 10s}
          slow: {run: mark slow, cycle: 1h}
        """
    )
    made.git("add", "-A")
    done = made.run(*PRE).ok().prints("middle", "deferred", "not yet: middle")
    assert made.ran() == ["quick", "slow"]
    assert "over the budget of 5.0s" in done.out
    assert made.walked() == ["middle"]


def test_a_formatter_shows_what_it_would_change_and_changes_nothing(project: Maker) -> None:
    made = project(
        "tidy: {run: 'sh tidy.sh', cycle: 1s, writes: true, inputs: ['*.txt']}",
        {
            "tidy.sh": "grep -q ' = ' a.txt || sed -i 's/=/ = /' a.txt\n",
            "a.txt": "x = 1\n",
        },
    )
    made.commit()
    install(made.root, made.env)
    stage(made, "a.txt", "x=1\n")
    before = still(made)
    done = made.run(*PRE).fails(1).prints("-x=1", "+x = 1")
    done.warns("loop fix --staged")
    assert still(made) == before
    made.run("fix", "--staged").ok().prints("fixed 1 file: a.txt")
    assert (made.root / "a.txt").read_text() == "x = 1\n"
    assert made.git("show", ":a.txt") == "x = 1"
    made.run(*PRE).ok()


def test_what_a_fix_makes_anew_is_offered_and_not_staged(project: Maker) -> None:
    made = project(
        "tidy: {run: 'true', fix: 'sh tidy.sh', cycle: 1s}",
        {"tidy.sh": "echo new > sub/new.txt; echo x >> junk.log\n", "sub/a.txt": ""},
    )
    made.write({".gitignore": "*.log\n"}).commit()
    before = still(made)

    done = made.run("fix", "--staged").fails(1)

    done.warns("left for you: sub/new.txt, made anew by a fix", ".loop/fix.patch")
    assert still(made) == before
    made.git("apply", "--index", ".loop/fix.patch")
    assert (made.root / "sub/new.txt").read_text() == "new\n"
    made.git("commit", "-qnm", "taken")
    assert made.git("show", "--format=", "--name-only") == "sub/new.txt"


@pytest.mark.parametrize(
    "run", ["cat {root}/app.py", "sh -c 'grep -q . \"{root}/app.py\"' && true"]
)
def test_a_command_that_names_the_work_tree_has_no_verdict_apart(project: Maker, run: str) -> None:
    made = project("unit: {run: 'true', cycle: 1s}", {"app.py": "1"})
    text = json.dumps(run.replace("{root}", str(made.root)))
    made.loops(f"unit: {{run: {text}, cycle: 1s}}")
    made.commit()
    made.run(*PRE).ok()
    stage(made, "app.py", "2")
    made.write({"app.py": "3"})

    done = made.run(*PRE).fails(2)

    done.warns(f"unit: its command names {made.root}/app.py, in the work tree", "relative")


def test_what_cannot_be_fixed_exactly_is_left_for_a_person(project: Maker) -> None:
    made = project(
        "tidy: {run: 'true', fix: 'sh tidy.sh', cycle: 1s}",
        {"tidy.sh": "sed -i 's/=/ = /' *.txt\n", "a.txt": "", "b.txt": ""},
    )
    made.commit()
    stage(made, "a.txt", "x=1\n")
    stage(made, "b.txt", "y=1\n")
    made.write({"b.txt": "y=1\nz=2, not staged\n"})
    done = made.run("fix", "--staged").fails(1).prints("fixed 1 file: a.txt")
    done.warns("left for you: b.txt", ".loop/fix.patch")
    assert (made.root / "a.txt").read_text() == "x = 1\n"
    assert (made.root / "b.txt").read_text() == "y=1\nz=2, not staged\n"
    assert made.git("show", ":b.txt") == "y=1"
    made.git("apply", "--check", "--cached", ".loop/fix.patch")


def test_what_is_imported_is_what_is_staged(project: Maker) -> None:
    """The package is installed so that it can be edited: a path file leads to the work tree."""
    made = project(
        "unit: {run: 'python check.py', cycle: 1s}",
        {"src/app.py": "VALUE = 1\n", "check.py": CHECK, ".gitignore": ".venv\n"},
    )
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(made.root / ".venv")], check=True
    )
    (site,) = (made.root / ".venv/lib").glob("python*/site-packages")
    (site / "app.pth").write_text(f"{made.root}/src\n")
    made.commit()
    stage(made, "src/app.py", "VALUE = 2\n")
    made.write({"src/app.py": "VALUE = 1\n"})
    assert "AssertionError: 2" in made.run(*PRE).fails(1).out
    stage(made, "src/app.py", "VALUE = 1 # fine\n")
    made.write({"src/app.py": "VALUE = 2\n"})
    made.run(*PRE).ok()


HERE = """\
import importlib.util
spec = importlib.util.spec_from_file_location('app', {path!r})
spec.loader.exec_module(importlib.util.module_from_spec(spec))
"""
BELOW = "import subprocess, sys\nsubprocess.run([sys.executable, {path!r}], check=True)\n"


@pytest.mark.parametrize("check", [HERE, BELOW])
def test_a_pass_does_not_count_where_the_work_tree_was_imported(project: Maker, check: str) -> None:
    made = project(UNIT, {"src/app.py": "VALUE = 1\n"})
    made.write({"check.py": check.format(path=str(made.root / "src/app.py"))})
    made.commit()
    stage(made, "src/app.py", "VALUE = 2\n")
    made.write({"src/app.py": "VALUE = 1\n"})
    made.run(*PRE).fails(2).warns("unit imported src/", "from the work tree")
    assert made.run("history", "unit").out.count("passed") == 0


def test_pushed_commits_are_checked_and_nothing_warm_counts(one: Project) -> None:
    remote = one.root.parent / "remote.git"
    one.git("init", "-q", "--bare", str(remote))
    one.git("remote", "add", "origin", str(remote))
    install(one.root, one.env, "pre-push")
    assert _push(one).returncode == 0
    stage(one, "app.py", "VALUE = 2\n")
    one.git("commit", "-qnm", "broken")
    stage(one, "app.py", "VALUE = 1 # now\n")
    before = still(one)
    pushed = _push(one)
    assert pushed.returncode != 0
    assert "AssertionError: 2" in pushed.stdout + pushed.stderr
    assert still(one) == before
    one.git("commit", "-qnm", "mended")
    assert _push(one).returncode == 0
    assert _push(one, ":other").returncode in {0, 1}


def _push(project: Project, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", "push", "-q", "origin", *(words or ("HEAD",))],
        cwd=project.root,
        env=project.env,
        capture_output=True,
        text=True,
        timeout=LIMIT * 2,
        check=False,
    )


def test_a_suite_that_uses_git_itself_leaves_the_repository_alone(project: Maker) -> None:
    test = (
        "import subprocess, tempfile\nfolder = tempfile.mkdtemp()\n"
        "def git(*w): subprocess.run(['git', *w], cwd=folder, check=True)\n"
        "git('init', '-q', '.')\ngit('config', 'core.bare', 'true')\ngit('config', 'a.b', 'c')\n"
        "git('config', 'core.bare', 'false')\nopen(folder + '/x', 'w').close()\n"
        "git('add', 'x')\ngit('commit', '-qm', 'theirs')\n"
    )
    made = project(f"unit: {{run: '{sys.executable} t.py', cycle: 1s}}", {"t.py": test})
    made.commit()
    made.git("worktree", "add", "-q", "../linked", "-b", "linked")
    linked = made.root.parent / "linked"
    install(made.root, made.env)
    for place in (made.root, linked):
        (place / "t.py").write_text(test + f"# {place.name}\n")
        made.git("add", "-A", cwd=place)
        before = kept(place, made.env)
        done = commit(made, cwd=place)
        assert done.returncode == 0, done.stderr
        after = kept(place, made.env)
        assert after.config == before.config
        assert after.files == before.files
        assert made.git("log", "--format=%s", "-1", cwd=place) == "more"
        assert made.git("rev-list", "--count", "HEAD", cwd=place) == "2"


def test_meanwhile_git_and_editors_go_on(project: Maker) -> None:
    made = project("unit: {run: mark unit, cycle: 1s}", {"a.txt": "1\n", "b.txt": "1\n"})
    made.commit()
    stage(made, "a.txt", "2\n")
    made.write({"a.txt": "3\n"})
    made.hold("unit")
    hook = made.start(*PRE)
    made.underway("unit")
    made.write({"a.txt": "4\n", "b.txt": "5\n"})
    made.git("add", "b.txt")
    after = still(made)
    made.release("unit")
    ended(hook, *PRE).ok()
    assert still(made) == after
    assert made.git("show", ":a.txt") == "2"


def test_two_hooks_at_once_take_turns(project: Maker) -> None:
    made = project("unit: {run: mark unit, cycle: 1s}", {"a.txt": "1\n"})
    made.commit()
    stage(made, "a.txt", "2\n")
    made.write({"a.txt": "3\n"})
    made.hold("unit")
    first = made.start(*PRE)
    made.underway("unit")
    second = made.start(*PRE)
    made.release("unit")
    ended(first, *PRE).ok()
    ended(second, *PRE).ok()
    assert made.ran() == ["unit"]


def test_a_shadow_that_cannot_be_kept_is_said(one: Project) -> None:
    stage(one, "app.py", "VALUE = 1 # other\n")
    one.write({"app.py": "VALUE = 2\n"})
    (one.place / "file").write_text("")
    done = one.run(*PRE, env={"XDG_CACHE_HOME": str(one.place / "file")}).fails(2)
    done.warns("cannot keep a copy of what is staged", "XDG_CACHE_HOME")


def test_a_shadow_that_was_broken_is_made_anew(one: Project) -> None:
    stage(one, "app.py", "VALUE = 1 # other\n")
    one.write({"app.py": "VALUE = 2\n"})
    one.run(*PRE).ok()
    (shadow,) = (one.place / "home/.cache/innerloop/shadow").glob("*/tree")
    (shadow / ".git/index").write_bytes(b"what is this")
    (shadow / ".git/HEAD.lock").write_text("")
    (shadow / "app.py").write_text("VALUE = 9\n")
    (shadow / "stray.py").write_text("")
    stage(one, "app.py", "VALUE = 1 # yet another\n")
    one.write({"app.py": "VALUE = 2\n"})
    one.run(*PRE).ok()
    assert not (shadow / "stray.py").exists()


def test_a_hook_that_is_none_is_said(one: Project) -> None:
    one.run("hook", "run", "post-commit").fails(2).warns("pre-commit or pre-push")


def test_without_a_repository_there_is_nothing_to_hook(tmp_path: Path) -> None:
    (tmp_path / "loops.yaml").write_text("version: 1\ninner: {a: {run: 'true', cycle: 1s}}\n")
    done = subprocess.run([*LOOP, *PRE], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "git repository" in done.stderr


# -- nothing of the user's is reached through the shadow ------------------------------------------


def outside(project: Project) -> Path:
    folder = project.place / "outside"
    (folder / "models").mkdir(parents=True)
    (folder / "models/m.bin").write_text("mine")
    (folder / "a.txt").write_text("mine")
    (project.root / "lib").symlink_to(folder)
    return folder


def unstaged(project: Project, name: str = "a") -> None:
    """Have the shadow be needed."""
    stage(project, name, f"{os.urandom(4).hex()}\n")
    project.write({name: "in the work tree alone\n"})


def test_what_a_link_leads_to_is_never_written_or_taken_away(project: Maker) -> None:
    made = project("version: 1\nhook: {needs: [lib/models]}\ninner: {t: {run: 'true', cycle: 1s}}")
    folder = outside(made)
    made.commit()
    unstaged(made)
    made.run(*PRE).ok()
    stage(made, "loops.yaml", "version: 1\ninner: {t: {run: 'true', cycle: 1s, inputs: [a]}}\n")
    unstaged(made)
    made.run(*PRE).ok()
    assert (folder / "models/m.bin").read_text() == "mine"
    assert not (folder / "models").is_symlink()
    assert (folder / "a.txt").read_text() == "mine"


def test_what_was_needed_and_is_no_more_stays_where_it_is(project: Maker) -> None:
    made = project(
        "version: 1\nhook: {needs: [data]}\n"
        "inner: {t: {run: 'true', cycle: 1s, inputs: [a, 'data/*.csv']}}",
        {".gitignore": "/data\n", "data/x.csv": "mine"},
    )
    (made.root / "data/link.csv").symlink_to("x.csv")
    made.commit()
    unstaged(made)
    made.run(*PRE).ok()
    stage(made, "loops.yaml", "version: 1\ninner: {t: {run: 'true', cycle: 1s, inputs: [a]}}\n")
    unstaged(made)
    made.run(*PRE).ok()
    assert (made.root / "data/x.csv").read_text() == "mine"
    assert (made.root / "data/link.csv").is_symlink()


def test_of_a_folder_that_git_has_a_part_of_the_staged_part_counts(project: Maker) -> None:
    made = project(
        "version: 1\nhook: {needs: [data]}\n"
        "inner: {t: {run: 'grep -q good data/x && grep -q more data/y', cycle: 1s}}",
        {".gitignore": "data/y\n", "data/x": "good\n", "data/y": "more\n"},
    )
    made.commit()
    stage(made, "data/x", "bad\n")
    made.write({"data/x": "good\n"})
    made.run(*PRE).fails(1)
    stage(made, "data/x", "good again\n")
    made.write({"data/x": "bad\n"})
    made.run(*PRE).ok()
    assert (made.root / "data/x").read_text() == "bad\n"


def test_a_fix_takes_each_file_by_its_very_name(project: Maker) -> None:
    made = project("t: {run: 'true', fix: 'sed -i s/x/y/ [[]ab].py', cycle: 1s}")
    made.write({"[ab].py": "", "a.py": "1\n"}).commit()
    made.write({"[ab].py": "x\n", "a.py": "2\n"})
    made.git("add", "-A")
    made.write({"a.py": "3, not to be committed\n"})
    made.run("fix", "--staged").ok().prints("fixed 1 file: [ab].py")
    assert made.git("show", ":a.py") == "2"
    assert (made.root / "[ab].py").read_text() == "y\n"


def test_a_fix_writes_nothing_behind_a_link(project: Maker) -> None:
    made = project("t: {run: 'true', fix: 'sed -i s/x/y/ pkg/a.py', cycle: 1s}", {"pkg/a.py": ""})
    made.commit()
    stage(made, "pkg/a.py", "x\n")
    (made.root / "pkg").rename(made.place / "elsewhere")
    (made.root / "pkg").symlink_to(made.place / "elsewhere")
    made.run("fix", "--staged").fails(1).warns("left for you: pkg/a.py")
    assert (made.place / "elsewhere/a.py").read_text() == "x\n"


def before_git(made: Project, word: str, text: str) -> None:
    """Have something done just before git is called with that word."""
    git = shutil.which("git", path=made.env["PATH"])
    called = f'case " $* " in *" {word} "*)\n{text}\n;; esac\nexec {git} "$@"'
    made.program("git", called)


@pytest.mark.parametrize("word", ["add", "update-index"])
def test_what_an_editor_saves_before_a_fix_is_staged_is_not_staged(
    project: Maker, word: str
) -> None:
    made = project("t: {run: 'true', fix: 'sed -i s/x/y/ a.txt', cycle: 1s}", {"a.txt": ""})
    made.commit()
    stage(made, "a.txt", "x\n")
    saved = made.place / "saved"
    text = f"[ -e {saved} ] || grep -q y {made.root}/a.txt && echo mine > {made.root}/a.txt"
    before_git(made, word, f"{text} && touch {saved}")
    made.run("fix", "--staged")
    assert (made.root / "a.txt").read_text() == "mine\n"
    assert made.git("show", ":a.txt") == "y"


def test_a_file_that_git_takes_for_unchanged_is_fixed_and_stays_so(project: Maker) -> None:
    made = project("t: {run: 'true', fix: 'sed -i s/x/y/ a.txt', cycle: 1s}", {"a.txt": "x\n"})
    made.commit()
    made.git("update-index", "--assume-unchanged", "a.txt")
    made.run("fix", "--staged").ok().prints("fixed 1 file")
    assert (made.root / "a.txt").read_text() == "y\n"
    assert made.git("show", ":a.txt") == "y"
    assert made.git("ls-files", "-v", "a.txt") == "h a.txt"


@pytest.mark.parametrize("mode", [0o600, 0o755, 0o640])
def test_a_fix_leaves_whoever_may_read_a_file(project: Maker, mode: int) -> None:
    made = project("t: {run: 'true', fix: 'sed -i s/x/y/ a.txt', cycle: 1s}", {"a.txt": "x\n"})
    (made.root / "a.txt").chmod(mode)
    made.commit()
    made.run("fix", "--staged").ok()
    assert (made.root / "a.txt").read_text() == "y\n"
    assert stat.S_IMODE((made.root / "a.txt").stat().st_mode) == mode
    made.loops("t: {run: 'true', fix: 'chmod a+x a.txt', cycle: 1s}").commit()
    made.run("fix", "--staged").ok()
    assert (made.root / "a.txt").stat().st_mode & 0o100
    assert not (made.root / "a.txt").stat().st_mode & ~mode & 0o66
    assert made.git("ls-files", "-s", "a.txt").startswith("100755")


# -- and nothing else than what is staged is believed ---------------------------------------------


@pytest.mark.parametrize("back", [False, True])
def test_a_save_during_the_hook_is_not_what_is_staged(project: Maker, *, back: bool) -> None:
    made = project(
        """
        slow: {run: mark slow, cycle: 1s, inputs: [a]}
        t: {run: 'grep -q good b', cycle: 2s, inputs: [b]}
        """,
        {"a": "1\n", "b": "good\n"},
    )
    made.commit()
    stage(made, "b", "bad\n")
    made.hold("slow")
    hook = made.start(*PRE)
    made.underway("slow")
    made.write({"b": "good, but not staged\n"})
    made.release("slow")
    if back:
        wait(lambda: "t " in (hook.stdout.readline() if hook.stdout else ""), "t to end")
        made.write({"b": "bad\n"})
    hook.communicate(timeout=LIMIT)
    assert hook.returncode == 1


def test_what_is_saved_and_put_back_as_a_loop_runs_is_not_what_is_staged(project: Maker) -> None:
    made = project(
        "t: {run: 'mark t && grep -q good b && mark u', cycle: 1s, inputs: [b]}", {"b": "good\n"}
    )
    made.commit()
    stage(made, "b", "bad\n")
    made.hold("t")
    made.hold("u")
    hook = made.start(*PRE)
    made.underway("t")
    made.write({"b": "good, but not staged\n"})
    made.release("t")
    made.underway("u")
    made.write({"b": "bad\n"})
    made.release("u")
    ended(hook, *PRE).fails(1).warns("apart from the work tree")


def test_a_loop_that_changes_what_it_checks_is_no_proof_of_what_is_staged(project: Maker) -> None:
    run = "cp b kept && echo good > b && grep -q good b; code=$?; cp kept b; exit $code"
    made = project(f"t: {{run: '{run}', cycle: 1s, inputs: [b]}}", {"b": "bad\n"})
    made.write({".gitignore": "kept\n"}).commit()
    made.run(*PRE).warns("apart from the work tree")
    assert "passed before" not in made.run(*PRE).out
    assert (made.root / "b").read_text() == "bad\n"


@pytest.mark.parametrize(
    ("loops", "files", "bad", "good"),
    [
        (
            """
            version: 1
            env_file: settings.env
            inner: {t: {run: 'test "$MODE" = good', cycle: 1s, inputs: [x]}}
            """,
            {"x": "", "settings.env": "MODE=good\n"},
            ("settings.env", "MODE=bad\n"),
            "MODE=good\n",
        ),
        (
            "t: {run: 'grep -q good lib/a', cycle: 1s, inputs: ['lib/**']}",
            {"shared/a": "good\n"},
            ("shared/a", "bad\n"),
            "good\n",
        ),
        (
            "t: {run: mycheck, cycle: 1s, inputs: [x]}",
            {"x": "", "bin/mycheck": "#!/bin/sh\nexit 0\n"},
            ("bin/mycheck", "#!/bin/sh\nexit 1\n"),
            "#!/bin/sh\nexit 0\n",
        ),
    ],
    ids=["environment file", "behind a link", "on the PATH"],
)
def test_whatever_a_loop_depends_on_is_the_staged_one(
    project: Maker, loops: str, files: dict[str, str], bad: tuple[str, str], good: str
) -> None:
    made = project(loops, files)
    if "shared/a" in files:
        (made.root / "lib").symlink_to("shared")
    if "bin/mycheck" in files:
        (made.root / "bin/mycheck").chmod(0o755)
        made.env["PATH"] = f"{made.root}/bin:{made.env['PATH']}"
    made.commit()
    made.run(*PRE).ok()
    stage(made, *bad)
    made.write({bad[0]: good})
    unrelated = "unrelated.txt"
    stage_only(made, unrelated)
    made.run(*PRE).fails(1)


def stage_only(project: Project, name: str) -> None:
    project.write({name: "staged\n"})
    project.git("add", name)
    project.write({name: "not staged\n"})


def test_an_ignored_input_is_told_by_more_than_size_and_time(project: Maker) -> None:
    made = project(
        "t: {run: 'grep -q good data/x', cycle: 1s, inputs: [a, data/x]}",
        {".gitignore": "data/\n", "data/x": "good\n", "a": "1\n"},
    )
    made.commit()
    unstaged(made)
    made.run(*PRE).ok()
    times = os.stat(made.root / "data/x")
    made.write({"data/x": "evil\n"})
    os.utime(made.root / "data/x", ns=(times.st_atime_ns, times.st_mtime_ns))
    made.run(*PRE).fails(1)


@pytest.mark.parametrize(
    "run", ["PYTHONPATH=x python check.py", "python -I check.py && true", "python -E check.py"]
)
def test_a_python_that_hears_nothing_of_us_gives_no_verdict(project: Maker, run: str) -> None:
    made = project(
        f"unit: {{run: '{run}', cycle: 1s}}",
        {"src/app.py": "VALUE = 1\n", "check.py": CHECK, ".gitignore": ".venv\n"},
    )
    venv = made.root / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    (site,) = venv.glob("lib/python*/site-packages")
    (site / "app.pth").write_text(f"{made.root}/src\n")
    made.commit()
    stage(made, "src/app.py", "VALUE = 2\n")
    made.write({"src/app.py": "VALUE = 1\n"})
    made.run(*PRE).fails(2).warns("imports the work tree")


def test_what_must_run_brings_what_it_comes_after(project: Maker) -> None:
    made = project(
        """\
        version: 1
        hook: {pre-commit: {budget: 5s, always: [slow]}}
        inner:
          middle: {run: mark middle, cycle: 10s}
          slow: {run: mark slow, cycle: 1h, after: [middle]}
        """
    )
    made.git("add", "-A")
    made.run(*PRE).ok()
    assert made.ran() == ["middle", "slow"]
    made.loops(
        "version: 1\nhook: {pre-push: {always: [a]}}\ninner: {a: {run: x, cycle: 1s, auto: no}}"
    )
    made.run("check").fails(2).warns("runs only when named")


def test_what_one_says_on_this_machine_holds_for_hooks(project: Maker) -> None:
    made = project("t: {run: 'false', cycle: 1h}", {"a": "", ".gitignore": "loops.local.yaml\n"})
    made.commit()
    made.run(*PRE).ok().prints("deferred")
    made.write({"loops.local.yaml": "hook: {pre-commit: {budget: none}}\n"})
    unstaged(made)
    made.run(*PRE).fails(1)


def test_the_repository_is_nothing_that_is_needed(project: Maker) -> None:
    made = project("version: 1\nhook: {needs: [.git/]}\ninner: {t: {run: x, cycle: 1s}}")
    made.run("check").fails(2).warns("hooks check in a repository already")


def test_what_is_staged_meanwhile_is_checked_as_well(project: Maker) -> None:
    made = project("t: {run: 'mark t && ! grep -rq bad src', cycle: 1s}", {"src/a": "1\n"})
    made.commit()
    stage(made, "src/a", "2\n")
    made.hold("t")
    hook = made.start(*PRE)
    made.underway("t")
    stage(made, "src/z", "bad\n")
    made.release("t")
    ended(hook, *PRE).fails(1)


def test_it_is_said_where_it_was_checked(one: Project) -> None:
    stage(one, "app.py", "VALUE = 2\n")
    one.write({"app.py": "VALUE = 1\n"})
    done = one.run(*PRE).fails(1)
    done.warns("apart from the work tree", "loop fix --staged", "'needs' of 'hook'")


def test_the_staged_configuration_counts_where_no_loop_depends_on_it(project: Maker) -> None:
    narrow = "t: {{run: '{run}', cycle: 1s, inputs: [a]}}"
    made = project(narrow.format(run="true"), {"a": "1\n"})
    made.commit()
    made.run(*PRE).ok()
    made.loops(narrow.format(run="false"))
    made.git("add", "-A")
    made.loops(narrow.format(run="true"))
    made.run(*PRE).fails(1)
