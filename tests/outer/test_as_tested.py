"""What is deployed is what was built and tested: of these files, all, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from targets import Target, target

if TYPE_CHECKING:
    from conftest import Maker

pytestmark = pytest.mark.timeout(120)
ASKED = """\
version: 1
inner: {unit: {run: mark unit, cycle: 1s}}
environments: {sandbox: {}}
outer:
  release:
    build: {run: "sh -c 'mkdir -p dist; echo one > dist/app'", outputs: [dist]}
    ok: {approve: "go?"}
    pack: {run: ./pack.sh, outputs: [dist/packed], retry: {max: 1, delay: 10ms}}
    sandbox: {deploy: ./deploy.sh, environment: sandbox}
"""
PACK = """\
#!/bin/sh
cp dist/app dist/packed
[ ! -e $TARGET/tear ] || { rm $TARGET/tear; exit 1; }
"""


def approved(project: Maker) -> Target:
    found = target(project, ASKED)
    found.project.write({"pack.sh": PACK})
    (found.project.root / "pack.sh").chmod(0o755)
    found.project.commit()
    found.go().fails(75)
    found.run("approve", "ok").ok()
    return found


def test_a_file_that_is_added_to_what_was_built_is_not_deployed(project: Maker) -> None:
    found = approved(project)
    found.project.write({"dist/more": "two\n"})
    found.run("resume").fails(2).warns("'dist/more' was added to what build left")
    assert found.effects() == []


def test_a_link_to_nowhere_is_not_what_was_built(project: Maker) -> None:
    found = approved(project)
    (found.project.root / "dist/app").unlink()
    (found.project.root / "dist/app").symlink_to("nowhere")
    found.run("resume").fails(2).warns("'dist/app' is no longer what build left")


def test_what_other_stages_leave_there_is_known(project: Maker) -> None:
    """Also to the stage itself that leaves it, when it is tried again."""
    found = approved(project).has("tear")
    found.run("resume").ok()
    assert found.effects() == ["deploy sandbox"]


BUILT = """\
version: 1
inner: {unit: {run: mark unit, cycle: 1s}}
environments: {sandbox: {}}
outer:
  release:
    build: {run: cp src/app.py dist.txt, outputs: [dist.txt]}
    sandbox: {deploy: ./ship.sh, environment: sandbox}
"""
SHIP = '#!/bin/sh\ncp dist.txt "$TARGET/sandbox"\n'


def test_what_was_built_of_another_commit_is_not_deployed_as_this_one(project: Maker) -> None:
    found = target(project, BUILT)
    found.project.write({"ship.sh": SHIP, ".gitignore": "dist.txt\n"})
    (found.project.root / "ship.sh").chmod(0o755)
    found.project.commit()
    found.go().ok()
    first = found.head()
    found.commit("total = 3\n")
    found.go("--from", "sandbox").fails(2).warns("sandbox deploys what build leaves, and no run of")
    assert found.live("sandbox") == "total = 1"
    found.go("--until", "build").ok()

    # What the commit's own run has kept is laid out, and nothing else is deployed.
    found.project.write({"dist.txt": "another\n"})
    found.go("--from", "sandbox").fails(2).warns("'dist.txt' is no longer what build left")
    (found.project.root / "dist.txt").unlink()
    found.go("--only", "sandbox").ok()
    assert found.live("sandbox") == "total = 3"

    found.project.git("checkout", "-q", first)
    (found.project.root / "dist.txt").unlink()
    found.go("--from", "sandbox", "--allow-older").ok()
    assert found.live("sandbox") == "total = 1"
