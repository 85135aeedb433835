"""Who carries a metric: every example, or every one of some capabilities and none of the others."""

from __future__ import annotations

from typing import NamedTuple

from innerloop.core.behaviour import CAPABILITY
from innerloop.core.text import listing, plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from innerloop.core.results import Example

_NAMED = 5
"""examples that are named"""


class Carried(NamedTuple):
    """How many examples there are, and which of them should carry a metric and do not."""

    of: int
    """examples in all, repetitions counted once"""
    lacking: tuple[str, ...] = ()
    """ids; those that lack it in a repetition alone, with its number"""
    what: str = ""
    """what it is that they lack"""
    hint: str = ""
    """a slice that all carry it in, and nobody outside of it"""

    @property
    def why(self) -> str:
        """Why the metric means nothing; empty where it does."""
        if not self.lacking:
            return ""
        n = len(self.lacking)
        lack = f"{n} {'lacks' if n == 1 else 'lack'} {self.what}"
        named = listing(self.lacking, _NAMED)
        said = f"of {plural(self.of, 'example')} {lack}: {named}"
        return f"{said}; all of {self.hint} have it" if self.hint else said


def carried(examples: Sequence[Example], metric: str) -> Carried:
    """An example may lack a metric only where all examples of its capability do.

    Without that, whatever was lost on the way would not count.
    """
    scored = [any(name == metric for name, _ in one.scores) for one in examples]
    what = repr(metric) if any(scored) else "'y' and 'pred'"
    has = scored if any(scored) else [one.y is not None for one in examples]
    abilities = [dict(one.slice).get(CAPABILITY) for one in examples]
    some = {ability for ability, there in zip(abilities, has, strict=True) if there}
    ids = {one.id for one, there in zip(examples, has, strict=True) if there}
    found = [
        f"{one.id} (rep {one.rep})" if one.id in ids else one.id
        for one, ability, there in zip(examples, abilities, has, strict=True)
        if not there and (ability is None or ability in some)
    ]
    of = len({one.id for one in examples})
    if not found:
        return Carried(of)
    return Carried(of, tuple(dict.fromkeys(found)), what, _slice(examples, has))


def _slice(examples: Sequence[Example], has: Sequence[bool]) -> str:
    mine = [set(one.slice) for one, there in zip(examples, has, strict=True) if there]
    others = {
        part for one, there in zip(examples, has, strict=True) if not there for part in one.slice
    }
    shared = set.intersection(*mine) - others if mine else set()
    return next((f"{name}={part}" for name, part in sorted(shared)), "")
