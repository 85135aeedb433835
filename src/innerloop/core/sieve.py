"""The sieve over many texts: which of them are in some data, at the cost of a look or two at it."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_FOUR = 4
_ENOUGH = 64
"""bytes to look for: the beginning of what is longer is as rare, and found as fast"""
_CALL, _SHARED = 0.02, 0.8
"""what a look for one costs beside 1 / its size, and what a look for all does: both measured"""
_COMMON = b"zqjx,:/_-.9876543210\nkvbywgpfmucdlhrsnioate "
"""the commonest last; what is not here is rarer"""
_COMMONNESS = bytes(_COMMON.find(n) + 1 for n in range(256))
# To no byte that makes UTF-16 see half of a character.
_WHOLE = bytes(n - 8 if n >> 3 == 0xD8 >> 3 else n for n in range(256))


class Sieve:
    """Finds out which of some texts, of four bytes or more, are in the data.

    To look for one is a pass over the data, and there may be hundreds of them. A single slower pass
    does for any number: the data is read as a string of two-byte characters, and the regular
    expressions stop where two of these are four rare bytes of a text. A text has two such fours, as
    it may begin at an even or at an odd place.
    """

    def __init__(self, texts: Iterable[bytes]) -> None:
        self._holders: dict[bytes, list[bytes]] = {}
        """what is looked for, and the texts that have it in them"""
        for text in sorted(set(texts), key=len):
            probe = next((one for one in self._holders if one in text), text[:_ENOUGH])
            self._holders.setdefault(probe, []).append(text)
        self._fours: dict[str, set[bytes]] = {}
        if sum(1 / len(probe) + _CALL for probe in self._holders) > _SHARED:
            # At an odd place, four bytes have one whole character only.
            for probe in filter(lambda probe: len(probe) > _FOUR, self._holders):
                for first in range(2):
                    self._fours.setdefault(_rarest(probe[first:]), set()).add(probe)
        self._each = self._holders.keys() - set().union(*self._fours.values())
        if self._fours:
            ones, others = (
                "".join(map(re.escape, set(half))) for half in zip(*self._fours, strict=True)
            )
            self._pair = re.compile(f"([{ones}])(?=([{others}]))")

    def found(self, data: bytes) -> tuple[bytes, ...]:
        """Those that are in it, the longest first."""
        probes = self._each
        if self._fours:
            pairs = set(self._pair.findall(_characters(data)))
            probes = probes.union(*(self._fours.get(one + other, ()) for one, other in pairs))
        near = (text for probe in probes if probe in data for text in self._holders[probe])
        return tuple(sorted((text for text in near if text in data), key=len, reverse=True))


def _characters(data: bytes) -> str:
    """Each two bytes as one character."""
    even = data[: len(data) // 2 * 2]
    return (even if even.isascii() else even.translate(_WHOLE)).decode("utf-16-le")


def _rarest(text: bytes) -> str:
    """The four bytes at an even place that are least likely in other words."""
    fours = (text[at : at + _FOUR] for at in range(0, len(text) - _FOUR + 1, 2))
    return _characters(min(fours, key=_likelihood))


def _likelihood(four: bytes) -> tuple[int, int]:
    """What says the same again may go on with it for pages."""
    return -len(set(four)), sum(four.translate(_COMMONNESS))
