"""Tools configured in a project's files, and the settings that matter for how they are started."""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from typing import Any, NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# A file that is one tool's own: the whole of it is that tool's table.
_TOML = {
    "ruff.toml": "ruff",
    ".ruff.toml": "ruff",
    "ty.toml": "ty",
    "pyrefly.toml": "pyrefly",
    "pytest.toml": "pytest",
    ".pytest.toml": "pytest",
    ".pylintrc.toml": "pylint",
}
# A file of sections: which of them are read, and whose they are.
_INI = {
    "setup.cfg": {"tool:pytest": "pytest", "mypy": "mypy", "flake8": "flake8", "isort": "isort"},
    "tox.ini": {"pytest": "pytest", "flake8": "flake8", "isort": "isort"},
    "pytest.ini": {"pytest": "pytest"},
    ".pytest.ini": {"pytest": "pytest"},
    "mypy.ini": {"mypy": "mypy"},
    ".mypy.ini": {"mypy": "mypy"},
    ".flake8": {"flake8": "flake8"},
    ".isort.cfg": {"settings": "isort"},
    ".pylintrc": {"MAIN": "pylint", "MASTER": "pylint"},
    "pylintrc": {"MAIN": "pylint", "MASTER": "pylint"},
}
# Present means used, even where it is empty or says nothing we read.
_PRESENT = {
    "pytest.ini": "pytest",
    "mypy.ini": "mypy",
    ".mypy.ini": "mypy",
    ".flake8": "flake8",
    ".pylintrc": "pylint",
    "pylintrc": "pylint",
    "pyrightconfig.json": "pyright",
}
_TOOLS = (
    "black",
    "flake8",
    "isort",
    "mypy",
    "pylint",
    "pyrefly",
    "pyright",
    "pytest",
    "ruff",
    "ty",
)


class Settings(NamedTuple):
    """Where each tool is configured, and `tool.key` with its values."""

    configured: Mapping[str, str]
    values: Mapping[str, tuple[str, ...]]
    warnings: tuple[str, ...]


def settings(paths: tuple[str, ...], read: Callable[[str], str]) -> Settings:
    """What the configuration files at the root say; one that cannot be read is a warning."""
    configured: dict[str, str] = {}
    values: dict[str, tuple[str, ...]] = {}
    warnings = []
    for path in paths:
        if "/" in path:
            continue
        try:
            for tool, where, key, value in _facts(path, read):
                configured.setdefault(tool, where)
                if key:
                    values.setdefault(f"{tool}.{key}", value)
        except (ValueError, configparser.Error) as error:
            warnings.append(f"{path} cannot be read: {str(error).splitlines()[0]}")
    return Settings(configured, values, tuple(warnings))


Fact = tuple[str, str, str, tuple[str, ...]]


def _facts(path: str, read: Callable[[str], str]) -> Iterator[Fact]:
    """Tool, where, key and values: the key is empty where only the presence is known."""
    if path in _PRESENT:
        yield _PRESENT[path], path, "", ()
    if path == "pyproject.toml":
        tools = tomllib.loads(read(path)).get("tool", {})
        for tool in _TOOLS:
            if tool in tools:
                yield from _tool(tool, tools[tool])
    elif path in _TOML:
        yield from _table(_TOML[path], path, tomllib.loads(read(path)))
    elif path in _INI:
        yield from _ini(path, read(path))
    elif path == "pyrightconfig.json":
        # It may hold comments, which JSON does not know: then only its presence counts.
        yield from _table("pyright", path, json.loads(_without_comments(read(path))))


def _tool(tool: str, table: Any) -> Iterator[Fact]:
    where = f"pyproject.toml [tool.{tool}]"
    if tool == "pytest" and isinstance(table, dict) and "ini_options" in table:
        table, where = table["ini_options"], "pyproject.toml [tool.pytest.ini_options]"
    yield from _table(tool, where, table)


def _table(tool: str, where: str, table: Any) -> Iterator[Fact]:
    yield tool, where, "", ()
    if not isinstance(table, dict):
        return
    for key, value in table.items():
        if isinstance(value, dict):
            yield f"{tool}.{key}", f"{where.removesuffix(']')}.{key}]", "", ()
            for inner, content in value.items():
                yield tool, where, f"{key}.{inner}", _texts(content)
        else:
            yield tool, where, key, _texts(value)


def _ini(path: str, text: str) -> Iterator[Fact]:
    parser = configparser.ConfigParser(interpolation=None, strict=False, allow_no_value=True)
    parser.read_string(text)
    for section, tool in _INI[path].items():
        if not parser.has_section(section):
            continue
        yield tool, f"{path} [{section}]", "", ()
        for key, value in parser.items(section):
            yield tool, f"{path} [{section}]", key, _lines(value or "")


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(str(one) for one in value)
    return (str(value).lower() if isinstance(value, bool) else str(value),)


def _lines(value: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in value.split("\n") if line.strip())


def _without_comments(text: str) -> str:
    return re.sub(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', r"\1", text, flags=re.DOTALL)
