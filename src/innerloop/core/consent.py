"""Whether people have said yes: who may, how many must, and whose word is vouched for."""

from __future__ import annotations

import re
from typing import NamedTuple

from innerloop.core.digest import blake
from innerloop.core.outer import Approve, Deploy, When
from innerloop.core.stages import askers, guarded, unasked
from innerloop.core.states import Heard, State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from innerloop.core.book import Answer, Record, Ticket
    from innerloop.core.outer import Environment, Stage

_NAMED = re.compile(r"(.*?)\s*<([^<>@]*)(@[^<>]*)?>(?:\s*\((.*)\))?")

_NUMBERED = re.compile(r"\d+[+-](.+)")
"""a forge's own address of somebody: `123+login@users.noreply.github.com`"""


class Consent(NamedTuple):
    """What the answers come to; None: they do not suffice yet."""

    heard: Heard | None
    why: str


class Barred(NamedTuple):
    """What a deploy lacks."""

    asker: str
    """the stage whose answer it is; empty: there is none"""
    why: str


def aliases(who: str) -> frozenset[str]:
    """Every name that somebody answers to: `Ada <ada@example.org> (login)`."""
    found = _NAMED.fullmatch(who)
    if not found:
        return frozenset({who.lower()})
    name, user, host, login = found.groups("")
    numbered = _NUMBERED.fullmatch(user) if host.lower().startswith("@users.noreply.") else None
    said = (name, user, f"{user}{host}", login, who, numbered[1] if numbered else "")
    return frozenset(one.lower() for one in said if one)


def people(names: Iterable[str]) -> int:
    """How many they are at least: whoever shares a name with another is the same."""
    apart: list[frozenset[str]] = []
    for known in map(aliases, names):
        same = [one for one in apart if not known.isdisjoint(one)]
        apart = [one for one in apart if one not in same]
        apart.append(known.union(*same))
    return len(apart)


def _meant(name: str) -> str:
    """The name that `by` says, alone: of `Ada <ada@example.org>` the address."""
    found = _NAMED.fullmatch(name)
    return (f"{found[2]}{found[3]}" if found and found[3] else name).lower()


def may(approve: Approve, who: str, author: str) -> str:
    """Why somebody may not answer; empty where they may."""
    known = aliases(who)
    if approve.by and known.isdisjoint(map(_meant, approve.by)):
        return f"{who} is not among those who may answer: {', '.join(approve.by)}"
    if approve.not_author and not known.isdisjoint(aliases(author)):
        return f"{who} is the author of the commit, who may not answer"
    return ""


def strict(environment: Environment | None) -> bool:
    """Whether only what the forge vouches for lets anything be deployed there."""
    return bool(environment and environment.protected and not environment.allow_unverified)


def strictly(ticket: Ticket, stage: Stage) -> tuple[str, ...]:
    """The environments behind a stage that asks to which no unverified yes lets be deployed."""
    names = guarded(ticket.outer, stage)
    return tuple(name for name in names if strict(ticket.environment(name)))


def consent(approve: Approve, answers: Iterable[Answer], author: str, *, verified: bool) -> Consent:
    """What the answers to one subject come to. `verified`: only those the forge vouches for."""
    counted = [one for one in answers if not may(approve, one.who, author)]
    for one in counted:
        if not one.yes:
            return Consent(Heard.DENIED, f"{one.who}: {one.note}" if one.note else one.who)
    yes = [one for one in counted if one.verified or not verified]
    many = people(one.who for one in yes)
    if many < approve.needed:
        lacking = " that the forge vouches for" if verified and len(counted) > len(yes) else ""
        return Consent(None, f"{many} of {approve.needed}{lacking}")
    doubt = "" if all(one.verified for one in yes) else " (not verified)"
    return Consent(Heard.GRANTED, f"by {', '.join(one.who for one in yes)}{doubt}")


def subject(record: Record, stage: Stage) -> str:
    """What an answer is about, as a digest: another plan, commit, file or place is another one."""
    ticket = record.ticket
    kept = sorted((one.path, one.digest) for one in record.kept)
    parts = [ticket.plan, ticket.commit, ticket.content, stage.name, *guarded(ticket.outer, stage)]
    parts += [text for pair in kept for text in pair]
    return blake("\0".join(parts).encode("utf-8", "surrogateescape"))


def barred(record: Record, stage: Stage) -> Barred | None:
    """Why a deploy may not be done, whatever let its turn come; None: it may, or is none.

    Every stage before it that asks was answered with yes; where the environment is protected
    there is one, and its answers are the forge's own unless the environment takes others.
    """
    if not isinstance(stage.doing, Deploy):
        return None
    ticket, place = record.ticket, record.ticket.environment(stage.environment)
    asking = askers(ticket.outer, stage)
    if place.protected and not any(one.when is When.SUCCESS for one in asking):
        return Barred("", f"{place.name} is protected, and nobody is asked")
    if lacking := unasked(ticket.outer, stage, record.standings()):
        return Barred(lacking, f"{lacking} is {record.standing(lacking).state}")
    for one in asking if strict(place) else ():
        latest = record.latest(one.name)
        if latest is None or not isinstance(one.doing, Approve):
            continue
        answers = record.answered(one.name, latest.subject)
        if latest.state is State.PASSED:
            made = consent(one.doing, answers, ticket.author, verified=True)
            if made.heard is not Heard.GRANTED:
                return Barred(one.name, f"{place.name} is protected, and {one.name} has {made.why}")
    return None
