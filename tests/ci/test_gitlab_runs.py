"""The jobs of GitLab, run here: every job's shell, in order, each in a clone of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from forge import LOOPS, Forge
from gitlab import GitLab
from pipelines import Pipeline, merged

if TYPE_CHECKING:
    from conftest import Maker

pytestmark = pytest.mark.timeout(120)


def test_a_pipeline_deploys_once_and_what_is_protected_when_a_person_has_let_it(
    project: Maker,
) -> None:
    loops = LOOPS.replace("    build: {run: ./build.sh, outputs: [dist]}\n", "")
    forge = Forge(project(), loops.replace("    review: {review: pull_request}\n", ""))
    forge.project.run("ci", "gitlab").ok()
    forge.project.commit()
    commit = forge.push()

    with GitLab(forge) as gitlab:
        _goes(gitlab, commit)


def _goes(gitlab: GitLab, commit: str) -> None:
    forge = gitlab.forge
    change = Pipeline(gitlab, 11, commit, "merge_request_event")
    assert change.go() == {"release:qa": "success"}, change.story
    merged(forge, commit, 11)
    assert forge.project.ran().count("unit") == 1

    main = Pipeline(gitlab, 12, commit)
    done = main.go()
    assert "on these very files: gitlab pipeline 11 of !7" in main.logs["release:qa"], main.story
    assert "unit" not in forge.project.ran()
    assert done["release:prod"] == done["release:e2e"] == "manual", main.story
    assert forge.effects() == ["deploy sandbox"], main.story
    kept = forge.place / "artifacts/11/release:qa/.loop/relay"
    assert 'name="unit"' in (kept / "junit.xml").read_text()
    assert (kept / "quality.json").read_text() == "[]\n"

    done = main.play("release:e2e", "grace")
    assert set(done.values()) == {"success"}, main.story
    assert "by grace" in main.logs["release:e2e"]
    assert forge.effects() == ["deploy sandbox", "deploy prod"]
    assert forge.live("prod") == commit

    # Somebody runs the job again: GitLab knows of the first, and the environment is asked.
    assert main.again("release:prod")["release:prod"] == "success", main.story
    assert "is live already" in main.logs["release:prod"]
    assert forge.effects() == ["deploy sandbox", "deploy prod"]
    # An older pipeline comes late: what is live is newer.
    forge.project.write({"app.py": "total = 2\n"}).commit()
    (forge.target / "prod").write_text(forge.push())
    made = {"id": 9999, "sha": forge.live("prod"), "status": "success"}
    rows = forge.said["api"]["projects/3/deployments"]
    forge.answers("projects/3/deployments", [*rows, made | {"environment": {"name": "prod"}}])
    assert main.again("release:prod")["release:prod"] == "failed"
    assert "superseded" in main.logs["release:prod"]
    assert forge.effects() == ["deploy sandbox", "deploy prod"]
