"""GitHub Actions, as far as our workflows need it: jobs in order, each in a clone of its own."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from forge import REPOSITORY, Forge, shell

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)


class Run:
    """One run of a workflow; `go` takes it as far as people let it."""

    def __init__(
        self, forge: Forge, path: str, number: int, sha: str, event: str = "push", *, head: str = ""
    ) -> None:
        self.forge = forge
        text = (forge.project.root / path).read_text()
        self.workflow: dict[str, Any] = yaml.load(text, yaml.BaseLoader)
        self.name = Path(path).name
        self.number = number
        self.sha = sha
        self.head = head or sha
        """the last commit of the change; what is looked at is that, merged"""
        self.event = event
        self.results: dict[str, str] = {}
        self.logs: dict[str, str] = {}
        self.approved: set[str] = set()
        self.reviewed = frozenset({"release-e2e"})
        """environments that ask for reviewers"""
        self.deployed: list[str] = []
        ref = "refs/heads/main" if event == "push" else "refs/pull/7/merge"
        self.github = {
            "event_name": event,
            "ref": ref,
            "sha": sha,
            "run_attempt": "1",
            "repository": REPOSITORY,
            "token": "a-token",
            "event.pull_request.head.repo.full_name": REPOSITORY,
        }

    @property
    def artifacts(self) -> Path:
        return self.forge.place / "artifacts" / str(self.number)

    @property
    def story(self) -> str:
        return "\n".join(f"== {name}\n{text}" for name, text in self.logs.items())

    def approve(self, environment: str, who: str = "grace") -> None:
        self.approved.add(environment)
        path = f"repos/{REPOSITORY}/actions/runs/{self.number}/approvals"
        said = self.forge.said["api"].get(path, [])
        row = {"environments": [{"name": environment}], "state": "approved", "user": {"login": who}}
        self.forge.answers(path, [*said, row])

    def go(self) -> dict[str, str]:
        """Every job that may, in order; what each came to."""
        path = f"repos/{REPOSITORY}/actions/runs/{self.number}"
        self.forge.said["api"][path] = {"head_sha": self.head}
        self.forge.said["api"].setdefault(f"{path}/approvals", [])
        self.forge.tell()
        for name, job in self.workflow["jobs"].items():
            if self.results.get(name) in {None, "waiting"}:
                self.results[name] = self._job(name, job)
        return self.results

    def again(self, *names: str) -> dict[str, str]:
        """Jobs run again, as a person would have it: a new attempt of the same run."""
        self.github["run_attempt"] = str(int(self.github["run_attempt"]) + 1)
        for name in names:
            del self.results[name]
        return self.go()

    def _job(self, name: str, job: Mapping[str, Any]) -> str:
        before = [self.results[one] for one in job.get("needs", [])]
        if "waiting" in before:
            return "waiting"
        condition = _EXPRESSION.sub(lambda found: found[1], job.get("if", "success()")).strip()
        if not re.search(r"\b(success|failure|cancelled|always)\(\)", condition):
            condition = f"success() && ({condition})"
        if not self._holds(condition, before):
            return "skipped"
        place = job.get("environment", {})
        if place.get("name") in self.reviewed - self.approved:
            return "waiting"
        folder = self.forge.place / "jobs" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.logs[name] = ""
        good = True
        number = self._begun(place)
        for step in job["steps"]:
            if good or step.get("if") == "always()":
                done = self._step(name, step, folder)
                good = good and (done or step.get("continue-on-error") == "true")
        if number:
            self._status(number, "success" if good else "failure")
        if number and good:
            self.deployed.append(place["name"])
        return "success" if good else "failure"

    def _begun(self, place: Mapping[str, str]) -> int:
        """A deployment is there before its job has done anything; 0: it makes none."""
        if not place or place.get("deployment") == "false":
            return 0
        path = f"repos/{REPOSITORY}/deployments?environment={place['name']}"
        rows = self.forge.said["api"].get(path, [])
        number = self.number * 100 + len(rows) + 1
        self.forge.answers(path, [{"id": number, "sha": self.sha}, *rows])
        self._status(number, "in_progress")
        return number

    def _status(self, number: int, state: str) -> None:
        path = f"repos/{REPOSITORY}/deployments/{number}/statuses"
        rows = self.forge.said["api"].get(path, [])
        self.forge.answers(path, [{"state": state}, *rows])

    def _holds(self, condition: str, before: list[str]) -> bool:
        text = re.sub(r"github\.([a-z_.]+)", lambda found: repr(self.github[found[1]]), condition)
        for old, new in (("&&", " and "), ("||", " or "), ("!cancelled()", "True")):
            text = text.replace(old, new)
        said = {
            "success": lambda: all(one == "success" for one in before),
            "failure": lambda: "failure" in before,
            "always": lambda: True,
        }
        return bool(eval(text, {"__builtins__": {}}, said))

    def _value(self, text: str) -> str:
        known = {f"github.{key}": value for key, value in self.github.items()}
        known["runner.os"] = "Linux"
        return _EXPRESSION.sub(lambda found: known.get(found[1].strip(), ""), text)

    def _step(self, job: str, step: Mapping[str, Any], folder: Path) -> bool:
        given = {key: self._value(value) for key, value in step.get("with", {}).items()}
        match step.get("uses", "").partition("@")[0]:
            case "actions/checkout":
                assert given["persist-credentials"] == "false"
                self.forge.clone(self.sha, folder, whole=given.get("fetch-depth") == "0")
            case "actions/download-artifact":
                source = self.artifacts / given["name"]
                if not source.is_dir():
                    return False
                shutil.copytree(source, folder / given["path"], dirs_exist_ok=True)
            case "actions/upload-artifact":
                self._upload(given, folder)
            case "":
                return self._ran(job, step, folder)
        return True

    def _upload(self, given: Mapping[str, str], folder: Path) -> None:
        source = folder / given["path"]
        if "/." in f"/{given['path']}" and given.get("include-hidden-files") != "true":
            return
        target = self.artifacts / given["name"]
        assert given.get("overwrite") == "true" or not target.exists()
        shutil.rmtree(target, ignore_errors=True)
        if source.is_dir():
            shutil.copytree(source, target)
            for path in target.rglob("*"):
                # A zip of theirs keeps no modes.
                path.chmod(0o755 if path.is_dir() else 0o644)

    def _event(self) -> Path:
        """What GitHub tells a job of what has happened."""
        path = self.forge.place / "event.json"
        name = self.github["event.pull_request.head.repo.full_name"]
        said = {"pull_request": {"head": {"repo": {"full_name": name}}}}
        path.write_text(json.dumps(said if self.event == "pull_request" else {}))
        return path

    def _ran(self, job: str, step: Mapping[str, Any], folder: Path) -> bool:
        assert "${{" not in step["run"], "what is put into a script is run"
        summary = self.forge.place / f"summary-{job}.md"
        env = {
            **self.forge.project.env,
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_RUN_ID": str(self.number),
            "GITHUB_RUN_ATTEMPT": self.github["run_attempt"],
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_EVENT_NAME": self.event,
            "GITHUB_WORKSPACE": str(folder),
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_EVENT_PATH": str(self._event()),
            "GITHUB_WORKFLOW_REF": f"{REPOSITORY}/.github/workflows/{self.name}@refs/heads/main",
            "GITHUB_REF_NAME": "main" if self.event == "push" else "7/merge",
            "GITHUB_HEAD_REF": "" if self.event == "push" else "topic",
            **{key: self._value(value) for key, value in step.get("env", {}).items()},
        }
        done = shell(step["run"], folder / step.get("working-directory", ""), env)
        self.logs[job] += f"{done.stdout}{done.stderr}-> {done.returncode}\n"
        return done.returncode == 0


def opened(forge: Forge, head: str) -> None:
    """A pull request that somebody has approved."""
    review = {"author": {"login": "grace"}, "state": "APPROVED", "commit": {"oid": head}}
    review["authorAssociation"] = "MEMBER"
    forge.said["changes"]["7"] = {
        "number": 7,
        "url": "https://example.org/7",
        "headRefOid": head,
        "state": "MERGED",
        "reviews": [review],
    }
    forge.tell()


def merged(forge: Forge, head: str, commit: str, run: int) -> None:
    """It was merged as that commit, after that run."""
    row = {
        "number": 7,
        "merged_at": "today",
        "merge_commit_sha": commit,
        "head": {"sha": head, "repo": {"full_name": REPOSITORY}},
        "base": {"repo": {"full_name": REPOSITORY}},
    }
    forge.answers(f"repos/{REPOSITORY}/commits/{commit}/pulls", [row])
    runs = f"repos/{REPOSITORY}/actions/workflows/loop-release.yml/runs?head_sha={head}"
    forge.answers(
        runs, {"workflow_runs": [{"id": run, "head_repository": {"full_name": REPOSITORY}}]}
    )
