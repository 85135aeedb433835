"""No false pass, twice over: neither the ledger nor the receipt may miss a change.

Each case makes what it needs, yields, and then changes one thing. Where it yields, the walk is
repeated until its receipt answers: had either of the two ways missed the change, nothing would
run afterwards.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Maker, Project

    Case = Callable[[Project], Iterator[None]]

FILES = {
    "src/a.py": "a = 1\n",
    "src/b.py": "b = 1\n",
    "docs/guide.md": "read me\n",
    ".gitignore": "*.log\nsecret/\n",
    "noise.log": "one\n",
}
NARROW = "unit: {run: mark unit, cycle: 1s, inputs: ['src/**']}"


def seen(project: Project, case: Case) -> list[str]:
    """What runs after the change."""
    story = case(project)
    next(story, None)
    project.sealed()
    for _ in story:
        pass
    return project.walked()


# -- files ---------------------------------------------------------------------------------------


def edited(p: Project) -> Iterator[None]:
    yield
    p.write({"src/a.py": "a = 22\n"})


def edited_with_size_and_times_restored(p: Project) -> Iterator[None]:
    before = os.stat(p.root / "src/a.py")
    yield
    p.write({"src/a.py": "a = 2\n"})
    os.utime(p.root / "src/a.py", ns=(before.st_atime_ns, before.st_mtime_ns))


def replaced_by_rename_with_size_and_times_restored(p: Project) -> Iterator[None]:
    before = os.stat(p.root / "src/a.py")
    p.write({"noise.log": "a = 2\n"})
    os.utime(p.root / "noise.log", ns=(before.st_atime_ns, before.st_mtime_ns))
    yield
    os.replace(p.root / "noise.log", p.root / "src/a.py")


def contents_swapped(p: Project) -> Iterator[None]:
    yield
    one, other, aside = p.root / "src/a.py", p.root / "src/b.py", p.root / "aside.log"
    one.rename(aside)
    other.rename(one)
    aside.rename(other)


def moved_to_another_folder(p: Project) -> Iterator[None]:
    (p.root / "docs").mkdir(exist_ok=True)
    yield
    (p.root / "src/a.py").rename(p.root / "docs/a.py")


def renamed(p: Project) -> Iterator[None]:
    yield
    (p.root / "src/a.py").rename(p.root / "src/c.py")


def folder_renamed(p: Project) -> Iterator[None]:
    yield
    (p.root / "src").rename(p.root / "lib")


def deleted(p: Project) -> Iterator[None]:
    yield
    (p.root / "src/b.py").unlink()


def emptied(p: Project) -> Iterator[None]:
    yield
    p.write({"src/b.py": ""})


def new_file(p: Project) -> Iterator[None]:
    yield
    p.write({"src/c.py": ""})


def new_file_in_a_new_folder(p: Project) -> Iterator[None]:
    yield
    p.write({"deep/down/c.py": ""})


def new_file_in_a_folder_that_was_empty(p: Project) -> Iterator[None]:
    (p.root / "src/empty/below").mkdir(parents=True)
    yield
    p.write({"src/empty/below/c.py": ""})


def made_executable(p: Project) -> Iterator[None]:
    yield
    (p.root / "src/a.py").chmod(0o755)


def replaced_by_a_folder(p: Project) -> Iterator[None]:
    yield
    (p.root / "src/b.py").unlink()
    p.write({"src/b.py/__init__.py": "b = 1\n"})


def replaced_by_a_link_to_the_same(p: Project) -> Iterator[None]:
    p.write({"noise.log": "b = 1\n"})
    yield
    (p.root / "src/b.py").unlink()
    (p.root / "src/b.py").symlink_to("../noise.log")


def link_retargeted(p: Project) -> Iterator[None]:
    (p.root / "link").symlink_to("src/a.py")
    yield
    (p.root / "link").unlink()
    (p.root / "link").symlink_to("src/b.py")


def what_a_link_leads_to_edited(p: Project) -> Iterator[None]:
    (p.place / "outside").write_text("1")
    (p.root / "link").symlink_to(p.place / "outside")
    yield
    (p.place / "outside").write_text("2")


def what_a_link_leads_to_gone(p: Project) -> Iterator[None]:
    (p.place / "outside").write_text("1")
    (p.root / "link").symlink_to(p.place / "outside")
    yield
    (p.place / "outside").unlink()


def link_behind_a_link_retargeted(p: Project) -> Iterator[None]:
    for name in ("one", "two"):
        (p.place / name).write_text(name)
    (p.place / "current").symlink_to("one")
    (p.root / "link").symlink_to(p.place / "current")
    yield
    (p.place / "current").unlink()
    (p.place / "current").symlink_to("two")


def folder_behind_a_link_retargeted(p: Project) -> Iterator[None]:
    for name in ("one", "two"):
        (p.place / name).mkdir()
        (p.place / name / "data").write_text(name)
    (p.place / "current").symlink_to("one")
    (p.root / "link").symlink_to(p.place / "current/data")
    yield
    (p.place / "current").unlink()
    (p.place / "current").symlink_to("two")


# -- which files ---------------------------------------------------------------------------------


def gitignore_lets_a_file_appear(p: Project) -> Iterator[None]:
    p.loops("unit: {run: mark unit, cycle: 1s, ignore: [.gitignore]}")
    yield
    p.write({".gitignore": "secret/\n"})


def gitignore_makes_a_file_disappear(p: Project) -> Iterator[None]:
    p.loops("unit: {run: mark unit, cycle: 1s, ignore: [.gitignore]}")
    yield
    p.write({".gitignore": "*.log\nsecret/\n*.md\n"})


def new_gitignore_below(p: Project) -> Iterator[None]:
    p.loops("unit: {run: mark unit, cycle: 1s, ignore: [.gitignore]}")
    yield
    p.write({"docs/.gitignore": "*.md\n"})


def ignored_file_added_by_force(p: Project) -> Iterator[None]:
    p.commit()
    yield
    p.git("add", "-f", "noise.log")


def tracked_though_ignored_is_edited(p: Project) -> Iterator[None]:
    p.git("add", "-f", "noise.log")
    yield
    p.write({"noise.log": "two\n"})


def info_exclude_edited(p: Project) -> Iterator[None]:
    yield
    (p.root / ".git/info/exclude").write_text("*.md\n")


def global_excludes_edited(p: Project) -> Iterator[None]:
    excludes = p.place / "home/.config/git/ignore"
    excludes.parent.mkdir(parents=True)
    excludes.write_text("*.swp\n")
    yield
    excludes.write_text("*.md\n")


def global_excludes_made(p: Project) -> Iterator[None]:
    yield
    excludes = p.place / "home/.config/git/ignore"
    excludes.parent.mkdir(parents=True)
    excludes.write_text("*.md\n")


def global_excludes_pointed_elsewhere(p: Project) -> Iterator[None]:
    (p.place / "excludes").write_text("*.md\n")
    yield
    p.git("config", "--global", "core.excludesFile", str(p.place / "excludes"))


def configured_excludes_edited(p: Project) -> Iterator[None]:
    (p.place / "excludes").write_text("")
    p.git("config", "--global", "core.excludesFile", str(p.place / "excludes"))
    yield
    (p.place / "excludes").write_text("*.md\n")


def git_settings_of_another_file_edited(p: Project) -> Iterator[None]:
    settings = p.place / "settings"
    settings.write_text("[user]\n\tname = Ada\n")
    p.env["GIT_CONFIG_GLOBAL"] = str(settings)
    (p.place / "excludes").write_text("*.md\n")
    yield
    settings.write_text(f"[core]\n\texcludesFile = {p.place}/excludes\n")


def included_git_settings_edited(p: Project) -> Iterator[None]:
    more = p.place / "home/more"
    more.write_text("")
    p.git("config", "--global", "include.path", str(more))
    (p.place / "excludes").write_text("*.md\n")
    yield
    more.write_text(f"[core]\n\texcludesFile = {p.place}/excludes\n")


def linked_git_settings_edited(p: Project) -> Iterator[None]:
    kept = p.place / "dotfiles"
    (p.place / "home/.gitconfig").rename(kept)
    (p.place / "home/.gitconfig").symlink_to(kept)
    (p.place / "excludes").write_text("*.md\n")
    yield
    kept.write_text(f"[core]\n\texcludesFile = {p.place}/excludes\n")


def ignored_file_named_literally(p: Project) -> Iterator[None]:
    p.write({"secret/key": "1"}).loops("unit: {run: mark unit, cycle: 1s, inputs: [secret/key]}")
    yield
    p.write({"secret/key": "2"})


def ignored_file_named_literally_appears(p: Project) -> Iterator[None]:
    p.write({"secret/other": "1"})
    p.loops("unit: {run: mark unit, cycle: 1s, inputs: [src, secret/deep/key]}")
    yield
    p.write({"secret/deep/key": "2"})


def file_in_an_ignored_folder_that_a_glob_names(p: Project) -> Iterator[None]:
    p.write({"secret/one.csv": "1"})
    p.loops("unit: {run: mark unit, cycle: 1s, inputs: ['secret/*.csv']}")
    yield
    p.write({"secret/two.csv": "2"})


def file_deep_in_an_ignored_folder_that_a_glob_names(p: Project) -> Iterator[None]:
    p.write({"secret/other": "1"})
    p.loops("unit: {run: mark unit, cycle: 1s, inputs: [src, 'secret/deep/*.csv']}")
    yield
    p.write({"secret/deep/two.csv": "2"})


def submodule_edited(p: Project) -> Iterator[None]:
    library(p, "library")
    p.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", f"{p.place}/library", "lib")
    yield
    p.write({"lib/code.py": "2"})


def new_file_in_a_submodule(p: Project) -> Iterator[None]:
    library(p, "library")
    p.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", f"{p.place}/library", "lib")
    yield
    p.write({"lib/more/new.py": "2"})


def data_ignored_beside_a_submodule(p: Project) -> Iterator[None]:
    library(p, "library")
    p.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", f"{p.place}/library", "lib")
    p.write({"lib/src/x.py": "1", "secret/one.csv": "1"})
    p.loops("unit: {run: mark unit, cycle: 1s, inputs: ['lib/src/*.py', 'secret/*.csv']}")
    yield
    p.write({"secret/one.csv": "2"})


def nested_repository_edited(p: Project) -> Iterator[None]:
    library(p, "project/nested")
    yield
    p.write({"nested/code.py": "2"})


def nested_repository_gains_a_file(p: Project) -> Iterator[None]:
    library(p, "project/nested")
    yield
    p.write({"nested/new.py": "2"})


def library(p: Project, name: str) -> None:
    folder = p.place / name
    folder.mkdir()
    (folder / "code.py").write_text("1")
    p.git("init", "-q", cwd=folder)
    p.git("add", ".", cwd=folder)
    p.git("commit", "-qm", "library", cwd=folder)


# -- configuration, environment ------------------------------------------------------------------


def command_edited(p: Project) -> Iterator[None]:
    p.loops(NARROW)
    yield
    p.loops(NARROW.replace("mark unit", "mark unit again"))


def command_made_a_list_that_reads_alike(p: Project) -> Iterator[None]:
    p.loops(NARROW.replace("mark unit", "mark unit *"))
    yield
    p.loops(NARROW.replace("mark unit", "[mark, unit, '*']"))


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


# -- programs, packages --------------------------------------------------------------------------


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


def earlier_on_the_path(p: Project) -> Iterator[None]:
    p.loops(NARROW)
    (p.place / "early").mkdir()
    p.env["PATH"] = f"{p.place}/early:{p.env['PATH']}"
    yield
    shutil.copy(p.bin / "mark", p.place / "early/mark")


def python_earlier_on_the_path(p: Project) -> Iterator[None]:
    p.loops(NARROW)
    (p.place / "early").mkdir()
    p.env["PATH"] = f"{p.place}/early:{p.env['PATH']}"
    yield
    p.program("python3", "exit 0", p.place / "early")


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


# -- what loops leave behind ---------------------------------------------------------------------

BUILD = """
build: {run: 'mark build && mkdir -p out && cp src/a.py out/built', cycle: 1s, inputs: ['src/a.py'],
        outputs: [out/]}
