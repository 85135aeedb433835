"""The tests of a project: which files they are in, and which tool they are written for."""

from __future__ import annotations

import re
from fnmatch import fnmatch

from innerloop.core.survey import Suite

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PYTEST = re.compile(r"^\s*(?:import pytest\b|from pytest\b)", re.MULTILINE).search
_UNITTEST = re.compile(r"\bTestCase\b").search
_DJANGO = re.compile(r"^\s*from (?:django|rest_framework)\.test\b", re.MULTILINE).search
_MARKER = re.compile(r"\bmark\.([A-Za-z_]\w*)").findall
_IMPORT = re.compile(r"^\s*(?:from|import) ([A-Za-z_]\w*)", re.MULTILINE).findall
_OPTION = re.compile(r"""addoption\(\s*["'](--[\w-]+)["']""").findall
_DEFAULT = ("test_*.py", "*_test.py")
_DISCOVERED = ("test*.py", "*_test.py")
_MOST = 2_000


def tests(paths: tuple[str, ...], patterns: tuple[str, ...], read: Callable[[str], str]) -> Suite:
    """What the test files say; of very many, the first ones."""
    names = tuple(pattern for text in patterns for pattern in text.split()) or _DEFAULT
    files = _matching(paths, names)
    texts = {path: read(path) for path in files[:_MOST]}
    among = {path: read(path) for path in _matching(paths, _DISCOVERED)[:_MOST]}
    cases = {path: text for path, text in among.items() if _UNITTEST(text)}
    conftests = [path for path in paths if path.split("/")[-1] == "conftest.py"]
    options = [option for path in conftests for option in _OPTION(read(path))]
    return Suite(
        files=files,
        pytest=conftests[0] if conftests else _first(texts, _PYTEST),
        cases=tuple(cases),
        django=_first(cases, _DJANGO),
        markers=_markers(texts),
        options=tuple(dict.fromkeys(options)),
        imports=frozenset(name for text in (texts | cases).values() for name in _IMPORT(text)),
    )


def _matching(paths: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        path
        for path in paths
        if path.endswith(".py") and any(fnmatch(path.rpartition("/")[2], one) for one in names)
    )


def _first(texts: Mapping[str, str], search: Callable[[str], object]) -> str:
    return next((path for path, text in texts.items() if search(text)), "")


def _markers(texts: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for path, text in texts.items():
        for marker in _MARKER(text):
            found.setdefault(marker, {})[path] = None
    return {marker: tuple(files) for marker, files in found.items()}
