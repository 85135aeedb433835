"""A command as it is written: how it starts, what it mentions, how placeholders are filled."""

from __future__ import annotations

import re

from innerloop.core import words
from innerloop.core.model import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Value = str | tuple[str, ...]

NAMES = ("changed", "files", "out", "cache", "python", "case")
# `${out}` is the shell's own.
PLACEHOLDER = re.compile(
    r"(?<!\$)\{(changed|files|out|cache|python|case"
    r"|out\.[A-Za-z0-9][A-Za-z0-9_.-]*(?:@[A-Za-z0-9]+(?:\.[0-9]+)?%?)?|data\.[A-Za-z0-9][A-Za-z0-9_.-]*)\}"
)
BRACES = re.compile(r"(?<!\$)\{([A-Za-z][A-Za-z0-9_.@% -]*)\}")
LONGEST_ARGUMENT = 120_000
"""Linux takes no single argument over 128 KiB, however much room there is for all of them"""
POINTER = 8


def parse(text: str | Sequence[str]) -> Command:
    """Return the command; ValueError, with words for its writer, where it cannot be one."""
    if not isinstance(text, str):
        return _listed(tuple(text))
    text = text.strip()
    if not text:
        raise ValueError("is empty")
    argv = words.split(text)
    if argv is None:
        return Command(text, (), words.programs(text), _placeholders(text))
    _startable(argv)
    return Command(text, argv, _first(argv), _placeholders(*argv))


def _listed(argv: tuple[str, ...]) -> Command:
    _startable(argv)
    text = " ".join(word if PLACEHOLDER.fullmatch(word) else words.quote(word) for word in argv)
    return Command(text, argv, _first(argv), _placeholders(*argv))


def _startable(argv: tuple[str, ...]) -> None:
    if not argv or not argv[0]:
        raise ValueError("names no program")


def _first(argv: tuple[str, ...]) -> tuple[str, ...]:
    return () if PLACEHOLDER.search(argv[0]) else argv[:1]


def _placeholders(*texts: str) -> tuple[str, ...]:
    found = [name for text in texts for name in PLACEHOLDER.findall(text)]
    return tuple(dict.fromkeys(found))


_SCRIPT = re.compile(
    r"(?:^|[\s;&|(])(?:sh|bash|dash|zsh|python[0-9.]*|\{python\}|node|ruby|perl|Rscript)\s+"
    r"(?:-(?![cm]\s)\S+\s+)*([^\s;&|()<>$`'\"{}-][^\s;&|()<>$`'\"{}]*)"
)


def scripts(command: Command) -> tuple[str, ...]:
    """What stands where an interpreter's script does: `sh X`, `python X`. It may be no file."""
    return tuple(dict.fromkeys(_SCRIPT.findall(command.text)))


def near_miss(text: str) -> tuple[tuple[str, str], ...]:
    """What stands in braces and is almost a placeholder, each with the one it is near to."""
    found = {}
    for match in BRACES.finditer(text):
        if not PLACEHOLDER.fullmatch(match.group()):
            meant = _meant(match.group(1))
            if meant:
                found[match.group()] = meant
    return tuple(found.items())


def _meant(inner: str) -> str:
    if inner.lower().startswith(("out.", "out ")) or inner.startswith("out@"):
        return "{out.NAME}"
    if inner.lower().startswith(("data.", "data ")):
        return "{data.NAME}"
    from innerloop.core.text import nearest  # noqa: PLC0415 - only for mistakes

    found = nearest(inner.strip(), NAMES)
    return f"{{{found}}}" if found else ""


def expand(command: Command, values: Mapping[str, Value]) -> tuple[str, ...]:
    """Return what is started: a list alone in its word becomes several arguments, else one."""
    if command.shell:
        return ("sh", "-c", _script(command.text, values))
    argv: list[str] = []
    for word in command.argv:
        whole = PLACEHOLDER.fullmatch(word)
        value = values[whole.group(1)] if whole else ""
        if isinstance(value, tuple):
            argv += value
        else:
            argv.append(PLACEHOLDER.sub(lambda m: _joined(values[m.group(1)]), word))
    return tuple(argv)


def _joined(value: Value) -> str:
    return value if isinstance(value, str) else " ".join(value)


def _script(text: str, values: Mapping[str, Value]) -> str:
    """Fill in a shell's text, each value quoted as its place asks for."""
    found = list(PLACEHOLDER.finditer(text))
    parts: list[str] = []
    at = 0
    for match, spot in zip(found, words.spots(text, [m.start() for m in found]), strict=True):
        value = values[match.group(1)]
        parts.append(text[at : match.start()])
        if isinstance(value, tuple) and _alone(text, match, spot.quote):
            gap = f"{spot.quote} {spot.quote}"
            parts.append(gap.join(words.quote(item, spot) for item in value))
        else:
            parts.append(words.quote(_joined(value), spot))
        at = match.end()
    return "".join(parts) + text[at:]


def _alone(text: str, match: re.Match[str], quote: str) -> bool:
    """Whether a placeholder is a whole word, its quotes aside."""
    before, after = text[: match.start()], text[match.end() :]
    if quote:
        if not (before.endswith(quote) and after.startswith(quote)):
            return False
        before, after = before[:-1], after[1:]
    edge = " \t\n;&|()<>`"
    return before[-1:] in edge and after[:1] in edge


def split(
    command: Command, values: Mapping[str, Value], name: str, limit: int
) -> tuple[tuple[str, ...], ...]:
    """Return one command line, or several where the list `name` is too long for one.

    Every item is handed over exactly once and in order; an item too long by itself goes alone,
    and where there is no item there is no command.
    """
    items = values[name]
    if isinstance(items, str) or name not in command.placeholders:
        return (expand(command, values),)

    def line(start: int, count: int) -> tuple[str, ...]:
        return expand(command, {**values, name: items[start : start + count]})

    done: list[tuple[str, ...]] = []
    start = 0
    while start < len(items):
        low, high = 1, _room(items, start, limit)
        middle = high
        while low < high:
            if _fits(line(start, middle), limit):
                low = middle
            else:
                high = middle - 1
            middle = (low + high + 1) // 2
        done.append(line(start, low))
        start += low
    return tuple(done)


def _room(items: tuple[str, ...], start: int, limit: int) -> int:
    """How many items could fit if there were nothing else: where the search begins."""
    size = 0
    for count, item in enumerate(items[start:], 1):
        size += len(item) + 1
        if size > limit:
            return count
    return len(items) - start


def _fits(argv: tuple[str, ...], limit: int) -> bool:
    sizes = [len(word.encode("utf-8", "surrogateescape")) + 1 for word in argv]
    return sum(sizes) + POINTER * len(sizes) <= limit and max(sizes) <= LONGEST_ARGUMENT
