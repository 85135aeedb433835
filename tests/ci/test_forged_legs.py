"""A leg that any job before could have written: it speaks for its own stage alone."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from forge import REPOSITORY
from test_relay import jobs

from innerloop.core.book import Answer, How, Kept, Ticket
from innerloop.core.leg import Leg, unfit
from innerloop.core.outer import Loops, Outer, Stage
from innerloop.core.states import State

if TYPE_CHECKING:
    from conftest import Maker

pytestmark = pytest.mark.timeout(120)


def said(*kept: Kept, answers: tuple[Answer, ...] = ()) -> str:
    """What is wrong with a leg of `build`, which leaves dist and ./report.html."""
    stages = tuple(
        Stage(name, Loops(), outputs=outputs)
        for name, outputs in (("qa", ()), ("build", ("dist/", "./report.html")))
    )
    leg = Leg("release", "build", State.PASSED, "a plan", "a tree", kept=kept, answers=answers)
    return unfit(leg, Ticket("1", 1, Outer("release", stages), (), "a plan"), "a tree")


@pytest.mark.parametrize("path", ["dist", "dist/app", "./dist//a/b", "report.html"])
def test_a_stage_leaves_what_its_outputs_name(path: str) -> None:
    assert not said(Kept("build", path, "f" * 64))
    # What it read is anywhere, and is not laid.
    assert not said(Kept("build", "data/rows.csv", "f" * 64, How.READ))


@pytest.mark.parametrize(
    "path",
    [
        *("planted.sh", "distant/app", "report.html.sh", "a/dist/app"),
        *(".git/hooks/post-checkout", "dist/.git/config", "dist/.GIT/config", "dist/a/.loop/x"),
    ],
)
def test_a_leg_that_left_anything_else_says_nothing(path: str) -> None:
    assert path in said(Kept("build", path, "f" * 64))


def test_a_leg_speaks_for_no_other_stage() -> None:
    assert "speaks for 'qa'" in said(Kept("qa", "dist/app", "f" * 64))
    yes = Answer("x", "qa", "", yes=True, who="grace", source="github", verified=True)
    assert "speaks for 'qa'" in said(answers=(yes,))


def test_nothing_is_planted_where_a_deploy_begins(project: Maker) -> None:
    found = jobs(project)
    found.job("qa").ok()
    found.forged("qa", "build")
    body = b"#!/bin/sh\n"
    digest = hashlib.sha256(b"-" + body).hexdigest()
    (found.path("qa").parent / "files").mkdir(exist_ok=True)
    (found.path("qa").parent / "files" / digest).write_bytes(body)
    found.leg("qa", kept=[Kept("qa", "planted.sh", digest)._asdict()])
    found.job("sandbox").fails(2).warns("of qa, which comes before it, it says that it left")
    assert not (found.project.root / "planted.sh").exists()
    assert found.effects() == []


def test_a_yes_in_the_leg_of_another_stage_opens_nothing(project: Maker) -> None:
    found = jobs(project)
    found.job("qa").ok()
    found.forged("qa", "build", "sandbox", "smoke", "e2e")
    found.answers(f"repos/{REPOSITORY}/actions/runs/9/approvals", [])
    lie = Answer("x", "e2e", "", yes=True, who="grace", source="github run 9", verified=True)
    found.leg("qa", answers=[lie._asdict()])
    found.job("prod").fails(2).warns("it speaks for 'e2e'")
    assert found.effects() == []
