"""loop outer, and loop outer resume: a run begun, or carried on from where it stands."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import ExitStack, closing
from typing import NamedTuple

from innerloop.cli import beforehand, built, unbegun
from innerloop.cli.tickets import made, picked
from innerloop.cli.wiring import caution, log_reader, project, streams, view
from innerloop.cli.worksite import Worksite
from innerloop.core.book import plan_digest
from innerloop.core.errors import ExitCode, LoopError
from innerloop.core.events import WalkFinished
from innerloop.core.hands import Means
from innerloop.core.happenings import OuterFinished, OuterRested, OuterStopped, StageSettled
from innerloop.core.outer import BACK
from innerloop.core.stages import End
from innerloop.core.states import TABLE, Heard, State
from innerloop.core.variables import forge as whose
from innerloop.engine.cancel import Cancel
from innerloop.engine.course import Beaten
from innerloop.engine.outer import outer
from innerloop.system import findings
from innerloop.system.forge import Forge
from innerloop.system.journal import pages
from innerloop.system.journal.book import Book
from innerloop.system.journal.lease import leased
from innerloop.system.journal.locks import Fenced
from innerloop.system.journal.place import room
from innerloop.system.journal.pruning import prune
from innerloop.system.launch import Launch
from innerloop.system.signals import code, signals
from innerloop.system.watchdog import Watchdog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from innerloop.cli.wiring import Project
    from innerloop.core.book import Ticket
    from innerloop.core.events import Event
    from innerloop.core.happenings import Happening
    from innerloop.views.streams import Streams

_CODES = {
    End.PASSED: ExitCode.OK,
    End.FAILED: ExitCode.FAILED,
    End.SENT_BACK: ExitCode.FAILED,
    End.SUPERSEDED: ExitCode.FAILED,
    End.ROLLED_BACK: ExitCode.ROLLED_BACK,
    End.ROLLBACK_FAILED: ExitCode.ROLLBACK_FAILED,
}


CIS = frozenset({"github", "gitlab"})
"""whose own view of a walk there is"""


class Flags(NamedTuple):
    """What the command line said."""

    name: str = ""
    first: str = ""
    until: str = ""
    only: str = ""
    yes: bool = False
    allow_older: bool = False
    waiting_exit: int = ExitCode.WAITING
    form: str = ""
    relay: str = ""
    """the folder in which jobs hand on what they proved; empty: this is no job of many"""
    recall: bool = False
    once: bool = False
    """of a monitor: as few samples as say anything, whatever was deployed when"""
    junit: str = ""


def go(flags: Flags) -> int:
    """Begin a run, and carry it as far as it goes."""
    with project(write=True) as found, closing(Book(room(found.root))) as book:
        caution(found)
        one = picked(found.ground.config, flags.name)
        ticket = made(found, book, one, flags)
        kept = built.before(found.root, book, ticket)
        beforehand.warn(found.root, book, ticket)
        if not beforehand.deploys(ticket, yes=flags.yes):
            return ExitCode.INTERRUPTED
        ticket = book.open(ticket, kept)
        return carry(found, book, ticket, flags, resumed=False)


def resume(run: str, flags: Flags, *, replan: bool = False) -> int:
    """Carry a run on from where the journal says it stands; by the plan of now with `replan`."""
    with project(write=True) as found, closing(Book(room(found.root))) as book:
        caution(found)
        ticket = unended(chosen(book, run))
        unbegun.refuse(book, ticket)
        if replan:
            ticket = _replanned(found, book, ticket, flags)
        elif changed := _reconfigured(found, ticket):
            print(f"loops.yaml has changed: {changed}", file=sys.stderr)
        if flags.allow_older and not ticket.allow_older:
            book.allow_older(ticket)
            ticket = ticket._replace(allow_older=True)
        return carry(found, book, ticket, flags, resumed=True)


def chosen(book: Book, run: str) -> Ticket:
    """The run of that id; without one, the latest that is open."""
    if run:
        return pages.found(book.file, run).ticket
    runs = pages.open_runs(book.file)
    if not runs:
        raise LoopError("no run is open", "loop outer begins one")
    return runs[0]


def unended(ticket: Ticket) -> Ticket:
    """The same, where it has not ended."""
    if ticket.end:
        raise LoopError(f"run {ticket.id} has ended: {ticket.end}", "loop outer begins another")
    return ticket


def _reconfigured(found: Project, ticket: Ticket) -> str:
    """Whether the plan of the run is no longer what loops.yaml says."""
    if ticket.outer.name == BACK:
        return ""
    now = {one.name: one for one in found.ground.config.outers}.get(ticket.outer.name)
    if now and plan_digest(now, found.ground.config.environments) == ticket.plan:
        return ""
    return f"run {ticket.id} goes on as it was planned; by the new plan: loop outer resume --replan"


def _replanned(found: Project, book: Book, ticket: Ticket, flags: Flags) -> Ticket:
    from innerloop.cli.replanning import replanned  # noqa: PLC0415 - rarely

    with Launch(book.room).alone(ticket.id):
        # While nobody had it, it may have come to its end.
        ticket = unended(pages.found(book.file, ticket.id).ticket)
        made = replanned(found, book, ticket, flags)
    said = "has a new plan" if made != ticket else "has the plan of loops.yaml already"
    print(f"run {ticket.id} {said}", file=sys.stderr)
    return made


def carry(found: Project, book: Book, ticket: Ticket, flags: Flags, *, resumed: bool) -> int:
    """Carry a run on; the exit code."""
    launcher = Launch(book.room)
    release = launcher.hold(ticket.id)
    if release is None:
        print(f"run {ticket.id} is carried out by another process", file=sys.stderr)
        return flags.waiting_exit
    cancel = Cancel()
    bell = threading.Event()
    cancel.attach(bell.set)
    with ExitStack() as stack:
        stack.callback(release)
        stack.callback(unbegun.drop, book, ticket)
        if resumed or ticket.outer.name == BACK:
            # While nobody had it, it may have been given another plan, or have ended.
            ticket = unended(pages.found(book.file, ticket.id).ticket)
        show = _view(found, flags)
        stack.enter_context(signals(cancel))
        stack.enter_context(leased(book.room, ticket.id))
        dog = stack.enter_context(Watchdog(found.ground.session))
        stack.enter_context(closing(show))
        site = Worksite(found, book, dog, ticket.id)
        means = Means(book, launcher, site, Forge(found.root), bell.wait)
        ended: int = ExitCode.BUG
        try:
            events = outer(ticket, means, cancel, resumed=resumed)
            for happening in stack.enter_context(closing(events)):
                happened = found.ground.veil.over(happening)
                _mended(found, ticket, happened)
                ended = _code(happened, ended, flags, ticket)
                if isinstance(happened, OuterRested | OuterStopped) and (
                    unbegun.unbegun(book, ticket)
                ):
                    continue  # what is said of it tells how to carry it on
                show(happened)
                if isinstance(happened, OuterFinished):
                    _pruned(book)
        except (Fenced, Beaten) as error:
            if isinstance(error, Fenced):
                fenced(book, ticket, error)
            print(f"error: {error.message}\n  {error.hint}", file=sys.stderr)
            return ExitCode.UNDECIDED
    return ended


def _pruned(book: Book) -> None:
    """Tidy up: whatever comes of that, the run has come to its end."""
    try:
        prune(book)
    except LoopError as error:
        print(f"warning: old runs were not tidied up: {error.message}", file=sys.stderr)


def fenced(book: Book, ticket: Ticket, error: Fenced) -> None:
    """What the run has not settled by now is not its to settle any more."""
    begun = book.record(ticket.id).begun()
    left = tuple(one for one in begun if Heard.GIVEN_UP in TABLE[one.state])
    book.give_up(ticket, left, End.SUPERSEDED, error.message)


def _mended(found: Project, ticket: Ticket, happening: Happening) -> None:
    """A stage that passes has nothing to send back any more."""
    if isinstance(happening, StageSettled) and happening.state is State.PASSED:
        name, stage = ticket.outer.name, happening.stage
        findings.clear(
            found.root,
            lambda one: (one.outer, one.stage) == (name, stage) and one.at < happening.at,
        )


def _code(happening: Happening, before: int, flags: Flags, ticket: Ticket) -> int:
    match happening:
        case OuterFinished(end=End.FAILED) if ticket.outer.name == BACK:
            return ExitCode.ROLLBACK_FAILED
        case OuterFinished(end=end):
            return _CODES[end]
        case OuterRested(doubtful=doubtful):
            return ExitCode.UNDECIDED if doubtful else flags.waiting_exit
        case OuterStopped(reason=reason):
            return code(reason)
    return before


if TYPE_CHECKING:
    from typing import Protocol

    class Show(Protocol):
        """What is shown while it happens."""

        def __call__(self, happening: Happening) -> None: ...
        def close(self) -> None: ...


def _view(found: Project, flags: Flags) -> Show:
    shown = streams()
    form = flags.form or whose(os.environ)
    if form == "jsonl":
        from innerloop.views.stage_lines import Lines  # noqa: PLC0415 - json takes 6 ms

        return Lines(shown)
    if form not in {"", "plain", "live", "github", "gitlab", "agent"}:
        raise LoopError(f"there is no format called {form!r}", "plain, jsonl, github or gitlab")
    from innerloop.views.stages import Stages  # noqa: PLC0415 - one view a run

    walked = _walks(form if flags.relay else "", shown, found, flags.junit)
    read = _reader(log_reader(""))
    return Stages(shown, read, walked, form=form, token=lambda: os.urandom(16).hex())


def _walks(form: str, shown: Streams, found: Project, junit: str) -> Callable[[Event], None]:
    """What is shown of the inner loops, and written of them for a CI."""
    from innerloop.cli import reports  # noqa: PLC0415 - not for programs

    log = log_reader(found.root)
    one = reports.ci(form, shown, found, log) if form in CIS else view("plain", shown, found.root)
    write = reports.junit(found, junit, log) if junit else None

    def show(event: Event) -> None:
        one(event)
        if write and isinstance(event, WalkFinished):
            write(event.run)

    return show


def _reader(read: Callable[[str], str]) -> Callable[[str], str]:
    """How a log is read by its whole path."""
    return lambda path: read(path.lstrip("/"))
