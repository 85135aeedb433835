"""The end of a log that is too long to show whole."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

MOST = 1 << 20
_END = 1 << 18
_LINE = 1 << 12
"""a line longer than this is not waited for the end of: it may be all there is"""


def shown(file: BinaryIO, size: int, path: str) -> str:
    """A log as it is shown: whole up to a megabyte, above that its end, saying so."""
    skipped = 0
    if size > MOST:
        file.seek(size - _END)
        skipped = size - _END + len(file.readline(_LINE))
    text = file.read(_END if skipped else MOST).decode("utf-8", "replace")
    if skipped:
        text = f"[{skipped:,} bytes before this are in {path}]\n{text}"
    return text if not text or text.endswith("\n") else f"{text}\n"
