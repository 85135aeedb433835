"""What a loop's processes have taught: what to load ahead, what never to, and how long it takes."""

from __future__ import annotations

import os
from typing import NamedTuple

from innerloop.core.sealed import opened, seal
from innerloop.system import state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_HEAD = b"innerloop warm 1\n"
_WORTH = 0.020
"""seconds that a package has to save, to be loaded ahead"""


class Lessons(NamedTuple):
    """All that is kept of one loop."""

    stamp: str = ""
    """the interpreter and the installed packages that the refusals are about"""
    names: tuple[str, ...] = ()
    """modules to load, in this order"""
    cheap: tuple[str, ...] = ()
    """packages that are not worth it"""
    refused: tuple[tuple[str, str], ...] = ()
    """modules never to load, and why"""
    blocked: tuple[tuple[str, str], ...] = ()
    """plugins that would bring a file of the project, and which"""
    ready: float = 0.0
    """seconds it took to get ready; 0: not known"""

    def stamped(self, stamp: str) -> Lessons:
        """For what is installed now: what was refused of something else is tried again."""
        if not self.stamp or stamp == self.stamp:
            return self._replace(stamp=stamp)
        return self._replace(stamp=stamp, cheap=(), refused=(), blocked=())

    def refusing(self, refused: dict[str, str], blocked: dict[str, str]) -> Lessons:
        """With more that is never to be loaded; a package that offends twice, never at all."""
        known = dict(self.refused)
        tops = [name.partition(".")[0] for name in known]
        for name, why in refused.items():
            top = name.partition(".")[0]
            known[top if top in tops else name] = why
        return self._replace(
            names=tuple(name for name in self.names if not _under(name, known)),
            refused=tuple(known.items()),
            blocked=tuple({**dict(self.blocked), **blocked}.items()),
        )

    def ran(self, new: tuple[str, ...]) -> Lessons:
        """After a run that imported these: only they are loaded next time."""
        kept = [name for name in self.names if name in new]
        kept += [name for name in new if name not in self.names and self._wanted(name)]
        return self._replace(names=tuple(kept))

    def loaded(self, took: dict[str, float], seconds: float) -> Lessons:
        """After it got ready: packages that saved nothing are dropped again."""
        spent: dict[str, float] = {}
        for name, each in took.items():
            top = name.partition(".")[0]
            spent[top] = spent.get(top, 0.0) + each
        tops = dict.fromkeys(name.partition(".")[0] for name in self.names)
        cheap = tuple(top for top in tops if top in spent and spent[top] < _WORTH)
        names = tuple(name for name in self.names if name.partition(".")[0] not in cheap)
        return self._replace(ready=seconds, names=names, cheap=(*self.cheap, *cheap))

    def preload(self, declared: tuple[str, ...] | None) -> tuple[str, ...]:
        """What is to be loaded, in order."""
        wanted = self.names if declared is None else declared
        return tuple(name for name in wanted if not self._refuses(name))

    def _wanted(self, name: str) -> bool:
        return name.partition(".")[0] not in self.cheap and not self._refuses(name)

    def _refuses(self, name: str) -> bool:
        return _under(name, dict(self.refused))


def _under(name: str, above: Iterable[str]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in above)


def place(state_folder: str) -> str:
    return f"{state_folder}/cache/warm"


def read(folder: str, name: str) -> Lessons:
    """What is kept of a loop; nothing where there is nothing, or it was damaged."""
    try:
        with open(f"{folder}/{name}", "rb") as file:
            found = opened(_HEAD, file.read())
    except OSError:
        return Lessons()
    return Lessons(*found) if len(found) == len(Lessons()) else Lessons()


def write(folder: str, name: str, lessons: Lessons) -> None:
    """Keep it; a folder that cannot be written costs speed and nothing else."""
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        state.put(f"{folder}/{name}", seal(_HEAD, tuple(lessons)))
    except OSError:
        return


def complaints(state_folder: str, name: str) -> tuple[str, ...]:
    """What was not loaded ahead for a loop, and why, for whoever asks what is slow."""
    lessons = read(place(state_folder), name)
    plugins = (
        f"pytest's plugin {one} is not loaded ahead: it would bring {why}"
        for one, why in lessons.blocked
    )
    return (
        *(f"{one} is not loaded ahead: it {_plain(why)}" for one, why in lessons.refused),
        *plugins,
    )


def _plain(why: str) -> str:
    first = why.partition(" ")[0]
    return f"raises {why}" if first.endswith(("Error:", "Exception:", "Exit:")) else why
