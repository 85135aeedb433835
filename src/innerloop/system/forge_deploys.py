"""What the forge's CI knows was deployed to an environment, the latest first."""

from __future__ import annotations

import os
from typing import Any, NamedTuple
from urllib.parse import quote

from innerloop.core.variables import forge as whose
from innerloop.system.forge_ask import ask
from innerloop.system.gitlab_api import READS

_PAGE = 100
_IDLE = frozenset({"waiting", "queued", "pending"})
"""states of a deployment of GitHub's in which its job has not begun"""
_UNBEGUN = frozenset({"created", "blocked", "skipped"})
"""the same of GitLab's"""
_GITHUB = "its job needs `permissions: {deployments: read}`, and GH_TOKEN"


class Deployment(NamedTuple):
    """One of them, whatever became of it."""

    commit: str
    id: str = ""
    state: str = ""
    """as GitLab has it; GitHub is asked for each"""
    job: tuple[str, str, str] = ("", "", "")
    """GitLab's pipeline, its job's name, and number"""


class Deployments(NamedTuple):
    """All that the forge has told of an environment."""

    rows: tuple[Deployment, ...] = ()
    missing: str = ""
    """why the forge could not be asked: then that there are none says nothing"""
    more: bool = False
    """there are older ones"""

    @property
    def commits(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.commit for one in self.rows))


class Suspects(NamedTuple):
    """Commits that may be live, the latest first, as far as the forge knows."""

    commits: tuple[str, ...] = ()
    missing: str = ""
    sure: bool = False
    """the last of them was deployed for certain"""


def deployments(root: str, environment: str) -> Deployments:
    """What was deployed there, or begun to be."""
    name = quote(environment, safe="")
    match whose(os.environ):
        case "github":
            path = f"{_github()}?environment={name}&per_page={_PAGE}"
            said, missing = ask(root, "gh", "api", path)
            read, hint = _githubs, _GITHUB
        case "gitlab":
            path = f"projects/{os.environ.get('CI_PROJECT_ID', ':id')}/deployments"
            path = f"{path}?environment={name}&order_by=id&sort=desc&per_page={_PAGE}"
            said, missing = ask(root, "glab", "api", path)
            read, hint = _gitlabs, READS
        case _:
            return Deployments(missing="this is no CI that knows what was deployed")
    if missing:
        return Deployments(missing=missing if hint in missing else f"{missing}: {hint}")
    try:
        return Deployments(tuple(filter(None, map(read, said))), more=len(said) >= _PAGE)
    except (KeyError, TypeError, AttributeError) as error:
        return Deployments(missing=f"what the forge says is not understood: {error!r}")


def suspects(root: str, told: Deployments, ours: str) -> Suspects:
    """Which of them may be live besides ours: up to the latest that was deployed for certain.

    What has failed may be live all the same; what has not begun is not.
    """
    found: list[str] = []
    for one in told.rows:
        if one.commit == ours:
            continue
        states: tuple[str, ...] = (one.state,)
        if not one.state:
            path = f"{_github()}/{one.id}/statuses?per_page={_PAGE}"
            said, missing = ask(root, "gh", "api", path)
            if missing:
                return Suspects(missing=f"{missing}: {_GITHUB}")
            states = tuple(str(row.get("state")) for row in said)
        if not states or not _IDLE.issuperset(states):
            found.append(one.commit)
        if "success" in states:
            return Suspects(tuple(dict.fromkeys(found)), sure=True)
    if told.more:
        return Suspects(missing=f"none of the latest {_PAGE} deployments was another's, and done")
    return Suspects(tuple(dict.fromkeys(found)))


def tried(root: str, environment: str) -> bool | None:
    """Whether this deploy was tried before in the same run of the CI; None: nobody can tell."""
    match whose(os.environ):
        case "github":
            attempt = os.environ.get("GITHUB_RUN_ATTEMPT", "")
            return attempt != "1" if attempt else None
        case "gitlab":
            told = deployments(root, environment)
            names = ("CI_PIPELINE_ID", "CI_JOB_NAME", "CI_JOB_ID")
            pipeline, job, ours = (os.environ.get(name, "") for name in names)
            if told.missing or not (pipeline and job and ours):
                return None
            tries = [one.job[2] for one in told.rows if one.job[:2] == (pipeline, job)]
            if any(number != ours for number in tries):
                return True
            # Where this one has left no trace, none before it has.
            return None if told.more or not tries else False
    return None


def _github() -> str:
    return f"repos/{os.environ.get('GITHUB_REPOSITORY', '')}/deployments"


def _githubs(row: Any) -> Deployment | None:
    return Deployment(str(row["sha"]), str(row["id"]))


def _gitlabs(row: Any) -> Deployment | None:
    job = row.get("deployable") or {}
    idle = row["status"] == "canceled" and "started_at" in job and job["started_at"] is None
    if idle or row["status"] in _UNBEGUN:
        return None
    pipeline = (job.get("pipeline") or {}).get("id", "")
    made = (str(pipeline), str(job.get("name", "")), str(job.get("id", "")))
    return Deployment(str(row["sha"]), str(row["id"]), str(row["status"]), made)
