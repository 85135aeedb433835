"""loop ci: what is written is right by the forges' own schemas, current, and only over our own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from innerloop.cli.ci import ci, pages
from innerloop.config.build import build
from innerloop.core.errors import LoopError
from innerloop.core.pipeline import early

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conftest import Maker
    from innerloop.core.model import Config

HERE = Path(__file__).parent
WHOLE = (HERE / "whole.yaml").read_text()
WORKFLOWS = {
    name: f".github/workflows/loop-{name}.yml" for name in ("release", "train", "train-drift")
}
GITLAB = {name: f".gitlab/loop-{name}.yml" for name in ("release", "train")}


def read(text: str = WHOLE) -> Config:
    return build(text.encode(), None)[0]


def texts(forge: str, text: str = WHOLE, folder: str = "") -> dict[str, str]:
    return {page.path: page.text for page in pages(forge, read(text), folder)}


def golden(name: str, text: str) -> None:
    """Compare with the file of that name; `UPDATE=1 pytest` writes it instead."""
    path = HERE / "golden" / name
    if os.environ.get("UPDATE"):
        path.write_text(text)
    assert text == path.read_text()


def tool(name: str, *words: str) -> None:
    program = Path(sys.executable).parent / name
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_written_is_as_it_was() -> None:
    for name in ("release", "train-drift"):
        golden(f"{name}.github.yml", texts("github")[WORKFLOWS[name]])
    golden("release.gitlab.yml", texts("gitlab")[GITLAB["release"]])


@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_what_is_written_is_right_by_the_forges_schema_and_a_linter(
    tmp_path: Path, forge: str
) -> None:
    written = []
    for path, text in texts(forge).items():
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        written.append(str(place))
    schema = {"github": "vendor.github-workflows", "gitlab": "vendor.gitlab-ci"}
    tool("check-jsonschema", "--builtin-schema", schema[forge], *written)
    if forge == "github":
        tool("zizmor", "--offline", "--no-progress", "--no-config", *written)


def jobs(forge: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, text in texts(forge).items():
        if path != ".gitlab-ci.yml":
            said = yaml.safe_load(text)
            yield from said.get("jobs", said).items()


def test_no_job_may_more_than_it_needs_or_is_put_together_from_what_somebody_typed() -> None:
    for name, job in jobs("github"):
        writes = {scope for scope, level in job["permissions"].items() if level != "read"}
        assert writes == ({"id-token"} if name == "prod" else set()), name
        for step in job["steps"]:
            assert "${{" not in step.get("run", ""), name
            if "uses" in step:
                assert len(step["uses"].partition("@")[2]) == 40, step["uses"]
    for text in texts("github").values():
        assert yaml.safe_load(text)["permissions"] == {}


def test_a_deploy_that_waits_for_its_turn_is_neither_cancelled_nor_dropped() -> None:
    held = {name: job["concurrency"] for name, job in jobs("github") if "concurrency" in job}
    assert {"s1_sandbox", "test", "prod", "observe", "models"} == set(held)
    for one in held.values():
        assert (one["cancel-in-progress"], one["queue"]) == (False, "max")
    assert held["prod"]["group"] == held["observe"]["group"] != held["test"]["group"]
    groups = {name: job.get("resource_group") for name, job in jobs("gitlab")}
    assert groups["release:prod"] == groups["release:observe"] == "loop-env-prod"
    assert all(job["interruptible"] is False for _, job in jobs("gitlab"))


def test_one_job_waits_for_reviewers_and_no_deploy_asks_them_again() -> None:
    places = {name: job.get("environment", {}) for name, job in jobs("github")}
    assert places["e2e"] == {"name": "release-e2e", "deployment": False}
    assert [n for n, one in places.items() if one.get("name") == "release-e2e"] == ["e2e"]
    assert places["prod"]["name"] == "prod"
    manual = {
        name
        for name, job in jobs("gitlab")
        for rule in job["rules"]
        if rule.get("when") == "manual" and rule["allow_failure"] is False
    }
    assert manual == {"release:e2e"}


def test_before_the_review_is_for_pull_requests_and_behind_it_for_the_main_branch() -> None:
    main = {n for n, j in jobs("github") if "refs/heads/trunk" in j.get("if", "")}
    assert {"qa", "s1_sandbox", "smoke"}.isdisjoint(main)
    assert {"review", "test", "e2e", "prod", "observe", "tell", "tidy"} <= main
    merges = {
        name: rule["if"]
        for name, job in jobs("gitlab")
        for rule in job["rules"]
        if "merge_request_event" in rule["if"]
    }
    assert set(merges) == {"release:qa", "release:1.sandbox", "release:smoke"}
    # What deploys, and what needs it, is in no pipeline of a fork's: else that would be none.
    here = "&& $CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID"
    ours = {name for name, text in merges.items() if text.endswith(here)}
    assert ours == {"release:1.sandbox", "release:smoke"}


def test_a_stage_that_is_never_in_ci_is_no_job() -> None:
    assert "laptop" not in dict(jobs("github"))
    assert "release:laptop" not in dict(jobs("gitlab"))


def test_a_job_that_looks_back_has_all_of_the_history() -> None:
    text = WHOLE.replace("outputs: [model], ", 'outputs: [model], benchmark: "bench/*.csv", ')
    deep = {
        name
        for path in (WORKFLOWS["train"], WORKFLOWS["train-drift"])
        for name, job in yaml.safe_load(texts("github", text)[path])["jobs"].items()
        if job["steps"][0]["with"].get("fetch-depth") == 0
    }
    assert deep == {"fit", "models", "drift"}
    gitlab = yaml.safe_load(texts("gitlab", text)[GITLAB["train"]])
    found = {name for name, job in gitlab.items() if job.get("variables", {}).get("GIT_DEPTH")}
    assert found == {"train:fit", "train:models", "train:drift"}


# -- up to date, and whose it is --------------------------------------------------------------


class Place:
    """A repository, and `loop ci` in it."""

    def __init__(
        self, root: Path, patch: pytest.MonkeyPatch, read: pytest.CaptureFixture[str]
    ) -> None:
        self.root = root
        self._read = read
        subprocess.run(["git", "init", "-q", root], check=True)
        patch.chdir(root)
        self.write({"loops.yaml": WHOLE})

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(text)

    def text(self, path: str) -> str:
        return (self.root / path).read_text()

    def ci(self, forge: str, *, check: bool = False, force: bool = False) -> tuple[int, str]:
        code = ci(forge, check=check, force=force)
        said = self._read.readouterr()
        return code, said.out + said.err


@pytest.fixture
def place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Place:
    return Place(tmp_path, monkeypatch, capsys)


def test_a_workflow_that_is_out_of_date_fails_the_check(place: Place) -> None:
    code, said = place.ci("github", check=True)
    assert (code, "loop-release.yml is not there" in said) == (1, True)
    assert not (place.root / ".github").exists()
    assert place.ci("github")[0] == place.ci("github", check=True)[0] == 0
    place.write({"loops.yaml": WHOLE.replace("smoke: {", "system: {")})
    before = {path: path.read_text() for path in place.root.rglob("*.yml")}
    code, said = place.ci("github", check=True)
    assert (code, "is out of date" in said, "--only system" in said) == (1, True, True)
    assert before == {path: path.read_text() for path in place.root.rglob("*.yml")}
    assert place.ci("github")[0] == place.ci("github", check=True)[0] == 0


def test_the_check_is_a_command_with_a_code_of_its_own(project: Maker) -> None:
    found = project().write({"loops.yaml": WHOLE})
    found.run("ci", "github", "--check").fails(1).prints("next: loop ci github")


def test_what_a_stage_runs_is_not_in_the_workflow_but_read_there() -> None:
    other = WHOLE.replace("pytest tests/smoke", "pytest tests/other")
    assert texts("github", other) == texts("github")


def test_a_file_that_loop_did_not_write_is_left_alone(place: Place) -> None:
    place.write({WORKFLOWS["train"]: "name: mine\n"})
    with pytest.raises(LoopError, match="loop did not write it"):
        place.ci("github")
    assert place.text(WORKFLOWS["train"]) == "name: mine\n"
    place.ci("github", force=True)
    assert place.text(WORKFLOWS["train"]).startswith("# Written by `loop ci")


def test_the_teams_own_file_of_gitlab_is_never_written_over(place: Place) -> None:
    place.write({".gitlab-ci.yml": "mine: {script: ['true']}\n"})
    for force in (False, True):
        assert "include: [{local: /.gitlab/loop-release.yml}]" in place.ci("gitlab", force=force)[1]
    assert place.text(".gitlab-ci.yml") == "mine: {script: ['true']}\n"
    code, said = place.ci("gitlab", check=True)
    assert (code, "does not include" in said) == (1, True)
    includes = "".join(f"  - local: /{path}\n" for path in GITLAB.values())
    place.write({".gitlab-ci.yml": f"include:\n{includes}mine: {{script: ['true']}}\n"})
    assert place.ci("gitlab", check=True)[0] == 0
    for include in ("'/.gitlab/loop-*.yml'", "[{local: '.gitlab/**.yml'}]"):
        place.write({".gitlab-ci.yml": f"x: !reference [a]\ninclude: {include}\n"})
        assert place.ci("gitlab", check=True)[0] == 0
    place.write({".gitlab-ci.yml": includes.replace("  -", "#  -")})
    assert place.ci("gitlab", check=True)[0] == 1


@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_what_was_written_of_an_outer_loop_that_is_no_more_is_not_forgotten(
    place: Place, monkeypatch: pytest.MonkeyPatch, forge: str
) -> None:
    all_of_them = "include: '/.gitlab/*.yml'\n"
    place.write({"sub/loops.yaml": WHOLE, ".gitlab-ci.yml": all_of_them})
    monkeypatch.chdir(place.root / "sub")
    place.ci(forge)
    monkeypatch.chdir(place.root)
    place.ci(forge)
    assert place.ci(forge, check=True)[0] == 0
    place.write({"loops.yaml": WHOLE.replace("  release:", "  ship:")})
    _, said = place.ci(forge)
    assert "loop-release.yml is of an outer loop that is no more" in said
    assert "loop-sub-release.yml" not in said
    code, said = place.ci(forge, check=True)
    assert (code, "loop-release.yml is of an outer loop" in said) == (1, True)


def test_a_project_below_the_top_has_jobs_that_go_there(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.write({"apps/my shop/loops.yaml": WHOLE})
    monkeypatch.chdir(place.root / "apps/my shop")
    place.ci("github")
    said = yaml.safe_load(place.text(".github/workflows/loop-apps-my shop-release.yml"))
    assert said["defaults"]["run"]["working-directory"] == "apps/my shop"
    handed = said["jobs"]["qa"]["steps"][-1]["with"]
    assert handed["path"] == "apps/my shop/.loop/relay/loop-release-qa"
    text = texts("gitlab", WHOLE, "apps/my shop")[".gitlab/loop-apps-my shop-release.yml"]
    said = yaml.safe_load(text)
    assert said["apps/my shop:release:qa"]["script"][0] == "cd 'apps/my shop'"
    assert said["apps/my shop:release:smoke"]["needs"][0]["job"] == "apps/my shop:release:qa"


def test_without_a_review_pull_requests_go_through_the_inner_loops_alone() -> None:
    loops = WHOLE.replace("    review: {review: pull_request, approvals: 1}\n", "")
    (release,) = [one for one in read(loops).outers if one.name == "release"]
    assert early(release) == {"qa"}


# -- what cannot be --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (", idempotent: true", "", "could not know whether it did"),
        ("by: [grace]", "count: 2", "a forge's job begins after one"),
    ],
)
def test_a_loop_whose_jobs_could_not_be_sure_of_themselves_is_not_written(
    old: str, new: str, said: str
) -> None:
    with pytest.raises(LoopError, match=said):
        texts("github", WHOLE.replace(old, new))


def test_no_two_outer_loops_are_written_into_one_file() -> None:
    loops = f"{WHOLE}  train-drift:\n    qa: {{loops: all}}\n"
    with pytest.raises(LoopError, match=r"would be .github/workflows/loop-train-drift.yml"):
        texts("github", loops)


def test_a_job_lasts_as_long_as_all_that_it_may_have_to_do() -> None:
    ship = "models: {deploy: ./ship.sh, environment: sandbox, idempotent: true"
    assert ship in WHOLE
    for more, minutes in (
        ("", 15 + 30),
        (", timeout: 10m, retry: {max: 2, delay: 2m}", 15 + 30 + 2 + 4),
        (", timeout: 10m, verify: ./v.sh, rollback: ./r.sh", 15 + 10 + 10),
    ):
        text = texts("github", WHOLE.replace(ship, ship + more))[WORKFLOWS["train"]]
        assert yaml.safe_load(text)["jobs"]["models"]["timeout-minutes"] == minutes


def test_a_monitor_longer_than_a_job_is_to_be_a_check() -> None:
    loops = WHOLE.replace("for: 30m", "for: 7h").replace("  runner: [self-hosted, eu]\n", "")
    with pytest.raises(LoopError, match="watches longer than a job lasts") as caught:
        texts("github", loops)
    assert "scheduled" in caught.value.hint


def test_there_is_no_workflow_of_nothing(place: Place) -> None:
    with pytest.raises(LoopError, match="there is no CI called 'jenkins'"):
        place.ci("jenkins")
    place.write({"loops.yaml": "version: 1\ninner: {a: {run: 'true', cycle: 1s}}\n"})
    with pytest.raises(LoopError, match="no outer loop"):
        place.ci("github")


def test_how_a_job_is_set_up_is_not_guessed(place: Place) -> None:
    inner, outer = "inner: {a: {run: 'true', cycle: 1s}}", "outer: {o: {qa: {loops: all}}}"
    place.write({"loops.yaml": f"version: 1\n{inner}\n{outer}\n"})
    with pytest.raises(LoopError, match="how a job gets the project"):
        place.ci("github")
