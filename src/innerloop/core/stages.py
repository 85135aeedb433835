"""What an outer loop does next: a choice among its stages. Nothing is done here.

The journal says what each stage came to, and `following` what is to be done now. It depends on
nothing else, so that whoever goes on after a crash decides as whoever crashed would have.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from innerloop.core.outer import (
    Approve,
    Deploy,
    Interrupted,
    Loops,
    Monitor,
    OnFail,
    Review,
    When,
)
from innerloop.core.states import BAD, DOUBTFUL, TERMINAL, Heard, Standing, State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from innerloop.core.outer import Outer, Stage


class Begin(NamedTuple):
    """Start its command, or ask, or watch."""

    stage: Stage
    not_before: float = 0.0


class Skip(NamedTuple):
    stage: Stage
    why: str


class Adopt(NamedTuple):
    """See what came of what was begun: it may still run."""

    stage: Stage


class Probe(NamedTuple):
    """Ask the environment itself what came of it."""

    stage: Stage


class Doubt(NamedTuple):
    """It cannot be found out: a person has to say."""

    stage: Stage


class Hear(NamedTuple):
    """See whether it was answered."""

    stage: Stage


class Watch(NamedTuple):
    stage: Stage


class RollBack(NamedTuple):
    stage: Stage


class Recover(NamedTuple):
    """See what came of a rollback that was begun."""

    stage: Stage


class Rest(NamedTuple):
    """Nothing can be done now: somebody has to answer, or to decide, or to give something free."""

    waiting: tuple[str, ...]
    doubtful: tuple[str, ...]


class Finish(NamedTuple):
    end: End


Move = Begin | Skip | Adopt | Probe | Doubt | Hear | Watch | RollBack | Recover | Rest | Finish


class End(StrEnum):
    """What an outer loop came to. Empty while it has not ended."""

    OPEN = ""
    PASSED = "passed"
    FAILED = "failed"
    SENT_BACK = "sent back"
    SUPERSEDED = "superseded"
    ABANDONED = "abandoned"
    ROLLED_BACK = "rolled back"
    ROLLBACK_FAILED = "rollback failed"


def following(
    outer: Outer,
    standings: Mapping[str, Standing],
    left: Iterable[str],
    stuck: frozenset[str] = frozenset(),
) -> Move:
    """The next move. `left`: stages that are left out; `stuck`: those that wait for now."""
    waiting, doubtful = [], []
    skipped = {name: Standing(State.SKIPPED) for name in left}
    standings = {**skipped, **standings} if left else standings
    for stage in outer.stages:
        standing = standings.get(stage.name, Standing())
        if standing.state in TERMINAL:
            continue
        if standing.state in DOUBTFUL:
            doubtful.append(stage.name)
        elif stage.name in stuck:
            waiting.append(stage.name)
        elif move := _move(outer, stage, standing, standings, skipped):
            return move
    if waiting or doubtful:
        return Rest(tuple(waiting), tuple(doubtful))
    return Finish(ended(outer, standings))


def _move(
    outer: Outer,
    stage: Stage,
    standing: Standing,
    standings: Mapping[str, Standing],
    left: Container[str],
) -> Move | None:
    match standing.state:
        case State.READY:
            return _beginning(outer, stage, standings, left)
        case State.UNDONE:
            return Begin(stage)
        case State.RETRYING:
            return Begin(stage, standing.at + pause(stage, standing.failures))
        case State.STARTED:
            return Adopt(stage)
        case State.INTERRUPTED:
            return interrupted(stage)
        case State.WAITING:
            return Hear(stage)
        case State.WATCHING:
            return Watch(stage)
        case State.FAILING:
            return RollBack(stage)
        case State.ROLLING_BACK:
            return Recover(stage)
    return None


def interrupted(stage: Stage) -> Begin | Probe | Doubt:
    """What is done with a stage of which nobody knows whether its command ended."""
    if isinstance(stage.doing, Deploy) and stage.if_interrupted is Interrupted.VERIFY:
        return Probe(stage)
    if isinstance(stage.doing, Loops) or stage.if_interrupted is Interrupted.RERUN:
        return Begin(stage)
    return Doubt(stage)


def _beginning(
    outer: Outer, stage: Stage, standings: Mapping[str, Standing], left: Container[str]
) -> Move | None:
    if any(standings.get(name, Standing()).state not in TERMINAL for name in stage.needs):
        return None
    bad = [one.name for one in outer.stages if _state(standings, one.name) in BAD]
    above = upstream(outer, stage.name)
    before = [one for one in outer.stages if one.name in above and _came_to_nothing(one, standings)]
    if stage.when is When.SUCCESS and bad:
        return Skip(stage, f"{bad[0]}: {_state(standings, bad[0])}")
    # Who was told to leave something out knows of it.
    if stage.when is When.FAILURE and all(one.name in left for one in before):
        return Skip(stage, "nothing before it failed")
    if bad and (lacking := unasked(outer, stage, standings)):
        return Skip(stage, f"{lacking}: {_state(standings, lacking)}")
    return Begin(stage)


def _came_to_nothing(stage: Stage, standings: Mapping[str, Standing]) -> bool:
    """Whether it failed, or was skipped because something else did."""
    state = _state(standings, stage.name)
    return state in BAD or (state is State.SKIPPED and stage.when is not When.FAILURE)


def _state(standings: Mapping[str, Standing], name: str) -> State:
    return standings.get(name, Standing()).state


def upstream(outer: Outer, name: str) -> tuple[str, ...]:
    """Every stage that comes before this one, in order."""
    stages = {stage.name: stage for stage in outer.stages}
    found: set[str] = set()
    queue = [name]
    while queue:
        for before in stages[queue.pop()].needs:
            if before in stages and before not in found:
                found.add(before)
                queue.append(before)
    return tuple(one.name for one in outer.stages if one.name in found)


def downstream(outer: Outer, name: str) -> tuple[Stage, ...]:
    """Every stage that comes behind this one, in order."""
    return tuple(one for one in outer.stages if name in upstream(outer, one.name))


def pause(stage: Stage, failures: int) -> float:
    """Seconds before a stage that failed so often is tried again."""
    return stage.retry.delay * stage.retry.factor ** max(0, failures - 1)


def failing(stage: Stage, failures: int, rc: int | None, *, again: bool = True) -> Heard:
    """What a failure means for the stage, of which there were `failures` before it.

    Without `again` a second try would be one too many, whatever it says of retries.
    """
    retry = stage.retry
    worth = rc is None or not retry.on_exit or rc in retry.on_exit
    if again and failures < retry.most and worth and not isinstance(stage.doing, Monitor):
        return Heard.AGAIN
    if getattr(stage.doing, "on_fail", None) is OnFail.ROLLBACK:
        return Heard.TAKEN_BACK
    return Heard.BADLY


def deployed(outer: Outer, stage: Stage) -> Stage | None:
    """The deploy that a stage is about: itself, or the latest before it to that environment."""
    if isinstance(stage.doing, Deploy):
        return stage
    before = upstream(outer, stage.name)
    found = [
        one
        for one in outer.stages
        if one.name in before
        and isinstance(one.doing, Deploy)
        and (not stage.environment or one.environment == stage.environment)
    ]
    return found[-1] if found else None


def guarded(outer: Outer, stage: Stage) -> tuple[str, ...]:
    """Every environment that an answer to this stage lets be deployed to, in order."""
    behind = (one.environment for one in downstream(outer, stage.name))
    return tuple(dict.fromkeys(filter(None, behind)))


def asks(stage: Stage) -> bool:
    """Whether it is somebody's answer that the stage waits for."""
    return isinstance(stage.doing, Approve | Review)


