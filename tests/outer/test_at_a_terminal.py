"""At a terminal a deploy is shown and asked about before anything begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pexpect
import pytest
from targets import BOX, FULL, Target, target

from conftest import LOOP

if TYPE_CHECKING:
    from conftest import Maker

pytestmark = pytest.mark.timeout(120)


def typed(found: Target, answer: str, *words: str, asked: str = r"deploy \w+\?") -> tuple[str, int]:
    child = pexpect.spawn(
        LOOP[0],
        [*LOOP[1:], "outer", *words],
        cwd=str(found.project.root),
        env={**found.project.env, "TERM": "xterm", "LOOP_AGENT": "0"},
        encoding="utf-8",
        timeout=60,
    )
    child.expect(rf"{asked} \[y/N\] ")
    before = child.before or ""
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    return before, child.exitstatus or 0


def test_the_plan_is_shown_and_a_no_deploys_nothing(project: Maker) -> None:
    found = target(project)
    before, code = typed(found, "n")
    assert "sandbox  deploy" in before
    assert code == 130
    assert found.effects() == []
    assert found.status()["run"] is None


def test_a_yes_goes_on(project: Maker) -> None:
    found = target(project)
    assert typed(found, "y")[1] == 0
    assert found.effects() == ["deploy sandbox", "deploy prod"]


def test_a_rollback_says_from_what_to_what_and_asks(project: Maker) -> None:
    found = target(project, BOX % FULL)
    old = found.head()
    found.go().ok()
    new = found.commit()
    found.go().ok()
    asked = f"roll sandbox back from {new[:12]} to {old[:12]}\\?"
    assert typed(found, "n", "rollback", "sandbox", asked=asked)[1] == 130
    assert found.live("sandbox") == new
    assert typed(found, "y", "rollback", "sandbox", asked=asked)[1] == 0
    assert found.live("sandbox") == old
