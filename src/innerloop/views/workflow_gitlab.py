"""An outer loop as jobs of GitLab CI, in a file that the team's own includes."""

from __future__ import annotations

import re
from shlex import quote

from innerloop.core.outer import Loops, Monitor, When
from innerloop.core.pipeline import KEPT, RELAY, gitlab_job
from innerloop.views.yaml_text import document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from innerloop.core.ci import Ci
    from innerloop.core.outer import Outer
    from innerloop.core.pipeline import Job

MARK = "Written by `loop ci gitlab` from loops.yaml: change that, and write this anew."
OWN = """\
Written by `loop ci gitlab`, once: this file is the team's own from now on.
The outer loop is in what it includes."""
_OURS = "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID"
_WHEN = {When.SUCCESS: {}, When.FAILURE: {"when": "on_failure"}, When.ALWAYS: {"when": "always"}}


def jobs(outer: Outer, made: tuple[Job, ...], checks: tuple[Job, ...], ci: Ci, folder: str) -> str:
    """The file; `folder`: where loops.yaml is, from the top of the repository."""
    data = {_name(outer, job, folder): _job(outer, job, ci, folder) for job in made}
    data |= {_name(outer, job, folder): _job(outer, job, ci, folder, once=True) for job in checks}
    return document(MARK, data)


def included(paths: list[str]) -> str:
    """The team's own file, where there is none yet."""
    return document(OWN, {"include": [{"local": f"/{path}"} for path in paths]})


def lock(name: str) -> str:
    """A resource group, as GitLab takes its name."""
    return re.sub(r"[^A-Za-z0-9_.-]", "-", f"loop-{name}")


def _name(outer: Outer, job: Job, folder: str) -> str:
    """Of several projects in one repository, each has jobs of its own."""
    return gitlab_job(outer.name, job.stage.name, folder)


def _job(outer: Outer, job: Job, ci: Ci, folder: str, *, once: bool = False) -> dict[str, Any]:
    at = f"{folder}/" if folder else ""
    found: dict[str, Any] = {"image": ci.image or f"python:{ci.python or '3'}"}
    if runner := list(job.station.runner or ci.runner):
        found["tags"] = runner
    found["rules"] = _checked(outer, job, ci) if once else _rules(outer, job, ci)
    found["needs"] = [{"job": _name(outer, one, folder), "artifacts": True} for one in job.upstream]
    found["timeout"] = f"{job.minutes} minutes"
    found["interruptible"] = False
    found |= _place(job)
    walks = isinstance(job.stage.doing, Loops)
    variables = {"GIT_DEPTH": "0"} if job.looks_back else {}
    if walks:
        variables["LOOP_CODE_QUALITY"] = f"{RELAY}/quality.json"
        if ci.cache:
            paths = [f"{at}{one}" for one in KEPT]
            key = re.sub(r"[^A-Za-z0-9_.-]", "-", f"loop-{_name(outer, job, folder)}")
            found["cache"] = {"key": key, "paths": paths, "when": "always"}
    if variables:
        found["variables"] = variables
    found["script"] = _script(outer, job, ci, folder, once=once)
    if once:
        return found
    handed: dict[str, Any] = {"when": "always", "paths": [f"{at}{RELAY}/{job.artifact}/"]}
    if walks:
        reports = {"junit": f"{at}{RELAY}/junit.xml", "codequality": f"{at}{RELAY}/quality.json"}
        handed["reports"] = reports
    found["artifacts"] = {**handed, "expire_in": "30 days"}
    return found


def _script(outer: Outer, job: Job, ci: Ci, folder: str, *, once: bool) -> list[str]:
    flags = " --once" if once else ""
    flags += " --recall" if job.early else ""
    flags += f" --junit {RELAY}/junit.xml" if isinstance(job.stage.doing, Loops) else ""
    words = f"loop outer {outer.name} --only {job.stage.name} --relay {RELAY}{flags}"
    into = [f"cd {quote(folder)}"] if folder else []
    return [*into, *ci.setup, *job.station.setup, words]


def _rules(outer: Outer, job: Job, ci: Ci) -> list[dict[str, Any]]:
    """Where it runs: early ones on merge requests too, the others on the main branch alone."""
    trigger = ci.trigger(outer.name)
    changes = {"changes": list(trigger.changed)} if trigger.changed else {}
    main = f'$CI_COMMIT_BRANCH == "{ci.branch}" && $CI_PIPELINE_SOURCE =='
    # A manual job that may fail would let what comes behind it go on without it.
    how = {"when": "manual", "allow_failure": False} if job.gate else _WHEN[job.stage.when]
    found: list[dict[str, Any]] = []
    if job.early and trigger.pull_requests:
        change = '$CI_PIPELINE_SOURCE == "merge_request_event"'
        if any(one.acts for one in (job, *job.upstream)):
            # A fork's is given no secrets: it deploys once it is merged.
            change = f"{change} && {_OURS}"
        found.append({"if": change, **changes, **how})
    if trigger.push:
        found.append({"if": f'{main} "push"', **changes, **how})
    if trigger.schedule:
        found.append({"if": f'{main} "schedule" && $LOOP_OUTER == "{outer.name}"', **how})
    if trigger.manual:
        found.append({"if": f'{main} "web"', **how})
    return found or [{"when": "never"}]


def _checked(outer: Outer, job: Job, ci: Ci) -> list[dict[str, Any]]:
    said = f'$CI_PIPELINE_SOURCE == "schedule" && $LOOP_OUTER == "{outer.name}.{job.stage.name}"'
    return [{"if": f'$CI_COMMIT_BRANCH == "{ci.branch}" && {said}'}]


def _place(job: Job) -> dict[str, Any]:
    if job.gate:
        return {"environment": {"name": job.gate}}
    if job.place is None:
        return {}
    found: dict[str, Any] = {}
    if isinstance(job.stage.doing, Monitor):
        found["environment"] = {"name": job.place.name, "action": "verify"}
    else:
        url = {"url": job.place.url} if job.place.url else {}
        found["environment"] = {"name": job.place.name, **url}
    if job.holds:
        found["resource_group"] = lock(job.place.lock)
    return found
