"""What is live somewhere, and what was before it: versions that follow one another."""

from __future__ import annotations

from innerloop.core.book import Act, Live
from innerloop.core.outer import BACK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from innerloop.core.book import Attempt, Ticket

TAKEN_BACK = "rolled back"
"""how a version became live that had been live before"""


def live_by(ticket: Ticket, attempt: Attempt, at: float) -> Live:
    """What is live by an attempt that has had its effect."""
    place = (attempt.environment, attempt.version, attempt.run, attempt.stage)
    made = Live(*place, at, ticket.seq)
    back = ticket.outer.name == BACK or attempt.act is Act.ROLL_BACK
    return made._replace(how=TAKEN_BACK) if back else made


def before(lives: Iterable[Live], version: str) -> Live | None:
    """What was live last that is another version, and was not taken back; None: nothing was."""
    return next((one for one in reversed(held_good(lives)) if one.version != version), None)


def held_good(lives: Iterable[Live]) -> tuple[Live, ...]:
    """What was live without being taken back since, in order."""
    found: list[Live] = []
    for one in lives:
        versions = [each.version for each in found]
        if one.how == TAKEN_BACK and one.version in versions:
            del found[versions.index(one.version) + 1 :]
        else:
            found.append(one)
    return tuple(found)
