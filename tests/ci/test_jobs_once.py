"""A job deploys once, and does not overtake: by what the forge knows, where there is no verify."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from forge import REPOSITORY, Forge
from gitlab import JOB_TOKEN, TOKEN, GitLab
from test_relay import CI, SHORT, Jobs, deployments, jobs

from innerloop.config.build import build
from innerloop.core.pipeline import shared
from innerloop.system.forge_deploys import deployments as known
from innerloop.system.forge_deploys import suspects, tried
from innerloop.system.gitlab_api import get

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Done, Maker

pytestmark = pytest.mark.timeout(120)
FULL = "environment: sandbox, verify: ./live.sh, rollback: ./back.sh}"
BARE = SHORT.replace(FULL, "environment: sandbox}")
IDEMPOTENT = SHORT.replace(FULL, "environment: sandbox, idempotent: true}")
DEPLOYMENTS = f"repos/{REPOSITORY}/deployments"


class History:
    """An older commit, ours, a newer one, and one beside ours; we are at ours."""

    def __init__(self, project: Maker, loops: str) -> None:
        self.jobs = jobs(project, loops)
        git = self.jobs.project.git
        self.older = git("rev-parse", "HEAD")
        self.ours = self._commit(2)
        self.newer = self._commit(3)
        git("checkout", "-q", self.older)
        self.beside = self._commit(4)
        git("checkout", "-q", self.ours)
        path = f"repos/{REPOSITORY}/actions/runs/9"
        self.jobs.answers(path, {"head_sha": self.ours})
        self.jobs.job("qa").ok()
        self.jobs.forged("qa", "build")

    def _commit(self, total: int) -> str:
        self.jobs.project.write({"app.py": f"total = {total}\n"}).commit()
        return self.jobs.project.git("rev-parse", "HEAD")

    def after(self, *commits: str) -> Done:
        """The deploy, where these were deployed before, the latest first."""
        deployments(self.jobs, *commits)
        return self.jobs.job("sandbox")


def test_without_verify_the_forge_says_what_may_not_be_overtaken(project: Maker) -> None:
    made = History(project, IDEMPOTENT)
    # The first is the deployment that this very job is.
    made.after(made.newer).fails(1).prints("superseded", made.newer[:12])
    made.after(made.beside).fails(2).warns(f"{made.beside[:12]} may be live", "of the other")
    gone = "0" * 40
    made.after(gone).fails(2).warns("git does not know whether it is newer", "fetch-depth: 0")
    made.jobs.answers(f"{DEPLOYMENTS}?environment=sandbox", [])
    made.jobs.job("sandbox").fails(2).warns("this job is no deployment there")
    made.jobs.answers(f"{DEPLOYMENTS}?environment=sandbox", "no JSON")
    found = made.jobs.job("sandbox").fails(2)
    found.warns("nobody can tell what was deployed to sandbox", "deployments: read")
    assert made.jobs.effects() == []
    made.after(made.older, made.newer).ok()
    made.after().ok()
    made.jobs.project.env["LOOP_ALLOW_OLDER"] = "true"
    made.after(gone).ok()
    assert len(made.jobs.effects()) == 3


def test_where_verify_cannot_tell_the_forge_is_believed(project: Maker) -> None:
    made = History(project, SHORT)
    (made.jobs.target / "blind").touch()
    made.after(made.newer).fails(1).prints("superseded")
    (made.jobs.target / "blind").unlink()
    made.after(made.newer).ok()
    # Whatever the forge says was deployed, it is not there.
    (made.jobs.target / "sandbox").write_text(made.older)
    made.after(made.newer, made.older).ok()
    assert made.jobs.effects() == ["deploy sandbox"] * 2


def test_what_a_verify_that_had_to_be_ended_says_lets_nothing_be_overtaken(
    project: Maker,
) -> None:
    slow = """verify: "trap 'exit 3' INT; sleep 9 & wait", timeout: 1s"""
    made = History(project, SHORT.replace(FULL, FULL.replace("verify: ./live.sh", slow)))
    made.after(made.newer).fails(1).prints("superseded")
    assert made.jobs.effects() == []


def test_in_a_clone_without_history_nothing_is_known_to_be_newer(project: Maker) -> None:
    made = History(project, IDEMPOTENT)
    made.jobs.push("refs/heads/main")
    shallow = made.jobs.place / "shallow"
    made.jobs.clone(made.ours, shallow, whole=False)
    deployments(made.jobs, made.older)
    made.jobs.project.git("fetch", "-q", "--depth=1", "origin", made.older, cwd=shallow)
    relay = made.jobs.project.root / ".loop/relay"
    words = ("outer", "--only", "sandbox", "--relay", str(relay))
    found = made.jobs.project.run(*words, env=CI, cwd=shallow)
    found.fails(2).warns("git does not know whether it is newer")
    assert made.jobs.effects() == []


def test_what_has_failed_may_be_live_and_what_has_not_begun_is_not(
    project: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Forge(project(), SHORT)
    env = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": REPOSITORY}
    for name, value in {**env, "PATH": found.project.env["PATH"]}.items():
        monkeypatch.setenv(name, value)
    root = str(found.project.root)
    assert "deployments: read" in known(root, "sandbox").missing
    rows = [{"id": at, "sha": at * 8} for at in "abcd"]
    found.answers(f"{DEPLOYMENTS}?environment=sandbox", rows)
    told = known(root, "sandbox")
    assert "deployments: read" in suspects(root, told, "").missing
    said = {"a": ("waiting",), "b": ("failure", "in_progress"), "c": ("inactive", "success")}
    for at, states in {**said, "d": ("success",)}.items():
        found.answers(f"{DEPLOYMENTS}/{at}/statuses", [{"state": one} for one in states])
    assert suspects(root, told, "").commits == ("b" * 8, "c" * 8)
    # Ours says nothing of what is there besides.
    assert suspects(root, told, "c" * 8).commits == ("b" * 8, "d" * 8)
    found.answers(f"{DEPLOYMENTS}?environment=sandbox", [{"id": "a", "sha": "ours"}] * 100)
    assert suspects(root, known(root, "sandbox"), "ours").missing


def test_where_changes_are_deployed_before_they_are_merged_none_of_it_is_newer(
    project: Maker,
) -> None:
    loops = IDEMPOTENT.replace("    smoke:", "    review: {review: pull_request}\n    smoke:")
    made = History(project, loops)
    made.after("0" * 40).ok()
    made.after(made.newer).ok()
    config = build(loops.encode(), None)[0]
    assert shared(config, "sandbox")
    assert not shared(config, "prod")


def test_a_job_that_is_run_again_doubts_where_nothing_says_what_is_live(project: Maker) -> None:
    found = jobs(project, BARE)
    found.job("qa").ok()
    found.forged("qa", "build")
    deployments(found)
    found.job("sandbox").ok()
    found.job("sandbox", attempt=2).fails(5).prints("an earlier try of this job may have begun it")
    assert found.effects() == ["deploy sandbox"]
    assert found.leg("sandbox")["state"] == "unknown"


def test_why_an_earlier_try_is_in_doubt_is_said_as_it_is(project: Maker) -> None:
    found = jobs(project, SHORT.replace(FULL, f"if_interrupted: ask, {FULL}"))
    found.job("qa").ok()
    found.forged("qa", "build")
    again = found.job("sandbox", attempt=2).fails(5)
    again.prints("and 'if_interrupted' has a person asked: see what is live")
    assert "no 'verify'" not in again.out
    assert found.effects() == []


def test_what_is_given_no_secrets_is_not_deployed_and_it_says_why(project: Maker) -> None:
    found = jobs(project, SHORT.replace(FULL, f"secrets: [KEY], {FULL}"))
    found.job("qa").ok()
    found.forged("qa", "build")
    event = found.place / "event.json"
    found.project.env["GITHUB_EVENT_PATH"] = str(event)
    body = '{"pull_request": {"head": {"repo": {"full_name": "%s"}}}}'
    event.write_text(body % "mallory/shop")
    fork = "the change comes from mallory/shop, a fork, whose jobs are given no secrets"
    found.job("sandbox", GITHUB_EVENT_NAME="pull_request").fails(2).warns(fork)
    event.write_text('{"pull_request": {"head": {"repo": null}}}')
    found.job("sandbox", GITHUB_EVENT_NAME="pull_request").fails(2)
    gitlab = {"GITLAB_CI": "true", "CI_MERGE_REQUEST_PROJECT_ID": "3"}
    gitlab |= {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "4"}
    found.project.env |= gitlab
    found.job("sandbox", GITHUB_ACTIONS="").fails(2).warns("comes from project 4, a fork")
    assert found.effects() == []
    found.project.env["GITLAB_CI"] = ""
    event.write_text(body % REPOSITORY)
    found.job("sandbox", GITHUB_EVENT_NAME="pull_request").fails(2).warns("KEY has no value here")
    assert found.effects() == []
    found.job("sandbox", GITHUB_EVENT_NAME="pull_request", KEY="a-key").ok()


# -- GitLab -----------------------------------------------------------------------------------


@pytest.fixture
def gitlab(project: Maker, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitLab]:
    """This process as a job of it, which no glab is there for."""
    forge = Jobs(project(), BARE)
    forge.project.commit()
    with GitLab(forge) as found:
        env = {"GITLAB_CI": "true", "CI_PROJECT_ID": "3", "CI_PIPELINE_ID": "9", "CI_JOB_ID": "5"}
        for name, value in {**env, "CI_JOB_NAME": "release:sandbox", **found.env}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
        yield found


def deployed(number: int, status: str = "success", **job: object) -> dict[str, object]:
    made = {"id": number, "name": "release:sandbox", "pipeline": {"id": 9}, "started_at": "today"}
    place = {"name": job.pop("environment", "sandbox")}
    head = {"id": number * 10, "sha": f"{number}" * 40, "status": status, "environment": place}
    return head | {"deployable": made | job}


def test_gitlab_says_whether_a_job_was_tried_before(gitlab: GitLab) -> None:
    root, path = str(gitlab.forge.project.root), "projects/3/deployments"
    assert tried(root, "sandbox") is None, "it says nothing, and that is no no"
    others = [deployed(5), deployed(3, name="release:other"), deployed(2, pipeline={"id": 8})]
    others += [deployed(4, environment="prod"), deployed(1, "canceled", started_at=None)]
    gitlab.forge.answers(path, others)
    assert tried(root, "sandbox") is False
    gitlab.forge.answers(path, others[1:])
    assert tried(root, "sandbox") is None, "where this one leaves no trace, none before it has"
    for status in ("failed", "success", "canceled"):
        gitlab.forge.answers(path, [*others, deployed(4, status)])
        assert tried(root, "sandbox") is True
    gitlab.forge.answers(path, [deployed(n, pipeline={"id": 8}) for n in range(100, 230)])
    assert tried(root, "sandbox") is None, "it may be among those that are older"


def test_gitlab_names_what_may_be_live_even_to_a_jobs_own_token(
    gitlab: GitLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, path = str(gitlab.forge.project.root), "projects/3/deployments"
    statuses = {9: "success", 8: "created", 7: "failed", 6: "success", 5: "success"}
    gitlab.forge.answers(path, [deployed(n, status) for n, status in statuses.items()])
    monkeypatch.setenv("GITLAB_TOKEN", "")
    assert suspects(root, known(root, "sandbox"), "9" * 40).commits == ("7" * 40, "6" * 40)
    monkeypatch.setenv("GITLAB_TOKEN", "another")
    missing = known(root, "sandbox").missing
    assert "401 to projects/3/deployments" in missing
    assert "read_api" in missing
    assert JOB_TOKEN not in missing
    gitlab.down = 502
    assert "502" in known(root, "sandbox").missing


def test_a_token_goes_nowhere_but_to_gitlab(gitlab: GitLab) -> None:
    gitlab.forge.answers("projects/3/jobs/1/artifacts/leg.json", "/store/leg.json")
    gitlab.forge.answers("/store/leg.json", "a leg")
    get("projects/3/jobs/1/artifacts/leg.json")
    assert [token for _, token in gitlab.asked] == [TOKEN, ""]


def test_gitlabs_job_that_is_run_again_or_cannot_ask_deploys_nothing(gitlab: GitLab) -> None:
    found = gitlab.forge
    assert isinstance(found, Jobs)
    relay = str(found.project.root / ".loop/relay")
    env = {"CI": "true", "CI_PIPELINE_SOURCE": "push", "GITLAB_CI": "true", "CI_PROJECT_ID": "3"}
    env |= {"CI_PIPELINE_ID": "9", "CI_JOB_ID": "5", "CI_JOB_NAME": "release:sandbox", **gitlab.env}

    def job(stage: str) -> Done:
        return found.project.run("outer", "--only", stage, "--relay", relay, env=env)

    job("qa").ok()
    (found.project.root / "gl-code-quality-report.json").unlink()
    found.forged("qa", "build")
    job("sandbox").fails(2).warns("nobody can tell what was deployed to sandbox", "GITLAB_TOKEN")
    ours = deployed(5, "running") | {"sha": found.project.git("rev-parse", "HEAD")}
    found.answers("projects/3/deployments", [ours, deployed(4, "failed") | {"sha": ours["sha"]}])
    job("sandbox").fails(5).prints("an earlier try of this job may have begun it")
    assert found.effects() == []
    found.answers("projects/3/deployments", [ours])
    env["CI_JOB_ID"] = ""
    job("sandbox").fails(5).prints(
        "nobody can tell whether an earlier try of this job has begun it"
    )
    env["CI_JOB_ID"] = "5"
    job("sandbox").ok()
    assert found.effects() == ["deploy sandbox"]
