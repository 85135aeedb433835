"""The files of a fingerprint, put together again from those that were looked at anew."""

from __future__ import annotations

from itertools import compress
from operator import is_not

from innerloop.core.fingerprint import Files, gathered, piece

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from innerloop.system.files import Entry

UNREADABLE = "unreadable"


class Gathered:
    """These paths with what each holds, and one digest for all of it."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        self.files = Files({}, "")
        self.epoch = -1
        """when it was last looked at, as the tree counts"""
        self.unreadable: dict[str, None] = {}
        """those of the paths that cannot be read"""
        self._paths = paths
        self._looked: Sequence[Entry | None] = ()
        self._pieces: list[str] = []

    def anew(self, looked: Sequence[Entry | None], epoch: int) -> None:
        """Gather these looks, one for each path: what is the very look of before is kept."""
        self.epoch = epoch
        if self._looked:
            moved = tuple(compress(range(len(looked)), map(is_not, looked, self._looked)))
        else:
            moved = tuple(range(len(looked)))
            self._pieces = [""] * len(looked)
        if moved or not self.files.digest:
            self._gather(looked, moved)

    def _gather(self, looked: Sequence[Entry | None], moved: tuple[int, ...]) -> None:
        old, self._looked = self.files.entries, looked
        changed: dict[str, str] = {}
        same = bool(self.files.digest)
        for index in moved:
            path, entry = self._paths[index], looked[index]
            text = piece(path, entry.value) if entry else ""
            if text != self._pieces[index]:
                self.unreadable.pop(path, None)
                if entry and entry.value.startswith(UNREADABLE):
                    self.unreadable[path] = None
                self._pieces[index] = text
                same = same and entry is not None and path in old
                changed[path] = entry.value if entry else ""
        if same and changed:
            self.files = gathered({**old, **changed}, self._pieces)
        elif not same:
            # One came or went: they have to stand in the order of their paths.
            every = zip(self._paths, looked, strict=True)
            entries = {path: entry.value for path, entry in every if entry}
            self.files = gathered(entries, self._pieces)
