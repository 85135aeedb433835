"""One stage as one job: what is handed on is believed as far as it can be, and no further."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from actions import merged
from forge import LOOPS, REPOSITORY, Forge

from innerloop.core.book import Answer, Kept, Ticket
from innerloop.core.errors import LoopError
from innerloop.core.leg import Leg, unfit
from innerloop.core.outer import Outer
from innerloop.core.states import State
from innerloop.system.forge_ask import ask
from innerloop.system.forge_past import recalled
from innerloop.system.journal.place import Room
from innerloop.system.relay import Relay

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Done, Maker

pytestmark = pytest.mark.timeout(120)
CI = {
    "CI": "true",
    "GITHUB_ACTIONS": "true",
    "GITHUB_RUN_ID": "9",
    "GITHUB_RUN_ATTEMPT": "1",
    "GITHUB_REPOSITORY": REPOSITORY,
    "GITHUB_EVENT_NAME": "push",
}
SHORT = LOOPS.replace("    review: {review: pull_request}\n", "")


class Jobs(Forge):
    """Jobs of one run, one after another in the same place."""

    def job(self, stage: str, *words: str, attempt: int = 1, **more: str) -> Done:
        relay = str(self.project.root / ".loop/relay")
        env = CI | {"GITHUB_RUN_ATTEMPT": str(attempt)} | more
        return self.project.run("outer", "--only", stage, "--relay", relay, *words, env=env)

    def path(self, stage: str) -> Any:
        return self.project.root / f".loop/relay/loop-release-{stage}/leg.json"

    def leg(self, stage: str, **values: Any) -> Any:
        """What a job has handed on; with values, as somebody has made it."""
        said = json.loads(self.path(stage).read_text())
        if values:
            self.path(stage).write_text(json.dumps(said | values))
        return said

    def forged(self, like: str, *stages: str) -> None:
        """Legs that say that stages have passed."""
        said = json.loads(self.path(like).read_text())
        for stage in stages:
            self.path(stage).parent.mkdir(exist_ok=True)
            made = said | {"stage": stage, "state": "passed", "kept": [], "environment": ""}
            self.path(stage).write_text(json.dumps(made))


def jobs(project: Maker, loops: str = SHORT) -> Jobs:
    found = Jobs(project(), loops)
    found.project.commit()
    head = found.project.git("rev-parse", "HEAD")
    found.answers(f"repos/{REPOSITORY}/actions/runs/9", {"head_sha": head})
    # But for this job nothing was deployed; what is said to have been was, unless it is said of it.
    found.answers(f"repos/{REPOSITORY}/deployments?environment=", [{"id": "ours", "sha": head}])
    found.answers(f"repos/{REPOSITORY}/deployments/", [{"state": "success"}])
    return found


def test_nothing_begins_behind_what_did_not_pass_on_just_these_files(project: Maker) -> None:
    found = jobs(project)
    found.job("build").fails(2).warns("of qa, which comes before it, its job has handed nothing on")
    found.job("qa").ok()
    good = found.leg("qa")
    for lie, said in (
        ({"state": "failed"}, "it is failed"),
        ({"tree": "0" * 40}, "it is about tree 0000000000"),
        ({"leg": 99}, "is damaged"),
    ):
        found.path("qa").write_text(json.dumps(good | lie))
        found.job("build").fails(2).warns(said)


def test_a_leg_is_of_its_stage_and_of_files_below_the_project(tmp_path: Path) -> None:
    relay, room = Relay(str(tmp_path / "relay")), Room(str(tmp_path / "room"))
    leg = Leg("release", "qa", State.PASSED, "a plan", "a tree", kept=(Kept("qa", "a", "f" * 64),))
    relay.write(leg, room)
    assert relay.read("release", "qa") == leg
    assert relay.read("release", "smoke") is None
    path = tmp_path / "relay/loop-release-qa/leg.json"
    good = json.loads(path.read_text())
    for lie, said in (
        ({"stage": "smoke"}, "is of 'smoke', not of 'qa'"),
        ({"state": "splendid"}, "is damaged"),
        ({"kept": [{"stage": "qa", "path": "../x", "digest": "a" * 64}]}, "is damaged"),
        ({"kept": [{"stage": "qa", "path": "x", "digest": "../../x"}]}, "is damaged"),
    ):
        path.write_text(json.dumps(good | lie))
        with pytest.raises(LoopError, match=said):
            relay.read("release", "qa")


def test_a_leg_says_nothing_of_another_plan_or_of_other_files() -> None:
    of = Ticket("1", 1, Outer("release", ()), (), "a plan")
    leg = Leg("release", "qa", State.PASSED, "a plan", "a tree")
    assert not unfit(leg, of, "a tree")
    assert unfit(leg, of, "another")
    assert unfit(leg, of._replace(plan="another"), "a tree")
    assert unfit(leg, of._replace(content="changed"), "a tree")
    assert unfit(leg, of._replace(outer=Outer("train", ())), "a tree")


def test_what_the_change_proved_of_other_files_is_proved_anew(project: Maker) -> None:
    found = jobs(project)
    head = found.project.git("rev-parse", "HEAD")
    merged(found, head, head, 11)
    found.job("qa").ok()
    other = found.leg("qa") | {"tree": "0" * 40}
    place = found.place / "artifacts/11/loop-release-qa"
    place.mkdir(parents=True)
    (place / "leg.json").write_text(json.dumps(other))
    workflow = f"{REPOSITORY}/.github/workflows/loop-release.yml@refs/heads/main"
    found.project.env["GITHUB_WORKFLOW_REF"] = workflow
    found.job("qa", "--recall").ok().warns("nothing is recalled: it is about tree 0000000000")
    assert found.leg("qa")["tree"] != other["tree"]

    (place / "leg.json").write_text(json.dumps(found.leg("qa")))
    found.job("qa", "--recall").ok().prints("on these very files: github run 11 of #7")


def test_by_schedule_nothing_is_recalled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_EVENT_NAME", "schedule")
    assert "schedule" in recalled(".", "release", "qa", "a" * 40, "nowhere").missing


def test_what_a_stage_left_comes_with_it_and_is_what_is_deployed(project: Maker) -> None:
    found = jobs(project)
    found.job("qa").ok()
    found.job("build").ok()
    (kept,) = found.leg("build")["kept"]
    file = found.path("build").parent / "files" / kept["digest"]
    file.chmod(0o644)  # no forge's store keeps a mode
    app = found.project.root / "dist/app"
    app.unlink()
    found.job("sandbox").ok()
    assert (found.target / "built-sandbox").read_text() == "built\n"

    app.unlink()
    file.write_text("echo another\n")
    found.job("sandbox").fails(2).warns("'dist/app' is no longer what build left")
    assert found.effects() == ["deploy sandbox"]


def test_a_leg_that_says_yes_opens_nothing_that_is_protected(project: Maker) -> None:
    found = jobs(project)
    found.job("qa").ok()
    found.forged("qa", "build", "sandbox", "smoke", "e2e")
    found.answers(f"repos/{REPOSITORY}/actions/runs/9/approvals", [])
    found.job("prod").fails(2).warns("the forge does not say that e2e was approved")
    row = {"state": "approved", "user": {"login": "grace"}}
    path = f"repos/{REPOSITORY}/actions/runs/9/approvals"
    found.answers(path, [row | {"environments": [{"name": "another-e2e"}]}])
    found.job("prod").fails(2)
    assert found.effects() == []
    found.answers(path, [row | {"environments": [{"name": "release-e2e"}]}])
    found.job("prod").ok()
    assert found.effects() == ["deploy prod"]


def test_the_approvals_of_another_commits_run_open_nothing(project: Maker) -> None:
    found = jobs(project)
    found.job("qa").ok()
    found.forged("qa", "build", "sandbox", "smoke", "e2e")
    path = f"repos/{REPOSITORY}/actions/runs/9"
    row = {"state": "approved", "user": {"login": "grace"}}
    found.answers(f"{path}/approvals", [row | {"environments": [{"name": "release-e2e"}]}])
    found.answers(path, {"head_sha": "0" * 40})
    found.job("prod").fails(2).warns("run 9 is of 0000000000")
    assert found.effects() == []


def test_on_gitlab_too_a_leg_that_says_yes_opens_nothing_that_is_protected(
    project: Maker,
) -> None:
    found = jobs(project)
    env = {"CI": "true", "GITLAB_CI": "true", "CI_PIPELINE_ID": "9", "CI_PROJECT_ID": "3"}
    env |= {"CI_JOB_ID": "5", "GITLAB_USER_LOGIN": "mallory", "CI_PIPELINE_SOURCE": "push"}
    relay = str(found.project.root / ".loop/relay")

    def job(stage: str) -> Done:
        return found.project.run("outer", "--only", stage, "--relay", relay, env=env)

    job("qa").ok()
    (found.project.root / "gl-code-quality-report.json").unlink()
    found.forged("qa", "build", "sandbox", "smoke", "e2e")
    lie = Answer("x", "e2e", "", yes=True, who="grace", source="gitlab job 1", verified=True)
    found.leg("e2e", answers=[lie._asdict()])
    row: dict[str, Any] = {
        "id": 4,
        "name": "release:e2e",
        "status": "success",
        "user": {"username": "grace"},
    }
    row["commit"] = {"id": found.project.git("rev-parse", "HEAD")}
    path = "projects/3/pipelines/9/jobs"
    ours = {"id": 1, "sha": row["commit"]["id"], "status": "running"}
    found.answers("projects/3/deployments?environment=prod", [ours])
    job("prod").fails(2).warns("the forge does not say that e2e was approved")
    for other in ({"name": "release:qa"}, {"status": "manual"}, {"commit": {"id": "0" * 40}}):
        found.answers(path, [row | other])
        job("prod").fails(2).warns("nobody has started the job release:e2e")
    assert found.effects() == []
    found.answers(path, [row])
    job("prod").ok()
    assert found.effects() == ["deploy prod"]


def test_a_job_that_is_run_again_asks_what_is_live_and_does_not_guess(project: Maker) -> None:
    found = jobs(project)
    found.job("qa").ok()
    found.forged("qa", "build")
    found.job("sandbox").ok()
    found.job("sandbox", attempt=2).ok().prints("is live already")
    assert found.effects() == ["deploy sandbox"]
    (found.target / "sandbox").unlink()
    found.job("sandbox", attempt=2).ok().prints("before it is begun, it is not live")
    assert found.effects() == ["deploy sandbox", "deploy sandbox"]
    (found.target / "blind").touch()
    found.job("sandbox", attempt=2).fails(5).prints("verify cannot tell")
    assert len(found.effects()) == 2


def deployments(found: Jobs, *commits: str) -> None:
    ours = found.project.git("rev-parse", "HEAD")
    rows = [{"id": at, "sha": sha} for at, sha in enumerate((ours, *commits))]
    found.answers(f"repos/{REPOSITORY}/deployments?environment=sandbox", rows)


def test_what_was_live_before_is_known_from_the_forge_and_brought_back(project: Maker) -> None:
    found = jobs(project)
    before = found.project.git("rev-parse", "HEAD")
    found.project.write({"app.py": "total = 2\n"}).commit()
    (found.target / "sandbox").write_text(before)
    (found.target / "fail-sandbox").touch()
    found.job("qa").ok()
    found.forged("qa", "build")
    deployments(found, "0" * 40, before)
    found.job("sandbox").fails(3).prints("rolled back", f"{before[:12]} is live again in")
    assert found.effects() == ["deploy sandbox", "back sandbox"]
    assert found.leg("sandbox")["state"] == "rolled back"


def test_an_older_commit_does_not_overtake_what_is_live(project: Maker) -> None:
    found = jobs(project)
    found.project.write({"app.py": "total = 2\n"}).commit()
    newer = found.project.git("rev-parse", "HEAD")
    found.project.git("checkout", "-q", "HEAD~1")
    (found.target / "sandbox").write_text(newer)
    deployments(found, newer)
    found.job("qa").ok()
    found.forged("qa", "build")
    found.job("sandbox").fails(1).prints("superseded", newer[:12])
    assert found.effects() == []
    found.job("smoke").fails(2).warns("it is superseded")
    found.job("sandbox", "--allow-older").ok()


def test_a_monitor_takes_nothing_back_that_another_run_deployed(project: Maker) -> None:
    found = jobs(project)
    found.job("qa").ok()
    found.forged("qa", "build", "sandbox", "smoke", "e2e")
    path = f"repos/{REPOSITORY}/actions/runs/9/approvals"
    row = {"state": "approved", "user": {"login": "g"}, "environments": [{"name": "prod"}]}
    found.answers(path, [row])
    found.job("prod").ok()
    (found.target / "prod").write_text("of another run")
    (found.target / "sick").touch()
    found.job("eye").fails(1).prints("superseded")
    assert found.effects() == ["deploy prod"]
    (found.target / "blind").touch()
    found.job("eye").fails(2).warns("nobody can tell whether")


def test_a_monitor_in_a_job_of_its_own_brings_back_what_was_live_before(project: Maker) -> None:
    loops = SHORT.replace("protected: true, ", "").replace(
        '    e2e: {approve: "tested by hand?"}\n', ""
    )
    found = jobs(project, loops)
    before = found.project.git("rev-parse", "HEAD")
    found.project.write({"app.py": "total = 2\n"}).commit()
    (found.target / "prod").write_text(before)
    path = f"repos/{REPOSITORY}/deployments?environment=prod"
    ours = found.project.git("rev-parse", "HEAD")
    found.answers(path, [{"id": 2, "sha": ours}, {"id": 1, "sha": before}])
    found.job("qa").ok()
    found.forged("qa", "build", "sandbox", "smoke")
    found.job("prod").ok()
    (found.target / "sick").touch()
    found.job("eye").fails(3).prints("rolled back", f"{before[:12]} is live again in")
    assert found.effects() == ["deploy prod", "back prod"]
    assert found.live("prod") == before


def test_what_comes_behind_a_failure_runs_then_and_its_job_is_its_own(project: Maker) -> None:
    found = jobs(project, SHORT + "    tell: {run: mark tell, when: failure, needs: [smoke]}\n")
    found.job("qa").ok()
    found.forged("qa", "build", "sandbox", "smoke")
    found.leg("smoke", state="failed")
    found.job("tell").ok()
    assert found.project.ran() == ["unit", "tell"]
    found.leg("smoke", state="passed")
    found.job("tell").ok().prints("nothing before it failed")
    found.leg("smoke", state="skipped")
    found.job("tell").ok().prints("nothing before it failed")
    assert found.project.ran() == []


def test_a_check_by_cron_looks_once_at_what_is_live(project: Maker) -> None:
    loops = SHORT.replace("every: 200ms, for: 1s, on_fail: rollback", "every: 200ms, for: 7d")
    found = jobs(project, loops)
    found.job("eye", "--once").ok().prints("1 samples, 0 bad")
    (found.target / "sick").touch()
    found.job("eye", "--once").fails(1).prints("1 of 1 samples bad")
    found.job("qa", "--once").fails(2).warns("qa is no monitor")


def test_a_check_by_cron_is_of_what_the_forge_says_is_live_where_nothing_else_does(
    project: Maker,
) -> None:
    bare = "environment: prod, idempotent: true}"
    loops = SHORT.replace("environment: prod, verify: ./live.sh, rollback: ./back.sh}", bare)
    look = """{monitor: 'echo "$LOOP_VERSION" >> "$TARGET/seen"', every: 200ms, for: 7d}"""
    loops = loops.replace(loops.partition("eye: ")[2].strip(), look)
    found = jobs(project, loops)
    before = found.project.git("rev-parse", "HEAD")
    found.project.write({"app.py": "total = 2\n"}).commit()
    rows = [{"id": "failed", "sha": "0" * 40}, {"id": "done", "sha": before}]
    found.answers(f"repos/{REPOSITORY}/deployments?environment=prod", rows)
    found.answers(f"repos/{REPOSITORY}/deployments/failed/", [{"state": "failure"}])
    found.job("eye", "--once").ok()
    assert (found.target / "seen").read_text() == f"{before}\n"


def test_a_relay_is_of_one_stage(project: Maker) -> None:
    found = jobs(project)
    found.project.run("outer", "--relay", "relay").fails(2).warns("add --only STAGE")
    found.project.run("outer", "--only", "qa", "--recall").fails(2).warns("--relay DIR")


def test_what_nobody_merged_was_reviewed_by_nobody(project: Maker) -> None:
    found = jobs(project, LOOPS)
    found.job("qa").ok()
    found.forged("qa", "build", "sandbox", "smoke")
    found.job("review").fails(75).prints("no pull requests found")
    found.job("e2e").fails(2).warns("of review, which comes before it, it is waiting")


def test_what_is_seen_is_of_this_run_or_says_nothing(project: Maker) -> None:
    other = 'echo another > "$TARGET/sandbox"'
    smoke = '\'[ ! -e "$TARGET/race" ] || ' + other + "; mark smoke'"
    found = jobs(project, SHORT.replace("""'test -s "$TARGET/sandbox"'""", smoke))
    found.job("qa").ok()
    found.forged("qa", "build")
    found.job("sandbox").ok()
    said = "is not live in sandbox any more"
    (found.target / "race").touch()
    found.job("smoke").fails(1).warns("smoke says nothing of it", said)
    assert found.leg("smoke")["state"] == "failed"
    found.job("e2e").fails(2).warns("of smoke, which comes before it, it is failed", said)
    found.project.ran()
    found.job("smoke").fails(2).warns(
        f"smoke does not begin: {found.leg('sandbox')['version'][:12]}"
    )
    assert found.project.ran() == []
    (found.target / "race").unlink()
    (found.target / "blind").touch()
    found.job("smoke").ok()
    (found.target / "blind").unlink()
    found.leg("sandbox", state="skipped")
    found.job("smoke").ok()


def test_who_lets_a_change_pass_lets_what_was_merged_to_be_looked_at(project: Maker) -> None:
    found = jobs(project)
    git = found.project.git
    git("checkout", "-q", "-b", "topic")
    found.project.write({"app.py": "total = 2\n"}).commit()
    head = git("rev-parse", "HEAD")
    git("checkout", "-q", "main")
    git("merge", "-q", "--no-ff", "-m", "to be looked at", "topic")
    found.job("qa").ok()
    found.forged("qa", "build", "sandbox", "smoke")
    path = f"repos/{REPOSITORY}/actions/runs/9"
    row = {"state": "approved", "user": {"login": "grace"}}
    found.answers(f"{path}/approvals", [row | {"environments": [{"name": "release-e2e"}]}])
    found.answers(path, {"head_sha": head})
    found.job("e2e").fails(75)
    found.job("e2e", GITHUB_EVENT_NAME="pull_request").ok().prints("by grace")
    found.answers(path, {"head_sha": git("rev-parse", "HEAD^1")})
    found.job("e2e", GITHUB_EVENT_NAME="pull_request").fails(75)


def test_a_github_of_ones_own_is_the_one_that_is_asked(
    project: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = project()
    found.program("gh", """echo "[\\"$GH_HOST\\", \\"$GH_ENTERPRISE_TOKEN\\"]\"""")
    for name, value in {"PATH": found.env["PATH"], "GH_TOKEN": "a-token"}.items():
        monkeypatch.setenv(name, value)
    for url, said in (
        ("https://github.com", ["", ""]),
        ("https://git.example.org", ["git.example.org", "a-token"]),
    ):
        monkeypatch.setenv("GITHUB_SERVER_URL", url)
        assert ask(str(found.root), "gh", "api", "x") == (said, "")


