"""What whoever begins a run is told first: what is open, in doubt, strange, or was never tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from targets import BOX, FULL, LOOPS, Target, inside, target

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Maker

    Begun = Callable[[str], Target]

pytestmark = pytest.mark.timeout(120)
APART = LOOPS.replace("environment: prod,", "environment: prod, needs: [qa],")


@pytest.fixture
def begun(
    project: Maker, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Begun:
    return lambda loops: inside(target(project, loops), monkeypatch, capfd)


def run(found: Target) -> str:
    said = found.status()["run"]["id"]
    assert isinstance(said, str)
    return said


# -- what a flag leaves out -------------------------------------------------------------------


def test_what_failed_on_these_files_is_not_left_out_before_a_deploy(begun: Begun) -> None:
    found = begun(LOOPS).has("fail-smoke")
    found.go().fails(1)
    first = run(found)
    for words in (("--from", "prod"), ("--only", "prod")):
        done = found.go(*words).fails(2)
        done.warns(f"prod deploys, and smoke failed on this commit (run {first})")
        done.warns("begin at smoke, or before it: loop outer release --from smoke")
    assert found.live("prod") == ""
    # A run that did not come to it says nothing of it.
    found.has("fail-sandbox").go("--until", "smoke").fails(1)
    found.lacks("fail-sandbox").go("--only", "sandbox").ok()
    found.go("--only", "prod").fails(2).warns(f"smoke failed on this commit (run {first})")

    found.lacks("fail-smoke").go("--from", "smoke", "--until", "smoke").ok()
    done = found.go("--from", "prod").ok()
    assert "has not passed" not in done.err
    assert found.live("prod") == found.head()


def test_what_was_never_tried_on_these_files_is_named(begun: Begun) -> None:
    found = begun(LOOPS)
    found.go("--until", "qa").ok()
    found.go("--only", "prod").ok().warns(
        "warning: prod deploys, and sandbox, smoke have not passed on this commit"
    )
    assert found.live("prod") == found.head()


def test_what_was_taken_back_counts_for_what_needs_it_alone(begun: Begun) -> None:
    found = begun(APART)
    found.go().ok()
    found.project.write({"loops.yaml": LOOPS})
    found.commit()
    found.has("fail-sandbox", "dead-sandbox").go().fails(3)
    found.go("--only", "prod").fails(2).warns("prod deploys, and sandbox was rolled back on this")
    found.project.write({"loops.yaml": APART})
    found.commit("total = 3\n")
    found.go().fails(3)
    found.go("--only", "prod").ok()
    assert found.live("prod") == found.head()


# -- what is open, in doubt or strange --------------------------------------------------------


def test_a_run_that_is_open_is_named_when_another_begins(project: Maker) -> None:
    found = target(project, BOX % FULL)
    found.go(env={"LOOP_CRASH_TEST": "1", "LOOP_CRASH_AT": "4"})
    first = run(found)
    found.go().ok().warns(
        f"warning: run {first} is open: loop outer resume {first}, or loop outer abandon {first}"
    )
    found.has("blind", "fail-sandbox").commit()
    found.go().fails(5)
    again = run(found)
    found.go().warns(f"warning: run {again} is open (needs a decision): loop outer resume {again}")


def test_where_a_rollback_failed_nobody_knows_what_is_live(begun: Begun) -> None:
    found = begun(BOX % FULL)
    found.go().ok()
    found.commit()
    found.has("fail-sandbox", "dead-sandbox", "stuck").go().fails(4)
    said = f"warning: nobody knows what is live in sandbox: the rollback of run {run(found)} failed"
    found.lacks("fail-sandbox", "dead-sandbox").go().ok().warns(said)
    assert "nobody knows" not in found.go().ok().err

    found.run("rollback", "sandbox").fails(4)
    by_hand = found.rows("SELECT id FROM run ORDER BY seq DESC")[0][0]
    found.go().ok().warns(said.replace(said.split()[-2], by_hand))


def test_what_a_rollback_did_not_bring_back_is_brought_back_and_nothing_older(
    begun: Begun,
) -> None:
    found = begun(BOX % FULL)
    found.go().ok()
    old, new = found.head(), found.commit()
    found.go().ok()
    found.commit("total = 3\n")
    found.has("fail-sandbox", "stuck").go().fails(4)
    found.run("rollback", "sandbox", "--to", new[:12]).fails(4)
    found.lacks("stuck").run("rollback", "sandbox").ok()
    assert found.live("sandbox") == new
    found.run("rollback", "sandbox").ok()
    assert found.live("sandbox") == old


def test_a_commit_that_is_live_and_that_git_does_not_know_is_named(
    begun: Begun, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = begun(BOX % FULL)
    found.go().ok()
    strange = "5f7e901f" * 5
    found.write(f"UPDATE live SET version = '{strange}'")
    said = "warning: sandbox has 5f7e901f, which git does not know here"
    monkeypatch.setenv("LOOP_STATE", str(found.state))
    found.go().ok().warns(f"{said}: is LOOP_STATE another project's?\n")
    assert said not in found.go().ok().err
    found.write(f"UPDATE live SET version = '{strange}' WHERE number = 1")
    monkeypatch.delenv("LOOP_STATE")
    found.write(f"UPDATE live SET version = '{strange}'")
    found.go().ok().warns(f"{said}\n")
    found.write(f"UPDATE live SET version = '{strange}' WHERE number = 4")
    found.write(f"UPDATE live SET version = '{found.head()}' WHERE number = 3")
    found.run("rollback", "sandbox").ok().warns(f"{said}\n")
    # A clone that lacks history has no word in that.
    found.write(f"UPDATE live SET version = '{strange}'")
    (found.project.root / ".git/shallow").write_text(f"{found.head()}\n")
    assert said not in found.go().ok().err
