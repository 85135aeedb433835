"""Why a pass no longer counts, and what of loops.yaml cannot be as it was meant."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Maker, Project


@pytest.mark.parametrize(
    ("run", "script"),
    [
        ("sh tools/c.sh", "tools/c.sh"),
        ("python tools/x.py", "tools/x.py"),
        ("true && sh -e tools/c.sh | cat", "tools/c.sh"),
    ],
)
def test_a_script_counts_though_no_input_names_it(project: Maker, run: str, script: str) -> None:
    found = project(
        f"unit: {{run: '{run}', cycle: 1s, inputs: [src]}}",
        {"src/a.py": "", "tools/other": "", script: "mark unit\n"},
    )
    found.program("python", 'exec sh "$@"')
    assert found.sealed() == ["unit"]
    found.write({"tools/other": "2"})
    assert found.walked() == []

    found.write({script: "mark unit # edited\n"})

    assert found.walked() == ["unit"]


def test_a_script_elsewhere_counts_as_well(project: Maker) -> None:
    found = project()
    found.program("c.sh", "mark unit", found.place)
    found.loops(f"unit: {{run: sh {found.place}/c.sh, cycle: 1s}}")
    assert found.sealed() == ["unit"]

    found.program("c.sh", "mark unit # edited", found.place)

    assert found.walked() == ["unit"]


def left(p: Project) -> None:
    p.write({"built": "something else"})


def failed(p: Project) -> None:
    p.breaks("unit")
    p.run("inner", "--force").fails(1)


def aged(_: Project) -> None:
    time.sleep(0.3)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (left, "built is no longer what it left"),
        (failed, "it failed when it last ran on this content"),
        (aged, "its pass is older than 0.25s"),
    ],
)
def test_why_says_why_a_pass_lapsed(
    project: Maker, change: Callable[[Project], None], told: str
) -> None:
    fresh = "fresh: 250ms, " if change is aged else ""
    found = project(
        f"unit: {{run: 'mark unit && echo 1 > built', {fresh}cycle: 1s, outputs: [built]}}"
    )
    found.run("inner").ok()
    change(found)

    found.run("why", "unit").ok().prints("would run: last passed", told)
    found.run("plan").ok().prints(told)


def test_check_warns_of_an_env_file_that_is_not_there(project: Maker) -> None:
    found = project("version: 1\nenv_file: .env.test\ninner: {unit: {run: mark unit, cycle: 1s}}")
    found.run("check").ok().warns("env_file '.env.test' is not there")
    found.write({".env.test": "A=1\n"})

    found.run("check").ok().quiet()


def test_check_says_that_git_ignores_what_a_pattern_would_match(project: Maker) -> None:
    found = project(
        "unit: {run: mark unit, cycle: 1s, inputs: ['*.log']}",
        {".gitignore": "*.log\n", "a.log": "", "b.log": "", "c.txt": ""},
    )

    found.run("check").ok().warns("'*.log' matches no file that counts: git ignores 2 files it")
