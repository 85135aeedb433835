"""What only the team knows of its CI: triggers, runners, set-up, permissions, secrets."""

from __future__ import annotations

from typing import NamedTuple

PYTHON = "3.12"


class Trigger(NamedTuple):
    """When one outer loop runs, besides what its stages say."""

    outer: str
    push: bool = True
    """at every push to the main branch"""
    pull_requests: bool = True
    """the stages before the review, at every pull request"""
    manual: bool = True
    """when somebody starts it by hand"""
    schedule: tuple[str, ...] = ()
    """cron, in UTC, on the main branch"""
    changed: tuple[str, ...] = ()
    """patterns of paths, as the forge has them: without one of these changed, no push counts"""


class Station(NamedTuple):
    """Where one stage's job differs from the others."""

    stage: str
    runner: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()
    """behind what every job does"""
    permissions: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()
    scheduled: str = ""
    """of a monitor: cron of a check of its own, instead of a job that waits"""


class Ci(NamedTuple):
    """The whole of it, as `ci:` says."""

    branch: str = "main"
    python: str = PYTHON
    """empty: the runner's own"""
    image: str = ""
    """of GitLab's jobs"""
    runner: tuple[str, ...] = ()
    """labels on GitHub, tags on GitLab"""
    setup: tuple[str, ...] = ()
    """lines of shell, before the stage"""
    permissions: tuple[tuple[str, str], ...] = ()
    """of GitHub's token, besides what a stage needs"""
    secrets: tuple[str, ...] = ()
    """that every stage is given, besides its own"""
    cache: bool = True
    """what the inner loops proved is kept from one run to the next"""
    triggers: tuple[Trigger, ...] = ()
    stations: tuple[Station, ...] = ()

    def trigger(self, outer: str) -> Trigger:
        return next((one for one in self.triggers if one.outer == outer), Trigger(outer))

    def station(self, stage: str) -> Station:
        return next((one for one in self.stations if one.stage == stage), Station(stage))


NOUNS = (Ci, Trigger, Station)
