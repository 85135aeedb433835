"""loop hook: installed, called by git in every way it calls a hook, and taken away again."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from conftest import LOOP, Done

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conftest import Maker, Project

BESIDE = os.path.dirname(sys.executable)
pytestmark = pytest.mark.skipif(
    not os.access(f"{BESIDE}/loop", os.X_OK), reason="there is no loop beside this Python"
)
UNIT = "unit: {run: mark unit, cycle: 1s, cache: false}"


def git(
    found: Project, *words: str, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> Done:
    """Git, to whatever end it comes."""
    done = subprocess.run(
        ["git", *words],
        cwd=cwd or found.root,
        env={**found.env, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    return Done(("(git)", *words), done.returncode, done.stdout, done.stderr)


def commit(found: Project, *words: str, cwd: Path | None = None) -> Done:
    return git(found, "commit", "--allow-empty", "-qm", "x", *words, cwd=cwd)


@pytest.fixture
def found(project: Maker) -> Project:
    """A project with one loop and a commit; its path has a space and a quote."""
    return project(UNIT, root="it's a project").commit()


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


# -- from install to uninstall -----------------------------------------------------------------


def test_a_commit_is_checked_until_the_hook_is_taken_away(found: Project) -> None:
    found.run("hook", "install").ok().quiet().prints(
        "pre-commit: wrote .git/hooks/pre-commit\n", "pre-push: wrote .git/hooks/pre-push\n"
    )

    commit(found).ok()
    assert found.ran() == ["unit"]
    found.breaks("unit")
    commit(found).fails(1).warns("unit is broken")
    assert found.ran() == ["unit"]

    found.run("hook", "uninstall").ok().quiet().prints("removed .git/hooks/pre-commit")
    commit(found).ok()
    assert found.ran() == []


def test_only_the_hook_that_was_asked_for(found: Project) -> None:
    found.run("hook", "install", "--hook", "pre-push").ok()

    commit(found).ok()
    assert found.ran() == []
    found.run("hook", "install", "--hook", "commit-msg").fails(2).warns("no hook called")
    found.run("hook", "uninstall", "--hook", "nonsense").fails(2).warns("no hook called")


def test_installing_twice_changes_nothing(found: Project) -> None:
    found.run("hook", "install").ok()
    hook = found.root / ".git/hooks/pre-commit"
    before = hook.stat()

    found.run("hook", "install").ok().prints("stands already: .git/hooks/pre-commit")

    assert (hook.stat().st_ino, hook.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_nothing_to_take_away(found: Project) -> None:
    found.run("hook", "uninstall").ok().prints("pre-commit: not installed")


def test_one_that_was_edited_stays_and_is_named(found: Project) -> None:
    found.run("hook", "install").ok()
    hook = found.root / ".git/hooks/pre-commit"
    hook.write_text(f"{hook.read_text()}echo mine\n")

    found.run("hook", "uninstall").fails(1).warns("pre-commit: .git/hooks/pre-commit was edited")

    assert hook.exists()
    assert not (found.root / ".git/hooks/pre-push").exists()
    found.run("hook", "install").fails(2).warns("edited since")


def test_skipped_by_a_variable_and_by_git(found: Project) -> None:
    found.run("hook", "install").ok()
    found.breaks("unit")

    git(found, "commit", "--allow-empty", "-qm", "x", env={"LOOP_HOOK": "0"}).ok().warns(
        "LOOP_HOOK=0, so nothing is checked at pre-commit"
    )
    commit(found, "--no-verify").ok()
    found.run("hook", "run", "pre-commit", env={"LOOP_HOOK": "0"}).ok().warns("LOOP_HOOK=0")

    assert found.ran() == []


def test_a_branch_without_loops_passes_silently(found: Project) -> None:
    found.run("hook", "install").ok()
    found.git("checkout", "-q", "--orphan", "other")
    found.git("rm", "-qrf", ".")

    assert commit(found).ok().err == ""


# -- what was there before ---------------------------------------------------------------------


def test_the_hook_that_was_there_runs_first_and_decides_too(found: Project) -> None:
    hook = script(found.root / ".git/hooks/pre-commit", "mark before")
    found.run("hook", "install").ok().prints(
        "pre-commit: what was there before is .git/hooks/pre-commit.before-loop, and runs first"
    )

    commit(found).ok()
    assert found.ran() == ["before", "unit"]
    found.breaks("before")
    commit(found).fails(1)
    assert found.ran() == ["before"]

    found.run("hook", "uninstall").ok().prints("what was there before is .git/hooks/pre-commit")
    assert hook.read_text() == "#!/bin/sh\nmark before\n"


def test_its_exit_code_is_the_hooks(found: Project) -> None:
    script(found.root / ".git/hooks/pre-commit", "exit 3")
    found.run("hook", "install").ok()

    done = subprocess.run(
        [".git/hooks/pre-commit"], cwd=found.root, env=found.env, check=False, capture_output=True
    )

    assert done.returncode == 3


def test_one_that_git_would_not_run_is_not_run(found: Project) -> None:
    script(found.root / ".git/hooks/pre-commit", "mark before").chmod(0o644)
    found.run("hook", "install").ok()

    commit(found).ok()

    assert found.ran() == ["unit"]


def test_one_that_is_a_link_stays_one(found: Project) -> None:
    script(found.place / "shared/pre-commit", "mark before")
    hook = found.root / ".git/hooks/pre-commit"
    hook.symlink_to("../../../shared/pre-commit")
    found.run("hook", "install").ok()

    commit(found).ok()
    assert found.ran() == ["before", "unit"]

    found.run("hook", "uninstall").ok()
    assert os.readlink(hook) == "../../../shared/pre-commit"


def test_one_that_is_gone_is_missed(found: Project) -> None:
    script(found.root / ".git/hooks/pre-commit", "mark before")
    found.run("hook", "install").ok()
    (found.root / ".git/hooks/pre-commit.before-loop").unlink()

    commit(found).ok().warns("pre-commit.before-loop is gone")
    assert found.ran() == ["unit"]

    found.run("hook", "uninstall").fails(1).warns("is gone")


def test_both_hear_what_is_pushed(found: Project) -> None:
    found.git("init", "-q", "--bare", "../remote")
    place = shlex.quote(str(found.place))
    script(found.root / ".git/hooks/pre-push", f'echo "$@" > {place}/words; cat > {place}/first')
    script(found.place / "loop", f'echo "$@" >> {place}/words; cat > {place}/second')
    found.run("hook", "install").ok()
    hook = found.root / ".git/hooks/pre-push"
    # Not ours any more, but with all of ours in it.
    text = hook.read_text().replace(f"{BESIDE}/loop", shlex.quote(f"{found.place}/loop"))
    hook.write_text(text)

    git(found, "push", "-q", "../remote", "HEAD:refs/heads/a", "HEAD:refs/heads/b").ok()

    head = found.git("rev-parse", "HEAD")
    lines = [f"HEAD {head} refs/heads/{name} {'0' * 40}" for name in "ab"]
    assert sorted((found.place / "first").read_text().splitlines()) == lines
    assert (found.place / "second").read_text() == (found.place / "first").read_text()
    assert (found.place / "words").read_text().splitlines() == [
        "../remote ../remote",
        "hook run pre-push ../remote ../remote",
    ]


def test_one_that_does_not_listen_harms_nobody(found: Project) -> None:
    found.git("init", "-q", "--bare", "../remote")
    script(found.root / ".git/hooks/pre-push", "exec < /dev/null; mark before")
    found.run("hook", "install").ok()
    for number in range(500):
        found.git("update-ref", f"refs/heads/{'long' * 20}{number}", "HEAD")

    done = git(found, "push", "-q", "--all", "../remote").ok()

    assert found.ran() == ["before", "unit"]
    assert "printf" not in done.err


def test_nothing_is_pushed(found: Project) -> None:
    found.git("init", "-q", "--bare", "../remote")
    found.run("hook", "install").ok()
    found.git("push", "-q", "../remote", "HEAD:refs/heads/a")
    found.ran()

    git(found, "push", "-q", "../remote", "HEAD:refs/heads/a").ok()

    assert found.ran() == ["unit"]


# -- from wherever a commit is made ------------------------------------------------------------


def test_from_a_folder_below_and_from_outside(found: Project) -> None:
    found.write({"deep/down/file": ""}).commit()
    found.run("hook", "install", cwd=found.root / "deep/down").ok().prints(
        f"wrote {found.root}/.git/hooks/pre-commit"
    )

    commit(found, cwd=found.root / "deep/down").ok()
    git(found, "-C", str(found.root), "commit", "-qm", "x", "--allow-empty", cwd=found.place).ok()

    assert found.ran() == ["unit", "unit"]


def test_a_linked_worktree_checks_itself(found: Project) -> None:
    found.git("worktree", "add", "-q", "../linked")
    found.run("hook", "install").ok()
    linked = found.place / "linked"
    (linked / "loops.yaml").write_text("version: 1\ninner: {own: {run: mark own, cycle: 1s}}\n")

    commit(found, "-a", cwd=linked).ok()

    assert found.ran() == ["own"]
    assert (linked / ".loop").exists()


def test_installed_from_a_linked_worktree(found: Project) -> None:
    found.git("worktree", "add", "-q", "../linked")

    found.run("hook", "install", cwd=found.place / "linked").ok().prints(
        f"wrote {found.root}/.git/hooks/pre-commit"
    )

    commit(found).ok()
    assert found.ran() == ["unit"]


def test_a_worktree_with_hooks_of_its_own(found: Project) -> None:
    found.git("worktree", "add", "-q", "../linked")
    found.git("config", "extensions.worktreeConfig", "true")
    linked = found.place / "linked"
    found.git("config", "--worktree", "core.hooksPath", str(found.place / "own"), cwd=linked)

    found.run("hook", "install", cwd=linked).ok().prints(
        f"{found.place}/own is a folder outside the repository"
    )

    commit(found).ok()
    assert found.ran() == []
    commit(found, cwd=linked).ok()
    assert found.ran() == ["unit"]


def test_a_worktree_of_a_bare_repository(found: Project) -> None:
    found.git("clone", "-q", "--bare", ".", "../bare")
    found.git("worktree", "add", "-q", "../tree", cwd=found.place / "bare")
    found.run("hook", "install", cwd=found.place / "bare").fails(2).warns("bare repository")

    found.run("hook", "install", cwd=found.place / "tree").ok()

    commit(found, cwd=found.place / "tree").ok()
    assert found.ran() == ["unit"]


def test_a_submodule_has_hooks_of_its_own(found: Project, project: Maker) -> None:
    over = project("unit: {run: mark over, cycle: 1s}", root="over")
    local = ("-c", "protocol.file.allow=always")
    over.git(*local, "submodule", "add", "-q", str(found.root), "lib")
    over.commit()
    lib = over.root / "lib"

    over.run("hook", "install", cwd=lib).ok().prints(
        f"wrote {over.root}/.git/modules/lib/hooks/pre-commit"
    )

    commit(over, cwd=lib).ok()
    assert over.ran() == ["unit"]
    commit(over).ok()
    assert over.ran() == []


def test_a_repository_inside_a_project_is_not_the_projects(found: Project) -> None:
    found.git("init", "-q", "inside")

    found.run("hook", "install", cwd=found.root / "inside").fails(2).warns(
        f"the nearest loops.yaml is in {found.root}, outside the repository", "loop init"
    )


def test_several_projects_in_one_repository(found: Project) -> None:
    for name in ("one", "two"):
        loop = f"{{run: mark {name}, cycle: 1s, cache: false}}"
        found.write({f"{name}/loops.yaml": f"version: 1\ninner: {{u: {loop}}}\n"})
        found.run("hook", "install", cwd=found.root / name).ok()
    found.run("hook", "install").ok()

    commit(found).ok()
    assert found.ran() == ["unit", "one", "two"]
    found.breaks("one")
    commit(found).fails(1)
    assert found.ran() == ["unit", "one"]

    found.run("hook", "uninstall", cwd=found.root / "one").ok().prints(
        "which is still for the top of the work tree, two"
    )
    commit(found).ok()
    assert found.ran() == ["unit", "two"]


def test_not_where_there_is_no_repository_or_no_project(project: Maker) -> None:
    found = project(git=False)
    found.run("hook", "install").fails(2).warns("not a git repository", "git init")
    found.git("init", "-q")
    (found.root / "loops.yaml").unlink()
    found.run("hook", "install").fails(2).warns("there is no loops.yaml", "loop init")
    found.run("hook", "install", cwd=found.root / ".git").fails(2).warns("work tree")


def test_a_repository_that_git_does_not_trust(found: Project) -> None:
    (found.root / ".git/config").write_text("[core]\n\trepositoryformatversion = 99\n")

    found.run("hook", "install").fails(2).warns("git does not answer here: ", "99")


# -- where git looks for hooks -----------------------------------------------------------------


def test_a_folder_of_all_repositories_is_refused(found: Project) -> None:
    shared = found.place / "everybodys"
    shared.mkdir()
    found.git("config", "--global", "core.hooksPath", str(shared))

    found.run("hook", "install").fails(2).warns(
        f"core.hooksPath is '{shared}' for more than this repository (global settings)",
        "git config core.hooksPath",
    )

    assert list(shared.iterdir()) == []


def test_hooks_installed_before_such_a_setting_can_be_taken_away(found: Project) -> None:
    found.run("hook", "install").ok()
    found.git("config", "--global", "core.hooksPath", "/nowhere")

    found.run("hook", "uninstall").ok().prints("removed .git/hooks/pre-commit")


def test_a_setting_that_switches_hooks_off(found: Project) -> None:
    found.git("config", "core.hooksPath", "/dev/null")

    found.run("hook", "install").fails(2).warns("switches hooks off", "--unset")


def test_a_folder_that_is_committed_is_written_when_asked(found: Project) -> None:
    found.git("config", "core.hooksPath", ".githooks")
    found.run("hook", "install").fails(2).warns(
        "core.hooksPath is .githooks, which is committed with the rest", "--shared"
    )
    assert not (found.root / ".githooks").exists()

    found.run("hook", "install", "--shared").ok().prints(
        "wrote .githooks/pre-commit", ".githooks is a folder of the work tree"
    )

    assert BESIDE not in (found.root / ".githooks/pre-commit").read_text()
    commit(found).fails(1).warns("there is no loop to check", "git commit --no-verify")
    found.program("loop", f'exec {shlex.join(LOOP)} "$@"')
    commit(found).ok()
    assert found.ran() == ["unit"]


def test_a_folder_of_the_work_tree_that_git_ignores(found: Project) -> None:
    found.git("config", "core.hooksPath", "build/hooks")
    found.write({".gitignore": "build\n", "sub/file": ""})

    found.run("hook", "install", cwd=found.root / "sub").ok()

    commit(found, cwd=found.root / "sub").ok()
    assert found.ran() == ["unit"]


def test_huskys_folder_is_huskys(found: Project) -> None:
    found.git("config", "core.hooksPath", ".husky/_")
    found.write({".husky/_/h": "", ".husky/_/.gitignore": "*\n", ".husky/_/pre-commit": ""})

    found.run("hook", "install").fails(2).warns(
        "husky writes the hooks in .husky/_ anew", ".husky/pre-commit: loop hook run pre-commit"
    )


# -- which loop is run -------------------------------------------------------------------------


def moved(found: Project) -> None:
    """Installed by a `loop` that is no longer there."""
    found.run("hook", "install").ok()
    hook = found.root / ".git/hooks/pre-commit"
    hook.write_text(hook.read_text().replace(f"{BESIDE}/loop", "/nowhere/bin/loop"))


def test_the_one_that_installed_it_whatever_the_path(found: Project) -> None:
    found.run("hook", "install").ok()
    place = shlex.quote(str(found.place))
    script(found.root / ".venv/bin/loop", f"touch {place}/wrong")
    found.program("loop", f"touch {place}/wrong")

    git(found, "commit", "--allow-empty", "-qm", "x", env={"PATH": "/usr/bin:/bin"}).fails(1).warns(
        "mark"
    )

    assert not (found.place / "wrong").exists()


def test_the_projects_own_where_that_is_gone(found: Project) -> None:
    moved(found)
    found.program("loop", 'echo "something else 3.0"')
    script(found.root / ".venv/bin/loop", f'exec {shlex.join(LOOP)} "$@"')

    commit(found).ok()

    assert found.ran() == ["unit"]


def test_the_one_on_path_where_that_is_gone_too(found: Project) -> None:
    moved(found)
    found.program("loop", f'exec {shlex.join(LOOP)} "$@"')

    commit(found).ok()

    assert found.ran() == ["unit"]


def test_an_interpreter_that_is_gone(found: Project) -> None:
    moved(found)
    hook = found.root / ".git/hooks/pre-commit"
    broken = found.program("broken", "#!/nowhere/python\n")
    hook.write_text(hook.read_text().replace("/nowhere/bin/loop", str(broken)))
    found.program("loop", f'exec {shlex.join(LOOP)} "$@"')

    commit(found).ok()

    assert found.ran() == ["unit"]


def test_no_loop_anywhere(found: Project) -> None:
    moved(found)
    found.program("loop", 'echo "something else 3.0"')

    commit(found).fails(1).warns(
        "error: there is no loop to check",
        "looked for: /nowhere/bin/loop, .venv/bin/loop, and loop on PATH",
        "git commit --no-verify",
        "remove ",
    )


# -- what a loop is told of git ----------------------------------------------------------------


def test_a_loop_sees_what_it_sees_in_a_terminal(found: Project) -> None:
    place = shlex.quote(str(found.place))
    found.loops(f'unit: {{run: "env | sort > {place}/env", cycle: 1s, cache: false}}')
    found.run("inner").ok()
    terminal = told(found)
    found.run("hook", "install").ok()
    found.git("add", ".")

    commit(found, "-a").ok()

    # The shell that the hook is written in has its own two.
    assert told(found) - terminal <= {f"OLDPWD={found.root}"}
    assert not terminal - told(found)


def told(found: Project) -> set[str]:
    lines = (found.place / "env").read_text().splitlines()
    return {line for line in lines if not line.startswith(("LOOP_", "_=", "SHLVL=", "PWD="))}


def test_a_suite_that_makes_repositories_leaves_this_one_alone(found: Project) -> None:
    linked = found.place / "linked"
    found.git("worktree", "add", "-q", str(linked))
    place = shlex.quote(str(found.place / "scratch"))
    suite = f"mkdir -p {place}; cd {place}; git init -q; git add -A .; git config core.bare true"
    script(linked / "suite", suite)
    (linked / "loops.yaml").write_text("version: 1\ninner: {unit: {run: ./suite, cycle: 1s}}\n")
    found.run("hook", "install", cwd=linked).ok()
    config = (found.root / ".git/config").read_bytes()
    found.git("add", ".", cwd=linked)
    listed = found.git("ls-files", "-s", cwd=linked)

    commit(found, cwd=linked).ok()

    assert (found.root / ".git/config").read_bytes() == config
    assert found.git("ls-files", "-s", cwd=linked) == listed
    assert (found.place / "scratch/.git").exists()


def test_an_unknown_hook_is_not_run(found: Project) -> None:
    found.run("hook", "run", "commit-msg").fails(2).warns("pre-commit or pre-push")


def test_a_project_below_is_run_as_frameworks_are_told_to(found: Project) -> None:
    found.write({"sub/loops.yaml": "version: 1\ninner: {own: {run: mark own, cycle: 1s}}\n"})

    found.run("hook", "run", "pre-commit", "-C", "sub").ok()
    found.run("hook", "run", "pre-push").ok()

    assert found.ran() == ["own", "unit"]


def test_the_doctor_knows(found: Project) -> None:
    found.run("doctor").ok().prints("hooks: none (loop hook install)")
    found.run("hook", "install").ok()
    found.run("doctor").ok().prints("hooks: pre-commit, pre-push\n", "nothing is wrong")
    hook = found.root / ".git/hooks/pre-push"
    hook.write_text(f"{hook.read_text()}\n")
    found.run("doctor").ok().prints("pre-push hook: was edited")


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_nothing_is_committed_and_nothing_goes_on(
    found: Project, sign: signal.Signals
) -> None:
    found.run("hook", "install").ok()
    head = found.git("rev-parse", "HEAD")
    found.hold("unit")
    words = ["git", "commit", "--allow-empty", "-qm", "x"]
    with subprocess.Popen(
        words, cwd=found.root, env=found.env, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        found.underway("unit")
        os.killpg(process.pid, sign)
        # Whoever still ran would hold the other end of it.
        process.communicate(timeout=20)

    assert process.returncode
    assert found.git("rev-parse", "HEAD") == head
    found.release("unit")
    commit(found).ok()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_path_that_is_no_text(found: Project) -> None:
    folder = os.fsencode(found.root) + b"/s\xfeb\nnew $line"
    os.mkdir(folder)
    below = found.root / os.fsdecode(os.path.basename(folder))
    (below / "loops.yaml").write_text("version: 1\ninner: {own: {run: mark own, cycle: 1s}}\n")
    found.run("hook", "install", cwd=below).ok()

    commit(found).ok()
    assert found.ran() == ["own"]

    found.run("hook", "uninstall", cwd=below).ok().prints("removed")


# -- the script by itself ----------------------------------------------------------------------


def asks(found: Project, *names: str) -> Path:
    """Have the hook run a `loop` that only says where it is and what it was told."""
    said = found.place / "said"
    wanted = " ".join(f'"{name}=${{{name}-}}"' for name in names)
    script(found.place / "asks", f"printf '%s\\n' \"$PWD\" {wanted} >> {shlex.quote(str(said))}")
    hook = found.root / ".git/hooks/pre-commit"
    text = hook.read_text().replace(f"{BESIDE}/loop", shlex.quote(f"{found.place}/asks"))
    hook.write_text(text)
    return said


@pytest.mark.parametrize("words", [(), ("--hook", "pre-commit")])
def test_a_hook_that_is_a_link_to_another_is_not_led_astray(
    found: Project, words: tuple[str, ...]
) -> None:
    hooks = found.root / ".git/hooks"
    script(hooks / "pre-commit", "mark both")
    (hooks / "pre-push").symlink_to("pre-commit")

    done = found.run("hook", "install", *words).fails(2)

    done.warns("pre-push is a link to pre-commit", "mv pre-commit both && ln -s both pre-push")
    assert "innerloop" not in (hooks / "pre-commit").read_text()
    (hooks / "pre-commit").rename(hooks / "both")
    for name in ("pre-commit", "pre-push"):
        (hooks / name).unlink(missing_ok=True)
        (hooks / name).symlink_to("both")
    found.run("hook", "install").ok()
    commit(found).ok()
    assert found.ran() == ["both", "unit"]


def test_where_one_hook_is_refused_none_is_written(found: Project) -> None:
    (found.root / ".git/hooks/pre-push").mkdir(parents=True)

    found.run("hook", "install").fails(2).warns("pre-push is a folder")

    assert not (found.root / ".git/hooks/pre-commit").exists()


def test_the_index_is_found_from_a_project_below(found: Project) -> None:
    found.write({"sub/loops.yaml": "version: 1\ninner: {}\n"})
    found.run("hook", "install", "--hook", "pre-commit", cwd=found.root / "sub").ok()
    said = asks(found, "GIT_INDEX_FILE")

    commit(found).ok()

    assert said.read_text().splitlines() == [
        f"{found.root}/sub",
        f"GIT_INDEX_FILE={found.root}/.git/index",
    ]


@pytest.mark.parametrize("shell", [[], ["sh"], ["bash"]])
def test_called_by_hand_from_anywhere(found: Project, shell: list[str]) -> None:
    found.write({"deep/down/file": ""})
    script(found.root / ".git/hooks/pre-commit", "mark before")
    found.run("hook", "install").ok()
    said = asks(found)
    words = [*shell, "../../.git/hooks/pre-commit"]

    subprocess.run(words, cwd=found.root / "deep/down", env=found.env, check=True)

    assert said.read_text() == f"{found.root}\n"
    assert found.ran() == ["before"]


def test_kept_by_a_framework_that_came_later(found: Project) -> None:
    script(found.root / ".git/hooks/pre-commit", "mark before")
    found.run("hook", "install").ok()
    hooks = found.root / ".git/hooks"
    (hooks / "pre-commit").rename(hooks / "pre-commit.legacy")
    script(hooks / "pre-commit", '"${0%/*}/pre-commit.legacy"')

    commit(found).ok()

    assert found.ran() == ["before", "unit"]
