"""What is wrong, shown where it is: the line, a caret under it, and what to do."""

from __future__ import annotations

import re
import unicodedata

from innerloop.core.errors import ConfigError, LoopError, Problem, Where
from innerloop.core.text import visible

WINDOW = 100
"""columns of a line that are shown"""
BEFORE = 40
"""of these, at least so many before the caret"""
MOST = 100
"""problems worth reading in one go"""
SGR = re.compile(r"(\x1b\[[0-9;:]*m)")
"""what sets a colour; whatever else a log may hold of this kind is made harmless before"""
RED, YELLOW, BLUE, BOLD, PLAIN = "\033[1;31m", "\033[1;33m", "\033[1;34m", "\033[1m", "\033[0m"


def explain(error: LoopError, *, colour: bool) -> str:
    """Return everything an error has to say, without a newline at the end."""
    if not isinstance(error, ConfigError):
        return _shown("error", Problem(error.message, None, error.hint), colour=colour)
    shown = [_shown("error", problem, colour=colour) for problem in error.problems[:MOST]]
    more = len(error.problems) - MOST
    if more > 0:
        shown.append(f"... and {more} more")
    return "\n\n".join(shown)


def warn(problem: Problem, *, colour: bool = False) -> str:
    """Return a warning in the same shape, without a newline at the end."""
    return _shown("warning", problem, colour=colour)


def _shown(label: str, problem: Problem, *, colour: bool) -> str:
    tint = RED if label == "error" else YELLOW
    head = f"{_tinted(f'{label}:', tint, colour=colour)} {visible(problem.message)}"
    if problem.where is None:
        # A hint may be a few lines to copy.
        return "\n  ".join((head, *map(visible, problem.hint.splitlines())))
    return "\n".join([head, *_excerpt(problem.where, problem.hint, tint, colour=colour)])


def _excerpt(where: Where, hint: str, tint: str, *, colour: bool) -> list[str]:
    text, before, width = _window(where)
    number = str(where.line)
    bar = _tinted("|", BLUE, colour=colour)
    gutter = " " * len(number)
    arrow = _tinted("-->", BLUE, colour=colour)
    caret = _tinted(f"{'^' * width} {visible(hint)}".rstrip(), tint, colour=colour)
    return [
        f"{gutter}{arrow} {visible(where.path)}:{where.line}:{where.column}",
        f"{gutter} {bar}",
        f"{_tinted(number, BLUE, colour=colour)} {bar} {text}".rstrip(),
        f"{gutter} {bar} {' ' * before}{caret}",
    ]


def _tinted(text: str, tint: str, *, colour: bool) -> str:
    return f"{tint}{text}{PLAIN}" if colour else text


def _window(where: Where) -> tuple[str, int, int]:
    """Return the part of the line to show, and the columns before and under the caret."""
    start = where.column - 1
    end = min(start + where.width, len(where.text))
    left, cut = 0, ""
    if columns(visible(where.text)) > WINDOW and columns(visible(where.text[:start])) > BEFORE:
        left, cut = _back(where.text, start), "..."
    text = cut + visible(where.text[left : left + 2 * WINDOW])
    before = columns(cut + visible(where.text[left:start]))
    under = columns(visible(where.text[start:end]))
    shown = _clipped(text, WINDOW)
    if columns(text) > WINDOW or left + 2 * WINDOW < len(where.text):
        shown = _clipped(text, WINDOW - 3) + "..."
    return shown, before, max(1, min(under, columns(shown) - before))


def _back(text: str, start: int) -> int:
    """Return where to begin, for `start` to have what is worth reading before it."""
    room = BEFORE
    while start > 0 and (room := room - columns(visible(text[start - 1]))) >= 0:
        start -= 1
    return start


def _clipped(text: str, most: int) -> str:
    taken = 0
    for at, char in enumerate(text):
        taken += columns(char)
        if taken > most:
            return text[:at]
    return text


def columns(text: str) -> int:
    """Return how many columns a terminal takes for it, colours aside."""
    if "\x1b" in text:
        text = SGR.sub("", text)
    if text.isascii():
        return len(text)
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1
