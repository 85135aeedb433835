from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from innerloop.system import packages
from innerloop.system.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Environment:
    """A virtual environment, and what is seen to be installed there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.site = root / "env/lib/python3.11/site-packages"
        self.site.mkdir(parents=True)
        (root / "env/bin").mkdir()
        (root / "base").write_text("1")
        self.interpreter = root / "env/bin/python"
        self.interpreter.symlink_to(root / "base")
        self.config("home = /nowhere/bin\n")
        self.tree = Tree(str(root / "project"), f"{root}/.loop", write=False)

    def config(self, text: str) -> None:
        (self.root / "env/pyvenv.cfg").write_text(text)

    def package(self, name: str, version: str, *, direct: str = "") -> None:
        folder = self.site / f"{name}-{version}.dist-info"
        folder.mkdir(exist_ok=True)
        (folder / "METADATA").write_text(f"Name: {name}\n")
        (folder / "RECORD").write_text(f"{name}.py,{version},1\n")
        if direct:
            (folder / "direct_url.json").write_text(direct)

    def installed(self) -> dict[str, str]:
        self.tree.stale()
        return packages.installed(self.tree, str(self.interpreter))


@pytest.fixture
def env(tmp_path: Path) -> Environment:
    made = Environment(tmp_path)
    made.package("one", "1.0")
    (made.site / "single.py").write_text("x = 1\n")
    (made.site / "old.egg-info").mkdir()
    (made.site / "old.egg-info/PKG-INFO").write_text("Version: 1\n")
    return made


def installed(env: Environment) -> None:
    env.package("two", "1.0")


def upgraded(env: Environment) -> None:
    shutil.rmtree(env.site / "one-1.0.dist-info")
    env.package("one", "1.1")


def removed(env: Environment) -> None:
    shutil.rmtree(env.site / "one-1.0.dist-info")


def other_files_of_the_same_version(env: Environment) -> None:
    (env.site / "one-1.0.dist-info/RECORD").write_text("other")


def a_package_without_metadata(env: Environment) -> None:
    (env.site / "bare").mkdir()


def a_single_module_edited(env: Environment) -> None:
    (env.site / "single.py").write_text("x = 2\n")


def an_egg_upgraded(env: Environment) -> None:
    (env.site / "old.egg-info/PKG-INFO").write_text("Version: 2\n")


def a_path_file(env: Environment) -> None:
    (env.site / "more.pth").write_text("/elsewhere\n")


def the_base_interpreter(env: Environment) -> None:
    (env.root / "base").write_text("2")


def the_settings(env: Environment) -> None:
    env.config("home = /nowhere/bin\nprompt = x\n")


CHANGES = (
    installed,
    upgraded,
    removed,
    other_files_of_the_same_version,
    a_package_without_metadata,
    a_single_module_edited,
    an_egg_upgraded,
    a_path_file,
    the_base_interpreter,
    the_settings,
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_every_change_is_seen(env: Environment, change: Callable[[Environment], None]) -> None:
    before = env.installed()
    assert env.installed() == before
    change(env)

    assert env.installed() != before


def test_what_python_itself_writes_is_no_change(env: Environment) -> None:
    before = env.installed()
    (env.site / "__pycache__").mkdir()
    (env.site / "single.pyc").write_text("")

    assert env.installed() == before


def test_an_editable_source_elsewhere_counts_by_its_content(env: Environment) -> None:
    source = env.root / "elsewhere/my lib"
    source.mkdir(parents=True)
    (source / "code.py").write_text("1")
    url = f"file://{source}".replace(" ", "%20")
    env.package("lib", "0", direct=f'{{"url": "{url}", "dir_info": {{"editable": true}}}}')
    before = env.installed()
    assert "lib (sources)" in before
    (source / "__pycache__").mkdir()
    assert env.installed() == before

    (source / "code.py").write_text("2")

    assert env.installed() != before


@pytest.mark.parametrize("name", ["more.pth", "lib.egg-link"])
def test_modules_in_a_folder_that_a_path_file_names_count_by_content(
    env: Environment, name: str
) -> None:
    source = env.root / "else where"
    source.mkdir()
    (source / "code.py").write_text("1")
    (env.site / name).write_text(f"# a comment\n\nimport os\n{source}\n/nowhere/at/all\n")
    before = env.installed()
    assert f"{name}: {source} (sources)" in before
    assert env.installed() == before

    (source / "code.py").write_text("2")

    assert env.installed() != before


@pytest.mark.parametrize(
    "direct",
    [
        '{"url": "file:///tmp", "dir_info": {}}',
        '{"url": "https://example.org", "dir_info": {"editable": true}}',
        '{"url": "file:///nowhere/at/all", "dir_info": {"editable": true}}',
        "[]",
        "{",
    ],
)
def test_what_is_not_an_editable_folder_has_no_sources(env: Environment, direct: str) -> None:
    env.package("lib", "0", direct=direct)

    assert "lib (sources)" not in env.installed()


def test_sources_of_the_project_itself_are_inputs_and_not_packages(env: Environment) -> None:
    (env.root / "project").mkdir()
    url = f"file://{env.root}/project"
    env.package("lib", "0", direct=f'{{"url": "{url}", "dir_info": {{"editable": true}}}}')

    assert "lib (sources)" not in env.installed()


def test_an_environment_may_see_its_bases_packages(env: Environment) -> None:
    site = env.root / "base-python/lib/python3.11/site-packages"
    site.mkdir(parents=True)
    env.config(f"home = {env.root}/base-python/bin\n")
    assert str(site) not in packages.sites(str(env.interpreter))

    env.config(f"home = {env.root}/base-python/bin\ninclude-system-site-packages = True\n")

    assert str(site) in packages.sites(str(env.interpreter))


def test_the_places_where_packages_may_appear_are_remembered(env: Environment) -> None:
    env.installed()

    watched = set(env.tree.folders())
    assert {str(env.site), f"{env.root}/env/lib", f"{env.root}/env/lib64"} <= watched
    assert str(env.interpreter) in watched


def test_the_sites_are_those_of_the_interpreter_itself() -> None:
    script = "import json, site, sys; print(json.dumps(site.getsitepackages()))"
    words = [sys.executable, "-c", script]
    said = subprocess.run(words, check=True, capture_output=True, text=True).stdout

    found = packages.sites(sys.executable)

    assert found
    assert all(place in said for place in found)
