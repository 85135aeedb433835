"""One digest for everything the program recognises again."""

from __future__ import annotations

try:
    # `hashlib` loads OpenSSL, which takes five milliseconds.
    from _blake2 import blake2b
except ImportError:  # an interpreter built without it
    from hashlib import blake2b


def blake(data: bytes) -> str:
    """Return 32 hexadecimal digits."""
    return blake2b(data, digest_size=16).hexdigest()
