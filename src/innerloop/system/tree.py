"""The files of a project as git sees them, listed anew after every command that may write."""

from __future__ import annotations

import os
import time
from itertools import compress, count, repeat
from operator import is_
from threading import RLock

from innerloop.core.errors import LoopError
from innerloop.system import files, git
from innerloop.system.digests import Digests
from innerloop.system.python import which

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping, Sequence

    from innerloop.system.files import Entry


class Tree:
    """One project's tracked and addable files. Safe to use from several threads."""

    def __init__(self, root: str, state: str, *, write: bool, home: str = "") -> None:
        self.root = root
        self.home = home or root
        """where the project itself is; elsewhere only for what is staged"""
        self.lock = RLock()
        self.warnings: list[str] = []
        self.nested: tuple[str, ...] = ()
        """repositories inside this one, submodules included"""
        self.hidden: tuple[str, ...] = ()
        """files whose changes git was told not to look for"""
        self.in_git = self._in_git()
        self.unsealed = False
        """something was seen that files alone do not decide: no receipt may answer for it"""
        self.epoch = 0
        """goes up at every `stale` and `touch`"""
        self.shape = 0
        """goes up where another set of files may be there, not only other bytes in them"""
        self.trusting: Callable[[str], bool] | None = None
        """whether a file is known by stat alone, where there are such"""
        self._left_out: tuple[str, ...] | None = None
        self._state = state
        self._write = write
        self._listed: tuple[str, ...] | None = None
        self._before: tuple[str, ...] = ()
        self._looked: dict[str, Entry | None] = {}
        self._folders: set[str] = set()
        self._now = 0
        self._ignored: dict[str, bool] = {}
        self._digests: Digests | None = None
        self._sha256 = False

    def stale(self) -> None:
        """Something may have been written: look again from here on."""
        with self.lock:
            self.epoch += 1
            self._reshaped()
            self._looked.clear()
            self._folders.clear()
            self._ignored.clear()

    def touch(self, paths: Iterable[str], watched: Container[str]) -> None:
        """Look again at these alone of all that is watched, and at whatever is not.

        Listed anew only where one of them came, went, or decides what is ignored.
        """
        with self.lock:
            self.epoch += 1
            written = tuple(paths)
            if any(files.ignoring(path) for path in written):
                self._ignored.clear()
                self._reshaped()
            elif not all(self._stayed(path) for path in written):
                self._reshaped()
            for path in [path for path in self._looked if path not in watched]:
                del self._looked[path]
            for path in written:
                self._looked.pop(path, None)

    def paths(self) -> tuple[str, ...]:
        """Every path git tracks or would add, in order, caches and environments left out.

        The very same tuple as before, where they are the same paths.
        """
        with self.lock:
            if self._listed is None:
                self._now = self._tick()
                found = self._list()
                self._listed = self._before = self._before if found == self._before else found
            return self._listed

    def look(self, path: str) -> Entry | None:
        """A file as it stands (path from the root, or absolute); asked once until `stale`."""
        with self.lock:
            if path not in self._looked:
                self._looked[path] = self._look(path, self._now or self._tick())
            return self._looked[path]

    def looks(self, paths: Iterable[str]) -> list[Entry | None]:
        """Each of these files as `look` has it."""
        asked = tuple(paths)
        with self.lock:
            found = list(map(self._looked.get, asked))
            for index in tuple(compress(count(), map(is_, found, repeat(None)))):
                found[index] = self.look(asked[index])
            return found

    def glances(self, paths: Sequence[str]) -> list[Entry | None]:
        """Files as they stand at this moment, whatever `look` has seen, and goes on to see."""
        with self.lock:
            now = self._tick()
            return [self._look(path, now) for path in paths]

    def looked(self) -> Mapping[str, Entry | None]:
        """Every file that was looked at since `stale`, and those that were not there."""
        with self.lock:
            return dict(self._looked)

    def folders(self) -> tuple[str, ...]:
        """Every folder listed since `stale`, beside the tree's own, and what else decided it."""
        with self.lock:
            return tuple(sorted(self._folders))

    def listdir(self, folder: str) -> list[str]:
        """The names in a folder, in order; none where there is no such folder."""
        with self.lock:
            self._folders.add(folder)
        try:
            return sorted(os.listdir(folder if folder.startswith("/") else f"{self.root}/{folder}"))
        except OSError:
            return []

    def rests(self, path: str) -> None:
        """Something was decided by what this path leads to, or by its not being there."""
        with self.lock:
            self._folders.add(path)

    def scan(self, folder: str) -> list[str]:
        """Every file below a folder (from the root, or absolute), ignored ones too."""
        absolute = folder.startswith("/")
        found = list(files.scan(folder, "") if absolute else files.scan(self.root, folder))
        paths = [f"{folder}/{path}" for path in found] if absolute else found
        with self.lock:
            self._folders.add(folder)
            for path in paths:
                above = os.path.dirname(path)
                while len(above) > len(folder) and above not in self._folders:
                    self._folders.add(above)
                    above = os.path.dirname(above)
        return paths

    def listed(self) -> int:
        """When the files were last listed, by the filesystem's own clock; 0: not since `stale`."""
        with self.lock:
            return self._now if self._listed is not None else 0

    def ignored(self, folders: Iterable[str]) -> frozenset[str]:
        """Those of the folders (or files) that the ignore files name; asked once until `stale`."""
        with self.lock:
            unknown = [name for name in folders if name not in self._ignored]
            named = git.ignored(self.root, unknown) if self.in_git and unknown else frozenset()
            self._ignored |= {name: name in named for name in unknown}
            return frozenset(name for name in folders if self._ignored[name])

    def now(self) -> int:
        """A time of the filesystem's own clock, in nanoseconds."""
        return self._tick()

    def ignored_files(self) -> tuple[str, ...]:
        """Every file that the ignore files leave out, caches and environments aside."""
        with self.lock:
            if self._left_out is None:
                found = git.ignored_files(self.root) if self.in_git else ()
                self._left_out = tuple(sorted(_kept(list(found))))
            return self._left_out

    def save(self) -> None:
        with self.lock:
            if self._digests is not None and self._write:
                self._digests.save(self._looked)

    def _look(self, path: str, now: int) -> Entry | None:
        if self.trusting is not None and self.trusting(path):
            return files.trusted(path if path.startswith("/") else f"{self.root}/{path}", now)
        return self._known().look(path, now)

    def _known(self) -> Digests:
        if self._digests is None:
            store = f"{self._state}/cache/digests"
            self._digests = Digests(self.root, store, sha256=self._sha256)
        return self._digests

    def _reshaped(self) -> None:
        self.shape += 1
        self._left_out = None
        self._listed = None

    def _stayed(self, path: str) -> bool:
        """Whether a file was there before, and is, and leads nowhere else."""
        before = self._looked.get(path)
        now = files.stat(path if path.startswith("/") else f"{self.root}/{path}")
        return before is not None and now is not None and files.plain(before.stat, now)

    def _in_git(self) -> bool:
        above = git.repository(self.root)
        if not above:
            return False
        if not which("git", os.environ.get("PATH", os.defpath)):
            self.warnings.append("git is not installed: every file here counts, ignored or not")
            return False
        # A project inside a folder that its repository ignores: git would list nothing.
        return above == self.root or not git.ignored(self.root, ["."])

    def _tick(self) -> int:
        # The filesystem's own clock, so that a skewed file server cannot fool us; where
        # nothing may be written, the machine's.
        if not self._write:
            return time.time_ns()
        marker = f"{self._state}/cache/tick"
        try:
            with open(marker, "wb", buffering=0) as file:
                file.write(b"\n")
                return min(os.fstat(file.fileno()).st_ctime_ns, time.time_ns())
        except OSError:
            return time.time_ns()

    def _list(self) -> tuple[str, ...]:
        found = list(self._git_list("")) if self.in_git else list(files.scan(self.root))
        return tuple(sorted(_kept(found)))

    def _git_list(self, below: str) -> list[str]:
        folder = f"{self.root}/{below}" if below else self.root
        try:
            listed = git.listed(folder)
        except LoopError as error:
            raise LoopError(error.message, "mend the repository, or move loops.yaml out") from error
        prefix = f"{below}/" if below else ""
        if not below:
            self._sha256 = listed.sha256
            self.nested = ()
            self.hidden = listed.hidden
        paths = [prefix + path for path in listed.paths]
        for name in listed.nested:
            inner = prefix + name
            if files.never(inner) or not os.path.lexists(f"{self.root}/{inner}/.git"):
                continue
            self.nested = (*self.nested, inner)
            paths += self._git_list(inner)
        return paths


def _kept(paths: list[str]) -> list[str]:
    never = files.never
    marks = ("pyvenv.cfg", "/pyvenv.cfg", "conda-meta/history")
    environments = tuple(
        path[: -len("pyvenv.cfg")] if path.endswith("cfg") else path[: -len("conda-meta/history")]
        for path in paths
        if path.endswith(marks)
    )
    inside = tuple(folder for folder in environments if folder)
    return [path for path in paths if not never(path) and not path.startswith(inside or "\0")]
