"""loop outer rollback runs as the deploy does: where, with what, and with its secrets hidden."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from targets import BOX, FULL, Target, inside, target

from conftest import wait

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


# -- what is in its way -----------------------------------------------------------------------


def twice(project: Maker, loops: str = BOX % FULL) -> Target:
    """Two versions deployed, one after the other."""
    found = target(project, loops)
    found.go().ok()
    found.commit()
    found.go().ok()
    return found


@pytest.mark.timeout(120)
def test_one_that_could_not_begin_is_over_and_nobody_carries_it_on(project: Maker) -> None:
    found = twice(project)
    found.commit("total = 3\n")
    process = found.has("hold-sandbox").project.start("outer", "--yes")
    wait(lambda: len(found.effects()) == 3, "the third deploy", 60)
    holder = found.status()["run"]["id"]

    done = found.run("rollback", "sandbox").fails(75)

    done.warns(f"sandbox is held by run {holder}: nothing was done; try again: loop outer rollback")
    assert "resume" not in done.out + done.err
    assert found.status()["open"] == []
    found.lacks("hold-sandbox")
    process.communicate()
    found.run("resume").fails(2).warns("no run is open")

    # Nor one whose process was killed before it could begin.
    found.run("rollback", "sandbox", env={"LOOP_CRASH_TEST": "1", "LOOP_CRASH_AT": "4"})
    found.run("resume").fails(2).warns("is a rollback of sandbox that never began: it is given up")
    assert found.status()["open"] == []
    assert found.effects() == ["deploy sandbox"] * 3


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("more", "code"), [((), 0), (("stuck",), 4)])
def test_one_that_did_begin_is_carried_on_whatever_stands_here(
    project: Maker, more: tuple[str, ...], code: int
) -> None:
    found = target(project, BOX % FULL)
    old = found.head()
    found.go().ok()
    new = found.commit()
    found.go().ok()
    found.has("hold-back").orphan("rollback", "sandbox", until="back sandbox")
    found.has("stuck").lacks("hold-back")
    wait(lambda: not working(found), "the end of what was begun")
    found.commit("total = 3\n")
    if not more:
        found.lacks("stuck")

    found.run("resume", "--replan").fails(2).warns("is a rollback of sandbox: it has no other plan")
    found.run("resume").fails(code)

    assert found.live("sandbox") == (new if more else old)


def working(found: Target) -> bool:
    """Whether a rollback that lost its shim is still at work there."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{name}/cwd") == str(found.project.root):
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    if b"back.sh" in file.read():
                        return True
        except OSError:
            continue
    return False


@pytest.mark.timeout(120)
def test_what_was_not_found_good_then_is_said_of_it(
    project: Maker, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    loops = (BOX % FULL) + "    smoke: {run: ./smoke.sh, back_to: unit}\n"
    found = inside(target(project, loops), monkeypatch, capfd)
    found.go().ok()
    bad = found.commit()
    found.has("fail-smoke").go().fails(1)
    run = found.status()["run"]["id"]
    found.commit("total = 3\n")
    found.lacks("fail-smoke").go().ok()

    done = found.run("rollback", "sandbox").ok()

    done.warns(f"warning: {bad[:12]} was deployed by run {run}, which was sent back")
    assert "warning" not in found.run("rollback", "sandbox").ok().err


@pytest.mark.timeout(120)
def test_nobody_is_asked_where_an_environment_is_protected(
    project: Maker, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    found = inside(target(project, BOX % FULL), monkeypatch, capfd)
    old = found.head()
    found.go().ok()
    found.commit()
    found.go().ok()
    text = (BOX % FULL).replace("sandbox: {}", "sandbox: {protected: true}")
    text = text.replace("  release:\n", '  release:\n    ok: {approve: "go?"}\n')
    found.project.write({"loops.yaml": text})
    found.run("rollback", "sandbox").ok()
    assert found.live("sandbox") == old
