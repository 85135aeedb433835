"""Digests remembered between walks: a file untouched since is not read again."""

from __future__ import annotations

from contextlib import suppress

from innerloop.core.sealed import opened, seal
from innerloop.system import state
from innerloop.system.files import Entry, Stat, link, read, settled, stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

_SPARE = 5_000
_MAGIC = b"innerloop digests 1\n"


class Digests:
    """A memory of what files held. Losing it costs time, never truth."""

    def __init__(self, root: str, store: str, *, sha256: bool = False) -> None:
        self.root = root
        self.sha256 = sha256
        self._store = store
        self._known = _load(store, sha256=sha256)
        self._fresh = False

    def look(self, path: str, now: int) -> Entry | None:
        """The file at `path` (from the root, or absolute); None where there is none.

        `now` is a time of the same filesystem, taken before the call, in nanoseconds.
        """
        place = path if path.startswith("/") else f"{self.root}/{path}"
        found = stat(place)
        if found is None:
            return None
        known = self._known.get(path)
        followed = link(found)
        if known is not None and known[0] == found and not followed:
            return Entry(found, known[1], settled=True)
        value = read(place, found, sha256=self.sha256)
        ripe = settled(found, now) and not followed and stat(place) == found
        if ripe:
            self._known[path] = (tuple(found), value)
            self._fresh = True
        return Entry(found, value, ripe)

    def save(self, used: Container[str]) -> None:
        """Keep what was learned. Concurrent walks may lose each other's: it is only time.

        Where much more is known than was `used` now, only that is kept.
        """
        if not self._fresh:
            return
        kept = {path: known for path, known in self._known.items() if path in used}
        if len(self._known) > _SPARE + 2 * len(kept):
            self._known = kept
        with suppress(OSError):
            state.put(self._store, seal(_MAGIC, (self.sha256, self._known)))
        self._fresh = False


Known = dict[str, tuple[tuple[int, ...] | Stat, str]]


def _load(store: str, *, sha256: bool) -> Known:
    try:
        with open(store, "rb") as file:
            raw = file.read()
    except OSError:
        return {}
    found = opened(_MAGIC, raw)
    fits = len(found) == 2 and found[0] == sha256 and isinstance(found[1], dict)  # noqa: PLR2004
    return found[1] if fits else {}
