"""What a fork's jobs left is nobody's proof: they say themselves what they looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forge import REPOSITORY, Forge
from gitlab import GitLab

from innerloop.system.forge_past import recalled

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from conftest import Maker

HEAD, COMMIT = "a" * 40, "b" * 40
OURS, THEIRS = {"full_name": REPOSITORY}, {"full_name": "mallory/shop"}


def github(forge: Forge, head: Any, run: Any) -> None:
    """A change from one repository, with a run of another's on its last commit."""
    row = {"number": 7, "merged_at": "today", "merge_commit_sha": COMMIT}
    row |= {"base": {"repo": OURS}, "head": {"sha": HEAD, "repo": head}}
    forge.answers(f"repos/{REPOSITORY}/commits/{COMMIT}/pulls", [row])
    runs = f"repos/{REPOSITORY}/actions/workflows/loop-release.yml/runs?head_sha={HEAD}"
    forge.answers(runs, {"workflow_runs": [{"id": 11, "head_repository": run}]})


def test_nothing_is_recalled_from_a_fork(
    project: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forge = Forge(project())
    (forge.place / "artifacts/11/loop-release-qa").mkdir(parents=True)
    workflow = f"{REPOSITORY}/.github/workflows/loop-release.yml@refs/heads/main"
    for name, value in {
        "PATH": forge.project.env["PATH"],
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_WORKFLOW_REF": workflow,
    }.items():
        monkeypatch.setenv(name, value)

    def found() -> str:
        return recalled(str(tmp_path), "release", "qa", COMMIT, str(tmp_path / "left")).missing

    github(forge, OURS, OURS)
    assert not found()
    for head in (THEIRS, None):
        github(forge, head, OURS)
        assert "came from a fork" in found()
    for run in (THEIRS, None):
        github(forge, OURS, run)
        assert "has no run of this workflow" in found()


def test_nothing_is_recalled_from_another_project_of_gitlabs(
    project: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forge = Forge(project())
    row = {"iid": 7, "state": "merged", "sha": COMMIT}
    commits = f"projects/3/repository/commits/{COMMIT}/merge_requests"
    forge.answers("projects/3/merge_requests/7/pipelines", [{"id": 11, "sha": COMMIT}])
    forge.answers("projects/3/pipelines/11/jobs", [{"id": 5, "name": "release:qa"}])
    forge.answers("projects/3/jobs/5/artifacts/.loop/relay/loop-release-qa/leg.json", "{}")
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("GITHUB_EVENT_NAME", raising=False)
    told = {"GITLAB_CI": "true", "CI_PROJECT_ID": "3", "CI_PIPELINE_SOURCE": "push"}
    told |= {"CI_JOB_NAME": "release:qa", "CI_PROJECT_DIR": str(tmp_path)}
    with GitLab(forge) as gitlab:
        for name, value in (told | gitlab.env).items():
            monkeypatch.setenv(name, value)

        def found() -> str:
            return recalled(str(tmp_path), "release", "qa", COMMIT, str(tmp_path)).missing

        forge.answers(commits, [row | {"source_project_id": 3}])
        assert not found()
        for source in ({"source_project_id": 4}, {"source_project_id": None}, {}):
            forge.answers(commits, [row | source])
            assert "came from a fork" in found()
