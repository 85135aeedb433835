"""`only: {changed: …}` is since the stage itself was done, and what it left then is what counts."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from targets import Target, inside, target

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Maker

    Begun = Callable[[str], Target]

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def begun(
    project: Maker, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Begun:
    return lambda loops: inside(target(project, loops), monkeypatch, capfd)


SHIPPED = """\
version: 1
inner: {unit: {run: mark unit, cycle: 1s}}
environments: {prod: {}, docs: {}}
outer:
  release:
    t: {run: "true"}
    prod:
      deploy: ./deploy.sh
      environment: prod
      verify: ./live.sh
      rollback: ./back.sh
      only: {changed: "src/**"}
"""
MANUAL = '    manual: {deploy: ./deploy.sh, environment: prod, only: {changed: "docs/**"}}\n'


def aside(found: Target, text: str) -> str:
    """Change what no stage is for, and commit it."""
    found.project.write({"notes.txt": text})
    found.project.commit()
    return found.head()


def test_a_run_that_left_the_deploy_out_is_none_by_which_it_was_done(begun: Begun) -> None:
    found = begun(SHIPPED)
    found.go().ok()
    first = found.head()
    new = found.commit()
    found.go("--only", "t").ok()

    found.go().ok()

    assert found.live("prod") == new
    aside(found, "one")
    found.go().ok().warns(f"has changed since {new[:12]}, which is live in prod")
    # What was taken back is to be done again, whatever passed before.
    found.run("rollback", "prod").ok()
    assert found.live("prod") == first
    found.go().ok()
    assert found.live("prod") == found.head()


def test_a_deploy_that_failed_is_begun_again_though_nothing_has_changed_since_what_is_live(
    begun: Begun,
) -> None:
    found = begun(SHIPPED.replace("      verify: ./live.sh\n      rollback: ./back.sh\n", ""))
    found.go().ok()
    found.commit()
    found.has("fail-prod").go().fails(1)
    found.lacks("fail-prod").commit("total = 1\n")
    found.go().ok()
    assert found.effects() == ["deploy prod"] * 3


def test_what_another_stage_has_deployed_there_is_not_what_this_one_has(begun: Begun) -> None:
    found = begun(SHIPPED + MANUAL)
    found.project.write({"docs/a.md": "one\n"})
    found.project.commit()
    found.go().ok()
    found.project.write({"docs/a.md": "two\n"})
    new = found.commit()
    found.go("--only", "manual").ok()
    assert found.effects() == ["deploy prod"] * 3
    found.go().ok().warns("manual    left out", f"has changed since {new[:12]}, which")
    assert found.effects() == ["deploy prod"] * 4


def test_what_was_changed_beside_a_commit_is_nothing_to_compare_with(begun: Begun) -> None:
    found = begun(
        SHIPPED.replace("prod: {}", "prod: {dirty: true}").replace(
            'run: "true"', 'run: "true", only: {changed: "src/**"}'
        )
    )
    found.project.write({"src/app.py": "total = 9\n"})
    found.go().ok()
    found.git("checkout", "-q", "src/app.py")
    assert "left out" not in found.go().ok().err
    assert found.live("prod") == found.head()
    # Nor with a commit that git does not have.
    found.write(f"UPDATE live SET version = '{'5f7e901f' * 5}'")
    found.go().ok().warns("t         left out")
    assert found.effects() == ["deploy prod"] * 3


# -- what it left -----------------------------------------------------------------------------

BUILT = """\
version: 1
inner: {unit: {run: mark unit, cycle: 1s}}
environments: {prod: {}}
outer:
  release:
    build:
      run: "sh -c 'mkdir -p dist; cp src/app.py dist/app'"
      outputs: [dist]
      only: {changed: "src/**"}
    prod: {deploy: ./ship.sh, environment: prod}
"""
SHIP = '#!/bin/sh\ncp dist/app "$TARGET/prod"\n'


def built(begun: Begun) -> Target:
    """What was built and deployed, and a commit since of which nothing is to be built anew."""
    found = begun(BUILT)
    found.project.write({"ship.sh": SHIP, ".gitignore": "dist/\n"})
    (found.project.root / "ship.sh").chmod(0o755)
    found.project.commit()
    found.go().ok()
    aside(found, "one")
    return found


def test_what_a_stage_left_that_has_nothing_to_do_is_put_back_and_held_against(
    begun: Begun,
) -> None:
    found = built(begun)
    app = found.project.root / "dist/app"
    app.write_text("evil\n")
    found.go().fails(2).warns("'dist/app' is no longer what build left")
    found.run("abandon").ok()
    assert found.live("prod") == "total = 1"

    app.unlink()
    found.go().ok().warns("build     left out   nothing it is for has changed since run")
    assert app.read_text() == "total = 1\n"


def test_where_that_is_gone_it_is_built_anew_or_nothing_deploys(begun: Begun) -> None:
    found = built(begun)
    for path in (found.state / "artifacts").iterdir():
        path.unlink()
    # What stands there as it was left is good enough.
    found.go().ok()
    shutil.rmtree(found.state / "artifacts")
    (found.project.root / "dist/app").write_text("evil\n")
    done = found.go().fails(2)
    done.warns("prod deploys what build leaves, and what it left in run", "is gone")
    done.warns("loop outer release --only build")
    assert found.status()["run"]["state"] == "passed"

    found.go("--only", "build").ok()
    found.go().ok()
    assert found.live("prod") == "total = 1"


def test_of_what_a_stage_leaves_only_by_now_it_has_left_nothing(begun: Begun) -> None:
    found = built(begun)
    found.project.write({"loops.yaml": BUILT.replace("[dist]", "[dist, more]"), "more": "x\n"})
    found.project.commit()
    found.go().fails(2).warns("what it left in run")
