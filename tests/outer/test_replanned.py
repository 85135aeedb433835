"""A plan that changes under a run: what is done stays done, and a yes is one to the plan it saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from targets import LOOPS, Target, sound, target

if TYPE_CHECKING:
    from conftest import Maker

pytestmark = pytest.mark.timeout(120)

SMOKE = "smoke: {run: ./smoke.sh, back_to: unit}"
LAST = "    late: {run: test -s ../target/prod}\n"


def asking(project: Maker, *words: str, more: str = "") -> Target:
    found = target(project, LOOPS.replace(SMOKE, f'ok: {{approve: "go?"}}{more}'))
    found.go(*words).fails(75)
    found.run("approve", "ok").ok()
    return found


def change(found: Target, old: str, new: str) -> Target:
    path = found.project.root / "loops.yaml"
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    return found


def append(found: Target, text: str) -> Target:
    with (found.project.root / "loops.yaml").open("a") as file:
        file.write(text)
    return found


@pytest.mark.parametrize("committed", [False, True])
def test_a_run_goes_on_by_the_new_plan_and_whoever_said_yes_is_asked_again(
    project: Maker, *, committed: bool
) -> None:
    found = append(asking(project), LAST)
    first = found.head()
    if committed:
        found.project.commit()

    done = found.run("resume", "--replan").fails(75).warns("has a new plan")

    assert "go?" in done.out
    assert found.effects() == ["deploy sandbox"]
    found.run("approve", "ok").ok()
    found.run("resume").ok().prints("late")
    assert found.effects() == ["deploy sandbox", "deploy prod"]
    assert found.live("prod") == first
    sound(found)


def test_who_had_been_heard_is_asked_again_while_something_is_to_be_done(project: Maker) -> None:
    wait = '\n    more: {approve: "and this?"}'
    found = asking(project, more=wait)
    found.run("resume").fails(75)
    assert found.stages()["ok"] == "passed"
    append(found, LAST)
    found.run("resume", "--replan").fails(75)
    assert found.stages()["ok"] == "waiting"
    sound(found)


def test_nothing_but_the_plan_may_have_changed(project: Maker) -> None:
    found = append(asking(project), LAST)
    found.commit()
    found.run("resume", "--replan").fails(75)
    found.run("approve", "ok").ok()
    found.run("resume").fails(2).warns("prod does not begin: HEAD is")
    assert found.effects() == ["deploy sandbox"]


def test_the_same_plan_voids_nothing(project: Maker) -> None:
    asking(project).run("resume", "--replan").ok().warns("has the plan of loops.yaml already")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    sandbox: {deploy", "    box: {deploy", "sandbox has begun, and is gone from"),
        ("    qa: {loops: all}", "    qa: {run: ./smoke.sh}", "qa has begun, and is another stage"),
    ],
)
def test_what_has_begun_is_not_planned_away(project: Maker, old: str, new: str, said: str) -> None:
    found = change(asking(project), old, new)
    plan = found.rows("SELECT plan FROM run")
    found.run("resume", "--replan").fails(2).warns(said)
    assert found.rows("SELECT plan FROM run") == plan


def test_what_was_left_out_stays_left_out(project: Maker) -> None:
    found = append(asking(project, "--until", "ok"), LAST)
    found.run("resume", "--replan").fails(75)
    found.run("approve", "ok").ok()
    found.run("resume").ok()
    assert found.effects() == ["deploy sandbox"]
    assert found.stages()["late"] == "skipped"


def test_what_is_in_doubt_is_decided_first(project: Maker) -> None:
    found = target(project).has("dead-sandbox", "blind")
    found.go().fails(5)
    append(found, LAST)
    found.run("resume", "--replan").fails(2).warns("sandbox is unknown")
