"""Two stages that leave the same place: what the later one left there is what counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from targets import target

from innerloop.core.book import Kept
from innerloop.core.command import parse
from innerloop.core.outer import Outer, Stage, Work
from innerloop.core.outputs import counting, handed, within

if TYPE_CHECKING:
    from conftest import Maker

RUN = Work(parse("x"))
OUTER = Outer(
    "release",
    (
        Stage("build", RUN, outputs=("dist", "notes")),
        Stage("pack", RUN, ("build",), outputs=("./dist/bin/",)),
        Stage("sign", RUN, ("pack",), outputs=("dist/bin/app",)),
    ),
)


def test_what_is_within_a_place() -> None:
    assert within("dist/app", ["dist"])
    assert within("dist/app", ["./dist/app/"])
    assert within("dist", ["."])
    assert not within("distant", ["dist"])
    assert not within("dist", ["dist/app"])


def test_only_what_the_last_left_in_a_place_counts() -> None:
    built = [Kept("build", path, "1") for path in ("dist/bin/app", "dist/bin/tmp", "dist/doc")]
    packed = [Kept("pack", "dist/bin/app", "2"), Kept("pack", "dist/bin/lib", "2")]
    signed = [Kept("sign", "dist/bin/app", "3")]
    assert counting(OUTER, built) == tuple(built)
    assert counting(OUTER, [*built, *packed]) == (built[2], *packed)
    assert counting(OUTER, [*built, *packed, *signed]) == (built[2], packed[1], *signed)


def test_a_stage_finds_what_has_taken_the_place_of_what_was_left_to_it() -> None:
    aside = Stage("aside", RUN, ("build",))
    docs = Stage("docs", RUN, outputs=("html",))
    outer = OUTER._replace(stages=(*OUTER.stages, docs, aside))
    packed = [Kept("pack", "dist/bin/app", "2"), Kept("docs", "html/a", "1")]
    assert handed(outer, packed, aside) == (packed[0],)
    assert handed(outer, packed, outer.stages[2]) == (packed[0],)


LOOPS = """\
version: 1
inner: {unit: {run: mark unit, cycle: 1s}}
environments: {sandbox: {}}
outer:
  release:
    build: {run: "sh -c 'mkdir -p dist; echo one > dist/app; echo x > dist/tmp'", outputs: [dist]}
    pack: {run: ./pack.sh, outputs: [dist], retry: {max: 1, delay: 10ms}}
    look: {run: grep -qx 'one packed' dist/app, needs: [build]}
    sandbox: {deploy: ./ship.sh, environment: sandbox, needs: [pack]}
"""
PACK = """
echo "$(cat dist/app) packed" > dist/app
[ -e "$TARGET/tried" ] || { touch "$TARGET/tried"; exit 1; }
rm dist/tmp
"""


@pytest.mark.timeout(120)
def test_a_stage_may_write_over_what_one_before_it_has_left(project: Maker) -> None:
    """It has that as it was left, also when it is tried again."""
    found = target(project, LOOPS)
    found.project.program("pack.sh", PACK, found.project.root)
    ship = 'cp dist/app "$TARGET/sandbox"\n[ ! -e dist/tmp ]\n'
    found.project.program("ship.sh", ship, found.project.root)
    found.project.write({".gitignore": "dist\n"})
    found.project.commit()
    found.go().ok()
    assert found.live("sandbox") == "one packed"
