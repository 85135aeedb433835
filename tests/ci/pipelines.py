"""GitLab CI, as far as our jobs need it: in order of `needs`, each in a clone of its own."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import yaml
from forge import shell

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from subprocess import CompletedProcess

    from forge import Forge
    from gitlab import GitLab


class Pipeline:
    """One pipeline; `go` takes it as far as nobody has to start a job by hand."""

    def __init__(self, gitlab: GitLab, number: int, sha: str, source: str = "push") -> None:
        self.gitlab = gitlab
        self.forge = forge = gitlab.forge
        self.token = gitlab.env["GITLAB_TOKEN"]
        """what somebody gave its jobs; empty: nothing"""
        self.number = number
        self.sha = sha
        self.source = source
        own = yaml.safe_load((forge.project.root / ".gitlab-ci.yml").read_text())
        self.jobs: dict[str, Any] = {}
        for one in own["include"]:
            text = (forge.project.root / one["local"].lstrip("/")).read_text()
            self.jobs |= yaml.safe_load(text)
        branch = "" if source == "merge_request_event" else "main"
        self.known = {"$CI_PIPELINE_SOURCE": source, "$CI_COMMIT_BRANCH": branch}
        self.results: dict[str, str] = {}
        self.logs: dict[str, str] = {}
        self.started: dict[str, str] = {}
        """jobs that somebody has started by hand, and who"""

    @property
    def story(self) -> str:
        return "\n".join(f"== {name}\n{text}" for name, text in self.logs.items())

    def go(self) -> dict[str, str]:
        for name, job in self.jobs.items():
            rule = next((one for one in job["rules"] if self._holds(one)), None)
            if rule and self.results.get(name) in {None, "manual"}:
                self.results[name] = self._job(name, job, rule)
        return self.results

    def play(self, name: str, who: str) -> dict[str, str]:
        self.started[name] = who
        return self.go()

    def again(self, name: str) -> dict[str, str]:
        """A job that is run again: another one of the same name."""
        del self.results[name]
        return self.go()

    def _holds(self, rule: Mapping[str, Any]) -> bool:
        text = rule["if"]
        for name, value in {**self.known, "$LOOP_OUTER": ""}.items():
            text = text.replace(name, repr(value))
        return bool(eval(text.replace("&&", "and"), {"__builtins__": {}}))

    def _job(self, name: str, job: Mapping[str, Any], rule: Mapping[str, Any]) -> str:
        before = [self.results[one["job"]] for one in job["needs"]]
        if "manual" in before:
            return "manual"
        if "failed" in before or "skipped" in before:
            return "skipped"
        if rule.get("when") == "manual" and name not in self.started:
            assert rule["allow_failure"] is False, "what comes behind would not wait for it"
            return "manual"
        folder = self.forge.place / "jobs" / name
        whole = job.get("variables", {}).get("GIT_DEPTH") == "0"
        self.forge.clone(self.sha, folder, whole=whole)
        for one in job["needs"]:
            # Theirs come back where they were.
            shutil.copytree(self._kept(one["job"]), folder, dirs_exist_ok=True)
        number = self.number * 100 + len(self.forge.said["api"].get("jobs", [])) + 1
        self.forge.answers("jobs", [*self.forge.said["api"].get("jobs", []), number])
        done = self._ran(name, job, folder, number)
        reports = job["artifacts"].get("reports", {}).values()
        for path in (*job["artifacts"]["paths"], *reports):
            self._keep(folder, path.rstrip("/"), self._kept(name))
        return "failed" if done.returncode else "success"

    def _ran(
        self, name: str, job: Mapping[str, Any], folder: Path, number: int
    ) -> CompletedProcess[str]:
        env = {
            **self.forge.project.env,
            "CI": "true",
            "GITLAB_CI": "true",
            "CI_PIPELINE_ID": str(self.number),
            "CI_PIPELINE_SOURCE": self.source,
            "CI_PROJECT_ID": "3",
            "CI_PROJECT_DIR": str(folder),
            "CI_COMMIT_REF_NAME": "main",
            "CI_JOB_NAME": name,
            "CI_JOB_ID": str(number),
            "CI_JOB_MANUAL": "true" if name in self.started else "false",
            "GITLAB_USER_LOGIN": self.started.get(name, "ada"),
            **self.gitlab.env,
            "GITLAB_TOKEN": self.token,
            **job.get("variables", {}),
        }
        row = {
            "id": number,
            "name": name,
            "status": "running",
            "started_at": "2026-11-28T04:00:00Z",
            "user": {"username": env["GITLAB_USER_LOGIN"]},
            "commit": {"id": self.sha},
            "pipeline": {"id": self.number, "sha": self.sha},
        }
        place = job.get("environment", {})
        if place and place.get("action", "start") == "start":
            made = {"id": number, "sha": self.sha, "status": "running", "deployable": row}
            made |= {"environment": {"name": place["name"]}}
            self._put("projects/3/deployments", made)
        done = shell("\n".join(job["script"]), folder, env)
        self.logs[name] = f"{done.stdout}{done.stderr}-> {done.returncode}\n"
        row |= {"status": "failed" if done.returncode else "success"}
        if place and place.get("action", "start") == "start":
            self._put("projects/3/deployments", made | {"status": row["status"]})
        for old in self.forge.said["api"].get(f"projects/3/pipelines/{self.number}/jobs", []):
            old["retried"] = old["name"] == name
        self._put(f"projects/3/pipelines/{self.number}/jobs", row)
        return done

    def _put(self, path: str, row: dict[str, Any]) -> None:
        """A row of what the API knows, in place of what it was before."""
        rows = [one for one in self.forge.said["api"].get(path, []) if one["id"] != row["id"]]
        self.forge.answers(path, [*rows, row])

    def _kept(self, name: str) -> Path:
        place = self.forge.place / "artifacts" / str(self.number) / name
        place.mkdir(parents=True, exist_ok=True)
        return place

    def _keep(self, folder: Path, path: str, place: Path) -> None:
        source = folder / path
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, place / path, dirs_exist_ok=True)
        elif source.exists():
            shutil.copy(source, place / path)


def merged(forge: Forge, commit: str, pipeline: int) -> None:
    """A merge request, whose last commit it is that was merged, after that pipeline."""
    row = {"iid": 7, "state": "merged", "sha": commit, "source_project_id": 3}
    top = "projects/3"
    forge.answers(f"{top}/repository/commits/{commit}/merge_requests", [row])
    forge.answers(f"{top}/merge_requests/7/pipelines", [{"id": pipeline, "sha": commit}])
    forge.answers(f"{top}/pipelines/{pipeline}/jobs", [{"id": 5, "name": "release:qa"}])
    name = ".loop/relay/loop-release-qa/leg.json"
    left = forge.place / "artifacts" / str(pipeline) / "release:qa" / name
    forge.answers(f"{top}/jobs/5/artifacts/{name}", left.read_text())
