"""Whether what was loaded is still what stands there: asked as the command is about to begin."""

from __future__ import annotations

import os
import site
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    Stamp = tuple[int, ...] | None

_COARSE = 20_000_000
"""nanoseconds that a filesystem's clock may be behind"""
_NEVER = (-1,)
_KINDS = (".dist-info", ".egg-info", ".egg-link", ".pth")
_NOT_FILES = ("/proc/", "/sys/", "/dev/")


def folders() -> tuple[str, ...]:
    """Where packages are installed."""
    found = list(getattr(site, "getsitepackages", list)())
    if site.ENABLE_USER_SITE:
        found.append(site.getusersitepackages())
    return tuple(dict.fromkeys(os.path.abspath(place) for place in found))


class Ground:
    """What belongs to Python and to what is installed in it, told apart from the project."""

    def __init__(self, root: str, began: int) -> None:
        self.began = began
        self.sites = folders()
        self._root = os.path.realpath(root) + os.sep
        library = os.path.dirname(os.path.abspath(os.__file__))
        self._places = tuple(place + os.sep for place in (*self.sites, library))
        self._real = tuple(os.path.realpath(place) + os.sep for place in self._places)
        self._known: dict[str, bool] = {}
        self.opened: set[str] = set()
        self.listening = True

    def foreign(self, file: str) -> bool:
        """Whether a file is the project's: of neither the library nor what is installed."""
        if not os.path.exists(file):
            return False  # a module that was made up, and says what it likes
        folder = os.path.dirname(os.path.abspath(file)) + os.sep
        if folder not in self._known:
            real = os.path.realpath(file)
            ours = folder.startswith(self._places)
            # A package may be linked into its place, from a store or from the project itself.
            linked = real.startswith(self._root) and not real.startswith(self._real)
            self._known[folder] = not ours or linked
        return self._known[folder]

    def third(self, file: str) -> bool:
        """Whether a file belongs to what is installed."""
        place = os.path.abspath(file)
        return place.startswith(tuple(s + os.sep for s in self.sites)) and not self.foreign(file)

    def audit(self, event: str, args: tuple[object, ...]) -> None:
        """Note each file that is read while we load: what was in it has been taken in."""
        if self.listening and event == "open" and isinstance(args[0], str):
            flags = args[2] if len(args) > 2 and isinstance(args[2], int) else 0  # noqa: PLR2004
            if not flags & (os.O_WRONLY | os.O_RDWR) and not args[0].startswith(_NOT_FILES):
                self.opened.add(os.path.abspath(args[0]))

    def look(self, modules: Iterable[object]) -> dict[str, Stamp]:
        """The stamp of everything that was taken in, as it stands now."""
        self.listening = False
        files = {str(f) for m in modules if (f := getattr(m, "__file__", None))}
        paths = {*files, *(one for one in self.opened if self._counts(one))}
        if any(getattr(module, "__name__", "") == "matplotlib" for module in modules):
            paths.add(os.path.abspath("matplotlibrc"))
        for place in self.sites:
            paths |= {place, *_packages(place)}
        paths |= {os.path.join(sys.prefix, "pyvenv.cfg"), sys.executable}
        # The longest first: a package is named before the folder that it is in.
        return {path: self._stamp(path) for path in sorted(paths, key=len, reverse=True)}

    def _counts(self, path: str) -> bool:
        return not path.endswith(".pyc") and not os.path.isdir(path)

    def _stamp(self, path: str) -> Stamp:
        found = stamp(path)
        # Written after we began: it may have been read before.
        return _NEVER if found and found[1] > self.began - _COARSE else found

    def installed(self) -> str:
        """What tells one set of installed packages from another."""
        found = [str((stamp(place) or (0,))[0]) for place in (sys.executable, *self.sites)]
        return " ".join([sys.version, *found])

    def changed(self, seen: Mapping[str, Stamp]) -> str:
        """What has changed since, in a few words; empty where nothing has."""
        for path, then in seen.items():
            if stamp(path) != then:
                return self._named(path)
        return ""

    def _named(self, path: str) -> str:
        if path == sys.executable or path.endswith("pyvenv.cfg"):
            return "the environment was made anew"
        for place in self.sites:
            if path == place:
                return "the installed packages changed"
            if path.startswith(place + os.sep):
                name = path[len(place) + 1 :].partition(os.sep)[0]
                return f"{name.removesuffix('.py').partition('-')[0]} changed"
        return f"{path} changed"


def stamp(path: str) -> Stamp:
    """What tells one content of a file from another, without reading it."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)


def _packages(place: str) -> list[str]:
    try:
        return [f"{place}/{name}" for name in os.listdir(place) if name.endswith(_KINDS)]
    except OSError:
        return []


def ahead(sites: Sequence[str], path: Sequence[str], names: AbstractSet[str]) -> dict[str, str]:
    """Those of the names that a folder searched before the library has: name -> its file there."""
    last = {*sites, os.path.dirname(os.path.abspath(os.__file__))}
    found: dict[str, str] = {}
    for place in path:
        if os.path.abspath(place) in last or place.endswith(".zip"):
            break
        for name, file in _modules(place or ".", names):
            found.setdefault(name, file)
    return found


def _modules(place: str, names: AbstractSet[str]) -> Iterator[tuple[str, str]]:
    try:
        listed = os.listdir(place)
    except OSError:
        return
    for entry in listed:
        stem, dot, rest = entry.partition(".")
        if stem in names:
            package = not dot and os.path.isfile(f"{place}/{entry}/__init__.py")
            if package or rest == "py" or rest.endswith("so"):
                yield stem, f"{place}/{entry}"
