"""Where views write: results to stdout, progress to stderr."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

from innerloop.core.errors import LoopError

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
        stream.write(_encodable(text, stream.encoding or "ascii"))
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        # Or the interpreter would try once more at its end, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise LoopError(f"cannot write what there is to say: {error.strerror}") from error


def _encodable(text: str, encoding: str) -> str:
    return text.encode(encoding, "backslashreplace").decode(encoding)
