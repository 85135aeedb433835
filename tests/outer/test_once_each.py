"""What may be deployed again, and by whom it may be overrun: never where something is in doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from targets import target

if TYPE_CHECKING:
    from conftest import Maker

pytestmark = pytest.mark.timeout(120)
HEAD = "version: 1\ninner: {unit: {run: mark unit, cycle: 1s}}\n"
BOX = (
    HEAD
    + """\
environments: {sandbox: {}, prod: {}}
outer:
  release:
    sandbox: {deploy: ./deploy.sh, environment: sandbox, verify: ./live.sh, rollback: ./back.sh%s}
"""
)
RETRY = ", retry: {max: 1, delay: 100ms}"


def test_what_is_live_is_not_deployed_again_whatever_its_exit_code(project: Maker) -> None:
    found = target(project, BOX % RETRY).has("fail-sandbox")
    found.go().fails(1).prints("exit 1, though")
    assert found.effects() == ["deploy sandbox"]


def test_what_is_known_not_to_be_live_is_tried_again(project: Maker) -> None:
    found = target(project, BOX % RETRY).has("fail-sandbox", "dead-sandbox")
    found.go().fails(1)
    assert found.effects() == ["deploy sandbox", "deploy sandbox"]


def test_a_deploy_that_failed_is_in_doubt_where_verify_cannot_tell(project: Maker) -> None:
    found = target(project, BOX % RETRY).has("fail-sandbox", "blind")
    found.go().fails(5).prints("exit 1; verify cannot tell: exit 9")
    assert found.effects() == ["deploy sandbox"]
