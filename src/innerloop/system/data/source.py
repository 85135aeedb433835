"""Where rows come from: files of one format, in order, or a pipe."""

from __future__ import annotations

import os
from enum import StrEnum
from stat import S_ISREG
from typing import NamedTuple

from innerloop.core.sampling import DataError
from innerloop.core.text import listing
from innerloop.system.data.faults import unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import BinaryIO


class Format(StrEnum):
    """How rows are written."""

    CSV = "csv"
    TSV = "tsv"
    JSONL = "jsonl"
    PARQUET = "parquet"


_ENDINGS = {
    ".csv": Format.CSV,
    ".tsv": Format.TSV,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".parquet": Format.PARQUET,
    ".pq": Format.PARQUET,
}
KNOWN = "CSV, TSV, JSONL and Parquet files are sampled"
_PACKED = {".gz", ".bz2", ".xz", ".zst", ".zip"}


class Part(NamedTuple):
    """One file."""

    place: str
    shown: str
    """its path as the user knows it"""


class Source(NamedTuple):
    """Files of one format, their rows one after another."""

    parts: tuple[Part, ...]
    format: Format
    pipe: BinaryIO | None = None
    """what can be read only once; then there are no parts"""

    @property
    def shown(self) -> str:
        if self.pipe is not None:
            return "the input"
        first = self.parts[0].shown
        return first if len(self.parts) == 1 else f"{first} and {len(self.parts) - 1} more"

    def size(self) -> int:
        return sum(os.path.getsize(part.place) for part in self.parts)


Seen = tuple[tuple[int, int, int, int], ...]


def seen(source: Source) -> Seen:
    """What stat says of every file: whether it is still the one that was read."""
    found = []
    for part in source.parts:
        try:
            stat = os.stat(part.place)
        except OSError as error:
            raise unreadable(part.shown, error) from error
        if not S_ISREG(stat.st_mode):
            raise DataError(f"{part.shown} is no file", "name a file, a folder or a glob of data")
        found.append((stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino))
    return tuple(found)


def known(path: str) -> Format | None:
    return _ENDINGS.get(os.path.splitext(path)[1].lower())


def source(parts: Sequence[Part], *, named: str, folder: bool = False) -> Source:
    """These files as one source; a DataError where they are none, or of several formats.

    `named` is what was asked for, in the user's words; `folder`: and it is one, that is there.
    """
    if not parts and folder:
        raise DataError(f"{named} is a folder without data", KNOWN)
    if not parts:
        raise DataError(f"there is no {named}", "name a file, a folder or a glob of data")
    found: dict[Format, str] = {}
    for part in parts:
        format_ = known(part.place)
        if format_ is None:
            raise DataError(f"{part.shown} is of no format that is known", _advice(part.place))
        found.setdefault(format_, part.shown)
    if len(found) > 1:
        raise DataError(
            f"{named} mixes formats: {listing(sorted(found.values()))}",
            "name files of one format, such as data/*.csv",
        )
    return Source(tuple(parts), next(iter(found)))


def blank(names: Sequence[str], sizes: Sequence[int]) -> tuple[str, ...]:
    """What there is to say of files without a byte among others: no row of them is taken."""
    if len(names) <= 1 or not any(sizes):
        return ()
    found = [name for name, size in zip(names, sizes, strict=True) if not size]
    verb = "is" if len(found) == 1 else "are"
    return (
        (f"{listing(found, 3)} {verb} empty (0 bytes): no row comes from there",) if found else ()
    )


def _advice(path: str) -> str:
    ending = os.path.splitext(path)[1].lower()
    if ending in _PACKED:
        return "unpack it first"
    if ending == ".json":
        return "write one object a line, and call it .jsonl"
    return KNOWN


def counted(paths: Iterable[str]) -> list[str]:
    """Of the files in a folder those that are data: what tools leave beside them is not."""
    kept = (path for path in paths if not os.path.basename(path).startswith((".", "_")))
    return sorted(path for path in kept if known(path))


def below(folder: str) -> list[str]:
    """Every data file in a folder outside any project."""
    found = (os.path.join(place, name) for place, _, names in os.walk(folder) for name in names)
    return counted(found)
