"""loop review and loop accept, with the real syrupy and the real inline-snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from snapped import equipped

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Maker, Project

pytestmark = pytest.mark.timeout(300)

LOOPS = "unit: {run: pytest -q --tb=short tests, inputs: [tests], cycle: 5s}"
SYRUPY = """\
KEY = 1

def test_a(snapshot):
    assert {"key": KEY} == snapshot

def test_b(snapshot):
    assert [1, 2] == snapshot
"""
INLINE = """\
from inline_snapshot import snapshot

KEY = 1

def test_a():
    assert {"key": KEY} == snapshot()

def test_b():
    assert [1, 2] == snapshot([1, 2])
"""
TEST = "tests/test_it.py"


@pytest.fixture
def made(project: Maker, syrupy: Path) -> Callable[[str], Project]:
    """Projects with tests of that text, committed as they stand."""

    def make(tests: str, loops: str = LOOPS) -> Project:
        return equipped(project(loops, {TEST: tests}), syrupy).commit()

    return make


def edit(found: Project, old: str, new: str) -> None:
    text = (found.root / TEST).read_text()
    assert old in text
    (found.root / TEST).write_text(text.replace(old, new))


def test_what_costs_is_reviewed_only_where_it_is_named(
    made: Callable[[str, str], Project],
) -> None:
    found = made(SYRUPY, LOOPS.replace("cycle: 5s", "cycle: 5s, cost: 0.5"))
    found.run("review").prints("it runs only when it is named: loop review unit")
    assert "spent" not in found.run("history").out
    found.run("review", "unit").fails(1)
    found.run("history").prints("spent: 0.50")


# -- syrupy ----------------------------------------------------------------------------------


def test_what_syrupy_has_to_say_is_shown_and_waits(made: Callable[..., Project]) -> None:
    found = made(SYRUPY)

    said = found.run("review").fails(1)

    said.prints(
        "unit (syrupy): waiting (syrupy says: 2 failed)", "Snapshot 'test_a' does not exist"
    )
    said.warns("review unit: pytest -q --tb=short tests --snapshot-details -n 0")
    assert not (found.root / "tests/__snapshots__").exists(), "nothing is written by looking"


def test_syrupy_is_accepted_and_proven(made: Callable[..., Project]) -> None:
    found = made(SYRUPY)

    said = found.run("accept", "unit", "-m", "first look").ok()

    said.prints("unit: accepted, 1 file: tests/__snapshots__/test_it.ambr")
    found.run("review").ok().prints("unit (syrupy): nothing waits (it has passed on just this)")
    edit(found, "KEY = 1", "KEY = 2")
    found.run("review").fails(1).prints("syrupy says: 1 failed", "-   'key': 1,", "+   'key': 2,")


def test_what_no_test_of_syrupys_uses_waits_to_be_dropped(made: Callable[..., Project]) -> None:
    found = made(SYRUPY)
    found.run("accept", "unit", "-m", "first look").ok()
    (found.root / TEST).write_text(SYRUPY[: SYRUPY.index("def test_b")])

    found.run("review").fails(1).prints("1 unused")
    said = found.run("accept", "unit", "-m", "b is gone").ok()

    kept = "tests/__snapshots__/test_it.ambr"
    assert "test_b" not in (found.root / kept).read_text()
    said.prints(f"unit: deleted, since no test came to it: test_b in {kept}")
    said.prints("as they were: .loop/replaced/")
    (copy,) = (found.root / ".loop/replaced").glob(f"*/{kept}")
    assert "test_b" in copy.read_text()


def test_a_file_of_snapshots_that_is_deleted_is_told_and_kept(made: Callable[..., Project]) -> None:
    found = made(SYRUPY)
    found.write({"tests/test_other.py": SYRUPY})
    found.run("accept", "unit", "-m", "first look").ok()
    (found.root / TEST).unlink()

    said = found.run("accept", "unit", "-m", "all of it is gone").ok()

    said.prints("unit: accepted, nothing written", "no test came to it: tests/__snapshots__/")
    assert not (found.root / "tests/__snapshots__/test_it.ambr").exists()
    assert list((found.root / ".loop/replaced").glob("*/tests/__snapshots__/test_it.ambr"))


def test_tests_that_fail_for_another_reason_leave_it_unknown(made: Callable[..., Project]) -> None:
    found = made("def test_a(snapshot):\n    assert 1 / 0 == snapshot\n")

    found.run("review").fails(1).prints("not known (its tests fail, and not for a snapshot")
    said = found.run("accept", "unit", "-m", "x").fails(1)
    said.prints("red", "what fails is not for a snapshot to say")


def test_no_single_snapshot_of_syrupys_can_be_named(made: Callable[..., Project]) -> None:
    found = made(SYRUPY)

    said = found.run("accept", "unit", "tests/__snapshots__/test_it.ambr", "-m", "x").fails(2)

    said.warns("its tool leaves no results")


def test_a_script_cannot_be_asked(made: Callable[..., Project]) -> None:
    found = made(SYRUPY, LOOPS.replace("pytest -q --tb=short tests", "cd . && pytest tests"))

    found.run("review").fails(1).prints("not known (its command is a script")


def test_a_wrong_option_compares_nothing(made: Callable[..., Project]) -> None:
    found = made(SYRUPY, LOOPS.replace("--tb=short", "--no-such-option"))

    found.run("review").fails(1).prints("not known (pytest ended with exit 4)", "--no-such-option")
    found.run("accept", "unit", "-m", "x").fails(1).prints(
        "the command that accepts ended with exit 4"
    )


def test_what_runs_only_when_named_is_not_run_to_be_looked_at(made: Callable[..., Project]) -> None:
    found = made(SYRUPY, LOOPS.replace("cycle", "auto: false, cycle"))

    said = found.run("review").fails(1)

    said.prints("not known (it runs only when it is named: loop review unit)").quiet()
    found.run("review", "unit").fails(1).prints("syrupy says: 2 failed")


# -- inline-snapshot -------------------------------------------------------------------------


def test_what_inline_snapshot_would_write_is_shown_and_waits(made: Callable[..., Project]) -> None:
    found = made(INLINE)

    said = found.run("review").fails(1)

    said.prints("unit (inline-snapshot): waiting", "to be created", "snapshot({'key': 1})")
    assert (found.root / TEST).read_text() == INLINE, "nothing is written by looking"


def test_inline_snapshots_are_accepted_in_the_tests_themselves(
    made: Callable[..., Project],
) -> None:
    found = made(INLINE)

    found.run("accept", "unit", "-m", "first look").ok().prints(f"unit: accepted, 1 file: {TEST}")
    found.run("review").ok()
    edit(found, "KEY = 1", "KEY = 2")
    found.run("review").fails(1).prints("to be fixed")
    found.run("accept", "unit", "-m", "two").ok()

    assert "snapshot({'key': 2})" in (found.root / TEST).read_text()
    found.run("show").ok().prints("why      two", f"  {TEST}  ")


def test_tests_that_fail_for_another_reason_are_not_inlines(made: Callable[..., Project]) -> None:
    found = made(f"{INLINE}\ndef test_c():\n    assert False\n")
    found.run("accept", "unit", "-m", "x").fails(1).prints("written, and NOT PROVEN")

    found.run("review").fails(1).prints("not known (its tests fail, and not for a snapshot")


# -- both ------------------------------------------------------------------------------------


def test_two_tools_of_one_loop_are_accepted_together(made: Callable[..., Project]) -> None:
    found = made(INLINE)
    found.write({"tests/test_other.py": SYRUPY})
    found.run("review").fails(1).prints("(syrupy, inline-snapshot): waiting")

    said = found.run("accept", "unit", "-m", "both").ok()

    said.warns("--snapshot-update --inline-snapshot=create,fix -n 0")
    said.prints("2 files: tests/__snapshots__/test_other.ambr, tests/test_it.py")
    found.run("review").ok()


def test_two_tools_of_one_option_are_told_by_the_doctor(made: Callable[..., Project]) -> None:
    found = made(SYRUPY)
    site = next((found.root / ".venv").resolve().glob("lib/python3*/site-packages"))
    # A name alone: another test is not to see it installed.
    environment = found.root / "env"
    (environment / "bin").mkdir(parents=True)
    (environment / "pyvenv.cfg").write_text("home = /nowhere\n")
    (environment / "bin/python").symlink_to((found.root / ".venv/bin/python").resolve())
    packages = environment / "lib/python3.11/site-packages"
    packages.mkdir(parents=True)
    for name in ("snappylapy-0.10.0.dist-info", "syrupy-7.0.2.dist-info"):
        (packages / name).mkdir()
    assert list(site.glob("syrupy-*.dist-info"))
    (found.root / ".venv").unlink()
    found.write({"loops.yaml": f"version: 1\npython: env\ninner:\n  {LOOPS}\n"})

    found.run("doctor").ok().prints("unit: snappylapy and syrupy are both installed")
