"""The forge, asked by its own command line: gh or glab, and what its CI tells in variables."""

from __future__ import annotations

import os
import time
from typing import Any

from innerloop.core.book import Answer
from innerloop.core.hands import Answers, Reviewed
from innerloop.core.pipeline import gates, gitlab_job
from innerloop.core.stages import guarded
from innerloop.core.variables import forge as whose
from innerloop.system import git, gitlab_review
from innerloop.system.forge_ask import ask
from innerloop.system.forge_past import merged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.book import Ticket
    from innerloop.core.outer import Review, Stage
    from innerloop.system.forge_past import Merged

_FIELDS = "number,state,url,headRefOid,reviews,reviewDecision"
_INSIDERS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
"""whose approval counts: anybody at all may review what is public"""


class Forge:
    """GitHub or GitLab, as far as the project's own tools can ask it."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._kind = whose(os.environ) or self._remote()

    def _remote(self) -> str:
        _, url, _ = git.finish(git.start(self._root, "config", "--get", "remote.origin.url"))
        return "gitlab" if "gitlab" in url.lower() else "github"

    def answers(self, ticket: Ticket, stage: Stage, subject: str) -> Answers:
        """The approvals of the CI's own environment: the forge says who gave them."""
        kind = whose(os.environ)
        if not kind:
            return Answers(missing="this is no job of a CI")
        if not guarded(ticket.outer, stage):
            return Answers(missing="no environment is deployed to behind it")
        if kind == "gitlab":
            if f"--only {stage.name}" in dict(ticket.left).values():
                return self._manual(ticket, stage, subject)
            return self._played(ticket, stage, subject)
        run = os.environ.get("GITHUB_RUN_ID", "")
        path = f"repos/{os.environ.get('GITHUB_REPOSITORY', '')}/actions/runs/{run}"
        of, missing = self._ask("gh", "api", path)
        if of is None:
            return Answers(missing=missing)
        if of["head_sha"] not in _heads(self._root, ticket.commit):
            # The number is a variable: anybody may have set it to another run's.
            return Answers(missing=f"run {run} is of {of['head_sha'][:10]}")
        said, missing = self._ask("gh", "api", f"{path}/approvals")
        places = gates(ticket.outer, stage)
        found = [
            Answer(
                *(ticket.id, stage.name, subject, one["state"] == "approved"),
                *(one["user"]["login"], f"github run {run}", True, one.get("comment") or ""),
                time.time(),
            )
            for one in said or ()
            if not places.isdisjoint(place["name"] for place in one["environments"])
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

    def _played(self, ticket: Ticket, stage: Stage, subject: str) -> Answers:
        """Who started the stage's own job of this pipeline: whoever started another let nothing."""
        below = os.path.relpath(self._root, os.environ.get("CI_PROJECT_DIR") or self._root)
        name = gitlab_job(ticket.outer.name, stage.name, "" if below == "." else below)
        pipeline = os.environ.get("CI_PIPELINE_ID", "")
        project = os.environ.get("CI_PROJECT_ID", ":id")
        path = f"projects/{project}/pipelines/{pipeline}/jobs?per_page=100"
        said, missing = self._ask("glab", "api", path)
        for one in said or ():
            here = one["name"] == name and one["commit"]["id"] == ticket.commit
            if here and one["status"] == "success":
                source = f"gitlab job {one['id']}"
                head = (ticket.id, stage.name, subject, True, one["user"]["username"], source, True)
                return Answers((Answer(*head, at=time.time()),))
        return Answers(missing=missing or f"nobody has started the job {name} of this pipeline")

    def reviewed(self, ticket: Ticket, review: Review) -> Reviewed:
        """The state of the change that the run's branch is, or in CI, that became its commit."""
        change, lack = merged(self._root, ticket.commit) if whose(os.environ) else (None, "")
        if not ticket.branch and change is None:
            return Reviewed(False, why="no branch is checked out, so there is no pull request")
        if self._kind == "gitlab":
            return self._merge_request(ticket, review, change, lack)
        of = str(change.number) if change else ticket.branch
        said, missing = self._ask("gh", "pr", "view", of, "--json", _FIELDS)
        if said is None:
            return Reviewed(False, why=missing)
        name = f"#{said['number']} ({said['url']})"
        if said["state"] == "CLOSED":
            return Reviewed(False, denied=True, why=f"{name} was closed")
        # What was merged as this commit was reviewed at its own last one.
        head = change.head if change else ticket.commit
        if said["headRefOid"] != head:
            return Reviewed(False, why=f"{name} is at {said['headRefOid'][:10]}: push this commit")
        return _counted(said, head, review, name)

    def _merge_request(
        self, ticket: Ticket, review: Review, change: Merged | None, lack: str
    ) -> Reviewed:
        if change is None and whose(os.environ):
            return Reviewed(False, why=lack)
        of = str(change.number) if change else ticket.branch
        head = change.head if change else ticket.commit
        return gitlab_review.reviewed(self._root, of, head, review)

    def _ask(self, program: str, *words: str) -> tuple[Any, str]:
        return ask(self._root, program, *words)


def _heads(root: str, commit: str) -> tuple[str, ...]:
    """What GitHub calls the commit of a run: of a change, what was merged to be looked at."""
    if os.environ.get("GITHUB_EVENT_NAME") != "pull_request":
        return (commit,)
    _, out, _ = git.finish(git.start(root, "cat-file", "commit", commit))
    head = out.partition("\n\n")[0].splitlines()
    return (commit, *[line.split()[1] for line in head if line.startswith("parent ")][1:])


def _counted(said: Any, head: str, review: Review, name: str) -> Reviewed:
    """Who approved just this commit, by the latest word of each."""
    latest: dict[str, str] = {}
    for one in said["reviews"]:
        commit = (one.get("commit") or {}).get("oid")
        who = (one.get("author") or {}).get("login", "")
        if one["state"] in {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}:
            good = commit == head and one.get("authorAssociation") in _INSIDERS
            void = one["state"] == "APPROVED" and not good
            latest[who] = "DISMISSED" if void else one["state"]
    against = [who for who, state in latest.items() if state == "CHANGES_REQUESTED"]
    if against:
        return Reviewed(False, why=f"{name}: {', '.join(against)} asks for changes")
    if said.get("reviewDecision") not in {None, "", "APPROVED"}:
        wanted = str(said["reviewDecision"]).lower().replace("_", " ")
        return Reviewed(False, why=f"{name} does not have every review it needs: {wanted}")
    return _enough([who for who, state in latest.items() if state == "APPROVED"], review, name)


def _enough(who: list[str], review: Review, name: str) -> Reviewed:
    if len(set(who)) >= review.approvals:
        return Reviewed(True, why=f"{name}, by {', '.join(who)}")
    return Reviewed(False, why=f"{name} has {len(set(who))} of {review.approvals} approvals")
