"""An outer loop as jobs of a CI: which runs where, behind what, and what it may."""

from __future__ import annotations

import re
from math import ceil
from typing import NamedTuple

from innerloop.core.ci import Ci
from innerloop.core.consent import strict
from innerloop.core.errors import LoopError
from innerloop.core.outer import Approve, Deploy, Interrupted, Loops, Monitor, OnFail, Review, When
from innerloop.core.stages import asks, deployed, guarded, pause, upstream
from innerloop.core.states import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.ci import Station
    from innerloop.core.model import Config
    from innerloop.core.outer import Environment, Outer, Stage

RELAY = ".loop/relay"
"""where the legs of other jobs are laid out, from the project's folder"""
KEPT = (".loop/history.db", ".loop/runs", ".loop/cache")
"""what the inner loops proved: the cache, which holds no leg of another run"""
_LONGEST = 360
"""minutes of a job on a runner of the forge's own"""
_SLACK = 15
"""minutes that a job may take beside its stage"""
_ASKING = _SLACK


class Job(NamedTuple):
    """One stage as a job."""

    stage: Stage
    id: str
    """its name, as both forges take it"""
    artifact: str
    """what it hands on, and the folder that this is in"""
    early: bool
    """it runs on pull requests, and on the main branch where they did not prove it"""
    needs: tuple[str, ...]
    """ids of the jobs it comes behind"""
    upstream: tuple[Job, ...]
    """all of those whose legs it reads"""
    place: Environment | None
    """what it deploys to, or watches"""
    gate: str
    """the environment of the forge whose reviewers let it begin"""
    vouched: bool
    """the forge is asked who has said yes"""
    minutes: int
    station: Station
    secrets: tuple[str, ...]

    @property
    def deploys(self) -> bool:
        return isinstance(self.stage.doing, Deploy)

    @property
    def holds(self) -> bool:
        """Whether it has its environment for itself: from the deploy through what watches it."""
        return self.place is not None and not self.station.scheduled

    @property
    def looks_back(self) -> bool:
        """Whether it needs all of the history: of what is live, or what was measured on before."""
        return self.acts or bool(self.station.scheduled or self.stage.benchmark)

    @property
    def acts(self) -> bool:
        """Whether its command may change what is live."""
        return acts(self.stage)


def acts(stage: Stage) -> bool:
    """Whether a stage may change what is live: a deploy, or a monitor that takes one back."""
    doing = stage.doing
    back = isinstance(doing, Monitor) and doing.on_fail is OnFail.ROLLBACK
    return isinstance(doing, Deploy) or back


def at_work(stage: Stage, state: State) -> bool:
    """Whether it changes what is live, or is about to, with nobody who carries it out."""
    if state is State.STARTED:
        return isinstance(stage.doing, Deploy)
    return state in {State.FAILING, State.ROLLING_BACK}


def artifact(outer: str, stage: str) -> str:
    """What the leg of a stage is called."""
    return f"loop-{outer}-{stage}"


def gitlab_job(outer: str, stage: str, folder: str = "") -> str:
    """What GitLab calls its job: of several projects in a repository, each has its own."""
    return ":".join(filter(None, (folder, outer, stage)))


def gate(outer: Outer, stage: Stage) -> str:
    """The environment of the forge whose reviewers answer to a stage."""
    return f"{outer.name}-{stage.name}"


def gates(outer: Outer, stage: Stage) -> frozenset[str]:
    """Every environment of the forge whose approval answers to this stage, and to no other."""
    places = guarded(outer, stage)
    alike = [one for one in outer.stages if asks(one) and guarded(outer, one) == places]
    # Who lets one environment be deployed to has not said so of those behind it.
    only = len(places) == len(alike) == 1
    return frozenset({gate(outer, stage), *(places if only else ())})


def early(outer: Outer) -> frozenset[str]:
    """Stages that pull requests go through: those before a review, else the inner loops."""
    reviews = [one.name for one in outer.stages if isinstance(one.doing, Review)]
    if reviews:
        return frozenset(name for one in reviews for name in upstream(outer, one))
    loops = {one.name for one in outer.stages if isinstance(one.doing, Loops)}
    return frozenset(name for name in loops if loops.issuperset(upstream(outer, name)))


def shared(config: Config, environment: str) -> bool:
    """Whether changes that are not merged are deployed there, too: then none of it is newer."""
    ci = config.ci or Ci()
    return any(
        isinstance(stage.doing, Deploy)
        and stage.environment == environment
        and stage.only.branch != (ci.branch,)
        and stage.name in early(outer)
        for outer in config.outers
        if ci.trigger(outer.name).pull_requests
        for stage in outer.stages
    )


def jobs(config: Config, outer: Outer, ci: Ci) -> tuple[Job, ...]:
    """The jobs, each behind those it needs; LoopError where one could not be sure of itself."""
    found: dict[str, Job] = {}
    taken: set[str] = set()
    for stage in outer.stages:
        if ci.station(stage.name).scheduled or stage.only.ci is False:
            continue
        _sure(outer, stage)
        job = _job(config, outer, stage, ci)
        # What comes behind something that is no job is behind what that was behind.
        needs = tuple(found[name].id for name in _behind(outer, stage, found))
        before = tuple(found[n] for n in upstream(outer, stage.name) if n in found)
        if stage.when is When.SUCCESS:
            # A job that is for failures is skipped where all is well, and what needs it with it.
            before = tuple(one for one in before if one.stage.when is not When.FAILURE)
        found[stage.name] = job._replace(
            id=_id(stage.name, taken),
            needs=needs,
            upstream=before,
            minutes=_minutes(config, outer, stage, ci),
        )
    return tuple(found.values())


