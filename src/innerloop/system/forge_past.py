"""What the forge's CI knows of before: the change that a commit came from, and its runs."""

from __future__ import annotations

import json
import os
from typing import Any, NamedTuple
from urllib.parse import quote

from innerloop.core.pipeline import RELAY, artifact
from innerloop.core.variables import forge as whose
from innerloop.system.forge_ask import ask, told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Merged(NamedTuple):
    """The change that was merged as a commit."""

    number: int
    head: str
    """its last commit, which was reviewed"""
    author: str = ""
    """who opened it, by their login; empty: the forge does not say"""
    ours: bool = False
    """it came from this very repository, and not from a fork, whose jobs say what they like"""


class Found(NamedTuple):
    """What an earlier run left, and which; `missing`: why that is nothing."""

    folder: str = ""
    source: str = ""
    missing: str = ""


def ci_run(environ: dict[str, str]) -> str:
    """The run of the CI that we are in, for people to read; empty: in none that we know."""
    match whose(environ):
        case "github":
            return f"github run {environ.get('GITHUB_RUN_ID', '')}"
        case "gitlab":
            return f"gitlab pipeline {environ.get('CI_PIPELINE_ID', '')}"
    return ""


def fork() -> str:
    """The repository of somebody else's that the change under test comes from; empty: none."""
    match whose(os.environ):
        case "github" if os.environ.get("GITHUB_EVENT_NAME") == "pull_request":
            try:
                with open(os.environ["GITHUB_EVENT_PATH"], "rb") as file:
                    said = json.load(file)["pull_request"]["head"]["repo"]
            except (OSError, KeyError, TypeError, ValueError):
                return "nobody knows where"
            # Of a fork that was deleted meanwhile there is nothing.
            name = said["full_name"] if said else "a repository that is no more"
            return "" if name == _repository() else name
        case "gitlab":
            here = os.environ.get("CI_MERGE_REQUEST_PROJECT_ID", "")
            there = os.environ.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "")
            path = os.environ.get("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH") or f"project {there}"
            return "" if here == there else path
    return ""


def merged(root: str, commit: str) -> tuple[Merged | None, str]:
    """The change that a commit is the merge of, whether squashed or not; or what is missing."""
    change, missing = change_of(root, commit)
    return change, missing or ("" if change else f"no change was merged as {commit[:10]}")


def change_of(root: str, commit: str) -> tuple[Merged | None, str]:
    """The same; where none was merged as the commit, nothing is missing."""
    if whose(os.environ) == "gitlab":
        path = f"projects/{_project()}/repository/commits/{commit}/merge_requests"
        rows, missing = ask(root, "glab", "api", path)
        keys = ("merge_commit_sha", "squash_commit_sha", "sha")
        for row in rows or ():
            if row.get("state") == "merged" and commit in [row.get(key) for key in keys]:
                who = (row.get("author") or {}).get("username", "")
                ours = str(row.get("source_project_id")) == os.environ.get("CI_PROJECT_ID")
                return Merged(row["iid"], row["sha"], who, ours), ""
        return None, missing
    rows, missing = ask(root, "gh", "api", f"repos/{_repository()}/commits/{commit}/pulls")
    for row in rows or ():
        here = row["base"]["repo"]["full_name"] == _repository()
        if here and row.get("merged_at") and row.get("merge_commit_sha") == commit:
            who = (row.get("user") or {}).get("login", "")
            return Merged(
                row["number"], row["head"]["sha"], who, _ours(row["head"].get("repo"))
            ), ""
    return None, missing


def recalled(root: str, outer: str, stage: str, commit: str, folder: str) -> Found:
    """What the change that became this commit left of a stage, laid into the folder."""
    kind = whose(os.environ)
    event = os.environ.get("GITHUB_EVENT_NAME") or os.environ.get("CI_PIPELINE_SOURCE", "")
    if event != "push":
        # By schedule or by hand it is to be done, whatever was done before.
        return Found(missing=f"nothing was merged: {event or 'no event of a CI'}")
    change, missing = merged(root, commit) if kind else (None, "this is no job of a CI")
    if change is None:
        return Found(missing=missing)
    if not change.ours:
        return Found(missing=f"change {change.number} came from a fork, whose jobs are not ours")
    name = artifact(outer, stage)
    if kind == "gitlab":
        return _piped(root, name, change, folder)
    for run in _runs(root, change):
        said = told(
            root, "gh", "run", "download", run, "-R", _repository(), "-n", name, "-D", folder
        )
        if not said.missing:
            return Found(folder, f"github run {run} of #{change.number}")
        missing = said.missing
    return Found(missing=missing or f"#{change.number} has no run of this workflow")


def _runs(root: str, change: Merged) -> Iterator[str]:
    """Runs of this very workflow on the change's last commit, the latest first."""
    name = os.environ.get("GITHUB_WORKFLOW_REF", "").partition("@")[0].rpartition("/")[2]
    path = f"repos/{_repository()}/actions/workflows/{quote(name, safe='')}/runs"
    query = f"head_sha={change.head}&event=pull_request&per_page=3"
    said, _ = ask(root, "gh", "api", f"{path}?{query}")
    for row in (said or {}).get("workflow_runs", ()):
        # A fork may have the same commit, and a change of its own.
        if _ours(row.get("head_repository")):
            yield str(row["id"])


def _piped(root: str, name: str, change: Merged, folder: str) -> Found:
    """The same of GitLab: what the job of the same name has left there."""
    job = os.environ.get("CI_JOB_NAME", "")
    below = os.path.relpath(root, os.environ.get("CI_PROJECT_DIR") or root)
    place = os.path.normpath(f"{below}/{RELAY}/{name}/leg.json")
    top = f"projects/{_project()}"
    rows, missing = ask(root, "glab", "api", f"{top}/merge_requests/{change.number}/pipelines")
    for pipeline in rows or ():
        if pipeline.get("sha") != change.head:
            continue
        jobs, _ = ask(root, "glab", "api", f"{top}/pipelines/{pipeline['id']}/jobs?per_page=100")
        done: list[Any] = [one for one in jobs or () if one["name"] == job]
        for one in done:
            path = f"{top}/jobs/{one['id']}/artifacts/{place}"
            said = told(root, "glab", "api", path)
            if not said.missing:
                with open(f"{folder}/leg.json", "w", encoding="utf-8") as file:
                    file.write(said.out)
                return Found(folder, f"gitlab pipeline {pipeline['id']} of !{change.number}")
            missing = said.missing
    return Found(missing=missing or f"!{change.number} has no pipeline with {job}")


def _ours(repository: Mapping[str, Any] | None) -> bool:
    """Of a fork that was deleted meanwhile there is nothing."""
    return repository is not None and repository.get("full_name") == _repository()


def _repository() -> str:
    return os.environ.get("GITHUB_REPOSITORY", "")


def _project() -> str:
    return os.environ.get("CI_PROJECT_ID", ":id")
