"""Distributions a project asks for, by name: which of them decides what is proposed."""

from __future__ import annotations

import configparser
import re
import tomllib
from typing import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_REQUIREMENTS = re.compile(
    r"(?:[\w.-]*requirements?[\w.-]*|(?:.*/)?requirements?/[\w.-]+)\.(?:txt|in)"
).fullmatch
_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)").match
# Only by running it would we know what setup.py asks for: a quoted name is a good sign.
_QUOTED = re.compile(
    r"""["'](black|flake8|isort|mypy|pylint|pyright|pytest|ruff|django)\b(?![/:])""", re.IGNORECASE
).findall


def depends(paths: tuple[str, ...], read: Callable[[str], str]) -> dict[str, str]:
    """A distribution's normalized name -> the first file that asks for it."""
    found: dict[str, str] = {}
    for path in paths:
        try:
            for line in _asked(path, read):
                if match := _NAME(line):
                    found.setdefault(re.sub(r"[-_.]+", "-", match[1]).lower(), path)
        except (ValueError, configparser.Error):
            continue  # said where its settings are read
    return found


def _asked(path: str, read: Callable[[str], str]) -> Iterator[str]:
    if path == "pyproject.toml":
        yield from _pyproject(tomllib.loads(read(path)))
    elif path == "setup.cfg":
        yield from _setup_cfg(read(path))
    elif path == "setup.py":
        yield from _QUOTED(read(path))
    elif path == "Pipfile":
        tables = tomllib.loads(read(path))
        yield from (*tables.get("packages", {}), *tables.get("dev-packages", {}))
    elif path in {"environment.yml", "environment.yaml"}:
        for line in read(path).splitlines():
            yield line.strip().removeprefix("- ") if line.strip().startswith("- ") else ""
    elif _REQUIREMENTS(path):
        yield from (line for line in read(path).splitlines() if not line.startswith(("-", "#")))


def _pyproject(tables: Any) -> Iterator[str]:
    project = tables.get("project", {})
    yield from _strings(project.get("dependencies", []))
    yield from _strings(list(project.get("optional-dependencies", {}).values()))
    yield from _strings(list(tables.get("dependency-groups", {}).values()))
    tools = tables.get("tool", {})
    yield from _strings(tools.get("uv", {}).get("dev-dependencies", []))
    yield from _strings(list(tools.get("pdm", {}).get("dev-dependencies", {}).values()))
    for environment in tools.get("hatch", {}).get("envs", {}).values():
        yield from _strings(environment.get("dependencies", []))
        yield from _strings(environment.get("extra-dependencies", []))
    poetry = tools.get("poetry", {})
    yield from (*poetry.get("dependencies", {}), *poetry.get("dev-dependencies", {}))
    for group in poetry.get("group", {}).values():
        yield from group.get("dependencies", {})


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)


def _setup_cfg(text: str) -> Iterator[str]:
    parser = configparser.ConfigParser(interpolation=None, strict=False, allow_no_value=True)
    parser.read_string(text)
    for section, keys in (("options", ("install_requires", "tests_require")), (_EXTRAS, ())):
        if parser.has_section(section):
            for key in keys or parser.options(section):
                yield from (parser.get(section, key, fallback="") or "").splitlines()


_EXTRAS = "options.extras_require"
