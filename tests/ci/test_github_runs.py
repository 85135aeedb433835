"""The workflow of GitHub, run here: every job's shell, in order, each in a clone of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from actions import Run, merged, opened
from forge import LOOPS, Forge

if TYPE_CHECKING:
    from conftest import Maker

pytestmark = pytest.mark.timeout(120)
PATH = ".github/workflows/loop-release.yml"


def written(project: Maker, loops: str = LOOPS) -> Forge:
    forge = Forge(project(), loops)
    forge.project.run("ci", "github").ok()
    forge.project.commit()
    forge.push()
    return forge


def test_a_change_goes_from_its_pull_request_to_production_and_each_deploy_is_made_once(
    project: Maker,
) -> None:
    forge = written(project)
    forge.project.git("checkout", "-q", "-b", "topic")
    forge.project.write({"app.py": "total = 2\n"}).commit()
    head = forge.push("topic")
    opened(forge, head)

    # What GitHub has a job look at is the change as it would be merged.
    git = forge.project.git
    git("checkout", "-q", "--detach", "main")
    git("merge", "-q", "--no-ff", "-m", "merged", "topic")
    seen = forge.push("refs/pull/7/merge")
    change = Run(forge, PATH, 11, seen, "pull_request", head=head)
    done = change.go()
    assert [name for name, how in done.items() if how == "success"] == [
        *("qa", "build", "sandbox", "smoke")
    ], change.story
    assert {how for name, how in done.items() if name in {"review", "e2e", "prod"}} == {"skipped"}
    assert forge.effects() == ["deploy sandbox"]
    assert (forge.target / "built-sandbox").read_text() == "built\n"
    assert "| unit | passed |" in (forge.place / "summary-qa.md").read_text()

    # A squash merge: another commit, with the same tree.
    forge.project.git("checkout", "-q", "main")
    forge.project.git("merge", "-q", "--squash", "topic")
    forge.project.commit()
    commit = forge.push()
    assert commit != head
    merged(forge, head, commit, 11)
    forge.project.ran()

    main = Run(forge, PATH, 12, commit)
    done = main.go()
    assert done["prod"] == done["e2e"] == "waiting", main.story
    assert "on these very files: github run 11 of #7" in main.logs["qa"]
    assert "unit" not in forge.project.ran(), "what the pull request proved is not run again"
    assert forge.effects() == ["deploy sandbox"], "nothing is deployed before somebody said yes"

    main.approve("release-e2e")
    done = main.go()
    assert set(done.values()) == {"success"}, main.story
    assert "by grace" in main.logs["e2e"]
    assert forge.effects() == ["deploy sandbox", "deploy prod"]
    assert forge.live("prod") == commit
    assert (forge.target / "built-prod").read_text() == "built\n", "what was tested is deployed"

    # Somebody runs the job again: it asks what is live, and deploys nothing.
    assert main.again("prod")["prod"] == "success"
    assert "is live already" in main.logs["prod"]
    assert forge.effects() == ["deploy sandbox", "deploy prod"]


def test_what_comes_behind_a_stage_for_failures_runs_where_there_was_none(project: Maker) -> None:
    loops = LOOPS.replace("protected: true, ", "").replace(
        '    e2e: {approve: "tested by hand?"}\n', "    tell: {run: mark tell, when: failure}\n"
    )
    forge = written(project, loops.replace("    review: {review: pull_request}\n", ""))
    main = Run(forge, PATH, 12, forge.project.git("rev-parse", "HEAD"))
    done = main.go()
    assert (done["tell"], done["prod"]) == ("skipped", "success"), main.story
    assert forge.effects() == ["deploy sandbox", "deploy prod"]


ONLY = """\
version: 1
inner: {unit: {run: mark unit, cycle: 1s}}
environments: {sandbox: {}}
ci: {setup: [mark set-up], python: none}
outer:
  release:
    qa: {loops: all}
    make: {run: 'mark make && echo 1 > part', outputs: [part], only: {branch: [main]}}
    there: {run: mark there, only: {ci: false}}
    docs: {run: mark docs, only: {ci: true, changed: ["docs/**"]}}
    use: {run: 'mark "use$(cat part)"', inputs: [part]}
    box: {deploy: ./deploy.sh, environment: sandbox, idempotent: true}
    smoke: {run: mark smoke}
    review: {review: pull_request}
"""


def test_a_stage_runs_only_where_it_is_to_and_a_forks_change_is_not_deployed(
    project: Maker,
) -> None:
    forge = written(project, ONLY)
    forge.project.git("checkout", "-q", "-b", "topic")
    forge.project.write({"app.py": "total = 2\n"}).commit()
    head = forge.push("topic")
    change = Run(forge, PATH, 11, head, "pull_request")
    change.github["event.pull_request.head.repo.full_name"] = "mallory/shop"
    done = change.go()
    assert (done["use"], done["box"], done["smoke"]) == ("success", "skipped", "skipped")
    assert "there" not in done
    assert "only on main, this is topic" in change.logs["make"]
    # Nobody knows of an earlier run here: what is only for what has changed runs always.
    ran = [name for name in forge.project.ran() if name != "set-up"]
    assert ran == ["unit", "docs", "use"], change.story

    main = Run(forge, PATH, 12, head)
    done = main.go()
    assert [name for name, how in done.items() if how != "success"] == ["review"], main.story
    ran = [name for name in forge.project.ran() if name != "set-up"]
    assert ran == ["unit", "make", "docs", "use1", "smoke"]
    leg = json.loads((main.artifacts / "loop-release-use/leg.json").read_text())
    assert [one["path"] for one in leg["kept"]] == ["part"], "what it read is known behind it"
