"""An outer loop as a workflow of GitHub Actions: one job a stage."""

from __future__ import annotations

from innerloop.core.outer import Loops, Monitor, Review, When
from innerloop.core.pipeline import KEPT, RELAY
from innerloop.views.yaml_text import Noted, document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from innerloop.core.ci import Ci, Trigger
    from innerloop.core.outer import Outer
    from innerloop.core.pipeline import Job

MARK = "Written by `loop ci github` from loops.yaml: change that, and write this anew."
_RUNNER = "ubuntu-latest"
# Each by the commit that its tag was: whoever moves a tag moves nothing here.
_CHECKOUT = Noted("actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1")
_PYTHON = Noted("actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97", "v7.0.0")
_CACHE = Noted("actions/cache@27d5ce7f107fe9357f9df03efb73ab90386fccae", "v5.0.5")
_UPLOAD = Noted("actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", "v7.0.0")
_DOWNLOAD = Noted("actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1")
_OLDER = {
    "description": "deploy, though what is live is newer, or nobody can tell",
    "type": "boolean",
    "default": False,
}
_OURS = "github.event.pull_request.head.repo.full_name == github.repository"


def workflow(outer: Outer, jobs: tuple[Job, ...], ci: Ci, folder: str = "") -> str:
    """The file; `folder`: where loops.yaml is, from the top of the repository."""
    trigger = ci.trigger(outer.name)
    inside = {"defaults": {"run": {"working-directory": folder}}} if folder else {}
    data = {
        "name": f"loop {outer.name}",
        "on": _on(trigger, ci, jobs),
        "permissions": {},
        **inside,
        "jobs": {job.id: _job(outer, job, ci, folder) for job in jobs},
    }
    return document(MARK, data)


def check(outer: Outer, job: Job, ci: Ci, folder: str = "") -> str:
    """The file of a monitor that is a check by cron."""
    inside = {"defaults": {"run": {"working-directory": folder}}} if folder else {}
    data = {
        "name": f"loop {outer.name} {job.stage.name}",
        "on": {"schedule": [{"cron": job.station.scheduled}], "workflow_dispatch": {}},
        "permissions": {},
        **inside,
        "jobs": {job.id: _job(outer, job, ci, folder, once=True)},
    }
    return document(MARK, data)


def _on(trigger: Trigger, ci: Ci, jobs: tuple[Job, ...]) -> dict[str, Any]:
    paths = {"paths": list(trigger.changed)} if trigger.changed else {}
    found: dict[str, Any] = {}
    if trigger.pull_requests and any(job.early for job in jobs):
        found["pull_request"] = {"branches": [ci.branch], **paths}
    if trigger.push:
        found["push"] = {"branches": [ci.branch], **paths}
    if trigger.schedule:
        found["schedule"] = [{"cron": one} for one in trigger.schedule]
    if trigger.manual:
        deploys = any(job.deploys for job in jobs)
        found["workflow_dispatch"] = {"inputs": {"allow_older": _OLDER}} if deploys else {}
    return found


