"""loop outer rollback runs as the deploy does: where, with what, and with its secrets hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from targets import BOX, FULL, target

if TYPE_CHECKING:
    from conftest import Maker

LOOPS = """\
version: 1
inner: {unit: {run: mark unit, cycle: 1s}}
environments: {sandbox: {}}
outer:
  release:
    sandbox:
      deploy: ../deploy.sh
      environment: sandbox
      verify: ../live.sh
      rollback: ./back.sh
      cwd: ops
      env: {WHO: ops}
      secrets: [TOKEN]
      timeout: 50s
"""
BACK = """\
#!/bin/sh
echo "token $TOKEN of $WHO"
echo "$LOOP_PREVIOUS_VERSION" > "$TARGET/sandbox"
"""


@pytest.mark.timeout(120)
def test_a_rollback_by_hand_has_all_that_the_deploy_has(project: Maker) -> None:
    found = target(project, LOOPS)
    found.project.write({"ops/back.sh": BACK})
    (found.project.root / "ops/back.sh").chmod(0o755)
    found.project.commit()
    before = found.head()
    env = {"TOKEN": "hunter2hunter2"}
    found.go(env=env).ok()
    found.commit()
    found.go(env=env).ok()

    found.run("rollback", "sandbox", env=env).ok()

    assert found.live("sandbox") == before
    files = [path for path in found.state.rglob("*") if path.is_file()]
    assert not [path for path in files if b"hunter2" in path.read_bytes()]
    said = [path.read_text() for path in found.state.glob("runs/*/*/output.log")]
    assert any("of ops" in text for text in said), said
    assert '"timeout": 50' in found.rows("SELECT plan FROM run ORDER BY seq DESC LIMIT 1")[0][0]


@pytest.mark.timeout(120)
def test_a_second_one_goes_further_back_and_not_forward_again(project: Maker) -> None:
    found = target(project, BOX % FULL)
    versions = [found.head()]
    found.go().ok()
    for text in ("total = 2\n", "total = 3\n"):
        versions.append(found.commit(text))
        found.go().ok()

    for version in (versions[1], versions[0]):
        found.run("rollback", "sandbox").ok()
        assert found.live("sandbox") == version
    found.run("status").ok().prints("rolled back")
    found.run("rollback", "sandbox").fails(2).warns("that was not taken back", "--to VERSION")
    done = found.run("rollback", "sandbox", "--to", versions[2]).ok()
    done.warns(f"{versions[2][:12]} was taken back from 'sandbox' before")
    assert found.live("sandbox") == versions[2]


@pytest.mark.timeout(120)
def test_an_older_commit_is_not_deployed_over_a_newer_one_by_mistake(project: Maker) -> None:
    found = target(project, BOX % FULL)
    old, new = found.head(), found.commit()
    found.go().ok()
    found.git("checkout", "-q", old)

    found.go().fails(2).warns(f"sandbox has {new[:12]}, which is newer than {old[:12]}")

    assert found.live("sandbox") == new
    found.go("--allow-older").ok()
    found.go().ok()
    assert found.live("sandbox") == old
    # What went another way is neither older nor newer.
    found.commit("total = 3\n")
    found.go().ok()
    found.git("checkout", "-q", new)
    found.go().ok()
    assert found.live("sandbox") == new
