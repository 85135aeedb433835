from __future__ import annotations

import os
import subprocess
import sys

import pytest

from innerloop.core.survey import Hook, Said, Stage
from innerloop.system.project import commands
from innerloop.system.project.survey import survey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

ENVIRON = {"PATH": os.defpath}


def project(root: Path, **files: str) -> Path:
    for name, text in files.items():
        write(root, name.replace("__", "/"), text)
    return root


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_configuration_is_found_wherever_it_may_be(tmp_path: Path) -> None:
    write(
        tmp_path,
        "pyproject.toml",
        '[tool.ruff]\nfix = true\n[tool.ruff.lint]\nexclude = ["x"]\n'
        '[tool.pytest.ini_options]\nmarkers = ["slow: long"]\n[tool.black]\n',
    )
    write(tmp_path, "setup.cfg", "[mypy]\nfiles = src\n[flake8]\n")
    write(tmp_path, "pyrightconfig.json", '{"include": ["src"] /* why */}')
    seen = survey(str(tmp_path), ENVIRON)
    assert seen.configured == {
        "black": "pyproject.toml [tool.black]",
        "flake8": "setup.cfg [flake8]",
        "mypy": "setup.cfg [mypy]",
        "pyright": "pyrightconfig.json",
        "pytest": "pyproject.toml [tool.pytest.ini_options]",
        "ruff": "pyproject.toml [tool.ruff]",
        "ruff.lint": "pyproject.toml [tool.ruff.lint]",
    }
    assert seen.settings["ruff.fix"] == ("true",)
    assert seen.settings["ruff.lint.exclude"] == ("x",)
    assert seen.settings["pytest.markers"] == ("slow: long",)
    assert seen.settings["mypy.files"] == ("src",)
    assert seen.settings["pyright.include"] == ("src",)


