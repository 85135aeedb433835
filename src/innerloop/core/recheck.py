"""The smallest command that would check a fix."""

from __future__ import annotations

import re

from innerloop.core.words import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from innerloop.core.model import Loop

_FAILED = re.compile(r"(?:FAILED|ERROR) (\S.*)$")
_SUMMARY = re.compile(r"={3,} short test summary info ={3,}$")
_TOOLS = frozenset({"pytest", "py.test"})
_VALUED = frozenset({"-p", "-n", "-k", "-m", "-c", "-o", "-W"})
"""options of pytest whose value is a word of its own"""
_WRAPPERS = 4
"""words that may stand before `pytest`: `uv run --frozen`, `python -m`"""
_NODES = 3
"""tests that are named one by one"""
_LONGEST = 200
"""characters, with which a command is still one that is typed"""


def smallest(loop: Loop, lines: Sequence[str]) -> str:
    """Of what a failed loop printed: a command that runs only what failed; else the empty text.

    It runs with arguments of its own, so nothing is recorded of it.
    """
    options = _options(loop)
    if options is None:
        return ""
    nodes = _nodes(lines)
    if not nodes:
        return ""
    named = " ".join(quote(node) for node in nodes)
    if _pathless(options) and len(nodes) <= _NODES:
        command = f"loop run {loop.name} -- {named}"
        if len(command) <= _LONGEST:
            return command
    if "no:cacheprovider" in loop.run.text:
        return ""
    # Beside paths of its own it would run those as well; what failed last it knows by itself.
    return f"loop run {loop.name} -- --lf"


def _options(loop: Loop) -> tuple[str, ...] | None:
    """The words behind `pytest` where it is what the loop starts; else None."""
    words = loop.run.argv
    for at, word in enumerate(words[: _WRAPPERS + 1]):
        if word.rpartition("/")[2] in _TOOLS:
            return words[at + 1 :]
    return None


def _pathless(options: tuple[str, ...]) -> bool:
    """Whether they surely name no path: what is added then is all that runs."""
    before = ("", *options)
    return all(
        word.startswith("-") or last in _VALUED for last, word in zip(before, options, strict=False)
    )


def _nodes(lines: Sequence[str]) -> tuple[str, ...]:
    """What pytest's own summary says has failed, from the folder it ran in."""
    found: dict[str, None] = {}
    inside = False
    for line in lines:
        if _SUMMARY.match(line):
            inside, found = True, {}
        elif inside and line.startswith("==="):
            inside = False
        elif inside and (failed := _FAILED.match(line)):
            found[_node(failed[1])] = None
    return tuple(found)


def _node(text: str) -> str:
    """`a.py::test_x[a - b] - assert 1 == 2` names a test whose parameter may hold the dash, too."""
    head, bracket, rest = text.partition("[")
    if not bracket or " - " in head:
        return text.partition(" - ")[0]
    end = rest.find("] - ")
    if end < 0:
        end = rest.rfind("]")
    return f"{head}[{rest[: end + 1]}"