def askers(outer: Outer, stage: Stage) -> tuple[Stage, ...]:
    """The stages that ask before this one, in order."""
    before = upstream(outer, stage.name)
    return tuple(one for one in outer.stages if one.name in before and asks(one))


def unasked(outer: Outer, stage: Stage, standings: Mapping[str, Standing]) -> str:
    """The first stage before a deploy that asks, and was not answered with yes; empty: none.

    One that asks only after a failure has nothing to ask where there was none.
    """
    if not isinstance(stage.doing, Deploy):
        return ""
    for one in askers(outer, stage):
        state = _state(standings, one.name)
        idle = one.when is When.FAILURE and state is State.SKIPPED
        if state is not State.PASSED and not idle:
            return one.name
    return ""


_LOUDEST = (
    (State.ROLLBACK_FAILED, End.ROLLBACK_FAILED),
    (State.ROLLED_BACK, End.ROLLED_BACK),
    (State.SUPERSEDED, End.SUPERSEDED),
)


def ended(outer: Outer, standings: Mapping[str, Standing]) -> End:
    """What it all came to, once every stage has come to its end: the loudest."""
    states = {stage: _state(standings, stage.name) for stage in outer.stages}
    for state, end in _LOUDEST:
        if state in states.values():
            return end
    bad = [stage for stage, state in states.items() if state in BAD]
    if any(stage.back_to for stage in bad):
        return End.SENT_BACK
    return End.FAILED if bad else End.PASSED
