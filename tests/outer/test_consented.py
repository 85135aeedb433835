"""Nothing is deployed that somebody was to let, and did not: whatever let its turn come."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from targets import Target, target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conftest import Maker

pytestmark = pytest.mark.timeout(120)
GITHUB = {
    "CI": "true",
    "GITHUB_ACTIONS": "true",
    "GITHUB_RUN_ID": "9",
    "GITHUB_REPOSITORY": "ada/shop",
}
PROD = "{deploy: ./deploy.sh, environment: prod}"


def chain(project: Maker, place: str = "{}", **stages: str) -> Target:
    lines = "".join(f"    {name}: {text}\n" for name, text in stages.items())
    loops = f"""\
version: 1
inner: {{unit: {{run: mark unit, cycle: 1s}}}}
environments: {{sandbox: {{}}, prod: {place}}}
outer:
  release:
{lines}"""
    return target(project, loops)


def planned(found: Target, edit: Mapping[str, str]) -> None:
    """The plan of the run, as an older loop would have let it begin."""
    with closing(sqlite3.connect(found.state / "outer.db")) as db:
        (plan,) = db.execute("SELECT plan FROM run").fetchone()
        for old, new in edit.items():
            assert old in plan
            plan = plan.replace(old, new)
        db.execute("UPDATE run SET plan = ?", (plan,))
        db.commit()


def test_a_local_yes_before_several_environments_opens_none_that_is_protected(
    project: Maker,
) -> None:
    sandbox = "{deploy: ./deploy.sh, environment: sandbox}"
    found = chain(project, "{protected: true}", ok='{approve: "go?"}', sandbox=sandbox, prod=PROD)
    found.go().fails(75).prints("only the forge can vouch for it: prod is protected")
    found.run("approve", "ok").fails(2).warns("prod is protected")
    found.run("resume").fails(75)
    assert found.effects() == []


def test_a_yes_that_sufficed_when_it_was_given_is_judged_again_where_it_deploys(
    project: Maker,
) -> None:
    found = chain(project, ok='{approve: "go?"}', prod=PROD)
    found.go().fails(75)
    found.run("approve", "ok").ok()
    found.project.write({"deploy.sh": "#!/bin/sh\nexit 1\n"})
    found.run("resume").fails(2).warns("not committed")
    found.project.git("checkout", "-q", "deploy.sh")
    planned(found, {'"protected": false': '"protected": true'})
    found.run("resume").fails(2).warns("prod does not deploy", "0 of 1 that the forge vouches")
    assert found.effects() == []


def test_who_is_asked_only_after_a_failure_protects_nothing(project: Maker) -> None:
    ask = '{approve: "go?", when: failure}'
    found = chain(project, "{protected: true}", qa="{loops: all}", ok=ask, prod=PROD)
    found.go().fails(2).warns("'prod' is protected, and nobody approves this deploy")
    assert found.effects() == []


@pytest.mark.parametrize("when", ["always", "failure"])
def test_nothing_deploys_because_somebody_said_no(project: Maker, when: str) -> None:
    found = chain(project, ok='{approve: "go?"}', prod=PROD)
    found.go().fails(75)
    ((plan,),) = found.rows("SELECT plan FROM run")
    last = plan[plan.rindex('"success"') :]
    planned(found, {last: last.replace("success", when)})
    found.run("reject", "ok", "-m", "no").ok()
    found.run("resume").fails(1).prints("ok: rejected")
    assert found.effects() == []
    text = (found.project.root / "loops.yaml").read_text()
    found.project.write({"loops.yaml": text.replace(": prod}", f": prod, when: {when}}}")})
    found.go().fails(2).warns("who says no there would let it deploy")


@pytest.mark.parametrize("prod", ["{}", "{protected: true}"])
@pytest.mark.parametrize("ask", ['{approve: "go?"}', '{approve: "go?", by: [alice]}'])
def test_no_job_of_a_ci_leaves_an_approval_out(project: Maker, prod: str, ask: str) -> None:
    found = chain(project, prod, ok=ask, prod=PROD)
    found.project.program("gh", 'cat "$TARGET/gh-$1"')
    row = {"environments": [{"name": "prod"}], "state": "approved", "user": {"login": "mallory"}}
    (found.place / "gh-api").write_text(json.dumps([row]))
    for env in ({"CI": "true"}, GITHUB):
        found.go("--only", "prod", env=env).fails(2).warns("prod deploys, and ok would be left out")
    assert found.effects() == []


def asked(project: Maker, state: str, ask: str = '{approve: "go?"}') -> Target:
    """What the forge says of its own environment's reviewers."""
    found = chain(project, "{protected: true}", ok=ask, prod=PROD)
    gh = (
        'case "$2" in */runs/9) exec printf \'{"head_sha": "%s"}\' "$(git rev-parse HEAD)";; esac\n'
    )
    found.project.program("gh", f'{gh}cat "$TARGET/gh-api"')
    row = {"environments": [{"name": "prod"}], "state": state, "user": {"login": "grace"}}
    (found.place / "gh-api").write_text(json.dumps([row]))
    return found


def test_a_no_that_the_forge_tells_of_is_a_no(project: Maker) -> None:
    found = asked(project, "rejected")
    found.go(env=GITHUB).fails(1).prints("rejected")
    assert found.effects() == []


def test_a_yes_that_the_forge_tells_of_too_late_is_none(project: Maker) -> None:
    found = asked(project, "approved", '{approve: "go?", timeout: 1s}')
    found.go().fails(75)
    time.sleep(1.1)
    found.run("resume", env=GITHUB).fails(1).prints("expired")
    assert found.effects() == []


def test_a_merge_request_of_gitlab_that_is_at_another_commit_is_not_reviewed(
    project: Maker,
) -> None:
    found = chain(project, ok="{review: pull_request}", prod=PROD)
    found.project.git("config", "remote.origin.url", "https://gitlab.example.org/shop")
    glab = 'case "$2" in */versions) exec cat "$TARGET/glab-versions";; esac\n'
    found.project.program("glab", f'{glab}cat "$TARGET/glab-$1"')
    said = {"iid": 7, "state": "opened", "web_url": "https://example.org/7", "sha": "0" * 40}
    (found.place / "glab-mr").write_text(json.dumps(said))
    at = "2026-11-28T04:00:00.000Z"
    who = {"approved_by": [{"user": {"username": "grace"}, "approved_at": at}]}
    versions = [{"head_commit_sha": found.head(), "created_at": at}]
    (found.place / "glab-versions").write_text(json.dumps(versions))
    (found.place / "glab-api").write_text(json.dumps(who))
    found.go().fails(75).prints("is at 0000000000: push this commit")
    (found.place / "glab-mr").write_text(json.dumps(said | {"sha": found.head()}))
    found.run("resume").ok().prints("!7", "by grace")
