"""Changes of programs and packages that no walk may miss."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Project

NARROW = "unit: {run: mark unit, cycle: 1s, inputs: ['src/**']}"


def program_replaced(p: Project) -> Iterator[None]:
    p.loops(NARROW)
    yield
    p.program("mark", (p.bin / "mark").read_text() + "# newer\n")


def linked_program_retargeted(p: Project) -> Iterator[None]:
    p.loops(NARROW)
    text = (p.bin / "mark").read_text()
    for version in ("1", "2"):
        p.program("mark", f"{text}# {version}\n", p.place / version)
    (p.bin / "mark").unlink()
    (p.bin / "mark").symlink_to(p.place / "1/mark")
    yield
    (p.bin / "mark").unlink()
    (p.bin / "mark").symlink_to(p.place / "2/mark")


def program_named_by_its_place_retargeted(p: Project) -> Iterator[None]:
    (p.place / "tool").symlink_to(p.bin / "mark")
    p.program("other", 'mark "$1" # other')
    p.loops(NARROW.replace("mark", f"{p.place}/tool"))
    yield
    (p.place / "tool").unlink()
    (p.place / "tool").symlink_to(p.bin / "other")


def earlier_on_the_path(p: Project) -> Iterator[None]:
    p.loops(NARROW)
    (p.place / "early").mkdir()
    p.env["PATH"] = f"{p.place}/early:{p.env['PATH']}"
    yield
    shutil.copy(p.bin / "mark", p.place / "early/mark")


def python_earlier_on_the_path(p: Project) -> Iterator[None]:
    p.loops(NARROW)
    p.env["PATH"] = f"{p.place}/other/bin:{p.env['PATH']}"
    yield
    p.program("python3", "exit 0", p.place / "other/bin")


def environment_made(p: Project) -> Iterator[None]:
    p.loops(NARROW)
    p.write({".gitignore": ".venv/\n"})
    yield
    environment(p, ".venv")


def package_installed(p: Project) -> Iterator[None]:
    site = environment(p, ".venv")
    p.loops(NARROW)
    yield
    package(site, "pendulum", "3.0")


def package_upgraded(p: Project) -> Iterator[None]:
    site = environment(p, ".venv")
    package(site, "pendulum", "3.0")
    p.loops(NARROW)
    yield
    shutil.rmtree(site / "pendulum-3.0.dist-info")
    package(site, "pendulum", "3.1")


def package_installed_anew_at_the_same_version(p: Project) -> Iterator[None]:
    site = environment(p, ".venv")
    package(site, "pendulum", "3.0")
    p.loops(NARROW)
    yield
    package(site, "pendulum", "3.0", content="another")


def package_installed_for_the_user(p: Project) -> Iterator[None]:
    (p.place / "pyvenv.cfg").unlink()
    p.loops(NARROW)
    yield
    package(p.place / "home/.local/lib/python3.11/site-packages", "pendulum", "3.0")


def editable_source_elsewhere_edited(p: Project) -> Iterator[None]:
    site = environment(p, ".venv")
    source = p.place / "library"
    source.mkdir()
    (source / "code.py").write_text("1")
    package(site, "library", "0")
    said = f'{{"url": "file://{source}", "dir_info": {{"editable": true}}}}'
    (site / "library-0.dist-info/direct_url.json").write_text(said)
    p.loops(NARROW)
    yield
    (source / "code.py").write_text("2")


def editable_source_elsewhere_gains_a_file(p: Project) -> Iterator[None]:
    for _ in editable_source_elsewhere_edited(p):
        break
    yield
    (p.place / "library/more.py").write_text("2")


def python_changed(p: Project) -> Iterator[None]:
    environment(p, "one")
    environment(p, "two")
    p.write({".gitignore": "one/\ntwo/\n"})
    p.loops(f"version: 1\npython: one\ninner:\n  {NARROW}")
    yield
    p.loops(f"version: 1\npython: two\ninner:\n  {NARROW}")


def interpreter_of_the_environment_retargeted(p: Project) -> Iterator[None]:
    environment(p, ".venv")
    p.loops(NARROW)
    yield
    place = p.root / ".venv/bin/python"
    place.unlink()
    place.symlink_to("/bin/sh")


def environment(p: Project, name: str) -> Path:
    """A virtual environment, as far as whoever only looks at it can tell."""
    folder = p.root / name
    site = folder / "lib/python3.11/site-packages"
    site.mkdir(parents=True)
    (folder / "bin").mkdir()
    (folder / "bin/python").symlink_to("/usr/bin/env")
    (folder / "pyvenv.cfg").write_text("home = /usr/bin\n")
    p.write({".gitignore": f"{name}/\n*.log\nsecret/\n"})
    return site


def package(site: Path, name: str, version: str, *, content: str = "") -> None:
    """What an installer leaves of a package."""
    folder = site / f"{name}-{version}.dist-info"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
    (folder / "RECORD").write_text(f"{name}.py,{content or version},1\n")
