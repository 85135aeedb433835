"""The end of a log that is too long to show whole."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

MOST = 1 << 20
_END = 1 << 18
_LINE = 1 << 12
"""a line longer than this is not waited for the end of: it may be all there is"""

# Everything a terminal obeys but colours: a log is looked at, not carried out.
_ORDERS = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-ln-~]|\x1b[\]PX^_][^\n]*?(?:\x07|\x1b\\|(?=\n)|\Z)|\x1b(?![\[\]PX^_]).?|"
    r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]",
    re.DOTALL,
)
# What is left of an order once others were taken out of it; a whole colour is none.
_LEFT = re.compile(r"\x1b(?!\[[0-9;:]*m)")


def shown(file: BinaryIO, size: int, path: str) -> str:
    """A log as it is shown: whole up to a megabyte, above that its end, saying so."""
    skipped = 0
    if size > MOST:
        file.seek(size - _END)
        skipped = size - _END + len(file.readline(_LINE))
    text = file.read(_END if skipped else MOST).decode("utf-8", "replace")
    if skipped:
        text = f"[{skipped:,} bytes before this are in {path}]\n{text}"
    text = harmless(text)
    return text if not text or text.endswith("\n") else f"{text}\n"


def harmless(text: str) -> str:
    """The text with nothing left in it that a terminal obeys, but colours."""
    text = "\n".join(_final(line) for line in _ORDERS.sub("", text).split("\n"))
    return _LEFT.sub("", text)


def _final(line: str) -> str:
    """What is left of a line that was written over, as progress bars do."""
    return line.rstrip("\r").rpartition("\r")[2]
