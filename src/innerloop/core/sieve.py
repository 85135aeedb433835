"""The sieve over many texts: which of them are in some data, at the cost of a look or two at it."""

from __future__ import annotations

import re
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_FOUR = 4
_ENOUGH = 64
"""bytes to look for: the beginning of what is longer is as rare, and found as fast"""
_CALL = 0.02
"""what a look for one costs, beside 1 / its size; like those below, measured"""
_LOOKS = {sys.maxsize: 0.0, 16: 0.4, 2: 0.8}
"""what a look for all costs that is taken at every so manieth byte"""
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
    it may begin at an even or at an odd place. Where all are long it is enough to look at the first
    four of each 16 bytes: then a text has as many.
    """

    def __init__(self, texts: Iterable[bytes]) -> None:
        self._holders: dict[bytes, list[bytes]] = {}
        """what is looked for, and the texts that have it in them"""
        for text in sorted(set(texts), key=len):
            probe = next((one for one in self._holders if one in text), text[:_ENOUGH])
            self._holders.setdefault(probe, []).append(text)
        self._step = min(_LOOKS, key=self._cost)
        self._each = self._short(self._step)
        self._fours: dict[str, set[bytes]] = {}
        for probe in self._holders.keys() - self._each:
            for first in range(self._step):
                places = range(first, len(probe) - _FOUR + 1, self._step)
                four = min((probe[at : at + _FOUR] for at in places), key=_likelihood)
                self._fours.setdefault(_characters(four, 2), set()).add(probe)
        if self._fours:
            ones, others = (
                "".join(map(re.escape, set(half))) for half in zip(*self._fours, strict=True)
            )
            self._pair = re.compile(f"([{ones}])(?=([{others}]))")

    def found(self, data: bytes) -> tuple[bytes, ...]:
        """Those that are in it, the longest first."""
        probes = self._each
        if self._fours:
            pairs = set(self._pair.findall(_characters(data, self._step)))
            probes = probes.union(*(self._fours.get(one + other, ()) for one, other in pairs))
        near = (text for probe in probes if probe in data for text in self._holders[probe])
        return tuple(sorted((text for text in near if text in data), key=len, reverse=True))

    def _short(self, step: int) -> set[bytes]:
        """What a look at every so manieth byte may miss."""
        return {probe for probe in self._holders if len(probe) < step + _FOUR - 1}

    def _cost(self, step: int) -> float:
        short = self._short(step)
        shared = _LOOKS[step] if len(short) < len(self._holders) else 0.0
        return shared + sum(1 / len(probe) + _CALL for probe in short)


def _characters(data: bytes, step: int) -> str:
    """Each two bytes as one character, or the first four at each step as two."""
    if step < _FOUR:
        some = data[: len(data) // step * step]
    else:
        fours = memoryview(data)[: len(data) // _FOUR * _FOUR].cast("I")
        some = fours[:: step // _FOUR].tobytes()
    return (some if some.isascii() else some.translate(_WHOLE)).decode("utf-16-le")


def _likelihood(four: bytes) -> tuple[int, int]:
    """What says the same again may go on with it for pages."""
    return -len(set(four)), sum(four.translate(_COMMONNESS))
