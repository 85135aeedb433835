"""The veil over secrets: what the named variables hold, and what is told and kept instead."""

from __future__ import annotations

from typing import TypeVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from innerloop.core.mask import Mask

T = TypeVar("T")


class Veil:
    """Covers what the named variables hold in any of these environments. Free where none is."""

    def __init__(self, names: Sequence[str], environs: Iterable[Mapping[str, str]] = ()) -> None:
        self.mask: Mask | None = None
        """what a command's output is covered with; None: there is nothing to cover"""
        self._held: dict[str, tuple[str, ...]] = {}
        if not names:
            return
        from innerloop.core.mask import Mask  # noqa: PLC0415 - most projects name no secret

        places = tuple(environs)
        for name in names:
            values = (place[name] for place in places if place.get(name))
            self._held[name] = tuple(dict.fromkeys(values))
        self.mask = Mask(value for values in self._held.values() for value in values) or None

    def text(self, text: str) -> str:
        """A text as it may be told and kept."""
        return self.mask.text(text) if self.mask else text

    def over(self, value: T) -> T:
        """A noun or an event as it may be told and kept."""
        if not self.mask:
            return value
        from innerloop.core.mask import covered  # noqa: PLC0415 - as above

        return covered(value, self.mask)

    def warnings(self) -> tuple[str, ...]:
        """What is to be said of the secrets before anything starts."""
        if not self._held:
            return ()
        from innerloop.core.mask import LEAST, long_enough  # noqa: PLC0415 - as above

        said = []
        for name, values in self._held.items():
            if not values:
                said.append(f"the secret {name} is not set")
            elif not all(map(long_enough, values)):
                said.append(f"the secret {name} has under {LEAST} characters: it is not masked")
        return tuple(said)
