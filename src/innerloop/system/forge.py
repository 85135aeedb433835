"""The forge, asked by its own command line: gh or glab, and what its CI tells in variables."""

from __future__ import annotations

import json
import os
import subprocess
import time
from typing import Any

from innerloop.core.book import Answer
from innerloop.core.hands import Answers, Reviewed
from innerloop.core.variables import forge as whose
from innerloop.system import git
from innerloop.system.python import which

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.book import Ticket
    from innerloop.core.outer import Review, Stage

_PATIENCE = 30.0
_PROGRAMS = {"github": "gh", "gitlab": "glab"}
_FIELDS = "number,state,url,headRefOid,reviews,reviewDecision"


class Forge:
    """GitHub or GitLab, as far as the project's own tools can ask it."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._kind = whose(os.environ) or self._remote()

    def _remote(self) -> str:
        _, url, _ = git.finish(git.start(self._root, "config", "--get", "remote.origin.url"))
        return "gitlab" if "gitlab" in url.lower() else "github"

    def answers(self, ticket: Ticket, stage: Stage, subject: str, environment: str) -> Answers:
        """The approvals of the CI's own environment: the forge says who gave them."""
        kind = whose(os.environ)
        if not kind:
            return Answers(missing="this is no job of a CI")
        if not environment:
            return Answers(missing="no environment is deployed to behind it")
        if kind == "gitlab":
            return self._manual(ticket, stage, subject)
        run = os.environ.get("GITHUB_RUN_ID", "")
        path = f"repos/{os.environ.get('GITHUB_REPOSITORY', '')}/actions/runs/{run}/approvals"
        said, missing = self._ask("gh", "api", path)
        found = [
            Answer(
                *(ticket.id, stage.name, subject, one["state"] == "approved"),
                *(one["user"]["login"], f"github run {run}", True, one.get("comment") or ""),
                time.time(),
            )
            for one in said or ()
            if environment in [place["name"] for place in one["environments"]]
            and one["state"] in {"approved", "rejected"}
        ]
        return Answers(tuple(found), missing)

    def _manual(self, ticket: Ticket, stage: Stage, subject: str) -> Answers:
        """A manual job is started by a person, whom GitLab names."""
        who = os.environ.get("GITLAB_USER_LOGIN", "")
        if os.environ.get("CI_JOB_MANUAL") != "true" or not who:
            return Answers(missing="this job was not started by hand (when: manual)")
        source = f"gitlab job {os.environ.get('CI_JOB_ID', '')}"
        head = (ticket.id, stage.name, subject, True, who, source, True)
        return Answers((Answer(*head, at=time.time()),))

    def reviewed(self, ticket: Ticket, review: Review) -> Reviewed:
        """The state of the change that the run's branch is."""
        if not ticket.branch:
            return Reviewed(False, why="no branch is checked out, so there is no pull request")
        if self._kind == "gitlab":
            return self._merge_request(ticket, review)
        said, missing = self._ask("gh", "pr", "view", ticket.branch, "--json", _FIELDS)
        if said is None:
            return Reviewed(False, why=missing)
        name = f"#{said['number']} ({said['url']})"
        if said["state"] == "CLOSED":
            return Reviewed(False, denied=True, why=f"{name} was closed")
        if said["headRefOid"] != ticket.commit:
            return Reviewed(False, why=f"{name} is at {said['headRefOid'][:10]}: push this commit")
        return _counted(said, ticket, review, name)

    def _merge_request(self, ticket: Ticket, review: Review) -> Reviewed:
        said, missing = self._ask("glab", "mr", "view", ticket.branch, "-F", "json")
        if said is None:
            return Reviewed(False, why=missing)
        name = f"!{said['iid']} ({said['web_url']})"
        if said["state"] == "closed":
            return Reviewed(False, denied=True, why=f"{name} was closed")
        if said["sha"] != ticket.commit:
            return Reviewed(False, why=f"{name} is at {said['sha'][:10]}: push this commit")
        path = f"projects/:id/merge_requests/{said['iid']}/approvals"
        found, missing = self._ask("glab", "api", path)
        if found is None:
            return Reviewed(False, why=missing)
        who = [one["user"]["username"] for one in found.get("approved_by", ())]
        return _enough(who, review, name)

    def _ask(self, program: str, *words: str) -> tuple[Any, str]:
        """What it says, as JSON; or None, and what is missing."""
        if not which(program, os.environ.get("PATH", os.defpath)):
            return None, f"{program} is not installed: it is asked for what the forge knows"
        try:
            done = subprocess.run(
                [program, *words],
                cwd=self._root,
                env=git.without_repository(os.environ),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_PATIENCE,
                check=False,
            )
            if done.returncode:
                lines = done.stderr.strip().splitlines() or [f"exit {done.returncode}"]
                return None, f"{program}: {lines[-1]}"
            return json.loads(done.stdout), ""
        except subprocess.TimeoutExpired:
            return None, f"{program} does not answer"
        except (OSError, ValueError) as error:
            return None, f"{program}: {error}"


def _counted(said: Any, ticket: Ticket, review: Review, name: str) -> Reviewed:
    """Who approved just this commit, by the latest word of each."""
    latest: dict[str, str] = {}
    for one in said["reviews"]:
        commit = (one.get("commit") or {}).get("oid")
        who = (one.get("author") or {}).get("login", "")
        if one["state"] in {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}:
            stale = one["state"] == "APPROVED" and commit not in {None, ticket.commit}
            latest[who] = "DISMISSED" if stale else one["state"]
    against = [who for who, state in latest.items() if state == "CHANGES_REQUESTED"]
    if against:
        return Reviewed(False, why=f"{name}: {', '.join(against)} asks for changes")
    return _enough([who for who, state in latest.items() if state == "APPROVED"], review, name)


def _enough(who: list[str], review: Review, name: str) -> Reviewed:
    if len(set(who)) >= review.approvals:
        return Reviewed(True, why=f"{name}, by {', '.join(who)}")
    return Reviewed(False, why=f"{name} has {len(set(who))} of {review.approvals} approvals")
