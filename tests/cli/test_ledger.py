"""The ledger: what counts as a pass, and what never does."""

from __future__ import annotations

import os
import shutil
import signal
import time
from typing import TYPE_CHECKING

import pytest

from conftest import Project, ended, wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Maker, Project


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


@pytest.mark.parametrize("more", ["", ", files: [loops.yaml]"], ids=["plain", "files"])
def test_a_loop_that_is_never_cached_always_runs(project: Maker, more: str) -> None:
    found = project(f"unit: {{run: mark unit, cycle: 1s, cache: false{more}}}")

    assert [found.walked(), found.walked(), found.walked()] == [["unit"]] * 3
    assert not found.receipts()