def checks(config: Config, outer: Outer, ci: Ci) -> tuple[Job, ...]:
    """Monitors that are checks by cron: each by itself, whatever was deployed when."""
    stages = [one for one in outer.stages if ci.station(one.name).scheduled]
    made = (_job(config, outer, stage, ci) for stage in stages)
    return tuple(
        job._replace(id=_id(job.stage.name, set()), early=False, minutes=_SLACK + _spent(job))
        for job in made
    )


def _spent(job: Job) -> int:
    """Minutes that one check takes at most."""
    monitor = job.stage.doing
    assert isinstance(monitor, Monitor)  # noqa: S101 - the rules of the configuration say so
    return ceil(at_once(monitor).lasts / 60) + 1


def at_once(monitor: Monitor) -> Monitor:
    """It as one check: as few samples as can fail it, or say anything."""
    most = max(monitor.min_samples, monitor.max_failures + 1)
    lasts = (most - 1) * monitor.every + min(1.0, monitor.every)
    return monitor._replace(warmup=0.0, lasts=lasts, min_samples=max(1, monitor.min_samples))


def _job(config: Config, outer: Outer, stage: Stage, ci: Ci) -> Job:
    places = {one.name: one for one in config.environments}
    target = deployed(outer, stage) if isinstance(stage.doing, Deploy | Monitor) else None
    place = places.get(target.environment) if target else None
    station = ci.station(stage.name)
    named = (*ci.secrets, *config.secrets, *stage.secrets, *station.secrets)
    # Who only asks runs nothing that could need one.
    named = () if asks(stage) else named
    return Job(
        stage=stage,
        id="",
        artifact=artifact(outer.name, stage.name),
        early=stage.name in early(outer),
        needs=(),
        upstream=(),
        place=place,
        gate=gate(outer, stage) if isinstance(stage.doing, Approve) else "",
        vouched=asks(stage) or (isinstance(stage.doing, Deploy) and strict(place)),
        minutes=_ASKING,
        station=station,
        secrets=tuple(dict.fromkeys(named)),
    )


def _behind(outer: Outer, stage: Stage, found: dict[str, Job]) -> tuple[str, ...]:
    idle = {name for name, job in found.items() if job.stage.when is When.FAILURE}
    idle = idle if stage.when is When.SUCCESS else set()
    if all(name in found and name not in idle for name in stage.needs):
        return stage.needs
    before = upstream(outer, stage.name)
    return tuple(name for name in before if name in found and name not in idle)


def _id(name: str, taken: set[str]) -> str:
    """A name as both forges take it for a job: no dot, and no digit first."""
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", name)
    plain = plain if plain[0].isalpha() else f"s{plain}"
    while plain in taken:
        plain += "_"
    taken.add(plain)
    return plain


def _back(outer: Outer, stage: Stage) -> float:
    """Seconds that it takes to bring back what was live before: nothing is to cut that short."""
    target = deployed(outer, stage)
    backs = getattr(stage.doing, "on_fail", None) is OnFail.ROLLBACK
    return target.timeout if target and backs else 0.0


def _minutes(config: Config, outer: Outer, stage: Stage, ci: Ci) -> int:
    if asks(stage):
        return _ASKING
    if isinstance(stage.doing, Loops):
        names = stage.doing.names
        chosen = [one for one in config.loops if one.name in names or not names]
        spent = sum(one.timeout for one in chosen)
        return min(_LONGEST, _SLACK + ceil(spent / 60))
    again = sum(stage.timeout + pause(stage, at + 1) for at in range(stage.retry.most))
    minutes = _SLACK + ceil((stage.timeout + again + _back(outer, stage)) / 60)
    runner = ci.station(stage.name).runner or ci.runner
    if minutes > _LONGEST and isinstance(stage.doing, Monitor) and not runner:
        raise LoopError(
            f"{stage.name} watches longer than a job lasts",
            f"make it a check by cron: ci: {{stages: {{{stage.name}: {{scheduled: "
            '"*/10 * * * *"}}}',
        )
    return minutes


def _sure(outer: Outer, stage: Stage) -> None:
    """Raise where a job that is run again could not know what it did before."""
    doing = stage.doing
    if isinstance(doing, Approve) and doing.needed > 1:
        raise LoopError(
            f"{stage.name} of {outer.name} wants {doing.needed} to say yes, and a forge's job "
            "begins after one",
            "write a stage for each of them, or 'count: 1'",
        )
    if not isinstance(doing, Deploy) or doing.idempotent:
        return
    if stage.if_interrupted is not Interrupted.VERIFY:
        raise LoopError(
            f"{stage.name} of {outer.name} deploys, and does not 'verify': a job that is run "
            "again could not know whether it did",
            "give it 'verify', or 'idempotent: true' if twice is as good as once",
        )
