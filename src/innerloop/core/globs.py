"""Whether a path is chosen by gitignore-style patterns."""

from __future__ import annotations

import re
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from innerloop.core.model import Glob


@lru_cache(maxsize=512)
def matcher(globs: tuple[Glob, ...]) -> Callable[[str], bool]:
    """Return whether a path from the root is chosen: the last pattern that fits decides."""
    runs = _runs(globs)
    if len(runs) == 1 and runs[0][0]:
        return _only(runs[0][1])
    checks = [(include, _fits(regexes)) for include, regexes in reversed(runs)]

    def chosen(path: str) -> bool:
        for include, fits in checks:
            if fits(path):
                return include
        return False

    return chosen


def _only(regexes: list[str]) -> Callable[[str], bool]:
    fits = _fits(regexes)
    return lambda path: fits(path) is not None


def _runs(globs: tuple[Glob, ...]) -> list[tuple[bool, list[str]]]:
    """Neighbours of one kind together, so that each run is one regular expression."""
    runs: list[tuple[bool, list[str]]] = []
    for glob in globs:
        if runs and runs[-1][0] == glob.include:
            runs[-1][1].append(glob.regex)
        else:
            runs.append((glob.include, [glob.regex]))
    return runs


def _fits(regexes: list[str]) -> Callable[[str], re.Match[str] | None]:
    # `(?s)`: a name may contain a newline, and is matched like any other.
    return re.compile("(?s)" + "|".join(regexes)).match
