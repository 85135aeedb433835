"""The files of results that a command has left: those of this run, and of no other."""

from __future__ import annotations

import json
import os
import stat
from contextlib import suppress
from glob import escape, glob, has_magic
from typing import NamedTuple

from innerloop.core.pooled import again, together
from innerloop.core.reading.results import LINES, read
from innerloop.core.reading.strict import Unreadable
from innerloop.core.results import Measured

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from innerloop.core.model import Loop

OUT = "{out}/"
_LARGEST = 1 << 28
"""bytes of one file"""
_MOST = 1000
"""files that one pattern may match"""


def measured(root: str, loop: Loop, outs: Sequence[str], since: int) -> Measured:
    """What its command has measured, each repetition with a folder of its own in `outs`.

    `since`: when it was started, in nanoseconds of the filesystem's clock. Any file that was
    written before is of another run.
    """
    parts = [_one(root, loop, out, since) for out in outs or ("",)]
    return again(parts)


def lines(root: str, loop: Loop, out: str) -> Iterator[dict[str, object]]:
    """Every example in the JSON lines in the `{out}` of a run, with all that it says.

    What stands elsewhere may have been written over by another run since.
    """
    place = os.path.join(root, out)
    for written in loop.results if out else ():
        if not written.startswith(OUT):
            continue
        for path in _matching(place, written.removeprefix(OUT)):
            if lined(path):
                yield from _parsed(os.path.join(place, path))


def lined(path: str) -> bool:
    """Whether a file of that name has an example a line."""
    return path.lower().endswith(LINES)


def _parsed(path: str) -> Iterator[dict[str, object]]:
    with suppress(FileNotFoundError, Unreadable, ValueError):
        for text in content(path).data.decode().splitlines():
            found = json.loads(text) if text.strip() else None
            if isinstance(found, dict):
                yield found


def _one(root: str, loop: Loop, out: str, since: int) -> Measured:
    files: dict[str, Measured] = {}
    for written in loop.results:
        inside = written.startswith(OUT)
        place = os.path.join(root, out if inside else loop.cwd)
        paths = _matching(place, written.removeprefix(OUT))
        if not paths:
            files[written] = _nothing(written, "no file of such a name was left")
        if len(paths) > _MOST:
            files[written] = _nothing(written, f"it stands for more than {_MOST:,} files")
            continue
        for path in paths:
            shown = f"{OUT}{path}" if inside else path
            files.setdefault(os.path.join(place, path), _file(place, path, shown, since))
    return together(tuple(files.values()))


def _matching(folder: str, pattern: str) -> tuple[str, ...]:
    """Files below a folder, in order; the pattern itself where it is a plain name."""
    if not has_magic(pattern):
        return (pattern,)
    found = glob(f"{escape(folder)}/{pattern}", recursive=True)
    files = sorted(os.path.relpath(path, folder) for path in found if not os.path.isdir(path))
    return tuple(files)


def _nothing(name: str, why: str) -> Measured:
    return Measured(problems=(f"{name}: {why}",))


def _file(folder: str, path: str, name: str, since: int) -> Measured:
    try:
        found = content(os.path.join(folder, path))
    except FileNotFoundError:
        return _nothing(name, "it was not left")
    except Unreadable as error:
        return _nothing(name, str(error))
    if found.changed < since:
        return _nothing(name, "it is from before this run, which left none")
    return read(name, found.data)


class Content(NamedTuple):
    """A file's bytes, and when it was last changed, in nanoseconds of the filesystem's clock."""

    data: bytes
    changed: int


def content(path: str) -> Content:
    """A plain file, whole. Raises FileNotFoundError, or Unreadable with the reason."""
    try:
        # A pipe of that name would be waited for.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(handle, "rb") as file:
            stands = os.fstat(file.fileno())
            if not stat.S_ISREG(stands.st_mode):
                raise Unreadable("it is no file")
            if stands.st_size > _LARGEST:
                raise Unreadable(f"it has more than {_LARGEST >> 20} MiB")
            return Content(file.read(_LARGEST), stands.st_ctime_ns)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Unreadable(f"it cannot be read: {(error.strerror or str(error)).lower()}") from error
