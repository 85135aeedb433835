"""Records of text files, byte for byte, by their number: quicker than reading what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from innerloop.core.sampling import Amount, Rule
from innerloop.system.data.records import BOM, Csv, ended
from innerloop.system.data.source import Format, Source
from innerloop.system.data.units import Units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, BinaryIO

    Asked = Callable[[], Iterator[tuple[Any, ...]]]


def copied(source: Source, rule: Rule, asked: Asked, total: int, out: BinaryIO) -> bool:
    """Write what is asked for: rows as `(file, number, stratum, rank)`, in order.

    Whether all of it is what was asked for. The records are found by their line ends and quotes
    alone; that there are as many as were ranked, and that each is the one that was meant, is
    looked at.
    """
    chosen = asked()
    wanted = next(chosen, None)
    count = 0
    for number, part in enumerate(source.parts):
        with open(part.place, "rb", buffering=1 << 18) as file:
            if source.format is not Format.JSONL:
                reader = Csv(file, part.shown, delimiter=_delimiter(source))
                file.seek(reader.begins)
                out.write(b"" if count or number else ended(reader.head))
            for at, raw in enumerate(_records(file, source.format)):
                count += 1
                if wanted is not None and wanted[0] == number and wanted[1] == at:
                    out.write(ended(raw.removeprefix(BOM)))
                    wanted = next(chosen, None)
    out.flush()
    return wanted is None and count == total and _same(source, rule, asked(), out)


def _delimiter(source: Source) -> str:
    return "\t" if source.format is Format.TSV else ","


def _records(file: BinaryIO, format_: Format) -> Iterator[bytes]:
    if format_ is Format.JSONL:
        yield from (raw for raw in file if not raw.isspace())
        return
    held: list[bytes] = []
    odd = 0
    for raw in file:
        odd ^= raw.count(b'"') & 1
        if odd or held:
            held.append(raw)
            if not odd:
                yield b"".join(held)
                held.clear()
        elif not raw.isspace():
            yield raw
    if held:
        yield b"".join(held)


def _same(source: Source, rule: Rule, asked: Iterator[tuple[Any, ...]], out: BinaryIO) -> bool:
    """Whether every record that was written has the stratum and the rank of the one asked for."""
    out.seek(0)
    units = Units(Source((), source.format, out), rule._replace(amount=Amount()), lambda: None)
    for hashed, label, _ in units:
        row = next(asked, None)
        if row is None or label != row[2] or hashed.hex() != row[3]:
            return False
    return next(asked, None) is None