def _job(outer: Outer, job: Job, ci: Ci, folder: str, *, once: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {"name": job.stage.name}
    if job.needs:
        found["needs"] = list(job.needs)
    condition = _if(job, ci)
    if condition:
        found["if"] = condition
    runner = list(job.station.runner or ci.runner or (_RUNNER,))
    found["runs-on"] = runner if len(runner) > 1 else runner[0]
    found["timeout-minutes"] = job.minutes
    found["permissions"] = _permissions(job, ci)
    if place := _environment(job):
        found["environment"] = place
    if job.place is not None and job.holds:
        # Whoever comes meanwhile waits for its turn: nobody is cancelled, nobody dropped.
        group = f"loop-{job.place.lock}"
        found["concurrency"] = {"group": group, "cancel-in-progress": False, "queue": "max"}
    found["steps"] = [
        *_ready(job, ci, folder),
        *_legs(job, folder),
        *_does(outer, job, ci, folder, once=once),
    ]
    return found


def _if(job: Job, ci: Ci) -> str:
    """Where it runs: early ones everywhere, the others on the main branch alone."""
    state = {When.SUCCESS: "", When.FAILURE: "failure()", When.ALWAYS: "!cancelled()"}
    where = "" if job.early else f"github.ref == 'refs/heads/{ci.branch}'"
    if job.early and job.acts:
        # A fork's pull request is given no secrets: it deploys once it is merged.
        where = f"github.event_name != 'pull_request' || {_OURS}"
    when = state[job.stage.when]
    both = f"{when} && ({where})" if when and where else when or where
    return f"${{{{ {both} }}}}" if both else ""


def _permissions(job: Job, ci: Ci) -> dict[str, str]:
    found = {"contents": "read"}
    if job.vouched or job.early:
        found["actions"] = "read"
    asks = isinstance(job.stage.doing, Review) or getattr(job.stage.doing, "not_author", False)
    if job.early or asks or (job.vouched and job.deploys):
        found["pull-requests"] = "read"
    if job.acts or job.station.scheduled:
        found["deployments"] = "read"
    return {**found, **dict(ci.permissions), **dict(job.station.permissions)}


def _environment(job: Job) -> dict[str, Any]:
    if job.gate:
        return {"name": job.gate, "deployment": False}
    if job.place is None or not (job.acts or job.secrets):
        return {}
    if isinstance(job.stage.doing, Monitor):
        return {"name": job.place.name, "deployment": False}
    return {"name": job.place.name, **({"url": job.place.url} if job.place.url else {})}


def _ready(job: Job, ci: Ci, folder: str) -> list[dict[str, Any]]:
    """What stands there before the stage begins."""
    # The whole history: what is live may be any commit, older or newer.
    depth = {"fetch-depth": 0} if job.looks_back else {}
    steps: list[dict[str, Any]] = [
        {"uses": _CHECKOUT, "with": {"persist-credentials": False, **depth}}
    ]
    if ci.python:
        steps.append({"uses": _PYTHON, "with": {"python-version": ci.python}})
    if ci.cache and isinstance(job.stage.doing, Loops):
        at = f"{folder}/" if folder else ""
        key = "loop-${{ runner.os }}-"
        cached = {
            "path": "\n".join((*(f"{at}{one}" for one in KEPT), "~/.cache/pip")),
            "key": f"{key}${{{{ github.sha }}}}-${{{{ github.run_attempt }}}}",
            "restore-keys": key,
        }
        steps.append({"uses": _CACHE, "with": cached})
    lines = (*ci.setup, *job.station.setup)
    if lines:
        steps.append({"name": "set up", "run": "\n".join(lines) + "\n"})
    return steps


def _legs(job: Job, folder: str) -> list[dict[str, Any]]:
    """What the jobs before it proved; each is laid where only it could have come from."""
    at = f"{folder}/" if folder else ""
    lacking = {} if job.stage.when is When.SUCCESS else {"continue-on-error": True}
    return [
        {
            "uses": _DOWNLOAD,
            **lacking,
            "with": {"name": one.artifact, "path": f"{at}{RELAY}/{one.artifact}"},
        }
        for one in job.upstream
    ]


def _told(outer: Outer, job: Job, ci: Ci, *, once: bool) -> dict[str, str]:
    """The variables of the step that carries the stage out."""
    asking = job.vouched or job.early or job.acts or once
    env = {"GH_TOKEN": "${{ github.token }}"} if asking else {}
    if job.deploys and ci.trigger(outer.name).manual:
        env["LOOP_ALLOW_OLDER"] = "${{ inputs.allow_older }}"
    return env | {name: f"${{{{ secrets.{name} }}}}" for name in job.secrets}


def _does(outer: Outer, job: Job, ci: Ci, folder: str, *, once: bool) -> list[dict[str, Any]]:
    at = f"{folder}/" if folder else ""
    env = _told(outer, job, ci, once=once)
    flags = " --once" if once else ""
    flags += " --recall" if job.early else ""
    # The runner's signals reach the shell alone: `exec`, so that there is none between.
    words = f"exec loop outer {outer.name} --only {job.stage.name} --relay {RELAY}{flags}"
    step = {"name": job.stage.name, **({"env": env} if env else {}), "run": words}
    if once:
        return [step]
    handed = {
        "name": job.artifact,
        "path": f"{at}{RELAY}/{job.artifact}",
        "include-hidden-files": True,
        "if-no-files-found": "ignore",
        "overwrite": True,
    }
    return [step, {"uses": _UPLOAD, "if": "always()", "with": handed}]
