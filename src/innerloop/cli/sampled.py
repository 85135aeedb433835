"""What `loop sample` does: finds the source, cuts it, and says by which rule."""

from __future__ import annotations

import os
import signal
import stat
import sys
import tempfile
from contextlib import suppress
from fractions import Fraction
from typing import NamedTuple

from innerloop.cli.wiring import streams
from innerloop.core.errors import ExitCode, LoopError
from innerloop.core.sampling import ALL, Amount, Rule, StoppedError, lines
from innerloop.core.text import visible
from innerloop.system.data.cut import ENGINES, Means, cut
from innerloop.system.data.source import Format, Part, Source, below, blank, known, seen, source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from innerloop.core.sampling import Cut

_PIPE = "-"


class Flags(NamedTuple):
    """What the command line said."""

    path: str
    rows: str = ""
    fraction: str = ""
    key: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    seed: int = 0
    out: str = _PIPE
    form: str = ""
    engine: str = ENGINES[0]


def sampled(flags: Flags) -> int:
    """Cut it; what was cut, by which rule, is told on stderr."""
    rule = Rule(_amount(flags), flags.key, flags.by, flags.group, flags.seed)
    if flags.engine not in ENGINES:
        raise LoopError(f"there is no engine called {flags.engine!r}", ", ".join(ENGINES))
    found = _source(flags)
    for said in _blank(found):
        streams().err(visible(f"notice: {said}"))
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _ended)
    try:
        done = _cut(found, rule, flags, Means(flags.engine))
    except StoppedError:
        return ExitCode.INTERRUPTED
    for line in lines(done, rule, found.shown):
        streams().err(visible(line))
    return ExitCode.OK


def _ended(number: int, _frame: object) -> None:
    # Raised, so that what was begun is taken away.
    raise SystemExit(128 + number)


def _amount(flags: Flags) -> Amount:
    if bool(flags.rows) == bool(flags.fraction):
        hint = "loop sample data.csv --rows 200, or --fraction 0.1"
        raise LoopError("say how much: either --rows or --fraction", hint)
    if flags.rows == "all":
        return ALL
    if flags.rows:
        if not flags.rows.isascii() or not flags.rows.isdigit() or not int(flags.rows):
            raise LoopError(f"--rows {flags.rows!r} is no number of rows", "200, or all")
        return Amount(int(flags.rows))
    try:
        part = Fraction(flags.fraction) if "/" not in flags.fraction else Fraction(0)
    except ValueError:
        part = Fraction(0)
    if not 0 < part <= 1:
        raise LoopError(
            f"--fraction {flags.fraction!r} is no part of the rows", "above 0 and at most 1: 0.1"
        )
    return ALL if part == 1 else Amount(None, flags.fraction)


def _source(flags: Flags) -> Source:
    """The file, the files of the folder, or the pipe that is named."""
    path = flags.path
    if flags.form and flags.form not in list(Format):
        raise LoopError(f"there is no format called {flags.form!r}", ", ".join(Format))
    if path == _PIPE or _once(path):
        form = flags.form or known(path)
        if not form or form == Format.PARQUET:
            hint = "--format csv, tsv or jsonl"
            what = "Parquet cannot be read from a pipe" if form else "say what comes in the pipe"
            raise LoopError(what, "write it to a file" if form else hint)
        # Closed with the process, as stdin is.
        pipe = sys.stdin.buffer if path == _PIPE else open(path, "rb")  # noqa: SIM115
        return Source((), Format(form), pipe)
    paths = below(path) if os.path.isdir(path) else [path] if os.path.exists(path) else []
    if flags.form and paths:
        return Source(tuple(Part(one, one) for one in paths), Format(flags.form))
    return source([Part(one, one) for one in paths], named=path, folder=os.path.isdir(path))


def _blank(found: Source) -> tuple[str, ...]:
    names = [part.shown for part in found.parts]
    return blank(names, [stat_[0] for stat_ in seen(found)])


def _once(path: str) -> bool:
    """Whether it can be read only once."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode)


def _cut(found: Source, rule: Rule, flags: Flags, means: Means) -> Cut:
    if flags.out == _PIPE:
        return _to_stdout(found, rule, means)
    form = known(flags.out)
    if form is not None and form is not found.format:
        raise LoopError(
            f"a sample keeps the format of its source: {flags.out} is not {found.format}",
            f"--out {os.path.splitext(flags.out)[0]}.{found.format}",
        )
    if os.path.isdir(flags.path) and _inside(flags.out, flags.path):
        raise LoopError(
            f"{flags.out} is in the folder that is sampled, and would be data of it next time",
            "name a file elsewhere",
        )
    if any(_same(part.place, flags.out) for part in found.parts):
        raise LoopError(f"{flags.out} is what is sampled", "name another file")
    staged = f"{flags.out}.{os.getpid()}"
    try:
        with open(staged, "w+b") as file:
            done = cut(found, rule, file, means)
        os.replace(staged, flags.out)
    except OSError as error:
        raise LoopError(f"cannot write {flags.out}: {error.strerror}") from error
    finally:
        with suppress(OSError):
            os.unlink(staged)
    return done


def _inside(path: str, folder: str) -> bool:
    real = os.path.realpath(folder)
    return os.path.commonpath((os.path.realpath(path), real)) == real


def _same(one: str, other: str) -> bool:
    with suppress(OSError):
        return os.path.samefile(one, other)
    return False


def _to_stdout(found: Source, rule: Rule, means: Means) -> Cut:
    """Nothing is shown of a sample that comes to no end."""
    if found.format is Format.PARQUET and sys.stdout.isatty():
        raise LoopError("Parquet is nothing for a terminal", "--out sample.parquet")
    with tempfile.TemporaryFile(prefix="loop-sample-") as file:
        done = cut(found, rule, file, means)
        file.seek(0)
        _copied(file, sys.stdout.buffer)
    return done


def _copied(file: BinaryIO, out: BinaryIO) -> None:
    while data := file.read(1 << 16):
        out.write(data)
    out.flush()
