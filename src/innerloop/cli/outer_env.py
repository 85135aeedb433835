"""loop outer unlock: an environment taken from a run that is gone."""

from __future__ import annotations

from contextlib import closing, contextmanager, nullcontext

from innerloop.cli.wiring import project, streams
from innerloop.core.errors import ExitCode, LoopError
from innerloop.core.hands import Alive, Orphan
from innerloop.core.states import ACTING
from innerloop.core.text import alternatives
from innerloop.system import standpoint
from innerloop.system.journal import pages
from innerloop.system.journal.book import Book
from innerloop.system.journal.place import room
from innerloop.system.launch import Launch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.core.book import Record
    from innerloop.core.model import Config
    from innerloop.core.outer import Environment


def environment(config: Config, name: str) -> Environment:
    """The environment of that name."""
    known = {one.name: one for one in config.environments}
    if name in known:
        return known[name]
    raise LoopError(f"there is no environment called {name!r}", alternatives(name, known))


def unlock(name: str, run: str, *, force: bool) -> int:
    """Take an environment from a run that is gone; with `force`, from one that is at work too."""
    with project(write=True) as found, closing(Book(room(found.root))) as book:
        place = environment(found.ground.config, name)
        record = pages.found(book.file, run)
        with nullcontext() if force else _gone(book, record):
            who = standpoint.identity(found.root)
            if not book.unlock(place, record.ticket.id, who):
                said = f"run {record.ticket.id} does not hold {name!r}"
                raise LoopError(said, "loop outer status")
    streams().out(f"{name} is free; run {record.ticket.id} can write nothing more about it")
    return ExitCode.OK


@contextmanager
def _gone(book: Book, record: Record) -> Iterator[None]:
    """Have a run of which nothing is at work for oneself; LoopError where something is."""
    launch = Launch(book.room)
    hint = "end that first; --force takes it away all the same"
    run = record.ticket.id
    release = launch.hold(run)
    if release is None:
        raise LoopError(f"run {run} is not gone: a process carries it out", hint)
    try:
        for one in record.attempts:
            if one.state in ACTING and isinstance(launch.look(one), Alive | Orphan):
                said = f"the command of {one.stage} still runs"
                raise LoopError(f"run {run} is not gone: {said}", hint)
        yield
    finally:
        release()
