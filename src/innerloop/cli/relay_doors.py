"""What no other job's word is enough for: who said yes, what was tried, and whose change it is."""

from __future__ import annotations

import os

from innerloop.core.book import Attempt, Record
from innerloop.core.ci import Ci
from innerloop.core.consent import barred, strict
from innerloop.core.errors import LoopError
from innerloop.core.outer import Approve, Deploy, Interrupted, Review
from innerloop.core.pipeline import acts
from innerloop.core.stages import askers
from innerloop.core.states import State
from innerloop.core.text import listing
from innerloop.system import forge_past
from innerloop.system.forge import Forge
from innerloop.system.forge_author import author
from innerloop.system.forge_deploys import tried

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.cli.wiring import Project
    from innerloop.core.book import Ticket
    from innerloop.core.leg import Leg
    from innerloop.core.outer import Stage


def ours(found: Project, stage: Stage) -> None:
    """Raise where it would change what is live, and is given nothing to do that with."""
    if not acts(stage):
        return
    if fork := forge_past.fork():
        raise LoopError(
            f"{stage.name} does not deploy: the change comes from {fork}, a fork, "
            "whose jobs are given no secrets",
            "it is deployed once it is merged",
        )
    ci = found.ground.config.ci or Ci()
    named = dict.fromkeys((*stage.secrets, *ci.station(stage.name).secrets))
    if lacking := [name for name in named if not os.environ.get(name)]:
        raise LoopError(
            f"{stage.name} does not deploy: {listing(lacking)} has no value here",
            "set the secret on the forge; what a bot has changed may be given none",
        )


def signed(found: Project, ticket: Ticket, stage: Stage) -> Ticket:
    """The ticket with the author's login, where the author may not answer.

    Who approves is known by that alone, and a commit is by a name, or by whoever merged it.
    """
    place = stage.environment if isinstance(stage.doing, Deploy) else ""
    asking = (
        askers(ticket.outer, stage) if place and strict(ticket.environment(place)) else (stage,)
    )
    if not any(isinstance(one.doing, Approve) and one.doing.not_author for one in asking):
        return ticket
    told = author(found.root, ticket.commit)
    if told.missing:
        raise LoopError(
            f"{stage.name} does not begin: the author may not answer, and nobody can tell who "
            f"that is: {told.missing}",
            "on GitHub its job needs `permissions: {pull-requests: read}`; "
            "on GitLab, a GITLAB_TOKEN that may read_api",
        )
    if not told.login:
        return ticket
    # A name that the commit has and one that the forge has are both the author's.
    return ticket._replace(author=f"{ticket.author} ({told.login})")


def let(found: Project, ticket: Ticket, stage: Stage, legs: tuple[Leg, ...]) -> tuple[Leg, ...]:
    """The legs with what the forge itself says of who was asked; LoopError where that is no yes.

    A leg is a file that any job before could have written.
    """
    if not isinstance(stage.doing, Deploy):
        return legs
    place, missing = ticket.environment(stage.environment), {}
    if strict(place):
        forge = Forge(found.root)
        asking = {one.name: one for one in askers(ticket.outer, stage)}
        told = [_asked(forge, ticket, asking.get(leg.stage), leg) for leg in legs]
        legs = tuple(leg for leg, _ in told)
        missing = {leg.stage: lack for leg, lack in told}
    attempts = tuple(leg.attempt(ticket, "") for leg in legs)
    answers = tuple(answer for leg in legs for answer in leg.answers)
    lacking = barred(Record(ticket, attempts, answers), stage)
    if lacking is None:
        return legs
    if not strict(place):
        raise LoopError(f"{stage.name} does not deploy: {lacking.why}")
    raise LoopError(
        f"{stage.name} deploys to {stage.environment}, which is protected, and the forge "
        f"does not say that {lacking.asker} was approved: "
        f"{missing.get(lacking.asker) or lacking.why}",
        f"give its job the environment {ticket.outer.name}-{lacking.asker} with reviewers",
    )


def _asked(forge: Forge, ticket: Ticket, asking: Stage | None, leg: Leg) -> tuple[Leg, str]:
    """A leg with the forge's own word in place of what it says itself, and what is missing."""
    if asking is None:
        return leg, ""
    if isinstance(asking.doing, Review):
        said = forge.reviewed(ticket, asking.doing)
        state = leg.state if said.approved else State.WAITING
        return leg._replace(state=state), "" if said.approved else said.why
    told = forge.answers(ticket, asking, "")
    return leg._replace(answers=told.answers), told.missing


def begun(root: str, ticket: Ticket, stage: Stage) -> tuple[Attempt, ...]:
    """A deploy that an earlier try of this job may have begun: its environment is asked first.

    Where there is no asking it, it is in doubt.
    """
    if not isinstance(stage.doing, Deploy) or stage.if_interrupted is Interrupted.RERUN:
        return ()
    before = tried(root, stage.environment)
    if before is False:
        return ()
    place = ticket.environment(stage.environment)
    now = ticket.began
    why = "an earlier try of this job may have begun it"
    if before is None:
        why = "nobody can tell whether an earlier try of this job has begun it"
    if stage.if_interrupted is Interrupted.ASK:
        blind = stage.doing.verify is None
        lack = "it has no 'verify'" if blind else "'if_interrupted' has a person asked"
        why += f", and {lack}: see what is live, then run all of it anew"
    # The zeroth attempt: what this job does is the first.
    head = (ticket.id, stage.name, 0, State.INTERRUPTED, f"{ticket.id}.{stage.name}.before")
    told = Attempt(*head, environment=place.name, lock=place.lock, version=ticket.version)
    return (told._replace(began=now, at=now, why=why),)
