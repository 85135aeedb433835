"""Benchmarks: files that only ever grow, and have no row of what they are to be distinct from."""

from __future__ import annotations

import hashlib
import os

from innerloop.core.book import How, Kept
from innerloop.core.sampling import DataError, Rule
from innerloop.system.data.source import Format, Part, Source, source
from innerloop.system.data.units import Units

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import BinaryIO

_PIECE = 1 << 20
_ENDS = (b"\n", b"\r")


def noted(root: str, stage: str, paths: Iterable[str]) -> tuple[Kept, ...]:
    """How long each file is now, and what it holds: what is to be found in it from now on."""
    found = []
    for path in paths:
        with open(f"{root}/{path}", "rb") as file:
            size = os.fstat(file.fileno()).st_size
            found.append(Kept(stage, path, f"{size}:{_digest(file, size)}", How.MEASURED))
    return tuple(found)


def shrunk(root: str, before: Iterable[Kept]) -> str:
    """Which file no longer begins with what it held when it was measured on; or nothing."""
    for one in before:
        size, _, digest = one.digest.partition(":")
        try:
            with open(f"{root}/{one.path}", "rb") as file:
                same = _digest(file, int(size)) == digest and _whole(file, int(size))
        except FileNotFoundError:
            return f"{one.path!r} is gone, and was measured on"
        if not same:
            return f"{one.path!r} was changed since it was measured on"
    return ""


def follows(before: bytes, now: bytes) -> bool:
    """Whether a version begins with all the rows of another."""
    ended = before[-1:] in {b"", *_ENDS} or now[len(before) :][:1] in {b"", *_ENDS}
    return now.startswith(before) and ended


def _digest(file: BinaryIO, size: int) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while size > 0 and (data := file.read(min(size, _PIECE))):
        digest.update(data)
        size -= len(data)
    # Shorter than it was is another file, whatever it begins with.
    return digest.hexdigest() if size == 0 else ""


def _whole(file: BinaryIO, size: int) -> bool:
    """Whether the last row is as it was: it may not go on where no line had ended."""
    file.seek(max(0, size - 1))
    last, following = file.read(min(size, 1)), file.read(1)
    return not last or not following or last in _ENDS or following in _ENDS


def shared(root: str, paths: Sequence[str], data: Sequence[str], rule: Rule, named: str) -> str:
    """Which row of the benchmark is in the data as well, and where; or nothing.

    Two rows are the same by the data's `key`, else by all that they hold, whatever the order of
    their columns. Every row of the data counts, of which a loop may see a part.
    """
    known = Rule(key=rule.key)
    where: dict[bytes, str] = {}
    units = _units(_source(root, data, named), known)
    for rank, _, _ in units:
        where.setdefault(rank, units.where())
    # A file at a time: a later version may have columns that an earlier one had not.
    for path in paths:
        asked = _units(_source(root, (path,), path), known)
        for rank, _, _ in asked:
            if rank in where:
                return f"{asked.where()} is also {where[rank]}"
    return ""


def _units(found: Source, rule: Rule) -> Units:
    return Units(found, rule, lambda: None)


def _source(root: str, paths: Iterable[str], named: str) -> Source:
    found = source([Part(os.path.join(root, path), path) for path in paths], named=named)
    if found.format is Format.PARQUET:
        raise DataError(f"the rows of {found.shown} cannot be told", "CSV and JSONL can be")
    return found
