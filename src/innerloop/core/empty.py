"""Whether a command that ended well had anything to check."""

from __future__ import annotations

import re

_NOTHING = re.compile(
    r"collected 0 items|no tests ran in|^Ran 0 tests\b|\bNo tests found\b|"
    r"No Python files found under the given path|no tests to run|"
    r"^No tests collected\b",
    re.MULTILINE,
)
_SOMETHING = re.compile(r"\b[1-9]\d* passed\b|^Ran [1-9]\d* tests?\b", re.MULTILINE)
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def nothing_checked(tail: str) -> bool:
    """Whether the end of an output says that nothing was collected.

    Several commands may share one output: one that did check something outweighs the rest.
    """
    text = _COLOURS.sub("", tail)
    return bool(_NOTHING.search(text)) and not _SOMETHING.search(text)
