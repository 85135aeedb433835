"""Links to folders: what lies behind one counts with it, by the paths that lead through it."""

from __future__ import annotations

import os
from itertools import islice

from innerloop.system import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.system.tree import Tree

MOST = 20_000
"""files behind one link: what leads to more is too much to read at each walk"""


def through(tree: Tree, path: str) -> tuple[str, ...] | None:
    """The files of a folder that is, or lies behind, a link, as paths through it; else none.

    A link to where it stands itself leads to nothing new. None where there are more than `MOST`.
    """
    found: list[str] = []
    root = os.path.realpath(tree.root)
    queue, seen = [path], {root}
    while queue:
        link = queue.pop()
        place = f"{tree.root}/{link}"
        real = os.path.realpath(place)
        if not os.path.isdir(real) or real == f"{root}/{link}":
            continue
        tree.rests(link)
        if real in seen or f"{root}/".startswith(f"{real}/"):
            continue
        seen.add(real)
        room = MOST - len(found)
        # Counted first: of what is too much, no more is looked at than shows that it is.
        if sum(1 for _ in islice(files.scan(real), room + 1)) > room:
            return None
        for inner in tree.scan(real):
            name = f"{link}/{inner[len(real) + 1 :]}"
            found.append(name)
            if os.path.islink(inner):
                queue.append(name)
    return tuple(path for path in found if not files.never(path))
