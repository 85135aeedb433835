"""Legs: what one job of a CI came to, handed on to the jobs behind it.

They are advice from a job of the same run. What must not rest on advice is asked anew:
of the forge, who said yes; of the environment, what is live.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from innerloop.core.book import Answer, Attempt, How, Kept, Live
from innerloop.core.outputs import within
from innerloop.core.states import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from innerloop.core.book import Ticket
    from innerloop.core.outer import Outer

VERSION = 1
_NOBODYS = frozenset({".git", ".loop"})
"""what is in a folder of that name is obeyed, and left by no stage"""
_DIGEST = re.compile(r"[0-9a-f]{16,128}")


class Leg(NamedTuple):
    """One stage, as its job left it."""

    outer: str
    stage: str
    state: State
    plan: str
    """the digest of the whole outer loop and its environments"""
    tree: str
    """git's id of all the files it was about: a squash merge has the same"""
    content: str = ""
    """where they were not just what was committed, the digest of what stood there"""
    commit: str = ""
    version: str = ""
    environment: str = ""
    why: str = ""
    began: float = 0.0
    at: float = 0.0
    source: str = ""
    """the run of the CI, as the forge has it"""
    lives: tuple[Live, ...] = ()
    """what was live in its environment, the latest last"""
    kept: tuple[Kept, ...] = ()
    answers: tuple[Answer, ...] = ()

    def attempt(self, ticket: Ticket, lock: str) -> Attempt:
        """It as an attempt of another run, which has gone this way already."""
        return Attempt(
            *(ticket.id, self.stage, 1, self.state, f"{ticket.id}.{self.stage}.handed"),
            environment=self.environment,
            lock=lock,
            version=self.version,
            began=self.began,
            at=self.at,
            why=f"{self.why}; {self.source}" if self.why and self.source else self.source,
        )


def unfit(leg: Leg, ticket: Ticket, tree: str) -> str:
    """Why a leg says nothing of this run; empty where it does."""
    if leg.outer != ticket.outer.name or leg.plan != ticket.plan:
        return "loops.yaml said something else there"
    if leg.tree != tree:
        return f"it is about tree {leg.tree[:10] or '(none)'}, and this is {tree[:10] or '(none)'}"
    if leg.content != ticket.content:
        return "files that are not committed stood there"
    return _beyond(leg, ticket.outer)


def _beyond(leg: Leg, outer: Outer) -> str:
    """What it says that is not its stage's to say: its files are laid where others begin."""
    told = (*(one.stage for one in leg.kept), *(one.stage for one in leg.answers))
    if others := [stage for stage in told if stage != leg.stage]:
        return f"it speaks for {others[0]!r}"
    places = next((one.outputs for one in outer.stages if one.name == leg.stage), ())
    for one in leg.kept:
        named = {part.casefold() for part in one.path.split("/")}
        if one.how is How.LEFT and not (within(one.path, places) and _NOBODYS.isdisjoint(named)):
            return f"it says that it left {one.path!r}, which is none of its outputs"
    return ""


def plain(leg: Leg) -> dict[str, Any]:
    """It as plain data."""
    rows = {name: [one._asdict() for one in getattr(leg, name)] for name in _ROWS}
    return {"leg": VERSION, **leg._asdict(), **rows, "state": str(leg.state)}


def read(data: Mapping[str, Any]) -> Leg:
    """It again; ValueError, KeyError or TypeError where it is none."""
    if data["leg"] != VERSION:
        raise ValueError(f"its form is {data['leg']!r}")
    known = {name: value for name, value in data.items() if name in Leg._fields}
    rows = {
        name: tuple(
            kind(**{k: v for k, v in row.items() if k in kind._fields}) for row in data[name]
        )
        for name, kind in _ROWS.items()
    }
    for one in rows["kept"]:
        if not _DIGEST.fullmatch(one.digest) or one.path[:1] in "/~" or ".." in one.path.split("/"):
            raise ValueError(f"{one.path!r} is no file that a stage leaves")
    rows["kept"] = tuple(one._replace(how=How(one.how)) for one in rows["kept"])
    return Leg(**{**known, **rows, "state": State(data["state"])})


_ROWS: Mapping[str, Any] = {"lives": Live, "kept": Kept, "answers": Answer}
