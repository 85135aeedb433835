"""Modules that are loaded and not imported yet: an import finds them here, as if it were the first.

A preload must not show before it is asked for. What it loaded is taken out of `sys.modules` again,
each module with what it imported and what its import did besides: its warnings, its filters of
warnings, the variables it set. Whoever imports it finds all that. If a first import would come out
otherwise now than it did then, because a variable that it read has changed or another module has
taken a name, this process is of no use.
"""

from __future__ import annotations

import importlib.machinery
import os
import sys
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import ModuleType
    from typing import Any
    from warnings import WarningMessage

    Ahead = Callable[[set[str]], Mapping[str, str]]

# Read by libraries behind Python's back, as they are loaded.
NATIVE = (
    *("BLIS_", "CUDA_", "GOMP_", "HIP_", "JAX_", "KMP_", "LD_", "MALLOC_", "MKL_", "NCCL_"),
    *("NUMEXPR_", "OMP_", "OPENBLAS_", "PYTORCH_", "TF_", "TORCH_", "VECLIB_", "XLA_"),
)
# Set by scikit-learn and joblib for one another, in whichever order they are imported.
_THEIRS = frozenset({"KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK"})


class Entry:
    """One module, and what its import did besides."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.module: Any = None
        self.needs: dict[str, None] = {}
        """what it imported, and what was put beside it"""
        self.read: dict[str, str | None] = {}
        """variables it read, and what they were"""
        self.sets: dict[str, str | None] = {}
        """variables it set, or took out"""
        self.warned: list[WarningMessage] = []
        self.filters: list[Any] = []
        self.bound = False
        """whether it was an attribute of its package"""


class Stash:
    """A finder for what is loaded already. It stands first among the finders."""

    def __init__(
        self, standing: dict[str, ModuleType], abandon: Callable[[list[str], str], None]
    ) -> None:
        self.standing = standing
        self.entries: dict[str, Entry] = {}
        self._abandon = abandon
        self._lock = threading.RLock()
        self._seen: set[str] = set()
        self._env: dict[str, str] = {}
        self._ahead: Ahead = lambda _names: {}
        self._fresh: list[Entry] = []

    def hide(self) -> None:
        """Take out of sight whatever is not to stand there yet."""
        for name, module in list(sys.modules.items()):
            if _made(name, module):
                self.standing.setdefault(name, module)
            elif name not in self.standing:
                self._own(name, module)
        for entry in self.entries.values():
            self._unbind(entry)
        for name in self.entries:
            sys.modules.pop(name, None)

    def _own(self, name: str, module: ModuleType) -> None:
        entry = self.entries.setdefault(name, Entry(name))
        entry.module = module
        above = name.rpartition(".")[0]
        if above in self.entries:
            entry.needs[above] = None
            if getattr(module, "__spec__", None) is None:
                # Its package put it there by hand, and has it from the beginning.
                self.entries[above].needs[name] = None

    def _package(self, entry: Entry) -> tuple[dict[str, Any], str]:
        above, _, last = entry.name.rpartition(".")
        owner = self.entries[above].module if above in self.entries else self.standing.get(above)
        return getattr(owner, "__dict__", {}), last

    def _unbind(self, entry: Entry) -> None:
        space, last = self._package(entry)
        if last in space and space[last] is entry.module:
            del space[last]
            entry.bound = True

    def ready(self, ahead: Ahead) -> None:
        """The command begins.

        `ahead` says which of some names a folder of the project would give a module: name -> file.
        """
        self._env = dict(os.environ)
        self._ahead = ahead

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: object = None) -> Any:
        del path, target
        entry = self.entries.get(name)
        if entry is None or (name in self._seen and name not in sys.modules):
            return None  # never loaded, or taken out by somebody who wants it anew
        if sys.modules.get(name, entry.module) is not entry.module:
            return None
        original: Any = getattr(entry.module, "__spec__", None)
        loader = Loaded(self, entry, original)
        # Nothing may be imported here: we are asked in the middle of an import.
        spec: Any = importlib.machinery.ModuleSpec(name, loader)  # type: ignore[arg-type] # one
        for each in ("origin", "loader_state", "submodule_search_locations", "has_location"):
            setattr(spec, each, getattr(original, each, None))
        if getattr(original, "cached", None):
            spec.cached = original.cached
        return spec

    def show(self, entry: Entry) -> None:
        """Let it stand there as its import would leave it, with all that it imported."""
        with self._lock:
            fresh = [one for one in self._below(entry) if one.name not in self._seen]
            self._doubt(entry.name, fresh)
            for one in fresh:
                sys.modules.setdefault(one.name, one.module)
                self._seen.add(one.name)
                self._set(one.sets)
            for one in fresh:
                if one.bound:
                    space, last = self._package(one)
                    space.setdefault(last, one.module)
            self._fresh += fresh

    def _below(self, entry: Entry) -> list[Entry]:
        """Everything it leads to that is hidden still; what is imported first comes first."""
        found: dict[str, Entry] = {}
        path: list[tuple[Entry, Iterator[str]]] = [(entry, iter(entry.needs))]
        met = {entry.name}
        while path:
            one, rest = path[-1]
            name = next((n for n in rest if n in self.entries and n not in met), None)
            if name is None:
                found[one.name] = one
                path.pop()
            else:
                met.add(name)
                path.append((self.entries[name], iter(self.entries[name].needs)))
        return list(found.values())

    def _set(self, sets: Mapping[str, str | None]) -> None:
        for name, value in sets.items():
            for environ in (os.environ, self._env):
                if value is None:
                    environ.pop(name, None)
                else:
                    environ[name] = value

    def replay(self) -> None:
        """Warn of what the imports warned of. Raises what a warning has become."""
        fresh, self._fresh = self._fresh, []
        for entry in fresh:
            for one in entry.warned:
                _warn(one)
            if entry.filters:
                import warnings  # noqa: PLC0415 - the command's own

                warnings.filters[:0] = entry.filters  # type: ignore[index] # it is a list
                getattr(warnings, "_filters_mutated", lambda: None)()

    def _doubt(self, asked: str, fresh: list[Entry]) -> None:
        """Leave, where a first import would come out otherwise than it did."""
        env: dict[str, str | None] = {}
        for entry in fresh:
            for name, then in entry.read.items():
                now = os.environ.get(name)
                if name not in _THEIRS and then not in {now, env.get(name, now)}:
                    self._abandon([asked, entry.name], f"{name} is set before {asked} is imported")
            env.update(entry.sets)
            if sys.modules.get(entry.name, entry.module) is not entry.module:
                self._abandon([asked], f"{entry.name} is replaced before {asked} is imported")
        for name in {*os.environ, *self._env} - _THEIRS:
            if name.startswith(NATIVE) and os.environ.get(name) != self._env.get(name):
                self._abandon([asked], f"{name} is set before {asked} is imported")
        tops = {entry.name for entry in fresh if "." not in entry.name}
        for name, file in self._ahead(tops).items():
            if not stands(self.entries[name].module, file):
                self._abandon([asked, name], f"{file} hides what {asked} was loaded with")


class Loaded:
    """The loader of a module that is there; what else it is asked, the first loader answers."""

    def __init__(self, stash: Stash, entry: Entry, original: Any) -> None:
        self._stash = stash
        self._entry = entry
        self._original = original

    def create_module(self, _spec: object) -> ModuleType:
        self._stash.show(self._entry)
        module: ModuleType = self._entry.module
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._original
        self._stash.replay()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original.loader, name)


def stands(module: object, file: str) -> bool:
    """Whether a module was loaded from that file or folder."""
    own = getattr(module, "__file__", None) or ""
    return os.path.realpath(own).startswith(os.path.realpath(file))


def _made(name: str, module: object) -> bool:
    """Whether nobody imported it: what Cython's modules share is put there without a word."""
    nowhere = getattr(module, "__spec__", None) is getattr(module, "__file__", None) is None
    return nowhere and "." not in name


def _warn(one: WarningMessage) -> None:
    import warnings  # noqa: PLC0415 - the command's own

    file = one.filename
    modules = list(sys.modules.values())
    module = next((m for m in modules if getattr(m, "__file__", None) == file), None)
    warnings.warn_explicit(
        one.message,
        one.category,
        one.filename,
        one.lineno,
        module=getattr(module, "__name__", None),
        registry=vars(module).setdefault("__warningregistry__", {}) if module else None,
        source=one.source,
    )
