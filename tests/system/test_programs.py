from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from innerloop.system.programs import Program, resolve
from innerloop.system.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path


class World:
    """Two folders on PATH, and what a name stands for there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.path = [f"{root}/early", f"{root}/late", "/usr/bin", "/bin"]
        self.tree = Tree(str(root), f"{root}/.loop", write=False)

    def put(self, place: str, text: str = "#!/bin/sh\n", mode: int = 0o755) -> Path:
        path = self.root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(text)
        path.chmod(mode)
        self.tree.stale()
        return path

    def find(self, name: str, folder: str = "") -> Program:
        where = str(self.root / folder)
        return resolve(self.tree, name, where, {"PATH": os.pathsep.join(self.path)})


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_the_first_on_the_path_is_the_one(world: World) -> None:
    world.put("late/tool")
    assert world.find("tool").place == f"{world.root}/late/tool"

    world.put("early/tool")

    assert world.find("tool").place == f"{world.root}/early/tool"


@pytest.mark.parametrize("kind", ["not executable", "folder"])
def test_what_cannot_be_started_is_passed_over(world: World, kind: str) -> None:
    if kind == "folder":
        (world.root / "early/tool").mkdir(parents=True)
    else:
        world.put("early/tool", mode=0o644)
    world.put("late/tool")

    assert world.find("tool").place == f"{world.root}/late/tool"


def test_all_the_places_that_decided_it_are_remembered(world: World) -> None:
    world.put("late/tool")

    world.find("tool")

    assert {f"{world.root}/early/tool", f"{world.root}/late/tool"} <= set(world.tree.folders())


def test_its_content_and_its_mode_are_what_it_is(world: World) -> None:
    values = []
    for text in ("#!/bin/sh\n1", "#!/bin/sh\n2"):
        world.put("late/tool", text)
        values.append(world.find("tool").value)

    assert values[0] != values[1]


def test_a_link_is_what_it_leads_to(world: World) -> None:
    world.put("one", "1")
    world.put("two", "2")
    (world.root / "late").mkdir()
    values = []
    for target in ("one", "two"):
        (world.root / "late/tool").unlink(missing_ok=True)
        (world.root / "late/tool").symlink_to(world.root / target)
        world.tree.stale()
        values.append(world.find("tool").value)

    assert values[0] != values[1]


def test_a_path_is_seen_from_the_loops_folder(world: World) -> None:
    world.put("sub/run.sh")

    assert world.find("./run.sh", "sub").place == f"{world.root}/sub/run.sh"
    assert world.find("./run.sh").value == "not found"


def test_what_is_not_there_is_told_and_appears(world: World) -> None:
    assert world.find("tool") == Program("", "not found", "")

    world.put("late/tool")

    assert world.find("tool").value != "not found"


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ("#!{root}/env/bin/python3 -I", "{root}/env/bin/python3"),
        ("#!/usr/bin/env python", "{root}/late/python"),
        ("#!/usr/bin/env -S python -I", "{root}/late/python"),
        ("#!/usr/bin/env X=1 python", "{root}/late/python"),
        ("#!/usr/bin/env nowhere", ""),
        ("#!/bin/sh", ""),
        ("#!", ""),
        ("\x7fELF", ""),
    ],
)
def test_whose_packages_it_would_import(world: World, first: str, expected: str) -> None:
    world.put("late/python")
    world.put("late/tool", first.format(root=world.root) + "\nimport x\n")

    assert world.find("tool").interpreter == expected.format(root=world.root)


def test_a_python_is_its_own_interpreter(world: World) -> None:
    world.put("late/python3.12")
    world.put("late/python3.12-config")

    assert world.find("python3.12").interpreter == f"{world.root}/late/python3.12"
    assert world.find("python3.12-config").interpreter == ""


def test_behind_a_shim_stands_what_the_manager_says(world: World) -> None:
    real = world.put("versions/3.12/bin/python")
    tool = world.put("versions/3.12/bin/tool", f"#!{real}\n")
    world.put("bin/pyenv", f'#!/bin/sh\necho "{world.root}/versions/3.12/bin/$2"\n')
    world.put("shims/python", "#!/usr/bin/env bash\n")
    world.put("shims/tool", "#!/usr/bin/env bash\n")
    world.path.insert(0, f"{world.root}/shims")

    assert world.find("python").interpreter == str(real)
    assert world.find("tool").interpreter == str(real)
    assert tool.exists()


def test_a_shim_whose_manager_says_nothing_is_nobodys(world: World) -> None:
    world.put("bin/pyenv", "#!/bin/sh\nexit 1\n")
    world.put("shims/python", "#!/usr/bin/env bash\n")
    world.path.insert(0, f"{world.root}/shims")

    assert world.find("python").interpreter == ""


def test_what_decides_a_shim_of_pyenv_is_watched(world: World) -> None:
    world.put("pyenv/shims/tool", "#!/usr/bin/env bash\n")
    world.path.insert(0, f"{world.root}/pyenv/shims")

    (world.root / "deep").mkdir()

    world.find("tool", "deep")
    assert not world.tree.unsealed
    watched = world.tree.folders()
    for name in ("pyenv/version", "deep/.python-version", ".python-version"):
        assert f"{world.root}/{name}" in watched


def test_behind_a_shim_of_another_manager_no_receipt_may_answer(world: World) -> None:
    world.put("shims/tool", "#!/usr/bin/env bash\n")
    world.put("late/plain", "#!/bin/sh\n")
    world.path.insert(0, f"{world.root}/shims")

    world.find("plain")
    assert not world.tree.unsealed
    world.find("tool")
    assert world.tree.unsealed


def test_a_script_of_another_language_counts_with_its_interpreter(world: World) -> None:
    world.put("late/node", "one")
    world.put("late/tool", "#!/usr/bin/env node\n")
    before = world.find("tool").value
    world.put("late/node", "two")
    world.tree.stale()

    assert world.find("tool").value != before
