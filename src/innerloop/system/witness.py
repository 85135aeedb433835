"""The witness: notes, while a loop runs, what it runs from. It never keeps a walk from its end."""

from __future__ import annotations

import os
from threading import Lock, Thread
from typing import NamedTuple

from innerloop.core.errors import LoopError
from innerloop.core.fingerprint import gather
from innerloop.core.lineage import Lineage, Setting
from innerloop.core.text import listing
from innerloop.system import files, git, state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from innerloop.core.fingerprint import Proof
    from innerloop.core.model import Loop
    from innerloop.system.changes import Stand, Wanted
    from innerloop.system.ground import Ground

    Seen = tuple[Stand, tuple[files.Stat | None, ...]]
    """where the work tree stood, and the stat of each file that is to be kept"""

_PATIENCE = 30.0
_MOST_MOVED = 100
_LOOPS = "loops.yaml"
"""what a run is made again by, whether or not it is an input"""


class Sight(NamedTuple):
    """What stood there, as a loop began."""

    commit: str = ""
    branch: str = ""
    dirty: bool | None = None
    patch: str = ""
    note: str = ""


class Witness:
    """The witness of one walk."""

    def __init__(self, ground: Ground, again: str = "") -> None:
        self._ground = ground
        self._again = again
        self._lock = Lock()
        self._looks: dict[str, _Look] = {}
        self._latest: _Look | None = None
        self._given: _Given | None = None
        self._known: dict[Seen, str] = {}
        """the patches that were made in this walk"""
        self._moves: dict[str, tuple[tuple[str, ...], str]] = {}
        """inputs that were changed while a loop ran, and the digest of all of them then"""

    def begin(self, loop: Loop) -> None:
        """Look at what stands there now, while the loop is started."""
        with self._lock:
            if self._given is None:
                self._given = _Given(self._ground)
                self._given.start()
            epoch = self._ground.tree.epoch
            if self._latest is None or self._latest.epoch != epoch:
                self._latest = _Look(self._ground, epoch, self._known)
                self._latest.start()
            self._looks[loop.name] = self._latest

    def ended(
        self, loop: Loop, moved: tuple[str, ...], after: Mapping[str, files.Entry | None]
    ) -> None:
        """Take note of the inputs that were changed while it ran, and of what all are then."""
        digest = ""
        if moved:
            looked = ((path, after.get(path)) for path in self._ground.inputs.of(loop))
            digest = gather({path: entry.value for path, entry in looked if entry}).digest
        self._moves[loop.name] = (moved, digest)

    def said(self, run: str, proof: Proof) -> Lineage | None:
        """The lineage of a loop that has ended; None where none is noted."""
        loop, ingredients = proof.loop.name, proof.ingredients
        look = self._looks.get(loop)
        if look is None or self._given is None:
            return None
        sight = look.seen()
        before = ingredients.files.digest if ingredients.command else ""
        moved, after = self._moves.get(loop, ((), ""))
        return Lineage(
            run,
            loop,
            *sight,
            setting=self._given.seen(),
            inputs=before,
            after=after or before,
            files=len(ingredients.files.entries),
            moved=moved[:_MOST_MOVED],
            again=self._again,
        )


class _Look(Thread):
    """One look, in a thread of its own: git takes its time, and the loop need not wait for it."""

    def __init__(self, ground: Ground, epoch: int, known: dict[Seen, str]) -> None:
        super().__init__(daemon=True)
        self.epoch = epoch
        self._known = known
        self._ground = ground
        self._sight = Sight(note="git did not say in time where the work tree stood")

    def run(self) -> None:
        try:
            self._sight = _sight(self._ground, self._known)
        except (LoopError, OSError) as error:
            self._sight = Sight(note=f"git did not say where the work tree stood: {error}")

    def seen(self) -> Sight:
        self.join(_PATIENCE)
        return self._sight


class _Given(Thread):
    """Who runs it, and with what; asked once for a walk, beside everything else."""

    def __init__(self, ground: Ground) -> None:
        super().__init__(daemon=True)
        self._ground = ground
        self._setting = Setting(interpreter=ground.python.interpreter)

    def run(self) -> None:
        from innerloop.system.setting import setting  # noqa: PLC0415 - only for what is noted
        from innerloop.system.who import who  # noqa: PLC0415 - likewise

        ground = self._ground
        try:
            found = setting(ground.tree, ground.python.interpreter)
            self._setting = found._replace(who=ground.veil.text(who(ground.root)))
        except (LoopError, OSError):
            return  # without it the rest is known all the same

    def seen(self) -> Setting:
        self.join(_PATIENCE)
        return self._setting


def _sight(ground: Ground, known: dict[Seen, str]) -> Sight:
    if not ground.tree.in_git:
        return Sight()
    from innerloop.system.changes import stand  # noqa: PLC0415 - only for what is noted

    seen = stand(ground.root)
    notes = []
    if seen.apart:
        inside = listing(seen.apart, 3)
        notes.append(f"changes inside {inside} are not in the patch: a repository of its own")
    patch = ""
    try:
        patch = _patch(ground, seen, known)
    except (LoopError, OSError) as error:
        notes.append(f"there is no patch: {error}")
    dirty = seen.dirty or bool(patch)
    return Sight(seen.commit, seen.branch, dirty, patch, "; ".join(notes))


def _patch(ground: Ground, seen: Stand, known: dict[Seen, str]) -> str:
    """Keep what the work tree has beside its commit; the digest, empty where that is nothing."""
    top = git.repository(ground.root)
    prefix = f"{ground.root[len(top) + 1 :]}/" if ground.root != top else ""
    hidden = (path for path in ground.tree.hidden if os.path.lexists(f"{ground.root}/{path}"))
    also = tuple(f"{prefix}{path}" for path in hidden)
    if not seen.changed and not seen.untracked and not also:
        return ""
    from innerloop.system import changes, patches  # noqa: PLC0415 - only where there are any

    wanted = _wanted(ground, seen, prefix, also)
    paths = (*seen.changed, *also, *(path for path in seen.untracked if path in wanted.new))
    key = (seen, tuple(files.stat(f"{top}/{path}") for path in paths))
    if key in known:
        return known[key]
    scratch = patches.scratch(ground.state)
    try:
        found = changes.patch(top, seen, wanted, scratch)
    finally:
        state.remove(scratch)
    known[key] = patches.keep(ground.state, found) if found else ""
    return known[key]


def _wanted(ground: Ground, seen: Stand, prefix: str, also: tuple[str, ...]) -> Wanted:
    from innerloop.system.changes import Wanted, from_top  # noqa: PLC0415 - as above

    loops = ground.config.loops
    inputs = {path for loop in loops for path in ground.inputs.of(loop)} if seen.untracked else ()
    sampled = [ground.inputs.data(loop).values() for loop in loops if loop.data]
    data = {path for files_ in sampled for paths in files_ for path in paths}

    def value(path: str) -> str:
        if not path.startswith(prefix):
            return ""
        entry = ground.tree.look(path[len(prefix) :])
        return entry.value if entry else ""

    return Wanted(
        from_top((*inputs, _LOOPS), prefix),
        also,
        f"{prefix}{ground.config.env_file}" if ground.config.env_file else "",
        from_top(data, prefix),
        ground.veil.mask,
        value,
    )
