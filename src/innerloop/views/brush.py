"""The brush: how rows get onto a terminal, in its colours and with its characters."""

from __future__ import annotations

import os
import sys
from select import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from innerloop.views.board import Row

_STYLES = {
    "name": "bold",
    "busy": "cyan",
    "time": "",
    "done": "green",
    "over": "yellow",
    "wait": "yellow",
    "dim": "dim",
    "good": "green",
    "bad": "bold red",
    "log": "",
}
_FULL = 1.0
"""seconds between two attempts at a terminal that takes no more"""
_ASCII = str.maketrans(
    {"━": "=", "─": "-", "…": ".", "·": "-", "✓": "+", "✗": "x", "▌": "|"}
    | {"⏎": "^", "↑": "^", "↓": "v"}
    | dict.fromkeys("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "*")
)


def drawing(*, colour: bool, plain: bool = True) -> Callable[[Row], str]:
    """How a row becomes a line for this terminal; `plain`: without colour, no emphasis either."""
    from rich.console import Console  # noqa: PLC0415 - 75 ms, for a walk that takes longer
    from rich.style import Style  # noqa: PLC0415 - likewise
    from rich.text import Text  # noqa: PLC0415 - likewise

    console = Console(
        stderr=True,
        force_terminal=True,
        color_system="auto" if colour or not plain else None,
        no_color=not colour,
        highlight=False,
    )

    def drawn(row: Row) -> str:
        text = Text()
        for part in row:
            style = Style.parse(_STYLES[part.tone])
            text.append(part.text, style + Style(link=part.link) if part.link else style)
        with console.capture() as captured:
            console.print(text, end="", soft_wrap=True)
        return captured.get()

    return drawn


def size() -> tuple[int, int]:
    """Columns and rows we may draw in. The last column of a line is where terminals differ."""
    found = os.get_terminal_size(sys.stderr.fileno())
    return max((found.columns or 80) - 1, 1), max((found.lines or 24) - 1, 1)


def ours() -> bool:
    """Whether the terminal is: in the background we would draw over somebody else's work."""
    try:
        return os.tcgetpgrp(sys.stderr.fileno()) == os.getpgrp()
    except OSError:
        # It is not the one that we were started from; nobody else's jobs are on it.
        return True


def write(text: str) -> None:
    """Past Python's buffers, which must not be entered twice when a signal comes in between."""
    encoding = sys.stderr.encoding or "ascii"
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        data = text.translate(_ASCII).encode(encoding, "replace")
    while data:
        try:
            data = data[os.write(sys.stderr.fileno(), data) :]
        except BlockingIOError:
            # Somebody who shares the terminal has asked for it not to be waited for.
            select([], [sys.stderr.fileno()], [], _FULL)
