"""Where views write: results to stdout, progress to stderr."""

from __future__ import annotations

import sys
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


class Streams(NamedTuple):
    """What is known of the two streams; text that they cannot encode is replaced, never fatal."""

    colour: bool
    terminal: bool
    """both are a terminal that a live view may move about in"""
    width: int = 80

    def out(self, text: str, end: str = "\n") -> None:
        _write(sys.stdout, text + end)

    def err(self, text: str, end: str = "\n") -> None:
        _write(sys.stderr, text + end)


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()
