"""What a run holds, renewed as long as we are there, however long what we do says nothing."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import ExitStack, closing, contextmanager, suppress

from innerloop.core.errors import LoopError
from innerloop.system.journal.book import Book

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.system.journal.place import Room

RENEWAL = 30.0
"""seconds after which it is said again that we are there"""


@contextmanager
def leased(room: Room, run: str) -> Iterator[None]:
    """Renew what the run holds, on a thread with a connection of its own, until this is left."""
    over = threading.Event()

    def renew() -> None:
        with ExitStack() as stack:
            book = None
            while not over.wait(RENEWAL):
                # What is wrong with the journal is told by whoever writes the next transition.
                with suppress(LoopError, OSError, sqlite3.Error):
                    # Whoever opens one looks all through it: that is done once, and not at first.
                    book = book or stack.enter_context(closing(Book(room)))
                    book.renew(run)

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
