"""Where the work tree is not what is staged."""

from __future__ import annotations

import os

from innerloop.system import files, git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from innerloop.system.files import Entry
    from innerloop.system.tree import Tree


def unequal(tree: Tree, staged: Mapping[str, str]) -> tuple[str, ...]:
    """The paths, from the root, of which git would check out another file than stands there.

    `staged`: path -> `MODE BLOB`. Nothing is believed of the index's own flags.
    """
    paths = tree.paths()
    found: list[str] = []
    filtered: list[str] = []
    for path, entry in zip(paths, tree.looks(paths), strict=True):
        wanted = staged.get(path)
        if wanted is None or entry is None:
            found.append(path)
        elif wanted != entry.value and not _link(entry, wanted):
            (filtered if wanted[:6] == entry.value[:6] else found).append(path)
    missing = set(staged).difference(paths)
    found += [path for path in missing if not files.never(path)]
    found += _other(tree.root, filtered, staged)
    return tuple(sorted(found))


def _link(entry: Entry, wanted: str) -> bool:
    # Of a link it is said as well what it leads to.
    return files.link(entry.stat) and entry.value.startswith(f"{wanted} ")


def _other(root: str, paths: list[str], staged: Mapping[str, str]) -> list[str]:
    """Those that differ even as git would store them, filters and line ends applied."""
    asked = [path for path in paths if "\n" not in path and os.path.isfile(f"{root}/{path}")]
    if not asked:
        return paths
    feed = b"".join(os.fsencode(path) + b"\n" for path in asked)
    code, said, _ = git.finish(git.start(root, "hash-object", "--stdin-paths"), feed)
    blobs = said.split()
    if code or len(blobs) != len(asked):
        return paths
    same = {path for path, blob in zip(asked, blobs, strict=True) if staged[path][7:] == blob}
    return [path for path in paths if path not in same]