"""
SAMPLE = """
prepare: {run: 'mark prepare && cp src/a.py {out}/clean && mkdir {out}/more', cycle: 1s,
         inputs: [src/a.py]}
train: {run: 'mark train && ls -R {out.prepare}', cycle: 2s, inputs: [src/b.py]}
"""


def outputs_deleted(p: Project) -> Iterator[None]:
    p.loops(BUILD)
    yield
    shutil.rmtree(p.root / "out")


def outputs_edited(p: Project) -> Iterator[None]:
    p.loops(BUILD)
    yield
    p.write({"out/built": "a = 3\n"})


def out_folder_edited(p: Project) -> Iterator[None]:
    p.loops(SAMPLE)
    yield
    (out(p) / "clean").write_text("a = 3\n")


def out_folder_gains_a_file(p: Project) -> Iterator[None]:
    p.loops(SAMPLE)
    yield
    (out(p) / "more/late").write_text("a = 3\n")


def out_folder_loses_a_file(p: Project) -> Iterator[None]:
    p.loops(SAMPLE)
    yield
    (out(p) / "clean").unlink()


def out_folder_deleted(p: Project) -> Iterator[None]:
    p.loops(SAMPLE)
    yield
    shutil.rmtree(out(p))


def empty_out_folder_deleted(p: Project) -> Iterator[None]:
    p.loops("unit: {run: 'mark unit {out}', cycle: 1s}")
    yield
    shutil.rmtree(next((p.root / ".loop/runs").glob("*/unit/out")))


def everything_deleted(p: Project) -> Iterator[None]:
    yield
    shutil.rmtree(p.root / ".loop")


def history_deleted(p: Project) -> Iterator[None]:
    yield
    for path in (p.root / ".loop").glob("history.db*"):
        path.unlink()


def out(p: Project) -> Path:
    return next(path for path in (p.root / ".loop/runs").glob("*/prepare/out"))


CASES = tuple(
    value
    for name, value in list(globals().items())
    if getattr(value, "__annotations__", {}).get("return") == "Iterator[None]"
)
EXPECTED = {
    "outputs_deleted": ["build"],
    "outputs_edited": ["build"],
    "out_folder_edited": ["prepare"],
    "out_folder_gains_a_file": ["train"],
    "out_folder_loses_a_file": ["prepare"],
    "out_folder_deleted": ["prepare"],
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_a_change_is_never_missed(project: Maker, case: Case) -> None:
    found = project(files=FILES)

    assert seen(found, case) == EXPECTED.get(case.__name__, ["unit"])  # type: ignore[attr-defined]
