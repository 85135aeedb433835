"""What may be deployed again, and by whom it may be overrun: never where something is in doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from targets import target

from conftest import wait

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


def test_who_is_asked_in_another_branch_frees_no_environment_in_doubt(project: Maker) -> None:
    loops = (
        HEAD
        + """\
environments: {sandbox: {}, prod: {}}
outer:
  release:
    sandbox: {deploy: ./deploy.sh, environment: sandbox, timeout: 1s}
    ok: {approve: "go?", needs: []}
    late: {run: 'true', needs: [sandbox, ok]}
"""
    )
    found = target(project, loops).has("hold-sandbox")
    found.go().fails(5)
    assert found.status()["held"], found.stages()


def test_a_monitor_that_ends_well_frees_its_own_environment_alone(project: Maker) -> None:
    loops = (
        HEAD
        + """\
environments: {sandbox: {}, prod: {}}
outer:
  release:
    sandbox: {deploy: ./deploy.sh, environment: sandbox, timeout: 1s}
    prod: {deploy: ./deploy.sh, environment: prod, needs: []}
    eye: {monitor: ./health.sh, every: 100ms, for: 200ms, environment: prod, needs: [prod]}
"""
    )
    found = target(project, loops).has("hold-sandbox")
    found.go().fails(5)
    assert found.stages()["eye"] == "passed"
    assert found.rows("SELECT name FROM lock WHERE run != ''") == [("env:sandbox",)]


def test_a_lock_of_two_environments_is_not_taken_while_either_is_at_work(project: Maker) -> None:
    loops = (
        HEAD
        + """\
environments: {sandbox: {lock: one}, prod: {lock: one}}
outer:
  first:
    sandbox: {deploy: ./deploy.sh, environment: sandbox}
  second:
    prod: {deploy: ./deploy.sh, environment: prod}
"""
    )
    found = target(project, loops).has("hold-sandbox")
    process = found.project.start("outer", "--yes")
    wait(lambda: found.effects() == ["deploy sandbox"], "the deploy", 60)
    process.kill()
    process.communicate()
    found.write("UPDATE lock SET expires = 1")

    done = found.go("second")

    found.lacks("hold-sandbox")
    done.fails(75)
