"""What a walk has to have proven before the outer loop may begin."""

from __future__ import annotations

import pytest

from innerloop.core.command import parse
from innerloop.core.handoff import complete
from innerloop.core.model import Loop, Outcome, Result, Run, Verdict

LINT, UNIT = (Loop(name, parse(name), 1.0) for name in ("lint", "unit"))
EVAL = Loop("eval", parse("eval"), 60.0, auto=False)
PROSE = Loop("prose", parse("prose"), 2.0, required=False)
LOOPS = (LINT, UNIT, EVAL, PROSE)


def came(loop: Loop, outcome: Outcome = Outcome.PASSED, *, empty: bool = False) -> Result:
    return Result(loop.name, outcome, "", 1.0, required=loop.required, empty=empty)


def walk(*results: Result, verdict: Verdict = Verdict.GREEN) -> Run:
    return Run("1", 1.0, 1.0, verdict, "loop inner", results)


def test_every_loop_that_has_to_pass_has() -> None:
    assert complete(LOOPS, walk(came(LINT), came(UNIT, Outcome.CACHED)))


def test_a_walk_about_some_of_them_is_not_enough() -> None:
    assert not complete(LOOPS, walk(came(UNIT)))
    assert not complete(LOOPS, walk(came(LINT)))
    assert not complete(LOOPS, walk())


@pytest.mark.parametrize(
    "verdict", [verdict for verdict in Verdict if verdict is not Verdict.GREEN]
)
def test_only_a_green_walk_is_handed_over(verdict: Verdict) -> None:
    assert not complete(LOOPS, walk(came(LINT), came(UNIT), verdict=verdict))


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.SKIPPED, Outcome.DEFERRED])
def test_one_that_is_not_required_or_has_to_be_named_is_not_missed(outcome: Outcome) -> None:
    others = (came(PROSE, outcome), came(EVAL, outcome))

    assert complete(LOOPS, walk(came(LINT), came(UNIT), *others))


def test_one_that_had_no_file_to_be_handed_is_not_missed() -> None:
    assert complete(LOOPS, walk(came(LINT, Outcome.SKIPPED, empty=True), came(UNIT)))


@pytest.mark.parametrize(
    "outcome",
    [one for one in Outcome if one not in (Outcome.PASSED, Outcome.CACHED)],
)
def test_one_that_came_to_anything_else_is(outcome: Outcome) -> None:
    # Whatever the verdict says: it is looked at twice, since a release hangs on it.
    assert not complete(LOOPS, walk(came(LINT), came(UNIT, outcome)))


@pytest.mark.parametrize("loops", [(), (EVAL,), (PROSE,), (EVAL, PROSE)])
def test_where_nothing_has_to_pass_nothing_is_proven(loops: tuple[Loop, ...]) -> None:
    assert not complete(loops, walk(*(came(loop) for loop in loops)))
