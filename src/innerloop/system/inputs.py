"""Which files a loop's verdict depends on, and which are handed to its command."""

from __future__ import annotations

import os

from innerloop.core import pins
from innerloop.core.globs import matcher
from innerloop.core.judgement import BASELINE
from innerloop.core.snapshots import below, kept, owned, runs_pytest
from innerloop.core.text import plural
from innerloop.system import files, links
from innerloop.system.data import files as subsets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from innerloop.core.model import Glob, Loop
    from innerloop.core.sampling import Data
    from innerloop.system.tree import Tree


class Inputs:
    """The input files of the loops of one configuration."""

    def __init__(self, tree: Tree, loops: Sequence[Loop], baselines: str = "") -> None:
        self._tree = tree
        self._baselines = baselines
        self._loops = {loop.name: loop for loop in loops}
        self._matched: dict[tuple[object, ...], tuple[str, ...]] = {}
        """what was found of each question, while the same files are there"""
        self._shape = -1
        self._listed: dict[tuple[Glob, ...], tuple[str, ...]] = {}
        """what each patterns choose of the tree's own list"""
        self._of: tuple[str, ...] | None = None
        self._vast: set[str] = set()

    def every(self, loop: Loop) -> tuple[str, ...]:
        """Every input that is there now, data included, in order."""
        paths = self.of(loop)
        if not loop.data:
            return paths
        mine = tuple(path for found in self.data(loop).values() for path in found)
        return self._once(("every", paths, mine), lambda: tuple(sorted({*paths, *mine})))

    def data(self, loop: Loop) -> Mapping[str, tuple[str, ...]]:
        """The files of each of its data subsets that are there now, in order."""
        return {one.name: self._of_data(loop, one) for one in loop.data}

    def _of_data(self, loop: Loop, one: Data) -> tuple[str, ...]:
        key = ("data", loop.cwd, one.path)
        return self._once(key, lambda: subsets.found(self._tree, loop, one, self._below))

    def of(self, loop: Loop) -> tuple[str, ...]:
        """Every input that is there now and no data of its own, in order."""
        everything = loop.inputs is None
        found = self._everything(loop) if everything else self._chosen(loop.inputs or ())
        if loop.files:
            found = tuple(sorted({*found, *self._chosen(loop.files)}))
        if loop.cases and loop.cases not in found and self._tree.look(loop.cases):
            found = tuple(sorted({*found, loop.cases}))
        if not everything and runs_pytest(loop.run):
            found = self._with_accepted(loop.cwd, found)
        found = self._unpinned(loop, found)
        found = self._without(loop, self._once(("through", found), lambda: self._through(found)))
        if not loop.data:
            return found
        mine = frozenset(path for paths in self.data(loop).values() for path in paths)
        return self._once(("less", found, mine), lambda: tuple(p for p in found if p not in mine))

    def chosen(self, globs: tuple[Glob, ...]) -> tuple[str, ...]:
        """The files that patterns choose, as those of a loop do: ignored ones only where named."""
        return tuple(path for path in self._chosen(globs) if not files.never(path))

    def vast(self, loop: Loop) -> str:
        """A link among its inputs that leads to more files than can be read; or nothing."""
        globs = (*(loop.inputs or ()), *loop.files)
        if not self._vast:
            return ""
        named = (*self.of(loop), *(glob.folder for glob in globs))
        return next((path for path in named if path in self._vast), "")

    def handed(self, loop: Loop) -> tuple[str, ...]:
        """The files its command may be handed."""
        return self._without(loop, self._chosen(loop.files))

    def outputs(self, loop: Loop) -> tuple[str, ...]:
        """The files its `outputs` name that are there now, ignored or not."""
        return self._below(loop.outputs) if loop.outputs else ()

    def touched(self, loop: Loop, paths: Iterable[str]) -> bool:
        """Whether any of these paths, present or deleted, would be an input."""
        chosen = matcher(loop.inputs) if loop.inputs is not None else None
        handed = matcher(loop.files) if loop.files else None
        left = matcher(loop.ignore) if loop.ignore else None
        paths = tuple(paths)
        if not set(paths).isdisjoint(self.beside(loop)):
            return True
        paths = self._unpinned(loop, paths)
        mine = subsets.chosen(loop)
        compares = runs_pytest(loop.run)
        return any(
            (mine is not None and mine(path))
            or (
                (
                    chosen is None
                    or chosen(path)
                    or (handed is not None and handed(path))
                    or (compares and kept(path) and below(path, loop.cwd))
                )
                and not files.never(path)
                and not (left and left(path))
            )
            for path in paths
        )

    def beside(self, loop: Loop) -> tuple[str, ...]:
        """What its gates look at, there or not, though its command does not."""
        if not any(gate.no_worse_than == BASELINE for gate in loop.gate):
            return ()
        return (pins.place(self._baselines, loop.name),)

    def unmatched(self, loop: Loop) -> tuple[str, ...]:
        """What is to be said of each pattern somebody wrote that matches nothing now."""
        written = (*(loop.inputs or ()) * (not loop.default_inputs), *loop.files)
        lost = [one for one in loop.data if not self.data(loop)[one.name]]
        idle = [glob for glob in written if glob.include and not self._chosen((glob,))]
        return (
            *(f"{glob.text!r} matches no file{self._but(glob)}" for glob in idle),
            *(f"data {one.name}: there is no {one.path}" for one in lost),
        )

    def _but(self, glob: Glob) -> str:
        match = matcher((glob,))
        count = sum(1 for path in self._tree.ignored_files() if match(path))
        if not count:
            return ""
        return f" that counts: git ignores {plural(count, 'file')} it would match, so name each"

    def _with_accepted(self, cwd: str, paths: tuple[str, ...]) -> tuple[str, ...]:
        """With the snapshots that these tests compare with, whether or not a pattern names them.

        snappylapy keeps them in the folder where pytest is started, where nobody thinks of them.
        """
        there = self._once(("kept",), lambda: tuple(filter(kept, self._tree.paths())))
        if not there:
            return paths
        key = ("accepted", cwd, paths)
        return self._once(key, lambda: tuple(sorted({*paths, *owned(there, cwd, paths)})))

    def _through(self, paths: tuple[str, ...]) -> tuple[str, ...]:
        """With what lies behind those of them that are links to folders."""
        behind: set[str] = set()
        for path, entry in zip(paths, self._tree.looks(paths), strict=True):
            if entry is not None and files.link(entry.stat):
                behind.update(self._behind(path))
        return tuple(sorted({*paths, *behind})) if behind else paths

    def _behind(self, folder: str) -> tuple[str, ...]:
        found = links.through(self._tree, folder)
        if found is None:
            self._vast.add(folder)
        return found or ()

    def _without(self, loop: Loop, paths: tuple[str, ...]) -> tuple[str, ...]:
        if not loop.ignore and not loop.outputs:
            return paths
        key = (loop.ignore, loop.outputs, paths)
        return self._once(key, lambda: _without(loop, paths))

    def _everything(self, loop: Loop) -> tuple[str, ...]:
        written: set[str] = set()
        for name in self._upstream(loop):
            written.update(self.outputs(self._loops[name]))
        paths = self._tree.paths()
        return tuple(sorted({*paths, *written})) if written else paths

    def _unpinned(self, loop: Loop, paths: tuple[str, ...]) -> tuple[str, ...]:
        """Without pinned baselines: a gate looks at its own, and no command at any."""
        if not self._baselines or self._wants(loop):
            return paths
        head = f"{self._baselines}/"
        kept = tuple(path for path in paths if not path.startswith(head))
        return paths if len(kept) == len(paths) else kept

    def _wants(self, loop: Loop) -> bool:
        """Whether a pattern names the folder of baselines, or something in it."""
        globs = (*(loop.inputs or ()), *loop.files)
        named = (name for glob in globs if glob.include for name in (glob.folder, glob.literal))
        return any(f"{name}/".startswith(f"{self._baselines}/") for name in named if name)

    def _upstream(self, loop: Loop) -> list[str]:
        seen: dict[str, None] = {}
        queue = list(loop.after)
        while queue:
            name = queue.pop()
            if name not in seen:
                seen[name] = None
                queue += self._loops[name].after
        return list(seen)

    def _chosen(self, globs: tuple[Glob, ...]) -> tuple[str, ...]:
        return self._once(globs, lambda: self._choose(globs))

    def _choose(self, globs: tuple[Glob, ...]) -> tuple[str, ...]:
        match = matcher(globs)
        listed = self._tree.paths()
        if globs not in self._listed:
            self._listed[globs] = tuple(path for path in listed if match(path))
        found = self._listed[globs]
        more = {path for path in self._unlisted(globs) if match(path)}
        for loop in self._loops.values():
            if loop.outputs:
                more.update(path for path in self.outputs(loop) if match(path))
        return tuple(sorted({*found, *more})) if more else found

    def _unlisted(self, globs: tuple[Glob, ...]) -> list[str]:
        """Ignored files that count: named literally, or below a fixed folder that is ignored."""
        root = self._tree.root
        found: list[str] = []
        named = [glob.literal for glob in globs if glob.include and glob.literal]
        for path in named:
            found += self._spread(path)
        leading = {glob.folder for glob in globs if glob.include and glob.folder}
        there = [folder for folder in sorted(leading) if os.path.isdir(f"{root}/{folder}")]
        for folder in leading.difference(there):
            self._tree.rests(folder)
        for folder in self._tree.ignored(there):
            found += self._tree.scan(folder)
        for folder in there:
            found += self._behind(folder)
        return found

    def _spread(self, path: str) -> list[str]:
        place = f"{self._tree.root}/{path}"
        if files.never(path) or not os.path.lexists(place):
            return []
        if os.path.isdir(place) and not os.path.islink(place):
            # Without git everything is listed already; a folder that is not ignored likewise.
            return self._tree.scan(path) if self._tree.ignored([path]) else []
        return [path]

    def _below(self, globs: tuple[Glob, ...]) -> tuple[str, ...]:
        return self._once(("below", globs), lambda: self._walk(globs))

    def _walk(self, globs: tuple[Glob, ...]) -> tuple[str, ...]:
        match = matcher(globs)
        found: set[str] = set()
        for glob in globs:
            if glob.include and glob.literal:
                place = f"{self._tree.root}/{glob.literal}"
                if os.path.isdir(place):
                    found.update(self._tree.scan(glob.literal))
                elif os.path.lexists(place):
                    found.add(glob.literal)
            elif glob.include:
                found.update(p for p in self._tree.scan(glob.folder) if match(p))
        return tuple(sorted(path for path in found if match(path)))

    def _once(
        self, key: tuple[object, ...], make: Callable[[], tuple[str, ...]]
    ) -> tuple[str, ...]:
        with self._tree.lock:
            listed = self._tree.paths()
            if listed is not self._of:
                self._listed.clear()
                self._of = listed
            if self._shape != self._tree.shape:
                self._matched.clear()
                self._vast.clear()
                self._shape = self._tree.shape
            if key not in self._matched:
                self._matched[key] = make()
            return self._matched[key]


def _without(loop: Loop, paths: tuple[str, ...]) -> tuple[str, ...]:
    left = matcher((*loop.ignore, *loop.outputs))
    return tuple(path for path in paths if not left(path))


def from_folder(paths: Iterable[str], folder: str) -> tuple[str, ...]:
    """Paths from the root as `./path` from a folder of it, so that none looks like an option."""
    if not folder:
        return tuple(f"./{path}" for path in paths)
    relative = (os.path.relpath(path, folder) for path in paths)
    return tuple(path if path.startswith("../") else f"./{path}" for path in relative)
