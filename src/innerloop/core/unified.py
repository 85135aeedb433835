"""What differs between two files: as text, bounded, and nothing in it is obeyed or decoded."""

from __future__ import annotations

from typing import NamedTuple

from innerloop.core.text import plural, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

LINES = 80
"""lines of a file's difference that are shown"""
LONGEST = 200
"""characters of a line"""
_CONTEXT = 3
_ALIGNED = 2_000
"""lines on either side that are laid against one another; of more, all are told as replaced"""


class Diff(NamedTuple):
    """The first lines of a unified diff, and what there is to say of the rest."""

    lines: tuple[str, ...]
    note: str = ""


def unified(old: bytes, new: bytes) -> Diff:
    """How `new` differs from `old`; of what is no text, only that it does."""
    before, after = _text(old), _text(new)
    if before is None or after is None:
        return Diff((), f"binary: {_size(old)} before, {_size(new)} now")
    ended = before.endswith("\n") or after.endswith("\n")
    lines = _compared(_lines(before, ended=ended), _lines(after, ended=ended))
    if not lines:
        return Diff((), "they differ in their line endings")
    shown = tuple(_clipped(visible(line)) for line in lines[:LINES])
    more = len(lines) - LINES
    return Diff(shown, f"... and {plural(more, 'more line')}" if more > 0 else "")


def alike(old: bytes, new: bytes) -> bool:
    """Whether they are the same but for line endings, which the tests do not look at."""
    return old == new or old.replace(b"\r\n", b"\n") == new.replace(b"\r\n", b"\n")


def _text(data: bytes) -> str | None:
    if b"\0" in data:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _size(data: bytes) -> str:
    return plural(len(data), "byte")


def _lines(text: str, *, ended: bool) -> list[str]:
    """The lines; one without a newline, where the other file has one there, keeps a mark of it."""
    # Not splitlines: a form feed or U+2028 is part of a line, and visible in it.
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[-1] == "":
        return lines[:-1]
    return [*lines[:-1], f"{lines[-1]}\n"] if ended else lines


def _compared(old: list[str], new: list[str]) -> list[str]:
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    # With a few lines around, so that there is something to see where it stands by.
    start, end = max(0, head - _CONTEXT), max(0, tail - _CONTEXT)
    before, after = old[start : len(old) - end], new[start : len(new) - end]
    if max(len(before), len(after)) > _ALIGNED:
        return _replaced(before, after, start)
    import difflib  # noqa: PLC0415 - only where something differs

    found = list(difflib.unified_diff(before, after, n=_CONTEXT, lineterm=""))[2:]
    return [line for one in found for line in _written(_moved(one, start))]


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    most = min(len(old), len(new))
    return next((at for at in range(most) if old[at] != new[at]), most)


def _replaced(old: list[str], new: list[str], start: int) -> list[str]:
    head = f"@@ -{start + 1},{len(old)} +{start + 1},{len(new)} @@"
    half = LINES // 2
    cut = [f"... and {plural(len(old) - half, 'more line')} of it"] if len(old) > half else []
    lines = [f"-{line}" for line in old[:half]] + cut + [f"+{line}" for line in new]
    return [head, *(line for one in lines for line in _written(one))]


def _moved(line: str, by: int) -> str:
    """A hunk's head with its line numbers as they are in the whole files."""
    if not line.startswith("@@ "):
        return line
    return "@@ " + " ".join(_shifted(part, by) for part in line.split()[1:3]) + " @@"


def _shifted(part: str, by: int) -> str:
    at, comma, count = part[1:].partition(",")
    return f"{part[0]}{int(at) + by}{comma}{count}"


def _written(line: str) -> list[str]:
    """The line; where no newline ends the file, that is said as diff says it."""
    return [line[:-1], "\\ no newline at the end"] if line.endswith("\n") else [line]


def _clipped(line: str) -> str:
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."
