"""Changes of configuration and environment that no walk may miss."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Project

NARROW = "unit: {run: mark unit, cycle: 1s, inputs: ['src/**']}"


def command_edited(p: Project) -> Iterator[None]:
    p.loops(NARROW)
    yield
    p.loops(NARROW.replace("mark unit", "mark unit again"))


def command_made_a_list_that_reads_alike(p: Project) -> Iterator[None]:
    p.program("hash", "mark unit")
    p.loops(NARROW.replace("mark unit", "hash mark"))
    yield
    p.loops(NARROW.replace("mark unit", "[hash, mark]"))


def cwd_edited(p: Project) -> Iterator[None]:
    p.loops("unit: {run: mark unit, cycle: 1s, inputs: ['/src/a.py'], cwd: docs}")
    p.loops("unit: {run: mark unit, cycle: 1s, inputs: ['*.py'], cwd: .}")
    yield
    p.loops("unit: {run: mark unit, cycle: 1s, inputs: ['*.py'], cwd: src}")


def own_env_edited(p: Project) -> Iterator[None]:
    p.loops(NARROW.replace("cycle", "env: {A: '1'}, cycle"))
    yield
    p.loops(NARROW.replace("cycle", "env: {A: '2'}, cycle"))


def env_for_all_edited(p: Project) -> Iterator[None]:
    p.loops(f"version: 1\nenv: {{A: '1'}}\ninner:\n  {NARROW}")
    yield
    p.loops(f"version: 1\nenv: {{A: '2'}}\ninner:\n  {NARROW}")


def env_for_all_taken_out(p: Project) -> Iterator[None]:
    p.loops(f"version: 1\nenv: {{A: '1'}}\ninner:\n  {NARROW}")
    yield
    p.loops(f"version: 1\ninner:\n  {NARROW}")


def env_file_edited(p: Project) -> Iterator[None]:
    p.loops(f"version: 1\nenv_file: here.log\ninner:\n  {NARROW}")
    p.write({"here.log": "A=1\n"})
    yield
    p.write({"here.log": "A=2\n"})


def env_file_made(p: Project) -> Iterator[None]:
    p.loops(f"version: 1\nenv_file: secret/env\ninner:\n  {NARROW}")
    yield
    p.write({"secret/env": "A=2\n"})


def linked_env_file_edited(p: Project) -> Iterator[None]:
    p.loops(f"version: 1\nenv_file: here.log\ninner:\n  {NARROW}")
    (p.place / "shared").write_text("A=1\n")
    (p.root / "noise.log").unlink()
    (p.root / "here.log").symlink_to(p.place / "shared")
    yield
    (p.place / "shared").write_text("A=2\n")


def linked_configuration_edited(p: Project) -> Iterator[None]:
    p.loops(NARROW)
    (p.root / "loops.yaml").rename(p.place / "shared.yaml")
    (p.root / "loops.yaml").symlink_to(p.place / "shared.yaml")
    yield
    text = (p.place / "shared.yaml").read_text()
    (p.place / "shared.yaml").write_text(text.replace("mark unit", "mark unit again"))


def variable_changed(p: Project) -> Iterator[None]:
    p.loops(NARROW.replace("cycle", "env_inputs: [MODEL], cycle"))
    p.env["MODEL"] = "small"
    yield
    p.env["MODEL"] = "large"


def variable_unset(p: Project) -> Iterator[None]:
    p.loops(NARROW.replace("cycle", "env_inputs: [MODEL], cycle"))
    p.env["MODEL"] = ""
    yield
    del p.env["MODEL"]


def variable_set_empty(p: Project) -> Iterator[None]:
    p.loops(NARROW.replace("cycle", "env_inputs: [MODEL], cycle"))
    yield
    p.env["MODEL"] = ""


def pythonpath_set(p: Project) -> Iterator[None]:
    p.loops(NARROW)
    yield
    p.env["PYTHONPATH"] = str(p.root / "src")


def pytest_addopts_set(p: Project) -> Iterator[None]:
    p.loops(NARROW)
    yield
    p.env["PYTEST_ADDOPTS"] = "-x"
