"""The samples of a project: cut when a loop needs them, and kept by what they were cut of."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from threading import get_ident
from typing import NamedTuple

from innerloop.core.digest import blake
from innerloop.core.sampling import (
    NO_ROWS,
    VERSION,
    DataError,
    DataMovedError,
    Rule,
    StoppedError,
)
from innerloop.core.sealed import opened, seal
from innerloop.system import locks, state
from innerloop.system.data.files import outside
from innerloop.system.data.source import Format, Part, Source, seen, source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from innerloop.core.model import Loop
    from innerloop.core.sampling import Data
    from innerloop.core.world import Stoppable
    from innerloop.system.files import Entry
    from innerloop.system.inputs import Inputs
    from innerloop.system.tree import Tree

FOLDER = "samples"
_MAGIC = b"innerloop sample 1\n"
_KEPT = 32
_HOUR = 3600.0
"""a sample that was used so lately may be in use"""
_POLL = 0.05


class Sample(NamedTuple):
    """A sample that a loop was handed, and what was in it then."""

    path: str
    """from the root"""
    value: str


class Samples:
    """The samples of one project."""

    def __init__(self, tree: Tree, folder: str, inputs: Inputs) -> None:
        self._tree = tree
        self._state = folder
        self._inputs = inputs
        self._handed: dict[str, list[Sample]] = {}

    def begin(self, loop: Loop) -> None:
        """The loop is about to be handed its samples."""
        self._handed[loop.name] = []

    def path(self, loop: Loop, name: str, cancel: Stoppable | None) -> str:
        """Where `{data.NAME}` of the loop is: its sample, cut where it is not there yet.

        All of one file is that file itself; all of several is one file with their rows.
        """
        data = next(one for one in loop.data if one.name == name)
        paths = self._inputs.data(loop)[name]
        named = outside(self._tree.home, loop, data) or data.path
        place = os.path.join(self._tree.home, loop.cwd, named)
        parts = [self._part(path) for path in paths]
        found = source(parts, named=named, folder=os.path.isdir(place))
        seen(found)
        if data.rule.amount.all and len(paths) == 1:
            _some(found)
            return found.parts[0].place
        looked = self._tree.looks(paths)
        key = _key(found, data, looked)
        sample = self._kept(key, found.format) or self._cut(key, found, data, paths, cancel)
        self._handed[loop.name].append(sample)
        return os.path.join(self._tree.root, sample.path)

    def changed(self, loop: Loop) -> tuple[str, ...]:
        """The samples that the loop was handed, and that are no longer what they were."""
        handed = self._handed.pop(loop.name, [])
        return tuple(one.path for one in handed if self._value(one.path) != one.value)

    def _part(self, path: str) -> Part:
        return Part(os.path.join(self._tree.root, path), path)

    def _value(self, path: str) -> str:
        (entry,) = self._tree.glances([path])
        return entry.value if entry else ""

    def _kept(self, key: str, format_: Format) -> Sample | None:
        """The sample that was cut before; None where it is not there, or not whole."""
        note = f"{self._state}/{FOLDER}/{key}"
        path = f".loop/{FOLDER}/{key}.{format_}"
        try:
            with open(note, "rb") as file:
                noted = opened(_MAGIC, file.read())
        except OSError:
            return None
        value = self._value(path)
        if not noted or noted[0] != value:
            return None
        with suppress(OSError):
            os.utime(note)
        return Sample(path, value)

    def _cut(
        self, key: str, found: Source, data: Data, paths: Sequence[str], cancel: Stoppable | None
    ) -> Sample:
        """Cut it, one process at a time."""
        lock = f"{self._state}/locks/{locks.named('sample', key)}"
        while (release := locks.take(lock)) is None:
            time.sleep(_POLL)
            if cancel:
                raise StoppedError
        try:
            return self._kept(key, found.format) or self._written(key, found, data, paths, cancel)
        finally:
            release()

    def _written(
        self, key: str, found: Source, data: Data, paths: Sequence[str], cancel: Stoppable | None
    ) -> Sample:
        from innerloop.system.data.cut import Means, cut  # noqa: PLC0415 - only where one is cut

        folder = f"{self._state}/{FOLDER}"
        path = f".loop/{FOLDER}/{key}.{found.format}"
        staged = f"{folder}/{key}.{os.getpid()}-{get_ident()}"
        before = self._tree.looks(paths)
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            with open(staged, "w+b") as file:
                cut(found, data.rule, file, Means(cancel=cancel))
                # Nobody is to write into what others are handed, too.
                os.fchmod(file.fileno(), 0o400)
            for name, one, other in zip(paths, before, self._tree.glances(paths), strict=True):
                if _differ(one, other):
                    raise DataMovedError(name)
            os.replace(staged, f"{folder}/{key}.{found.format}")
            sample = Sample(path, self._value(path))
            state.put(f"{folder}/{key}", seal(_MAGIC, (sample.value,)))
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise DataError(f"cannot keep a sample of {found.shown}: {why}") from error
        finally:
            with suppress(OSError):
                os.unlink(staged)
        _prune(folder)
        return sample


def _key(found: Source, data: Data, looked: Sequence[Entry | None]) -> str:
    """What a sample is known by: what it was cut of, and by which rule."""
    rule = Rule(data.rule.amount) if data.rule.amount.all else data.rule
    said = [str(VERSION), str(found.format), str(rule.amount), str(rule.seed)]
    said += [f"{len(names)} {names}" for names in (rule.key, rule.by, rule.group)]
    said += [entry.value if entry else "" for entry in looked]
    return blake("\0".join(said).encode("utf-8", "surrogateescape"))


def _some(found: Source) -> None:
    """Refuse a file without a row: whoever is handed nothing finds nothing wrong."""
    from innerloop.system.data.units import Units  # noqa: PLC0415 - only where data is handed over

    empty = not found.size()
    if not empty and found.format is not Format.PARQUET:
        readers = Units(found, Rule(), lambda: None).readers()
        empty = not any(True for reader in readers for _ in reader)
    if empty:
        raise DataError(f"{found.shown} {NO_ROWS}", "look at what writes it")


def _differ(before: Entry | None, after: Entry | None) -> bool:
    if before is None or after is None:
        return True
    moved = before.stat.ctime != after.stat.ctime or before.stat.inode != after.stat.inode
    return moved or before.value != after.value


def _prune(folder: str) -> None:
    """Drop the samples that nobody has used for longest."""
    with suppress(OSError):  # another walk may be at it too
        notes = [entry for entry in os.scandir(folder) if "." not in entry.name]
        notes.sort(key=lambda entry: entry.stat().st_mtime, reverse=True)
        kept = {entry.name for entry in notes[:_KEPT]}
        old = time.time() - _HOUR
        for entry in os.scandir(folder):
            name = entry.name.partition(".")[0]
            if name not in kept and entry.stat().st_mtime < old:
                os.unlink(entry.path)
