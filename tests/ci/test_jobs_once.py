"""A job deploys once, and does not overtake: by what the forge knows, where there is no verify."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from test_relay import SHORT, deployments, jobs

from innerloop.system import forge_past

if TYPE_CHECKING:
    from conftest import Maker

pytestmark = pytest.mark.timeout(120)
FULL = "environment: sandbox, verify: ./live.sh, rollback: ./back.sh}"
BARE = SHORT.replace(FULL, "environment: sandbox}")
IDEMPOTENT = SHORT.replace(FULL, "environment: sandbox, idempotent: true}")


def test_a_job_that_is_run_again_doubts_where_nothing_says_what_is_live(project: Maker) -> None:
    found = jobs(project, BARE)
    found.job("qa").ok()
    found.forged("qa", "build")
    deployments(found)
    found.job("sandbox").ok()
    found.job("sandbox", attempt=2).fails(5).prints("an earlier try of this job may have begun it")
    assert found.effects() == ["deploy sandbox"]
    assert found.leg("sandbox")["state"] == "unknown"


def test_gitlab_says_whether_a_job_was_tried_before(
    project: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = jobs(project, BARE)
    monkeypatch.setenv("PATH", found.project.env["PATH"])
    known = {"CI_PROJECT_ID": "3", "CI_PIPELINE_ID": "9", "CI_JOB_ID": "5", "CI_JOB_NAME": "box"}
    for name, value in {"GITLAB_CI": "true", **known}.items():
        monkeypatch.setenv(name, value)
    root = str(found.project.root)
    assert forge_past.tried(root) is None
    path = "projects/3/pipelines/9/jobs?include_retried=true"
    rows = [{"name": "box", "id": 5}, {"name": "other", "id": 4}]
    found.answers(path, rows)
    assert forge_past.tried(root) is False
    found.answers(path, [*rows, {"name": "box", "id": 3}])
    assert forge_past.tried(root) is True
