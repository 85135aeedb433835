"""The mask over secrets: what they are written as, covered in a stream that comes in any pieces."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import product
from typing import TypeVar

from innerloop.core.sieve import Sieve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")
STARS = b"***"
LEAST = 4
"""characters: what is shorter is in every other word, and masking it would tell what it is"""
_FEW = 4
"""to compare each of more with each would cost more than it saves"""
_UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
# What is left as it is differs from one library to the next.
_SAFE = (_UNRESERVED, _UNRESERVED + b"/", _UNRESERVED + b"!*'()")


class Mask:
    """Covers every secret it knows, in whatever form it knows of. False where it knows none."""

    def __init__(self, values: Iterable[str]) -> None:
        self.forms = tuple(sorted({form for value in values for form in forms(value)}, key=len))
        self.sieve = Sieve(self.forms)
        self._heads = frozenset(form[:n] for form in self.forms for n in range(1, LEAST))
        self._ends = frozenset(
            form[n - LEAST : n] for form in self.forms for n in range(LEAST, len(form))
        )
        """what the beginnings that are longer end with"""

    def __bool__(self) -> bool:
        return bool(self.forms)

    def text(self, text: str) -> str:
        """A whole text, covered."""
        if not self.forms or not text:
            return text
        try:
            data, errors = text.encode("utf-8", "surrogateescape"), "surrogateescape"
        except UnicodeEncodeError:
            data, errors = text.encode("utf-8", "surrogatepass"), "surrogatepass"
        if not self.sieve.found(data):
            return text
        stream = Stream(self)
        return (bytes(stream.feed(data)) + stream.flush()).decode("utf-8", errors)

    def holds(self, data: bytes) -> bool:
        """Whether a secret stands there, in whatever form."""
        return bool(self.sieve.found(data))

    def beginning(self, data: bytes) -> int:
        """From where on the end of the data may be the beginning of a secret."""
        size = first = len(data)
        for form in self.forms if data[-LEAST:] in self._ends else ():
            head = form[:LEAST]
            at = data.find(head, max(0, size - len(form) + 1))
            while 0 <= at < first:
                if form.startswith(data[at:]):
                    first = at
                    break
                at = data.find(head, at + 1)
        for count in range(LEAST - 1, 0, -1):
            if size >= count and data[-count:] in self._heads:
                return min(first, size - count)
        return first


class Stream:
    """One stream under a mask. Holds back only what may be the beginning of a secret."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._held = b""
        self._covered = 0
        """bytes of what is held that belong to a secret whose stars are out already"""

    def feed(self, chunk: bytes | memoryview) -> bytes | memoryview:
        """What may be seen of the stream so far, beyond what was given out before."""
        data = b"".join((self._held, chunk))
        found = self._mask.sieve.found(data)
        end = self._mask.beginning(data)
        if not found and not self._held and end == len(data):
            return chunk
        return self._out(data, found, end)

    def flush(self) -> bytes:
        """What was held back: nothing comes after it."""
        return self._out(self._held, self._mask.sieve.found(self._held), len(self._held))

    def _out(self, data: bytes, found: tuple[bytes, ...], end: int) -> bytes:
        self._held = data[end:]
        split = any(form in data[max(0, end - len(form) + 1) :] for form in found)
        if self._covered or split or not _apart(found):
            return self._pieced(data, found, end)
        shown = data[:end]
        for form in found:
            shown = shown.replace(form, STARS)
        return shown

    def _pieced(self, data: bytes, found: tuple[bytes, ...], end: int) -> bytes:
        spans = [span for form in found for span in _spans(form, data)]
        if self._covered:
            spans.append((0, self._covered))
        parts, at, begun = [], 0, self._covered > 0
        self._covered = 0
        for start, stop in _merged(spans):
            if start >= end and not begun:
                break
            parts.append(data[at:start])
            if not begun:
                parts.append(STARS)
            begun = False
            at = min(stop, end)
            self._covered = max(0, stop - end)
        parts.append(data[at:end])
        return b"".join(parts)


@lru_cache(64)
def _apart(found: tuple[bytes, ...]) -> bool:
    """Whether each may be replaced by itself: none can end where another, or it, has begun."""
    return len(found) <= _FEW and not any(
        b"*" in one or any(one.endswith(two[:size]) for size in range(1, min(len(one), len(two))))
        for one, two in product(found, repeat=2)
    )


