"""The mask over secrets: what they are written as, covered in a stream that comes in any pieces."""

from __future__ import annotations

import re
from typing import NamedTuple, TypeVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")
STARS = b"***"
LEAST = 4
"""characters: what is shorter is in every other word, and masking it would tell what it is"""
_LONG, _MANY = 39, 4
"""from how many bytes on, and from how many of them on, they are looked for all at once"""
_UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
# What is left as it is differs from one library to the next.
_SAFE = (_UNRESERVED, _UNRESERVED + b"/", _UNRESERVED + b"!*'()")


class Form(NamedTuple):
    """One way in which a secret may be written."""

    text: bytes
    period: int
    """how far from its beginning it may begin once more, overlapping itself"""


class Mask:
    """Covers every secret it knows, in whatever form it knows of. False where it knows none."""

    def __init__(self, values: Iterable[str]) -> None:
        values = tuple(values)
        texts = sorted({form for value in values for form in forms(value)}, key=len)
        self.forms = tuple(Form(text, _period(text)) for text in texts)
        self._sieve = Sieve(probe for value in values for probe in _probes(value))
        self._heads = frozenset(text[:n] for text in texts for n in range(1, LEAST))

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
        if not self._sieve.catches(data):
            return text
        stream = Stream(self)
        return (bytes(stream.feed(data)) + stream.flush()).decode("utf-8", errors)

    def spans(self, data: bytes) -> list[tuple[int, int]]:
        """Where there are secrets, those that overlap as one; in order."""
        if not self._sieve.catches(data):
            return []
        found = []
        for text, period in self.forms:
            at = data.find(text)
            while at >= 0:
                found.append((at, at + len(text)))
                at = data.find(text, at + period)
        return _merged(found)

    def beginning(self, data: bytes) -> int:
        """From where on the end of the data may be the beginning of a secret."""
        size = first = len(data)
        for text, _ in self.forms:
            head = text[:LEAST]
            at = data.find(head, max(0, size - len(text) + 1))
            while 0 <= at < first:
                if text.startswith(data[at:]):
                    first = at
                    break
                at = data.find(head, at + 1)
        for count in range(LEAST - 1, 0, -1):
            if size >= count and data[-count:] in self._heads:
                return min(first, size - count)
        return first


class Sieve:
    """Lets by, at the cost of a few looks, what holds none of these; and now and then stops more.

    To look for each is a pass over the data, and a key of many lines has many. Of those that are
    long, every place in the data has a word of eight bytes at a multiple of some stride: all of
    them are looked for at once, as numbers in a set.
    """

    def __init__(self, probes: Iterable[bytes]) -> None:
        least: list[bytes] = []
        for probe in sorted(set(probes), key=len):
            if not any(one in probe for one in least):
                least.append(probe)
        long = [probe for probe in least if len(probe) >= _LONG]
        if len(long) < _MANY:
            long = []
        self._each = tuple(probe for probe in least if probe not in long)
        self._stride = (min(map(len, long), default=_LONG) - 7) // 8
        reach = range(8 * self._stride)
        self._words = frozenset(_word(probe[at : at + 8]) for probe in long for at in reach)

    def catches(self, data: bytes) -> bool:
        """Whether there may be any of them in it."""
        if any(probe in data for probe in self._each):
            return True
        if not self._words:
            return False
        words = memoryview(data)[: len(data) // 8 * 8].cast("Q")
        return not self._words.isdisjoint(words[:: self._stride])


def _word(eight: bytes) -> int:
    return int(memoryview(eight).cast("Q")[0])


def _probes(value: str) -> set[bytes]:
    """What any form of a secret has in it: what is written alike in most of them, or all of it."""
    plain = max(re.findall(rb"[\w.~-]+", _bytes(value)), key=len, default=b"")
    able = len(plain) >= LEAST
    return {plain if able and plain in form else form for form in forms(value)}


class Stream:
    """One stream under a mask. Holds back only what may be the beginning of a secret."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._held = b""
        self._covered = 0
        """bytes of what is held that belong to a secret whose stars are out already"""

    def feed(self, chunk: bytes | memoryview) -> bytes | memoryview:
        """What may be seen of the stream so far, beyond what was given out before."""
        data = self._held + bytes(chunk)
        spans = self._mask.spans(data)
        end = self._mask.beginning(data)
        if not spans and not self._held and end == len(data):
            return chunk
        return self._out(data, spans, end)

    def flush(self) -> bytes:
        """What was held back: nothing comes after it."""
        data = self._held
        return self._out(data, self._mask.spans(data), len(data))

    def _out(self, data: bytes, spans: list[tuple[int, int]], end: int) -> bytes:
        if self._covered:
            spans = _merged([(0, self._covered), *spans])
        parts, at, begun = [], 0, self._covered > 0
        self._covered = 0
        for start, stop in spans:
            if start >= end and not begun:
                break
            parts.append(data[at:start])
            if not begun:
                parts.append(STARS)
            begun = False
            at = min(stop, end)
            self._covered = max(0, stop - end)
        parts.append(data[at:end])
        self._held = data[end:]
        return b"".join(parts)


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for start, stop in sorted(spans):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(stop, found[-1][1]))
        else:
            found.append((start, stop))
    return found


def _period(text: bytes) -> int:
    return next(n for n in range(1, len(text) + 1) if text.startswith(text[n:]))


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


def _percent(data: bytes) -> Iterator[bytes]:
    for safe in _SAFE:
        for sign in ("%{:02X}", "%{:02x}"):
            table = [bytes((n,)) if n in safe else sign.format(n).encode() for n in range(256)]
            text = b"".join(table[n] for n in data)
            yield text
            yield text.replace(b"%20", b"+")


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
