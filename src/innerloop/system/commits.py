"""The receipt for a commit, written: where all that is staged later may be told by its ids."""

from __future__ import annotations

import os

from innerloop import commit, receipt
from innerloop.core.sealed import seal
from innerloop.system import files, git, receipts, state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from innerloop.core.model import Loop
    from innerloop.system.ground import Ground
    from innerloop.system.receipts import Row

_SHA1 = 20
_OF_THE_INDEX = ("/index", "/HEAD", "/logs/HEAD")
"""what a commit changes, and what is staged says for itself"""


def write(ground: Ground, loops: Sequence[Loop], message: str) -> bool:
    """Write it for what stands in the work tree now, all of it proven; False where none may be.

    Called with the last look at the tree still standing. Files that git has are told by their
    ids, so that they may have been saved a moment ago; all else, by its times.
    """
    tree = ground.tree
    if tree.unsealed or not tree.in_git or tree.nested or tree.home != ground.root:
        return False
    if any(loop.probe or not loop.cache for loop in loops):
        return False  # it has to be asked each time
    receipts.touch(f"{ground.state}/revoked")
    with ground.store.transaction():
        expires = receipts.expiry(ground, loops)
    listing = _listing(ground)
    if listing is not None and _prefix(ground) and _links(ground) != []:
        return False  # a link may lead out of the project, to what this says nothing of
    if expires is None or listing is None:
        return False
    stats = _stats(ground)
    led = receipts.led(ground.root, stats, tree.listed()) if stats is not None else None
    links = _links(ground)
    if stats is None or led is None or links is None:
        return False
    known = set(tree.paths())
    looked = tree.looked().items()
    absent = sorted(path for path, entry in looked if entry is None and path not in known)
    names = tuple(sorted({name for loop in loops for name in loop.env_inputs}))
    inodes = [(path, os.lstat(f"{ground.root}/{path}").st_ino) for path in (".loop/history.db",)]
    said = (
        receipt.version(),
        listing,
        os.fsencode(_prefix(ground)),
        message,
        names,
        receipt.environment(names),
        expires,
        absent,
        inodes,
        stats,
        [*led, *links],
    )
    state.put(f"{ground.state}/receipts/{commit.NAME}", seal(commit.MAGIC, said))
    return True


def _prefix(ground: Ground) -> str:
    top = git.repository(ground.root)
    return f"{os.path.relpath(ground.root, top)}/" if top != ground.root else ""


def _listing(ground: Ground) -> bytes | None:
    """What an index of just these files names; None where that cannot be told."""
    tree = ground.tree
    paths = tree.paths()
    parts = []
    rows = zip(paths, tree.looks(paths), strict=True)
    for path, entry in sorted((os.fsencode(path), entry) for path, entry in rows):
        mode, _, rest = (entry.value if entry else "").partition(" ")
        try:
            blob = bytes.fromhex(rest.split(" ")[0])
            parts += [int(mode, 8).to_bytes(4), blob, path, b"\0"]
        except ValueError:
            return None
        if len(blob) != _SHA1:
            return None
    return b"".join(parts)


def _links(ground: Ground) -> list[Row] | None:
    """What the links that git has lead to: of that it knows nothing. None where not settled."""
    tree = ground.tree
    paths = tree.paths()
    found: list[Row] = []
    for path, entry in zip(paths, tree.looks(paths), strict=True):
        if entry is None or not files.link(entry.stat):
            continue
        seen = files.followed(f"{ground.root}/{path}")
        if seen is None or not files.settled(seen, tree.listed()):
            return None
        found.append((path, *seen))
    return found


def _stats(ground: Ground) -> list[Row] | None:
    """Everything that was seen and git does not have, as it stands; None where it moved."""
    tree = ground.tree
    known, found = set(tree.paths()), dict[str, files.Stat]()
    for path, entry in tree.looked().items():
        if path in known or entry is None:
            continue
        if files.stat(receipts.place(ground.root, path)) != entry.stat:
            return None
        found[path] = entry.stat
    rules = [path for path in receipts.rules(ground) if not path.endswith(_OF_THE_INDEX)]
    for path in (*tree.folders(), *rules):
        seen = files.stat(receipts.place(ground.root, path)) if path not in known else None
        if seen is not None:
            found[path] = seen
        elif path not in known:
            tree.look(path)
    if not all(files.settled(stat, tree.listed()) for stat in found.values()):
        return None
    return [(path, *stat) for path, stat in sorted(found.items())]
