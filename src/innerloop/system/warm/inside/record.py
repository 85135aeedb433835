"""What each module does as it is loaded, noted while it does: imports, variables, warnings."""

from __future__ import annotations

import builtins
import importlib
import os
import sys
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from innerloop.system.warm.inside.stash import Entry


class Record:
    """The modules that are being loaded now, one within another."""

    def __init__(self, entries: dict[str, Entry], made: Callable[[str], Entry]) -> None:
        self._entries = entries
        self._made = made
        self._open: list[Entry] = []
        self._warned: list[Any] = []
        self._filters: list[Any] = []

    @contextmanager
    def on(self, volatile: frozenset[str]) -> Iterator[None]:
        """Note everything, for as long as this goes on."""
        import warnings  # noqa: PLC0415 - the command's own

        system: Any = importlib._bootstrap  # noqa: SLF001 - there is no other place
        environ: Any = type(os.environ)
        patched = (
            (builtins, "__import__", self._imports(builtins.__import__)),
            (system, "_load_unlocked", self._loads(system._load_unlocked)),  # noqa: SLF001
            (environ, "__getitem__", self._gets(environ.__getitem__, volatile)),
            (environ, "__setitem__", self._puts(environ.__setitem__)),
            (environ, "__delitem__", self._drops(environ.__delitem__)),
        )
        kept = [(place, name, getattr(place, name)) for place, name, _ in patched]
        before = dict(os.environ)
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            self._warned = warned
            self._filters = [*warnings.filters]
            for place, name, one in patched:
                setattr(place, name, one)
            try:
                yield
            finally:
                for place, name, one in kept:
                    setattr(place, name, one)
                self._open.clear()
        # What an import sets is set when somebody imports it.
        os.environ.clear()
        os.environ.update(before)

    def _settle(self) -> None:
        """What was warned of until now is the innermost module's."""
        warnings: Any = sys.modules["warnings"]
        new = [one for one in warnings.filters if one not in self._filters]
        if self._open and (self._warned or new):
            self._open[-1].warned += self._warned
            self._open[-1].filters[:0] = new
        del self._warned[:]
        self._filters += new

    def _loads(self, original: Any) -> Any:
        def load(spec: Any) -> Any:
            self._settle()
            if self._open:
                self._open[-1].needs[spec.name] = None
            entry = self._entries[spec.name] = self._made(spec.name)
            self._open.append(entry)
            try:
                return original(spec)
            finally:
                self._settle()
                if self._open and self._open[-1] is entry:
                    self._open.pop()

        return load

    def _imports(self, original: Any) -> Any:
        def imports(
            name: str, space: Any = None, local: Any = None, names: Any = (), level: int = 0
        ) -> Any:
            found = original(name, space, local, names, level)
            entry = self._entries.get((space or {}).get("__name__", ""))
            if entry is not None:
                whole = _resolved(name, space, level)
                asked = (whole, *(f"{whole}.{one}" for one in names or ()))
                entry.needs.update((one, None) for one in asked if one in sys.modules)
            return found

        return imports

    def _gets(self, original: Any, volatile: frozenset[str]) -> Any:
        def gets(environ: Any, key: Any) -> Any:
            name = os.fsdecode(key)
            noted = self._open[-1].read if self._open and name not in volatile else {}
            try:
                value = original(environ, key)
            except KeyError:
                noted.setdefault(name, None)
                raise
            noted.setdefault(name, os.fsdecode(value))
            return value

        return gets

    def _puts(self, original: Any) -> Any:
        def puts(environ: Any, key: Any, value: Any) -> None:
            original(environ, key, value)
            if self._open:
                self._open[-1].sets[os.fsdecode(key)] = os.fsdecode(value)

        return puts

    def _drops(self, original: Any) -> Any:
        def drops(environ: Any, key: Any) -> None:
            original(environ, key)
            if self._open:
                self._open[-1].sets[os.fsdecode(key)] = None

        return drops


def _resolved(name: str, space: Any, level: int) -> str:
    if not level:
        return name
    package = str(space.get("__package__") or space.get("__name__", ""))
    parts = package.split(".")
    above = ".".join(parts[: len(parts) - level + 1])
    return f"{above}.{name}" if name else above
