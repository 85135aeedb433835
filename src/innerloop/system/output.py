"""What a child writes: whole into its log, the last of it kept, the latest of it shown."""

from __future__ import annotations

import codecs
import math
import os
from typing import Self

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from innerloop.core.mask import Mask, Stream

TAIL = 8192
LATEST = 4096
PULSE = 0.05
_PRIVATE = 0o600
_TRUNCATE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
# The bytes of UTF-8 that do not begin a character: at most three in a row.
_CONTINUATION = bytes(range(0x80, 0xC0))


def cut(data: bytes, size: int) -> bytes:
    """The last `size` bytes, less what the cut left of a character."""
    if len(data) <= size:
        return data
    last = data[-size:]
    return last[:3].lstrip(_CONTINUATION) + last[3:]


def _stream(mask: Mask) -> Stream:
    from innerloop.core.mask import Stream  # noqa: PLC0415 - only where something is secret

    return Stream(mask)


class Output:
    """One job's output. Memory stays bounded, and a log that cannot be written loses no verdict."""

    def __init__(
        self,
        log: str,
        emit: Callable[[str], None],
        clock: Callable[[], float],
        mask: Mask | None = None,
    ) -> None:
        self._emit = emit
        self._clock = clock
        self._tail = b""
        self._fresh = b""
        self._shown = -math.inf
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._log: int | None = None
        self._path = log
        self._trouble = ""
        self._stream = _stream(mask) if mask else None
        self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        log, self._log = self._log, None
        if log is not None:
            os.close(log)

    @property
    def tail(self) -> str:
        """The last of it, and what kept the log from having all of it."""
        text = self._tail.decode(errors="replace")
        return f"{text.rstrip()}\n{self._trouble}".lstrip("\n") if self._trouble else text

    def feed(self, data: bytes | memoryview) -> None:
        """Take what was written: to the log at once, to whoever watches at the next pulse."""
        self._take(self._stream.feed(data) if self._stream else data)

    def _take(self, data: bytes | memoryview) -> None:
        self._write(data)
        # One byte more than is kept, so that `cut` can see that there was more.
        last = bytes(data[-TAIL - 1 :])
        self._tail = cut(self._tail + last, TAIL)
        self._gather(last)

    def say(self, message: str) -> None:
        """A line of our own, never glued to the end of one of theirs."""
        self._release()
        glue = "" if not self._tail or self._tail.endswith(b"\n") else "\n"
        self.feed(f"{glue}loop: {message}\n".encode(errors="replace"))

    def due(self) -> float | None:
        """Seconds until there is something to show; None while there is nothing."""
        return max(0.0, self._shown + PULSE - self._clock()) if self._fresh else None

    def pulse(self) -> None:
        """Show the latest, if the time for it has come."""
        if self._fresh and self._clock() - self._shown >= PULSE:
            self.flush()

    def flush(self, *, last: bool = False) -> None:
        """Show the latest now; `last` gives up waiting for the rest of a character or a secret."""
        if last:
            self._release()
        text = self._decoder.decode(self._fresh, last)
        self._fresh = b""
        self._shown = self._clock()
        if text:
            self._emit(text)

    def _release(self) -> None:
        """Take what was held back for being perhaps the beginning of a secret."""
        if self._stream and (held := self._stream.flush()):
            self._take(held)

    def _gather(self, data: bytes) -> None:
        gathered = self._fresh + data
        if len(gathered) > LATEST:
            # What the decoder still holds belongs before what is left out.
            self._decoder.reset()
        self._fresh = cut(gathered, LATEST)

    def _open(self) -> None:
        try:
            self._log = os.open(self._path, _TRUNCATE, _PRIVATE)
        except OSError as error:
            self._lament(error)

    def _write(self, data: bytes | memoryview) -> None:
        if self._log is None:
            return
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._log, rest) :]
        except OSError as error:
            os.close(self._log)
            self._log = None
            self._lament(error)

    def _lament(self, error: OSError) -> None:
        self._trouble = f"loop: the log {self._path!r} is not whole: {error.strerror}\n"