def test_a_deploy_that_is_run_again_is_not_recalled(project: Maker) -> None:
    found = jobs(project, LOOPS)
    head = found.project.git("rev-parse", "HEAD")
    merged(found, head, head, 11)
    found.job("qa").ok()
    found.forged("qa", "build", "sandbox")
    place = found.place / "artifacts/11/loop-release-sandbox"
    shutil.copytree(found.path("sandbox").parent, place)
    workflow = f"{REPOSITORY}/.github/workflows/loop-release.yml@refs/heads/main"
    found.project.env["GITHUB_WORKFLOW_REF"] = workflow
    found.job("sandbox", "--recall").ok().prints("on these very files")
    assert found.effects() == []
    found.job("sandbox", "--recall", attempt=2).ok().warns("the job is run again")
    assert found.effects() == ["deploy sandbox"]


def test_who_opened_the_change_is_its_author_whoever_merged_it(project: Maker) -> None:
    asked = '{approve: "tested by hand?"}'
    found = jobs(project, SHORT.replace(asked, f"{asked[:-1]}, not_author: true}}"))
    head = found.project.git("rev-parse", "HEAD")
    found.job("qa").ok()
    found.forged("qa", "build", "sandbox", "smoke")
    path = f"repos/{REPOSITORY}/actions/runs/9/approvals"
    row = {"state": "approved", "environments": [{"name": "release-e2e"}]}
    found.answers(path, [row | {"user": {"login": "ada"}}])
    found.job("e2e").fails(2).warns("nobody can tell who that is", "pull-requests: read")
    merged(found, head, head, 11)
    found.said["api"][f"repos/{REPOSITORY}/commits/{head}/pulls"][0]["user"] = {"login": "ada"}
    found.tell()
    found.job("e2e").fails(75)
    found.answers(path, [row | {"user": {"login": "g"}}])
    found.job("e2e").ok()
