"""What changes while a loop runs is never signed for."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

import pytest
from changes_tools import environment, package

from conftest import ended
from innerloop.system.files import Entry, Stat
from innerloop.system.here import _differ

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Maker, Project

NARROW = "unit: {run: mark unit, cycle: 1s, inputs: [a.py]}"


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
    found = project(
        "unit: {run: mark unit, cycle: 1s, inputs: ['*.py']}", {"a.py": "1", "b.py": ""}
    )

    done = meanwhile(found, change)

    assert "changed while it ran, so this is not remembered" in done
    assert found.walked() == ["unit"]
    assert found.walked() == []


def test_a_package_that_comes_meanwhile_is_a_change_too(project: Maker) -> None:
    found = project(NARROW, {"a.py": "1"})
    site = environment(found, ".venv")
    package(site, "pendulum", "3.0")

    done = meanwhile(found, lambda _: package(site, "pendulum", "3.1"))

    assert "package pendulum changed while it ran, so this is not remembered\n" in done
    assert found.walked() == ["unit"]


SEEN = Entry(Stat(1, 1, 1, 1, 0o100644), "100644 x", settled=True)


@pytest.mark.parametrize(
    ("after", "moved"),
    [
        (SEEN, False),
        (SEEN._replace(settled=False), False),
        (SEEN._replace(stat=SEEN.stat._replace(mtime=2)), False),
        (SEEN._replace(value="100644 y"), True),
        (SEEN._replace(stat=SEEN.stat._replace(ctime=2)), True),
        (SEEN._replace(stat=SEEN.stat._replace(inode=2)), True),
        (None, True),
    ],
)
def test_content_ctime_and_inode_each_tell(after: Entry | None, moved: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert _differ(SEEN, after) is moved
    assert _differ(after, SEEN) is moved


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
    found.sealed()
    found.write({"a.py": "2"})

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
