"""Stages that ask people: who may answer, to what, and what becomes of the answer."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from targets import LOOPS, Target, sound, target

if TYPE_CHECKING:
    from conftest import Maker

pytestmark = pytest.mark.timeout(120)


def asking(project: Maker, ask: str = 'approve: "go?"', prod: str = "{}") -> Target:
    loops = LOOPS.replace("smoke: {run: ./smoke.sh, back_to: unit}", f"ok: {{{ask}}}")
    return target(project, loops.replace("prod: {}", f"prod: {prod}", 1))


def test_it_waits_holding_nothing_and_goes_on_when_answered(project: Maker) -> None:
    found = asking(project)
    found.go().fails(75).prints("go?", "loop outer approve ok -m WHY")
    assert found.status()["held"] == []
    found.run("resume").fails(75)

    found.run("approve", "ok", "-m", "tested by hand").ok()
    found.run("resume").ok().prints("by Ada <ada@example.org>", "not verified")

    (answer,) = found.status()["run"]["answers"]
    assert answer["note"] == "tested by hand"
    assert answer["verified"] is False
    sound(found)


def test_the_code_while_it_waits_is_for_the_ci_to_choose(project: Maker) -> None:
    asking(project).go("--waiting-exit", "0").ok()


def test_a_no_ends_it_and_its_reason_is_a_finding(project: Maker) -> None:
    found = asking(project, 'approve: "go?", back_to: unit')
    found.go().fails(75)
    found.run("reject", "ok", "-m", "the total is wrong").ok()
    found.run("resume").fails(1).prints("sent back", "rejected by Ada")
    found.run("findings").ok().prints("the total is wrong", "loop inner unit")
    assert found.effects() == ["deploy sandbox"]


def test_a_secret_in_what_somebody_says_is_not_kept(project: Maker) -> None:
    found = asking(project)
    loops = found.project.root / "loops.yaml"
    loops.write_text(loops.read_text().replace("version: 1", "version: 1\nsecrets: [TOKEN]"))
    found.project.commit()
    env = {"TOKEN": "hunter2hunter2"}
    found.go(env=env).fails(75)
    found.run("approve", "ok", "-m", "with hunter2hunter2", env=env).ok()
    found.run("abandon", "-m", "hunter2hunter2 is out", env=env).ok()
    assert b"hunter2" not in (found.state / "outer.db").read_bytes()
    assert found.rows("SELECT note FROM answer") == [("with ***",)]


def test_nobody_answers_before_they_are_asked_or_after(project: Maker) -> None:
    found = asking(project)
    found.run("approve", "ok").fails(2).warns("does not ask anything now")
    found.go().fails(75)
    found.run("approve", "ok").ok()
    found.run("approve", "ok", "-m", "twice").ok()
    found.run("resume").ok()
    found.run("reject", "ok").fails(2).warns("does not ask anything now")


def test_too_late_is_no_yes(project: Maker) -> None:
    found = asking(project, 'approve: "go?", timeout: 1s')
    found.go().fails(75)
    time.sleep(1.1)
    found.run("approve", "ok").fails(2).warns("the time to answer ok is over")
    found.run("resume").fails(1).prints("expired")


def test_only_who_is_named_may_answer(project: Maker) -> None:
    found = asking(project, 'approve: "go?", by: [grace]')
    found.go().fails(75)
    found.run("approve", "ok").fails(2).warns("is not among those who may answer: grace")


def test_the_author_may_be_kept_from_answering(project: Maker) -> None:
    found = asking(project, 'approve: "go?", not_author: true')
    found.go().fails(75)
    found.run("approve", "ok").fails(2).warns("is the author of the commit")
    found.project.git("config", "user.name", "Grace")
    found.project.git("config", "user.email", "grace@example.org")
    found.run("approve", "ok").ok()
    found.run("resume").ok()


def test_several_have_to_say_yes(project: Maker) -> None:
    found = asking(project, 'approve: "go?", count: 2')
    found.go().fails(75).prints("loop outer approve ok -m WHY  (0 of 2 have said yes)")
    found.run("approve", "ok").ok().prints("1 of 2 have said yes")
    found.run("status").ok().prints("(yes from Ada <ada@example.org>")
    found.run("resume").fails(75)
    # Another name of whoever is logged in as before makes no second person.
    found.project.git("config", "user.name", "Ada L")
    found.project.git("config", "user.email", "l@example.org")
    found.run("approve", "ok").ok()
    found.run("resume").fails(75)
    found.project.git("config", "user.name", "Grace")
    found.project.git("config", "user.email", "grace@example.org")
    done = found.run("approve", "ok", env={"GITHUB_ACTOR": "grace"}).ok()
    done.prints("next: loop outer resume")
    found.run("resume").ok()


def test_a_protected_environment_takes_no_word_that_nobody_vouches_for(project: Maker) -> None:
    found = asking(project, prod="{protected: true}")
    found.go().fails(75).prints("only the forge can vouch for it: prod is protected")
    found.run("approve", "ok").fails(2).warns("prod is protected", "allow_unverified")
    # Nor one that was put into the journal in another way.
    found.run("resume").fails(75)


def test_an_unverified_yes_may_be_allowed_and_is_recorded(project: Maker) -> None:
    found = asking(project, prod="{protected: true, allow_unverified: true}")
    found.go().fails(75)
    found.run("approve", "ok").ok()
    found.run("resume").ok()
    (answer,) = found.status()["run"]["answers"]
    assert (answer["verified"], answer["source"]) == (False, "local")


def test_the_plan_of_a_run_stays_as_it_was_begun(project: Maker) -> None:
    found = asking(project)
    found.go().fails(75)
    found.run("approve", "ok").ok()
    text = (found.project.root / "loops.yaml").read_text()
    (found.project.root / "loops.yaml").write_text(text.replace('"go?"', '"really?"'))
    # It is a change that is not committed: what was approved is not what stands here.
    found.run("resume").fails(2).warns("loops.yaml has changed", "prod does not begin")
    (found.project.root / "loops.yaml").write_text(text)
    found.run("resume").ok()


def test_the_environments_address_is_in_the_question(project: Maker) -> None:
    found = asking(project, 'approve: "look at ${environment.url}"', '{url: "https://example.org"}')
    found.go().fails(75).prints("look at https://example.org")


# -- the forge --------------------------------------------------------------------------------

GH = """\
case "$2" in */runs/9) exec printf '{"head_sha": "%s"}' "$(git rev-parse HEAD)";; esac
cat "$TARGET/gh-$1" 2>/dev/null || { echo "no pull requests found" >&2; exit 1; }
"""


def reviewed(found: Target, *states: str, head: str = "", state: str = "OPEN") -> None:
    head = head or found.head()
    rows = [
        {
            "author": {"login": f"r{at}"},
            "authorAssociation": "MEMBER",
            "state": one,
            "commit": {"oid": found.head()},
        }
        for at, one in enumerate(states)
    ]
    said = {"number": 7, "url": "https://example.org/7", "headRefOid": head, "state": state}
    (found.place / "gh-pr").write_text(json.dumps({**said, "reviews": rows}))


def test_a_review_is_the_forges_to_give(project: Maker) -> None:
    found = asking(project, "review: pull_request, approvals: 2")
    found.go().fails(75).prints("gh is not installed")
    found.run("approve", "ok").fails(2).warns("ok waits for the forge")
    found.project.program("gh", GH)
    found.run("resume").fails(75).prints("no pull requests found")
    reviewed(found, "APPROVED")
    found.run("resume").fails(75).prints("1 of 2 approvals")
    reviewed(found, "APPROVED", "CHANGES_REQUESTED")
    found.run("resume").fails(75).prints("asks for changes")
    reviewed(found, "APPROVED", "APPROVED", head="0" * 40)
    found.run("resume").fails(75).prints("push this commit")
    reviewed(found, "APPROVED", "APPROVED")
    found.run("resume").ok().prints("#7", "r0, r1")


def test_a_closed_pull_request_is_a_no(project: Maker) -> None:
    found = asking(project, "review: pull_request")
    found.project.program("gh", GH)
    reviewed(found, state="CLOSED")
    found.go().fails(1).prints("was closed")


def test_an_approval_of_another_commit_is_none(project: Maker) -> None:
    found = asking(project, "review: pull_request")
    found.project.program("gh", GH)
    reviewed(found, "APPROVED")
    found.commit()
    said = json.loads((found.place / "gh-pr").read_text())
    said["headRefOid"] = found.head()
    (found.place / "gh-pr").write_text(json.dumps(said))
    found.go().fails(75).prints("0 of 1 approvals")


@pytest.mark.parametrize(
    "lie",
    [{"authorAssociation": "NONE"}, {"authorAssociation": "CONTRIBUTOR"}, {"commit": None}],
)
def test_an_approval_of_a_stranger_or_of_no_commit_is_none(
    project: Maker, lie: dict[str, str | None]
) -> None:
    found = asking(project, "review: pull_request")
    found.project.program("gh", GH)
    reviewed(found, "APPROVED")
    said = json.loads((found.place / "gh-pr").read_text())
    said["reviews"][0] |= lie
    (found.place / "gh-pr").write_text(json.dumps(said))
    found.go().fails(75).prints("0 of 1 approvals")


def test_where_the_forge_wants_more_reviews_than_we_do_it_has_the_last_word(
    project: Maker,
) -> None:
    found = asking(project, "review: pull_request")
    found.project.program("gh", GH)
    reviewed(found, "APPROVED")
    said = json.loads((found.place / "gh-pr").read_text())
    for word in ("REVIEW_REQUIRED", "CHANGES_REQUESTED"):
        (found.place / "gh-pr").write_text(json.dumps(said | {"reviewDecision": word}))
        found.run("resume" if word != "REVIEW_REQUIRED" else "--yes").fails(75).prints(
            "does not have every review it needs"
        )
    (found.place / "gh-pr").write_text(json.dumps(said | {"reviewDecision": "APPROVED"}))
    found.run("resume").ok()


def test_in_ci_the_forge_vouches_for_its_own_environment(project: Maker) -> None:
    found = asking(project, prod="{protected: true}")
    found.project.program("gh", GH)
    said = [
        {
            "environments": [{"name": "prod"}],
            "state": "approved",
            "user": {"login": "grace"},
            "comment": "fine",
        }
    ]
    (found.place / "gh-api").write_text(json.dumps(said))
    env = {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": "9"}
    found.go(env=env | {"GITHUB_REPOSITORY": "ada/shop"}).ok()
    (answer,) = found.status()["run"]["answers"]
    assert (answer["who"], answer["verified"], answer["source"]) == ("grace", True, "github run 9")


def test_in_ci_another_environments_approval_is_none(project: Maker) -> None:
    found = asking(project, prod="{protected: true}")
    found.project.program("gh", GH)
    said = [{"environments": [{"name": "test"}], "state": "approved", "user": {"login": "g"}}]
    (found.place / "gh-api").write_text(json.dumps(said))
    env = {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": "9"}
    found.go(env=env | {"GITHUB_REPOSITORY": "ada/shop"}).fails(75)
    assert found.effects() == ["deploy sandbox"]


def test_a_manual_job_of_gitlab_says_who_started_it_and_answers_to_its_own_stage(
    project: Maker,
) -> None:
    found = asking(project, prod="{protected: true}")
    env = {"CI": "true", "GITLAB_CI": "true", "CI_JOB_ID": "5", "GITLAB_USER_LOGIN": "grace"}
    manual = env | {"CI_JOB_MANUAL": "true"}
    # Whoever starts all of it by hand has tested nothing of it yet.
    found.go(env=manual).fails(75)
    found.run("resume", env=manual).fails(75)
    assert found.effects() == ["deploy sandbox"]
    found.go("--only", "ok", env=env).fails(75).prints("not started by hand")
    found.go("--only", "ok", env=manual).ok().prints("by grace")


def test_a_secret_that_is_not_set_is_named_before_anything_starts(project: Maker) -> None:
    found = target(project, LOOPS.replace("back_to: unit", "secrets: [TOKEN]"))
    found.go("--until", "qa").ok()
    assert "TOKEN" not in found.go("--until", "sandbox").err
    found.go().ok().warns("the secret TOKEN is not set")
