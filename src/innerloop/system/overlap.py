"""What of one loop's data is also data of another: the same file, or the same row."""

from __future__ import annotations

from innerloop.core.gates import Overlap
from innerloop.core.plan import fed_by
from innerloop.core.sampling import DataError
from innerloop.system.data.source import Format
from innerloop.system.data.source import known as format_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from innerloop.core.model import Loop
    from innerloop.core.sampling import Data
    from innerloop.system.files import Entry
    from innerloop.system.ground import Ground

_MOST = 32 << 20
"""bytes of data of which rows are compared: seconds, after each evaluation"""


def handed(ground: Ground, name: str) -> Iterator[tuple[Data, tuple[str, ...]]]:
    """The data of a loop and of those whose work it takes up, with the files that are there."""
    for loop in fed_by(ground.loops, name):
        for data in loop.data:
            yield data, ground.inputs.data(loop)[data.name]


def known(ground: Ground, name: str) -> str:
    """What data a loop is handed now, to be recognised again."""
    found = _entries(ground, (path for _, paths in handed(ground, name) for path in paths))
    return repr(sorted((path, entry.value) for path, entry in found.items()))


def overlap(ground: Ground, loop: Loop, other: str) -> Overlap:
    """What a loop and another are both handed, as it stands now.

    Of the loop only its own data counts: what it takes of another may be a model of it. Of the
    other all counts that its work began with, though it may see no more than a sample.
    """
    mine = [path for paths in ground.inputs.data(loop).values() for path in paths]
    theirs = list(handed(ground, other))
    ours = _entries(ground, mine)
    others = _entries(ground, (path for _, paths in theirs for path in paths))
    found = Overlap(bool(ours), bool(others))
    if not (ours and others):
        return found
    if same := _file(ours, others):
        return found._replace(same=same)
    if sum(entry.stat.size for entry in (*ours.values(), *others.values())) > _MOST:
        return found._replace(unread="there are too many")
    if any(format_of(path) is Format.PARQUET for path in (*ours, *others)):
        return found._replace(unread="Parquet")
    return _rows(ground, found, mine, theirs)


def _entries(ground: Ground, paths: Iterable[str]) -> dict[str, Entry]:
    """Each of these files that holds something."""
    listed = list(paths)
    looked = zip(listed, ground.tree.looks(listed), strict=True)
    return {path: entry for path, entry in looked if entry and entry.stat.size}


def _file(ours: Mapping[str, Entry], others: Mapping[str, Entry]) -> str:
    where = {_content(entry): path for path, entry in others.items()}
    for path, entry in ours.items():
        if path in others:
            return f"{path} is data"
        if there := where.get(_content(entry)):
            return f"{path} is the same as {there}, data"
    return ""


def _content(entry: Entry) -> str:
    return entry.value.partition(" ")[2]  # without its mode


def _rows(
    ground: Ground,
    found: Overlap,
    mine: Sequence[str],
    theirs: Iterable[tuple[Data, tuple[str, ...]]],
) -> Overlap:
    from innerloop.system import benchmarks  # noqa: PLC0415 - few gates ask

    for data, files in theirs:
        try:
            row = benchmarks.shared(ground.root, mine, files, data.rule, data.path)
        except DataError as error:
            return found._replace(unknown=error.message)
        if row:
            return found._replace(same=f"{row}, data")
    return found
