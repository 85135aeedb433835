"""The rank of a row: md5, because every engine has it, so that all of them take the same rows."""

from __future__ import annotations

try:
    # `hashlib` goes through OpenSSL, which takes twice as long for a key.
    from _md5 import md5  # type: ignore[import-not-found]
except ImportError:  # an interpreter built without it
    from functools import partial
    from hashlib import md5 as _openssl

    md5 = partial(_openssl, usedforsecurity=False)

__all__ = ["SIZE", "encoded", "md5", "rank"]
SIZE = 16
"""bytes of a rank"""


def encoded(text: str) -> bytes:
    """A text as it is hashed; half of a character, which JSON may hold, as it is."""
    return text.encode("utf-8", "surrogatepass")


def rank(seed: int, unit: str) -> bytes:
    """The rank of a row or an entity: the smaller, the sooner it is taken."""
    return bytes(md5(encoded(f"{seed}:{unit}")).digest())
