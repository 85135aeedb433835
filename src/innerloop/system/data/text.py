"""The engine of the standard library: CSV and JSONL, read once, with little held of them."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from innerloop.core.sampling import Cut, DataError, strata
from innerloop.system.data.choice import TooFewError, entities, members, rows
from innerloop.system.data.faults import twice, unreadable
from innerloop.system.data.records import BOM, LENGTH, LONGEST, Csv, ended
from innerloop.system.data.source import Part, Source
from innerloop.system.data.units import Units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import BinaryIO

    from innerloop.core.sampling import Rule, Taken

    Alive = Callable[[], None]

NAME = "python"


def by_python(source: Source, rule: Rule, out: BinaryIO, alive: Alive) -> Cut:
    """Write the sample; DataError where the data is not what it has to be."""
    if rule.amount.all:
        return _everything(source, rule, out, alive)
    if rule.group:
        with _again(source) as readable:
            return _grouped(readable, rule, out, alive)
    kept: dict[int, bytes] | None = None if source.pipe is None else {}
    units = Units(source, rule, alive)
    try:
        chosen = rows(units, rule, kept, all_held=False)
    except TooFewError as error:
        if kept is not None:
            raise DataError(
                "so small a fraction of so few rows cannot be told from one look at a pipe",
                "ask for --rows, or name a file",
            ) from error
        units = Units(source, rule, alive)
        chosen = rows(units, rule, kept, all_held=True)
    if chosen.twice and rule.key:
        raise _twice(source, rule, chosen.twice, kept)
    found = (kept[one] for one in chosen.spans) if kept else records(source, chosen.spans)
    _write(units.head, found, out)
    return Cut(len(chosen.spans), units.rows, _strata(rule, chosen.taken, chosen.counts), NAME)


def _strata(rule: Rule, taken: Mapping[str, int], counts: Mapping[str, int]) -> tuple[Taken, ...]:
    return strata(taken, counts) if rule.by else ()


def _grouped(source: Source, rule: Rule, out: BinaryIO, alive: Alive) -> Cut:
    """Which entities are taken, and then, with another look, their rows."""
    units = Units(source, rule, alive)
    chosen, counts = entities(units, rule)
    spans, taken = members(Units(source, rule, alive), chosen)
    _write(units.head, records(source, spans), out)
    return Cut(len(spans), units.rows, _strata(rule, taken, counts), NAME)


def _everything(source: Source, rule: Rule, out: BinaryIO, alive: Alive) -> Cut:
    """Every record of every file, one after another under one header."""
    units, count = Units(source, rule, alive), 0
    for reader in units.readers():
        if not count:
            out.write(ended(units.head))
        if isinstance(reader, Csv) and not reader.columns:
            continue
        for _ in reader:
            out.write(ended(reader.raw.removeprefix(BOM)))
            count += 1
    return Cut(count, count, (), NAME)


@contextmanager
def _again(source: Source) -> Iterator[Source]:
    """The source as one that can be read twice: a pipe is written to a file for it."""
    if source.pipe is None:
        yield source
        return
    with tempfile.NamedTemporaryFile(prefix="loop-sample-") as file:
        shutil.copyfileobj(source.pipe, file)
        file.flush()
        yield Source((Part(file.name, source.shown),), source.format)


def records(source: Source, spans: Iterable[int]) -> Iterator[bytes]:
    """The records that stand there, in order."""
    parts = iter(source.parts)
    file: BinaryIO | None = None
    base = size = 0
    try:
        for packed in spans:
            at, length = packed >> LENGTH, packed & (LONGEST - 1)
            while at >= base + size:
                if file is not None:
                    file.close()
                part, base = next(parts), base + size
                file, size = open(part.place, "rb"), os.path.getsize(part.place)  # noqa: SIM115 - closed below
            if file is not None:
                file.seek(at - base)
                yield file.read(length)
    except OSError as error:
        raise unreadable(source.shown, error) from error
    except StopIteration:
        return  # it has become shorter, and whoever looks again will see that
    finally:
        if file is not None:
            file.close()


def _write(head: bytes, found: Iterable[bytes], out: BinaryIO) -> None:
    out.write(ended(head))
    out.writelines(ended(raw.removeprefix(BOM)) for raw in found)


def _twice(
    source: Source, rule: Rule, pair: tuple[int, int], kept: Mapping[int, bytes] | None
) -> DataError:
    if kept is not None:
        return twice(["two rows of the input"], rule, kept[pair[0]].decode().strip())
    found = list(Units(source, rule, lambda: None).found(pair))
    return twice([where for where, _ in found], rule, found[0][1] if found else "")