def _spans(form: bytes, data: bytes) -> Iterator[tuple[int, int]]:
    """Where it is, again and again over its own end as one."""
    size = len(form)
    start = data.find(form)
    while start >= 0:
        stop = start + size
        while (last := data.rfind(form, stop - size + 1, stop + size - 1)) >= 0:
            stop = last + size
        yield start, stop
        start = data.find(form, stop)


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for start, stop in sorted(spans):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(stop, found[-1][1]))
        else:
            found.append((start, stop))
    return found


# -- how a secret may be written ----------------------------------------------------------------


def forms(value: str) -> set[bytes]:
    """Everything a secret is recognised by; nothing where it is too short."""
    found: set[bytes] = set()
    for text in {value, value.strip()}:
        for one in (text, *_lines(text), *_quoted(text)):
            found.add(_bytes(one))
        found.update(_percent(_bytes(text)))
        found.update(_base64(_bytes(text)))
    return {form for form in found if len(form.strip()) >= LEAST} if long_enough(value) else set()


def long_enough(value: str) -> bool:
    """Whether a secret can be masked at all."""
    return len(value.strip()) >= LEAST


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _lines(text: str) -> Iterator[str]:
    """Each line of it, since logs put something before each; and all with the other ends."""
    lines = text.splitlines()
    if len(lines) > 1:
        yield from (line.strip() for line in lines)
        yield "\r\n".join(lines)
        yield "\n".join(lines)


def _quoted(text: str) -> Iterator[str]:
    import json  # noqa: PLC0415 - 6 ms, and most projects name no secret

    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    yield repr(text)[1:-1]
    yield ascii(text)[1:-1]
    # What stderr does where it can show ASCII alone.
    yield text.encode("ascii", "backslashreplace").decode()


def _percent(data: bytes) -> Iterator[bytes]:
    for table in _tables():
        text = b"".join(map(table.__getitem__, data))
        yield text
        yield text.replace(b"%20", b"+")


@cache
def _tables() -> list[list[bytes]]:
    return [
        [bytes((n,)) if n in safe else (sign % n).encode() for n in range(256)]
        for safe in _SAFE
        for sign in ("%%%02X", "%%%02x")
    ]


def _base64(data: bytes) -> Iterator[bytes]:
    """As it stands in base64, whatever stands before it there; in both alphabets, and wrapped."""
    from binascii import b2a_base64  # noqa: PLC0415 - as above

    urls = bytes.maketrans(b"+/", b"-_")
    whole = [b2a_base64(data + end, newline=False) for end in (b"", b"\n")]
    for before in range(3):
        start, stop = -(-8 * before // 6), (8 * before + 8 * len(data)) // 6
        whole.append(b2a_base64(b"\0" * before + data, newline=False)[start:stop])
    for text in whole:
        yield text
        yield text.translate(urls)
    for text in whole[:2]:
        # `base64` ends its lines after 76 characters.
        yield from re.findall(rb".{1,76}", text)


# -- what is told and kept ----------------------------------------------------------------------

SPOKEN = frozenset({"command", "message", "problems", "reason", "said", "text", "warnings", "why"})
"""fields that hold words; names, paths and ids stay as they are, or nothing would be found again"""


def covered(value: T, mask: Mask) -> T:
    """A noun or an event, what it says covered."""
    if not isinstance(value, tuple):
        return value
    if not hasattr(value, "_fields"):
        return type(value)(covered(item, mask) for item in value)
    changes = {}
    for name, field in zip(value._fields, value, strict=True):
        if name not in SPOKEN:
            fresh = covered(field, mask)
        elif isinstance(field, str):
            fresh = mask.text(field)
        else:
            fresh = _said(field, mask)
        if fresh is not field:
            changes[name] = fresh
    return value._replace(**changes) if changes else value  # type: ignore[attr-defined]


def _said(field: object, mask: Mask) -> object:
    if isinstance(field, tuple) and not hasattr(field, "_fields"):
        return tuple(mask.text(item) if isinstance(item, str) else item for item in field)
    return covered(field, mask)
