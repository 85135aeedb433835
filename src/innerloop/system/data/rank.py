"""The rank of a row: md5, because every engine has it, so that all of them take the same rows."""

from __future__ import annotations

try:
    # `hashlib` goes through OpenSSL, which takes twice as long for a key.
    from _md5 import md5  # type: ignore[import-not-found]
except ImportError:  # an interpreter built without it
    from functools import partial
    from hashlib import md5 as _openssl

    md5 = partial(_openssl, usedforsecurity=False)

__all__ = ["SIZE", "again", "md5", "rank"]
SIZE = 16
"""bytes of a rank"""


def rank(said: str) -> bytes:
    """The rank of what stands behind a seed; half of a character, which JSON may hold, counts."""
    return bytes(md5(said.encode("utf-8", "surrogatepass")).digest())


def again(first: bytes, number: int) -> bytes:
    """The rank of a row that is there already, from the rank of the first and its own number."""
    return bytes(md5(f"{first.hex()} {number}".encode()).digest())
