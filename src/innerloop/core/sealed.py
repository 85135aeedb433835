"""Plain values kept between two runs: read back whole and undamaged, or not at all."""

from __future__ import annotations

import marshal
import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def seal(head: bytes, value: tuple[Any, ...]) -> bytes:
    """The bytes to keep, behind a head that says what they are."""
    body = marshal.dumps(value)
    return head + zlib.crc32(body).to_bytes(4) + body


def opened(head: bytes, raw: bytes) -> tuple[Any, ...]:
    """What was sealed, a tuple; empty where the head is another, or anything was damaged."""
    start = len(head) + 4
    body = raw[start:]
    # marshal trusts what it reads; what is not as it was written must not reach it.
    if not raw.startswith(head) or zlib.crc32(body).to_bytes(4) != raw[start - 4 : start]:
        return ()
    try:
        found = marshal.loads(body)  # noqa: S302 - ours, and its checksum held
    except (ValueError, EOFError, TypeError):
        return ()  # another Python's
    return found if isinstance(found, tuple) else ()
