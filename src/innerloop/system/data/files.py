"""The data files of loops: which there are now, and which of them are known by stat alone."""

from __future__ import annotations

import os

from innerloop.core.globs import matcher
from innerloop.system.data.source import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from innerloop.core.model import Glob, Loop
    from innerloop.core.sampling import Data
    from innerloop.system.tree import Tree


def outside(home: str, loop: Loop, data: Data) -> str:
    """Where data lies that is not in the project; empty where it is in it.

    Seen from where the project itself is, also where what is staged stands somewhere else.
    """
    if data.glob is not None:
        return ""
    return os.path.normpath(os.path.join(home, loop.cwd, os.path.expanduser(data.path)))


def found(
    tree: Tree, loop: Loop, data: Data, below: Callable[[tuple[Glob, ...]], tuple[str, ...]]
) -> tuple[str, ...]:
    """The files of one data subset that are there now, in order; `below` finds those of globs.

    Of a folder those of a known format count, and none that begins with `.` or `_`.
    """
    place = outside(tree.home, loop, data)
    if place:
        if not os.path.isdir(place):
            return (place,) if os.path.lexists(place) else ()
        return tuple(counted(tree.scan(place)))
    glob = data.glob
    if glob is None:
        return ()
    paths = below((glob,))
    # What is named counts, whatever it is: that it is no data is then said.
    return paths if paths == (glob.literal,) else tuple(counted(paths)) or paths


def trusting(home: str, loops: Sequence[Loop]) -> Callable[[str], bool] | None:
    """Whether a path is data that some loop says is known by stat; None where none says so."""
    pairs = [(loop, data) for loop in loops for data in loop.data if data.trust]
    if not pairs:
        return None
    globs = tuple(data.glob for _, data in pairs if data.glob is not None)
    inside = matcher(globs) if globs else None
    places = tuple(filter(None, (outside(home, loop, data) for loop, data in pairs)))

    def trusted(path: str) -> bool:
        if path.startswith("/"):
            return path.startswith(tuple(f"{place}/" for place in places)) or path in places
        return inside is not None and inside(path)

    return trusted


def chosen(loop: Loop) -> Callable[[str], bool] | None:
    """Whether a path, present or deleted, would be data of the loop; None where it has none."""
    globs = tuple(data.glob for data in loop.data if data.glob is not None)
    return matcher(globs) if globs else None
