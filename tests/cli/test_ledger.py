"""The ledger: what counts as a pass, and what never does."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from typing import TYPE_CHECKING

import pytest
from conftest import Project, ended, wait

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Maker

NARROW = "unit: {run: mark unit, cycle: 1s, inputs: [a.py]}"


# -- a pass counts again -------------------------------------------------------------------------


def touched(p: Project) -> None:
    os.utime(p.root / "a.py")


def written_alike(p: Project) -> None:
    p.write({"a.py": "a"})


def ignored_file_edited(p: Project) -> None:
    p.write({"noise.log": "more"})


def committed(p: Project) -> None:
    p.commit()


def variable_nobody_named(p: Project) -> None:
    p.env["EDITOR"] = "vi"
    p.env["PYTHONDONTWRITEBYTECODE"] = "1"


def caches_deleted(p: Project) -> None:
    shutil.rmtree(p.root / ".loop/cache")
    shutil.rmtree(p.root / ".loop/receipts")


def caches_written_by_tools(p: Project) -> None:
    p.write({".pytest_cache/v": "1", "__pycache__/a.pyc": "1", "x.egg-info/PKG-INFO": "1"})


HARMLESS = (
    touched,
    written_alike,
    ignored_file_edited,
    committed,
    variable_nobody_named,
    caches_deleted,
    caches_written_by_tools,
)


@pytest.mark.parametrize("change", HARMLESS, ids=lambda change: change.__name__)
def test_what_changes_no_verdict_runs_nothing(
    project: Maker, change: Callable[[Project], None]
) -> None:
    found = project(files={"a.py": "a", ".gitignore": "*.log\n"})
    assert found.sealed() == ["unit"]

    change(found)

    assert found.walked() == []


def test_content_that_passed_once_has_passed_when_it_comes_back(project: Maker) -> None:
    found = project(files={"a.py": "1"})
    found.sealed()
    found.write({"a.py": "2"})
    assert found.walked() == ["unit"]

    found.write({"a.py": "1"})

    assert found.walked() == []


def test_two_sets_of_variables_do_not_thrash(project: Maker) -> None:
    found = project("unit: {run: mark unit, cycle: 1s, env_inputs: [MODEL]}")
    for model in ("small", "large"):
        found.run("inner", env={"MODEL": model}).ok()
    found.ran()

    for model in ("small", "large", "small"):
        found.run("inner", env={"MODEL": model}).ok()

    assert found.ran() == []


# -- a verdict that does not count ---------------------------------------------------------------


def test_a_failure_is_never_remembered_as_an_answer(project: Maker) -> None:
    found = project()
    found.breaks("unit")
    for _ in range(2):
        found.run("inner").fails(1).prints("unit is broken", "red: unit failed")

    assert found.ran() == ["unit", "unit"]
    found.mends("unit")
    assert found.walked() == ["unit"]


def test_a_forced_failure_revokes_a_pass_and_its_receipt(project: Maker) -> None:
    found = project()
    found.sealed()
    found.breaks("unit")
    found.run("inner", "--force").fails(1)

    found.run("inner").fails(1)

    found.mends("unit")
    found.ran()
    assert found.walked() == ["unit"]
    assert found.walked() == []


def test_a_timeout_revokes_a_pass(project: Maker) -> None:
    found = project("unit: {run: mark unit, cycle: 1s, timeout: 300ms}")
    found.sealed()
    found.hold("unit")
    found.run("inner", "--force").fails(1).prints("TIMED OUT")
    found.release("unit")
    found.ran()

    assert found.walked() == ["unit"]


def sometimes(project: Maker) -> Project:
    """A project whose loop fails where there is a folder `bad`, which it takes away."""
    made = project("unit: {run: sometimes, cycle: 1s, retries: 1}")
    made.program("sometimes", f"mark unit; ! rmdir {made.place}/bad 2>/dev/null")
    return made


def test_a_pass_after_a_retry_is_flaky_and_not_remembered(project: Maker) -> None:
    found = sometimes(project)
    for _ in range(2):
        (found.place / "bad").mkdir()
        found.run("inner").ok().prints("flaky")

    assert found.ran() == ["unit"] * 4
    assert not found.receipts()


def test_a_flaky_pass_takes_an_earlier_one_back(project: Maker) -> None:
    found = sometimes(project)
    found.sealed()
    (found.place / "bad").mkdir()
    found.run("inner", "--force").ok().prints("flaky")
    found.ran()

    assert found.walked() == ["unit"]


@pytest.mark.parametrize(
    "said", ["collected 0 items", "Ran 0 tests in 0.000s", "No tests found, exiting with code 0"]
)
def test_a_run_that_checked_nothing_is_not_remembered(project: Maker, said: str) -> None:
    found = project("unit: {run: nothing, cycle: 1s}")
    found.program("nothing", f"mark unit; echo '{said}'")
    for _ in range(2):
        found.run("inner").ok().prints("nothing to check")

    assert found.ran() == ["unit", "unit"]
    assert not found.receipts()


def test_a_pass_expires_for_the_ledger_and_for_the_receipt(project: Maker) -> None:
    found = project("unit: {run: mark unit, cycle: 1s, fresh: 1s}")
    at = time.time()
    assert found.sealed()[:1] == ["unit"]

    wait(lambda: found.walked() == ["unit"], "the pass to expire")

    assert time.time() - at > 1


@pytest.mark.parametrize("signalled", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_walk_that_was_ended_has_passed_nothing(project: Maker, signalled: int) -> None:
    found = project()
    found.hold("unit")
    process = found.start("inner")
    found.underway("unit")
    process.send_signal(signalled)
    assert ended(process).code in {-signal.SIGKILL, 130, 143}
    found.release("unit")
    found.ran()

    assert found.walked() == ["unit"]


# -- two-sided -----------------------------------------------------------------------------------


def edit(p: Project) -> None:
    p.write({"a.py": "2"})


def edit_and_restore(p: Project) -> None:
    before = os.stat(p.root / "a.py")
    p.write({"a.py": "2"})
    p.write({"a.py": "1"})
    os.utime(p.root / "a.py", ns=(before.st_atime_ns, before.st_mtime_ns))


def replace_by_the_same(p: Project) -> None:
    shutil.copy2(p.root / "a.py", p.place / "copy")
    os.replace(p.place / "copy", p.root / "a.py")


def add(p: Project) -> None:
    p.write({"c.py": "3"})


def delete(p: Project) -> None:
    (p.root / "b.py").unlink()


MEANWHILE = (edit, edit_and_restore, replace_by_the_same, add, delete)


@pytest.mark.parametrize("change", MEANWHILE, ids=lambda change: change.__name__)
def test_nothing_is_recorded_when_inputs_move_meanwhile(
    project: Maker, change: Callable[[Project], None]
) -> None:
    found = project("unit: {run: mark unit, cycle: 1s, inputs: ['*.py']}", {"a.py": "1", "b.py": ""})

    done = meanwhile(found, change)

    assert "changed while it ran, so this is not remembered" in done
    assert found.walked() == ["unit"]
    assert found.walked() == []


def other_command(p: Project) -> None:
    p.loops(NARROW.replace("mark unit", "mark unit again"))


def broken_configuration(p: Project) -> None:
    p.loops(NARROW.replace("mark unit", "mark unit again") + "\nnonsense: {")
    p.loops(NARROW.replace("mark unit", "mark unit again"))


def other_variable(p: Project) -> None:
    p.write({"env.log": "A=2\n"})


def other_python(p: Project) -> None:
    (p.root / ".venv/bin").mkdir(parents=True)
    (p.root / ".venv/bin/python").symlink_to("/usr/bin/env")
    (p.root / ".venv/pyvenv.cfg").write_text("home = /usr/bin\n")


@pytest.mark.parametrize(
    "change", [other_command, broken_configuration, other_variable, other_python]
)
def test_what_is_read_once_may_not_change_under_a_receipt(
    project: Maker, change: Callable[[Project], None]
) -> None:
    found = project(
        f"version: 1\nenv_file: env.log\ninner:\n  {NARROW}",
        {"a.py": "1", "env.log": "A=1\n", ".gitignore": "*.log\n.venv/\n"},
    )

    meanwhile(found, change)

    assert found.walked() == ["unit"]


def meanwhile(p: Project, change: Callable[[Project], None]) -> str:
    """What a walk says while whose loop runs something is changed, long enough to look old."""
    p.hold("unit")
    process = p.start("inner")
    p.underway("unit")
    change(p)
    time.sleep(0.1)
    p.release("unit")
    done = ended(process).ok()
    p.ran()
    return done.err


def test_a_loop_that_writes_its_own_inputs_is_told_so(project: Maker) -> None:
    found = project("unit: {run: 'mark unit && date +%N > stamp', cycle: 1s}")

    found.run("inner").ok().warns("stamp changed while it ran", "outputs")

    assert found.walked("--keep-going") != []


def test_a_formatter_runs_again_until_it_changes_nothing(project: Maker) -> None:
    found = project(
        """
        lint: {run: mark lint, cycle: 1s, inputs: [a.py]}
        format: {run: tidy, cycle: 2s, inputs: [a.py], writes: true}
        """,
        {"a.py": "b"},
    )
    found.program("tidy", "mark format\nif grep -q b a.py; then echo a > a.py; fi")

    found.run("inner").ok().prints("format changed files: back to lint")

    assert found.ran() == ["lint", "format", "format", "lint"]
    assert found.walked() == []


def test_a_loop_that_writes_and_never_settles_fails(project: Maker) -> None:
    found = project("format: {run: 'mark format && echo >> a.py', cycle: 1s, writes: true}")

    found.run("inner").fails(1).prints("does not settle", "a.py")

    assert found.ran() == ["format"] * 3


# -- probes --------------------------------------------------------------------------------------


def test_what_a_probe_prints_is_part_of_the_question(project: Maker) -> None:
    found = project("unit: {run: mark unit, cycle: 1s, probe: schema}")
    found.program("schema", f"cat {found.place}/version")
    (found.place / "version").write_text("1")
    assert found.walked() == ["unit"]
    assert found.walked() == []

    (found.place / "version").write_text("2")

    assert found.walked() == ["unit"]


def test_a_probe_that_fails_means_no_caching_and_a_warning(project: Maker) -> None:
    found = project("unit: {run: mark unit, cycle: 1s, probe: schema}")
    found.program("schema", "echo same; exit 3")
    for _ in range(2):
        found.run("inner").ok().warns("probe 'schema' failed")

    assert found.ran() == ["unit", "unit"]
    assert not found.receipts()


def test_a_loop_that_is_never_cached_always_runs(project: Maker) -> None:
    found = project("unit: {run: mark unit, cycle: 1s, cache: false}")

    assert [found.walked(), found.walked(), found.walked()] == [["unit"]] * 3
    assert not found.receipts()


# -- {changed} -----------------------------------------------------------------------------------

LINT = "lint: {run: 'show {changed}', cycle: 1s, files: ['*.py'], inputs: [tool.toml]}"
THREE = {"a.py": "a", "b.py": "b", "c.py": "c", "tool.toml": ""}


def shows(project: Maker, loops: str = LINT) -> Project:
    """A project whose loop says which files it was handed, and has been handed all of them."""
    made = project(loops, THREE)
    made.program("show", 'for f in "$@"; do mark "$f"; done\n[ ! -e "$0.fails" ]')
    assert made.walked() == ["./a.py", "./b.py", "./c.py"]
    return made


def test_only_what_changed_since_it_passed_is_handed_over(project: Maker) -> None:
    found = shows(project)
    found.write({"b.py": "B", "d.py": "d"})

    assert found.walked() == ["./b.py", "./d.py"]


def test_what_failed_is_handed_over_again_with_what_changed_since(project: Maker) -> None:
    found = shows(project)
    found.write({"b.py": "B"})
    (found.bin / "show.fails").touch()
    found.run("inner").fails(1)
    assert found.ran() == ["./b.py"]
    (found.bin / "show.fails").unlink()
    found.write({"c.py": "C"})

    assert found.walked() == ["./b.py", "./c.py"]


@pytest.mark.parametrize(
    "change",
    [
        lambda p: (p.root / "a.py").unlink(),
        lambda p: p.write({"tool.toml": "strict"}),
        lambda p: p.env.update({"PYTHONPATH": "x"}),
        lambda p: p.loops(LINT.replace("show", "show --").replace("--", "")),
    ],
    ids=["deletion", "input", "variable", "command"],
)
def test_any_other_change_hands_over_all(
    project: Maker, change: Callable[[Project], object]
) -> None:
    found = shows(project)
    change(found)
    found.write({"b.py": "B"})
    left = sorted(f"./{path.name}" for path in found.root.glob("*.py"))

    assert found.walked() == left


def test_a_revoked_pass_vouches_for_no_file(project: Maker) -> None:
    found = shows(project)
    (found.bin / "show.fails").touch()
    found.run("inner", "--force").fails(1)
    (found.bin / "show.fails").unlink()
    found.ran()

    found.write({"b.py": "B"})

    assert found.walked() == ["./a.py", "./b.py", "./c.py"]


def test_an_expired_pass_vouches_for_no_file(project: Maker) -> None:
    found = shows(project, LINT.replace("cycle", "fresh: 10ms, cycle"))
    time.sleep(0.01)
    found.write({"b.py": "B"})

    assert found.walked() == ["./a.py", "./b.py", "./c.py"]


def test_a_pass_whose_outputs_are_gone_vouches_for_no_file(project: Maker) -> None:
    loops = LINT.replace("show {changed}", "show {changed} && touch built")
    found = shows(project, loops.replace("cycle", "outputs: [built], cycle"))
    (found.root / "built").unlink()
    found.write({"b.py": "B"})

    assert found.walked() == ["./a.py", "./b.py", "./c.py"]


def test_nothing_left_is_skipped_and_never_run_bare(project: Maker) -> None:
    found = project("lint: {run: 'mark bare {changed}', cycle: 1s, files: ['*.py']}")

    found.run("inner").ok().prints("no file to hand over")

    assert found.ran() == []


def test_files_are_handed_from_its_own_folder(project: Maker) -> None:
    found = project(
        "lint: {run: 'show {files}', cycle: 1s, files: ['*.py'], cwd: sub}",
        {"sub/-x.py": "", "sub/a b.py": "", "sub/deep/c.py": "", "top.py": ""},
    )
    found.program("show", f'for f in "$@"; do echo "$f"; done > {found.place}/shown')

    found.run("inner").ok()

    shown = (found.place / "shown").read_text().splitlines()
    assert shown == ["./-x.py", "./a b.py", "./deep/c.py"]


# -- names ---------------------------------------------------------------------------------------

NAMES = (b"caf\xe9.py", b"two\nlines.py", b"--force.py", b" lead.py", b'quo"te\\.py', b"tab\t.py")


@pytest.mark.parametrize("git", [True, False], ids=["git", "no git"])
def test_strange_names_are_files_like_any_other(project: Maker, git: bool) -> None:  # noqa: FBT001 - a parameter of the test
    found = project(
        "lint: {run: 'show {files}', cycle: 1s, files: ['*.py']}\nunit: {run: mark unit, cycle: 2s}",
        git=git,
    )
    found.program("show", f"printf '%s\\0' \"$@\" > {found.place}/shown")
    places = [os.path.join(os.fsencode(found.root), name) for name in NAMES]
    for place in places:
        with open(place, "wb") as file:
            file.write(b"1")
    assert found.sealed() == ["unit"]
    shown = (found.place / "shown").read_bytes().split(b"\0")[:-1]
    assert sorted(shown) == sorted(b"./" + name for name in NAMES)

    for place in places:
        with open(place, "wb") as file:
            file.write(b"2")
        assert found.walked() == ["unit"], place


# -- where a project stands ----------------------------------------------------------------------


def plain(project: Maker) -> Project:
    return project(git=False)


def uncommitted(project: Maker) -> Project:
    return project()


def below(project: Maker) -> Project:
    made = project(git=False, root="repository/sub/project")
    made.git("init", "-q", cwd=made.place / "repository")
    return made


def ignored_above(project: Maker) -> Project:
    made = below(project)
    (made.place / "repository/.gitignore").write_text("sub/\n")
    return made


def linked_worktree(project: Maker) -> Project:
    made = project(files={"x": ""}).commit()
    made.git("worktree", "add", "-q", str(made.place / "other"))
    made.root = made.place / "other"
    return made


PLACES = (plain, uncommitted, below, ignored_above, linked_worktree)


@pytest.mark.parametrize("stand", PLACES, ids=lambda stand: stand.__name__)
def test_a_change_is_seen_wherever_a_project_stands(
    project: Maker, stand: Callable[[Maker], Project]
) -> None:
    found = stand(project).write({"src/a.py": "1"})
    assert found.sealed() == ["unit"]
    found.write({"src/a.py": "2"})
    assert found.sealed() == ["unit"]
    found.write({"src/deep/new.py": "2"})
    assert found.walked() == ["unit"]


def test_an_ignore_file_above_the_project_counts(project: Maker) -> None:
    found = below(project).write({"a.tmp": "1"})
    found.sealed()
    (found.place / "repository/.gitignore").write_text("*.tmp\n")

    assert found.walked() == ["unit"]


def test_worktrees_do_not_share_passes(project: Maker) -> None:
    found = project(files={"a.py": "1"}).commit()
    found.git("worktree", "add", "-q", str(found.place / "other"))
    assert found.sealed() == ["unit"]

    found.root = found.place / "other"

    assert found.walked() == ["unit"]


def test_it_is_found_from_below_and_says_the_same(project: Maker) -> None:
    found = project(files={"src/a.py": "1"})
    found.sealed(cwd=found.root / "src")
    found.write({"src/a.py": "2"})

    found.run("inner", cwd=found.root / "src").ok()

    assert found.ran() == ["unit"]


def test_a_project_of_its_own_further_down_is_another(project: Maker) -> None:
    found = project(files={"sub/a.py": "1"})
    found.sealed(cwd=found.root / "sub")
    found.write({"sub/loops.yaml": "version: 1\ninner:\n  own: {run: mark own, cycle: 1s}\n"})

    found.run("inner", cwd=found.root / "sub").ok()

    assert found.ran() == ["own"]


# -- state that is broken ------------------------------------------------------------------------


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2 :] = b"\xff" * (len(data) - len(data) // 2)
    path.write_bytes(data)


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("what", ["receipts/*", "cache/digests", "cache/config"])
@pytest.mark.parametrize("harm", [cut, damage, empty], ids=lambda harm: harm.__name__)
def test_broken_state_costs_time_and_never_truth(
    project: Maker, what: str, harm: Callable[[Path], None]
) -> None:
    found = project(files={"a.py": "1"})
    found.sealed()
    for path in (found.root / ".loop").glob(what):
        harm(path)

    assert found.walked() == []
    found.write({"a.py": "2"})
    assert found.walked() == ["unit"]
    assert found.walked() == []


@pytest.mark.parametrize("harm", [cut, damage, empty], ids=lambda harm: harm.__name__)
def test_a_broken_history_proves_nothing(project: Maker, harm: Callable[[Path], None]) -> None:
    found = project(files={"a.py": "1"})
    found.walked()
    harm(found.root / ".loop/history.db")

    done = found.run("inner")
    if done.code:
        done.fails(2).warns("history is damaged", "delete it: only history is lost")
        (found.root / ".loop/history.db").unlink()
        found.run("inner").ok()

    assert found.ran() == ["unit"]
    assert found.walked() == []


def test_a_broken_history_is_put_aside_with_a_warning(project: Maker) -> None:
    found = project()
    found.walked()
    (found.root / ".loop/history.db").write_bytes(b"no database" * 1000)

    found.run("plan").ok()
    found.run("inner").ok().warns("history could not be read and was put aside")

    assert list((found.root / ".loop").glob("history.db.broken-*"))
    assert found.ran() == ["unit"]


def test_state_of_a_newer_version_is_not_touched(project: Maker) -> None:
    import sqlite3  # noqa: PLC0415 - only here
    from contextlib import closing  # noqa: PLC0415 - likewise

    found = project()
    found.walked()
    with closing(sqlite3.connect(found.root / ".loop/history.db")) as connection:
        connection.execute("PRAGMA user_version = 99")
    found.write({"a.py": "1"})

    found.run("inner").fails(2).warns("newer innerloop")


# -- two at once ---------------------------------------------------------------------------------


@pytest.mark.parametrize("broken", [False, True], ids=["pass", "fail"])
def test_a_second_walk_waits_and_takes_the_verdict(project: Maker, broken: bool) -> None:  # noqa: FBT001 - a parameter of the test
    found = project()
    if broken:
        found.breaks("unit")
    found.hold("unit")
    first = found.start("inner")
    found.underway("unit")
    second = found.start("inner")
    assert second.stderr is not None
    assert "another walk runs it on this content" in second.stderr.readline()

    found.release("unit")

    assert ended(first).code == int(broken)
    said = ended(second).fails(int(broken)).out
    assert ("in another walk" if broken else "passed just now") in said
    assert found.ran() == ["unit"]


def test_a_second_walk_runs_what_the_first_was_killed_in(project: Maker) -> None:
    found = project()
    found.hold("unit")
    first = found.start("inner")
    found.underway("unit")
    second = found.start("inner")
    assert second.stderr is not None
    second.stderr.readline()

    first.send_signal(signal.SIGKILL)
    ended(first)
    found.release("unit")

    ended(second).ok()
    assert found.ran() == ["unit", "unit"]


def test_a_second_walk_on_other_content_does_not_wait(project: Maker) -> None:
    found = project(files={"a.py": "1"})
    found.hold("unit")
    first = found.start("inner")
    found.underway("unit")
    found.write({"a.py": "2"})
    second = found.start("inner")
    wait(lambda: len((found.place / "ran").read_text().split()) > 1, "the second to start")

    found.release("unit")

    ended(first).ok()
    ended(second).ok()
    assert found.ran() == ["unit", "unit"]
    assert found.walked() == []


def test_one_mutex_has_one_turn_whatever_it_is_called(project: Maker) -> None:
    found = project(
        """
        unit: {run: mark unit, cycle: 1s, mutex: gpu/0}
        other: {run: mark other, cycle: 1s, mutex: gpu/0}
        """
    )
    found.hold("unit")
    first = found.start("inner", "unit")
    found.underway("unit")
    second = found.start("inner", "other")
    assert second.stderr is not None
    assert "mutex 'gpu/0' is held" in second.stderr.readline()

    found.release("unit")

    ended(first).ok()
    ended(second).ok()
    assert found.ran() == ["unit", "other"]


# -- what is handed over -------------------------------------------------------------------------


def handed(p: Project) -> dict[str, object]:
    said = json.loads((p.root / ".loop/handoff.json").read_text())
    assert isinstance(said, dict)
    return said


def test_the_receipt_answers_only_while_the_handoff_is_this_walks(project: Maker) -> None:
    found = project("lint: {run: mark lint, cycle: 1s}\nunit: {run: mark unit, cycle: 2s}")
    found.sealed()
    assert handed(found)["complete"] is True
    found.run("inner", "lint").ok()
    assert handed(found)["complete"] is False

    found.run("inner").ok().prints("Ready for the outer loop")

    assert handed(found)["complete"] is True


def test_the_receipt_answers_only_for_the_commit_it_was_of(project: Maker) -> None:
    found = project(files={"a.py": "1"}).commit()
    found.sealed()
    found.git("commit", "--allow-empty", "-qm", "more")

    found.run("inner").ok()

    assert handed(found)["commit"] == found.git("rev-parse", "HEAD")


def test_partly_green_is_never_handed_over_as_green(project: Maker) -> None:
    found = project("lint: {run: mark lint, cycle: 1s}\nunit: {run: mark unit, cycle: 1m}")

    found.run("inner", "--budget", "2s").ok().prints("partly green", "unit")

    assert handed(found)["verdict"] == "partly green"
    assert handed(found)["complete"] is False
    assert not found.receipts()


def test_a_command_line_with_effects_of_its_own_has_no_receipt(project: Maker) -> None:
    found = project().commit()
    for words in (["--force"], ["-m", "why"], ["--format", "jsonl"], ["--since", "HEAD"]):
        for _ in range(2):
            found.run("inner", *words).ok()

    assert not found.receipts()
