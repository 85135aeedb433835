"""What a run is begun with: which outer loop, of what, and which of its stages."""

from __future__ import annotations

import os
import secrets
import time
from fnmatch import fnmatchcase

from innerloop.cli import unproven
from innerloop.cli.unchanged import unchanged
from innerloop.cli.worksite import outputs
from innerloop.core.book import Ticket, plan_digest
from innerloop.core.errors import LoopError
from innerloop.core.outer import Deploy
from innerloop.core.stages import End, askers
from innerloop.core.text import alternatives, listing
from innerloop.core.variables import unattended
from innerloop.system import standpoint
from innerloop.system.ancestry import Age, age
from innerloop.system.journal import pages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.cli.outer_run import Flags
    from innerloop.cli.wiring import Project
    from innerloop.core.model import Config
    from innerloop.core.outer import Outer, Stage
    from innerloop.system.journal.book import Book
    from innerloop.system.standpoint import Standpoint

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
_SHORT = 12


def picked(config: Config, name: str) -> Outer:
    """The outer loop of that name; without one, the first."""
    names = [one.name for one in config.outers]
    if not names:
        raise LoopError("loops.yaml has no outer loop", "give it one under 'outer'")
    if not name:
        return config.outers[0]
    for one in config.outers:
        if one.name == name:
            return one
    raise LoopError(f"there is no outer loop called {name!r}", alternatives(name, names))


def number() -> str:
    """A new run's id: later ones sort behind it, and no other history ever has it."""
    value = int(time.time() * 1000)
    digits = ""
    while value:
        value, digit = divmod(value, 32)
        digits = _DIGITS[digit] + digits
    return digits + "".join(secrets.choice(_DIGITS) for _ in range(4))


def made(found: Project, book: Book, outer: Outer, flags: Flags) -> Ticket:
    """The ticket of a new run; LoopError where it may not begin."""
    ground = found.ground
    here = standpoint.standpoint(ground, outputs(outer))
    unnamed = here.dirty or not here.commit
    content = standpoint.content(ground, outputs(outer)) if unnamed else ""
    environments = ground.config.environments
    ticket = Ticket(
        id=number(),
        seq=0,
        outer=outer,
        environments=environments,
        plan=plan_digest(outer, environments),
        commit=here.commit,
        branch=here.branch,
        dirty=here.dirty,
        content=content,
        version=_version(here, content),
        author=standpoint.author(found.root) if here.commit else "",
        began=time.time(),
        ci=unattended(os.environ),
        allow_older=flags.allow_older,
    )
    left = chosen(outer, flags) | _elsewhere(found, book, ticket, flags)
    if not flags.relay:
        gated(ticket, left)
        unproven.refuse(book, ticket, left)
    _clean(ticket, here, left)
    if not (flags.relay or flags.allow_older):
        _forward(found, book, ticket, left)
    parent = pages.latest(book.file, outer.name)
    back = parent is not None and flags.first and parent.end is End.SENT_BACK
    return ticket._replace(left=tuple(left.items()), parent=parent.id if parent and back else "")


def _version(here: Standpoint, content: str) -> str:
    if not here.commit:
        return content[:_SHORT]
    return f"{here.commit}-{content[:_SHORT]}" if here.dirty else here.commit


def chosen(outer: Outer, flags: Flags) -> dict[str, str]:
    """Stages that the command line leaves out, and why."""
    names = [stage.name for stage in outer.stages]
    for name in filter(None, (flags.first, flags.until, flags.only)):
        if name not in names:
            said = f"there is no stage called {name!r} in {outer.name!r}"
            raise LoopError(said, alternatives(name, names))
    first, last = flags.first or names[0], flags.until or names[-1]
    if names.index(first) > names.index(last):
        said = f"--from {first} comes after --until {last}: nothing is between them"
        raise LoopError(said, f"the order is: {listing(names)}")
    left: dict[str, str] = {}
    for at, name in enumerate(names):
        if flags.only and name != flags.only:
            left[name] = f"--only {flags.only}"
        elif flags.until and at > names.index(flags.until):
            left[name] = f"--until {flags.until}"
        elif flags.first and at < names.index(flags.first):
            left[name] = f"--from {flags.first}"
    return left


def _elsewhere(found: Project, book: Book, ticket: Ticket, flags: Flags) -> dict[str, str]:
    """Stages that are not for here, or have nothing to do, and why."""
    left = {}
    for stage in ticket.outer.stages:
        why = _not(ticket, stage)
        # Who names a stage wants it done, whatever has changed.
        if not why and stage.name not in {flags.first, flags.only}:
            why = unchanged(found.root, book, ticket, stage)
        if why:
            left[stage.name] = why
    return left


def _not(ticket: Ticket, stage: Stage) -> str:
    only = stage.only
    if only.branch and not any(fnmatchcase(ticket.branch, one) for one in only.branch):
        return f"only on {listing(only.branch)}, this is {ticket.branch or 'no branch'}"
    if only.ci is not None and only.ci != ticket.ci:
        return "only in CI" if only.ci else "never in CI"
    return ""


def gated(ticket: Ticket, left: dict[str, str]) -> None:
    """An answer that a deploy waits for is not to be left out by a flag."""
    for stage in ticket.outer.stages:
        if stage.name in left or not isinstance(stage.doing, Deploy):
            continue
        skipped = [s.name for s in askers(ticket.outer, stage) if s.name in left]
        if skipped:
            raise LoopError(
                f"{stage.name} deploys, and {listing(skipped)} would be left out",
                f"begin at {skipped[0]}, or before it; a job for each stage needs --relay",
            )


def _clean(ticket: Ticket, here: Standpoint, left: dict[str, str]) -> None:
    """What is deployed is what is committed, unless its environment takes anything."""
    if not here.in_git or not here.dirty:
        return
    for stage in ticket.outer.stages:
        if stage.name in left or not isinstance(stage.doing, Deploy):
            continue
        if not ticket.environment(stage.environment).dirty:
            raise LoopError(
                f"{listing(here.changed, 3)}: not committed, and {stage.name} deploys",
                f"commit it, or give environment {stage.environment!r} 'dirty: true'",
            )


def _forward(found: Project, book: Book, ticket: Ticket, left: dict[str, str]) -> None:
    """What is older than what is live is not deployed over it by mistake."""
    for stage in ticket.outer.stages:
        lives = book.live(stage.environment) if isinstance(stage.doing, Deploy) else ()
        if stage.name in left or not lives:
            continue
        live = lives[-1].version.partition("-")[0]
        if age(found.root, ticket.commit, live) is not Age.OLDER:
            continue
        ours = ticket.commit[:_SHORT]
        raise LoopError(
            f"{stage.environment} has {live[:_SHORT]}, which is newer than {ours}",
            f"--allow-older deploys it all the same; loop outer rollback {stage.environment} "
            "goes back to what was live",
        )