def test_a_file_that_cannot_be_read_is_a_warning(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", "[tool.ruff\n")
    write(tmp_path, "ruff.toml", "")
    seen = survey(str(tmp_path), ENVIRON)
    assert seen.configured == {"ruff": "ruff.toml"}
    assert seen.warnings[0].startswith("pyproject.toml cannot be read: ")


def test_dependencies_are_found_wherever_they_are_asked_for(tmp_path: Path) -> None:
    write(tmp_path, "requirements-dev.txt", "-r x.txt\nPytest_Mock>=1\n# no\nruff==1\n")
    write(tmp_path, "requirements/test.in", "coverage\n")
    write(tmp_path, "setup.py", "setup(tests_require=['mypy>=1'])")
    write(
        tmp_path,
        "pyproject.toml",
        '[project]\ndependencies = ["django"]\n[project.optional-dependencies]\na = ["isort"]\n'
        '[dependency-groups]\nb = ["black", {include-group = "c"}]\n'
        '[tool.poetry.group.dev.dependencies]\npylint = "*"\n',
    )
    assert survey(str(tmp_path), ENVIRON).depends == {
        "pytest-mock": "requirements-dev.txt",
        "ruff": "requirements-dev.txt",
        "coverage": "requirements/test.in",
        "mypy": "setup.py",
        "django": "pyproject.toml",
        "isort": "pyproject.toml",
        "black": "pyproject.toml",
        "pylint": "pyproject.toml",
    }


def test_command_lines_are_found_where_projects_keep_them(tmp_path: Path) -> None:
    write(tmp_path, "tox.ini", "[testenv]\ncommands = mypy src {posargs}\n  pytest {posargs:t}\n")
    write(
        tmp_path,
        "noxfile.py",
        "def lint(session):\n    session.run('flake8', 'a b')\n    session.run('mypy', x)\n",
    )
    write(tmp_path, "Makefile", "lint:\n\t@ruff check . && black $(X)\n")
    write(tmp_path, "scripts/check", '#!/bin/sh\nexport F="a b"\nX=""\n${X}isort $F\n')
    steps = "jobs: {a: {steps: [{run: 'uv run pyright src'}, {uses: x}]}}"
    write(tmp_path, ".github/workflows/ci.yml", steps)
    write(tmp_path, "pyproject.toml", '[tool.poe.tasks]\nt = "python -m pylint app"\n')
    assert set(survey(str(tmp_path), ENVIRON).said) == {
        Said("mypy", ("src",), "tox.ini"),
        Said("pytest", ("t",), "tox.ini"),
        Said("flake8", ("a b",), "noxfile.py"),
        Said("ruff", ("check", "."), "Makefile"),
        Said("isort", ("a", "b"), "scripts/check"),
        Said("pyright", ("src",), ".github/workflows/ci.yml"),
        Said("pylint", ("app",), "pyproject.toml"),
    }


def test_hooks_keep_their_arguments_and_what_they_skip() -> None:
    text = """
exclude: ^docs/
repos:
- hooks:
  - {id: ruff, args: [--fix], exclude: x}
  - id: mypy
- repo: broken
"""
    assert commands.hooks(text) == (
        Hook("ruff", ("--fix",), "(?:^docs/)|(?:x)"),
        Hook("mypy", (), "(?:^docs/)"),
    )


@pytest.mark.parametrize("text", ["", "a: [", "- 1", "repos: {}", "stages: 3"])
def test_odd_yaml_says_nothing(text: str) -> None:
    assert commands.hooks(text) == ()
    assert commands.stages(text) == ()


def test_stages_of_dvc() -> None:
    text = """
stages:
  prepare:
    cmd: python  a.py
    wdir: sub
    deps: [a.py]
    params: [x]
    outs: [{out.csv: {cache: false}}]
  many: {foreach: [1], do: {cmd: "echo ${item}"}}
  template: {cmd: "python ${script}"}
"""
    assert commands.stages(text) == (
        Stage("prepare", "python a.py", ("a.py", "params.yaml"), ("out.csv",), "sub"),
        Stage("many", ""),
        Stage("template", ""),
    )


def test_targets_of_a_makefile() -> None:
    text = ".PHONY: a\nA := 1\na: b\n\techo x: y\nb c:\n%.o: %.c\nd::\n"
    assert commands.targets(text) == ("a",)


def test_test_files_say_what_they_are_written_for(tmp_path: Path) -> None:
    project(
        tmp_path,
        **{
            "tests__test_a.py": "import pytest\nimport app.x\n@pytest.mark.slow\ndef test(): 0\n",
            "tests__test_b.py": "from unittest import TestCase\nfrom django.test import TestCase\n",
            "tests__conftest.py": "parser.addoption('--runslow')\n",
            "test.py": "class A(unittest.TestCase): pass\n",
        },
    )
    tests = survey(str(tmp_path), ENVIRON).tests
    assert tests.files == ("tests/test_a.py", "tests/test_b.py")
    assert tests.pytest == "tests/conftest.py"
    assert tests.cases == ("test.py", "tests/test_b.py")
    assert tests.django == "tests/test_b.py"
    assert tests.markers == {"slow": ("tests/test_a.py",)}
    assert tests.options == ("--runslow",)
    assert "app" in tests.imports


def test_a_projects_own_pattern_for_test_files_counts(tmp_path: Path) -> None:
    write(tmp_path, "pytest.ini", "[pytest]\npython_files = check_*.py spec_*.py\n")
    project(tmp_path, **{"check_a.py": "", "test_b.py": "", "spec_c.py": ""})
    assert survey(str(tmp_path), ENVIRON).tests.files == ("check_a.py", "spec_c.py")


def test_ignored_files_and_environments_are_not_looked_at(tmp_path: Path) -> None:
    project(tmp_path, **{"a.py": "", ".gitignore": "b.py\n", "b.py": "", "env__pyvenv.cfg": ""})
    write(tmp_path, "env/c.py", "")
    assert survey(str(tmp_path), ENVIRON).python == ("a.py", "b.py")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    assert survey(str(tmp_path), ENVIRON).python == ("a.py", "env/c.py")


def test_a_deleted_file_that_git_still_lists_is_not_seen(tmp_path: Path) -> None:
    project(tmp_path, **{"a.py": "", "b.py": ""})
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    subprocess.run(["git", "add", "-A"], check=True, cwd=tmp_path)
    (tmp_path / "b.py").unlink()
    assert survey(str(tmp_path), ENVIRON).python == ("a.py",)


def program(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)


def test_a_linter_may_be_anywhere_but_a_test_tool_is_the_environments(tmp_path: Path) -> None:
    for name in ("ruff", "pytest", "mypy"):
        program(tmp_path / "path" / name)
    environ = {"PATH": str(tmp_path / "path")}
    root = tmp_path / "project"
    root.mkdir()
    assert set(survey(str(root), environ).installed) == {"mypy", "pytest", "ruff"}
    program(root / ".venv/bin/python")
    program(root / ".venv/bin/mypy")
    seen = survey(str(root), environ)
    assert seen.environment == str(root / ".venv")
    assert seen.interpreter == "python"
    assert seen.installed == {
        "mypy": str(root / ".venv/bin/mypy"),
        "ruff": str(tmp_path / "path/ruff"),
    }


def test_an_editable_package_can_be_imported(tmp_path: Path) -> None:
    site = f".venv/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    program(tmp_path / ".venv/bin/python")
    write(tmp_path, ".venv/pyvenv.cfg", "")
    write(tmp_path, "src/app/__init__.py", "")
    assert "app" not in survey(str(tmp_path), ENVIRON).importable
    write(tmp_path, f"{site}/app.pth", f"{tmp_path}/src\n")
    assert "app" in survey(str(tmp_path), ENVIRON).importable
    (tmp_path / site / "app.pth").unlink()
    mapping = f"MAPPING = {{'app': '{tmp_path}/src/app'}}"
    write(tmp_path, f"{site}/__editable___app_1_finder.py", mapping)
    assert "app" in survey(str(tmp_path), ENVIRON).importable
