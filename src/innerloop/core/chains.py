"""Chains of tests, as their files say: which test depends on which, and which are parametrised."""

from __future__ import annotations

import ast
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Function = ast.FunctionDef | ast.AsyncFunctionDef


class Link(NamedTuple):
    """A test that starts from another's snapshot."""

    test: str
    depends: str
    alike: bool
    """both are parametrised, or neither is: only then is the snapshot looked for by its name"""


def links(texts: Mapping[str, str]) -> dict[str, tuple[Link, ...]]:
    """The links of each test file, by its path; what cannot be parsed has none."""
    found = {path: list(_functions(text)) for path, text in texts.items()}
    # A test may be imported from another file: by name is near enough for advice.
    many = {one.name: _parametrised(one) for functions in found.values() for one in functions}
    return {
        path: tuple(
            Link(one.name, name, many.get(name, False) == _parametrised(one))
            for one in functions
            for name in _depends(one)
        )
        for path, functions in found.items()
    }


def _functions(text: str) -> Iterator[Function]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.decorator_list:
            yield node


def _marks(one: Function) -> Iterator[ast.Call]:
    return (node for node in one.decorator_list if isinstance(node, ast.Call))


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


def _parametrised(one: Function) -> bool:
    return any(_called(call) == "parametrize" for call in _marks(one))


def _depends(one: Function) -> Iterator[str]:
    for call in _marks(one):
        if "snappylapy" in _called(call):
            for word in call.keywords:
                if word.arg == "depends" and isinstance(word.value, ast.List | ast.Tuple):
                    yield from (ast.unparse(item).rpartition(".")[2] for item in word.value.elts)
