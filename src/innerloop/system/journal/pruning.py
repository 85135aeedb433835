"""Old runs: their files go, and who decided what, and what was live, stays."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress

from innerloop.core.lives import before

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.system.journal.book import Book

KEPT = 200
"""runs, the latest, whose files stay whatever their age"""
AGE = 30 * 86400.0
"""seconds for which files stay, however many runs there were"""
_MOST = 500
"""runs at a time"""
_FRESH = 86400.0
"""an artifact that was laid down so lately may be a run's that has not said so yet"""


def prune(book: Book) -> int:
    """Take away the files of runs that ended long ago; of how many that was.

    Of what is live, and of the version before it, everything stays. So do the rows of the journal:
    runs, attempts, answers and what was measured on. Only single samples of a monitor go.
    """
    old = _old(book)
    if not old:
        return 0
    marks = ", ".join("?" * len(old))
    with book.file.transaction() as db:
        db.execute(f"DELETE FROM sample WHERE run IN ({marks})", old)
    for run in old:
        shutil.rmtree(f"{book.room.folder}/runs/{run}", ignore_errors=True)
    for path in _unwanted(book, set(old)):
        with suppress(OSError):
            os.unlink(path)
    return len(old)


def _old(book: Book) -> tuple[str, ...]:
    """Runs that have files, and whose files nobody needs any more."""
    rows = book.file.rows(
        "SELECT id FROM run WHERE end != '' AND ended < ? "
        "AND seq <= (SELECT MAX(seq) FROM run) - ?",
        *(book.clock() - AGE, KEPT),
    )
    if not rows:
        return ()
    needed = set()
    for (place,) in book.file.rows("SELECT DISTINCT environment FROM live"):
        lives = book.live(str(place))
        last = before(lives, lives[-1].version)
        needed |= {one.run for one in (lives[-1], last) if one}
    there = set(_names(f"{book.room.folder}/runs"))
    return tuple(sorted({str(run) for (run,) in rows} & there - needed)[:_MOST])


def _unwanted(book: Book, old: set[str]) -> Iterator[str]:
    """Artifacts that no run needs any more."""
    # Of runs that were pruned before the rows are still there, and their folders are not.
    there = set(_names(f"{book.room.folder}/runs")) - old
    rows = book.file.rows("SELECT run, digest FROM kept")
    wanted = {digest for run, digest in rows if run in there}
    now = book.clock()
    for name in _names(f"{book.room.folder}/artifacts"):
        path = f"{book.room.folder}/artifacts/{name}"
        with suppress(OSError):
            if name not in wanted and os.stat(path).st_mtime < now - _FRESH:
                yield path


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
