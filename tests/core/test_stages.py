"""The table of states, and the choice of the next move: values in, values out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from innerloop.core.command import parse
from innerloop.core.outer import (
    Approve,
    Deploy,
    Interrupted,
    Loops,
    Monitor,
    OnFail,
    Outer,
    Retry,
    Stage,
    When,
    Work,
)
from innerloop.core.stages import (
    Adopt,
    Begin,
    Doubt,
    End,
    Finish,
    Hear,
    Probe,
    Recover,
    Rest,
    RollBack,
    Skip,
    Watch,
    deployed,
    ended,
    failing,
    following,
    guarded,
    pause,
    upstream,
)
from innerloop.core.states import (
    BAD,
    DOUBTFUL,
    PASSING,
    TABLE,
    TERMINAL,
    Heard,
    Impossible,
    Standing,
    State,
    advance,
)

RUN = parse("true")
QA = Stage("qa", Loops())
BOX = Stage(
    "box",
    Deploy(RUN, "sandbox", verify=RUN, rollback=RUN, on_fail=OnFail.ROLLBACK),
    ("qa",),
    if_interrupted=Interrupted.VERIFY,
)
SMOKE = Stage("smoke", Work(RUN), ("box",), if_interrupted=Interrupted.RERUN, back_to="unit")
ASK = Stage("ask", Approve("ready?"), ("smoke",))
PROD = Stage("prod", Deploy(RUN, "prod"), ("ask",), if_interrupted=Interrupted.ASK)
EYE = Stage("eye", Monitor(RUN, on_fail=OnFail.ROLLBACK), ("prod",))
OUTER = Outer("release", (QA, BOX, SMOKE, ASK, PROD, EYE))


def at(**states: State) -> dict[str, Standing]:
    return {name: Standing(state, 1) for name, state in states.items()}


P = State.PASSED


@pytest.mark.parametrize(
    ("stands", "move"),
    [
        ({}, Begin(QA)),
        ({"qa": State.STARTED}, Adopt(QA)),
        ({"qa": State.INTERRUPTED}, Begin(QA)),
        ({"qa": P}, Begin(BOX)),
        ({"qa": P, "box": State.STARTED}, Adopt(BOX)),
        ({"qa": P, "box": State.INTERRUPTED}, Probe(BOX)),
        ({"qa": P, "box": State.UNDONE}, Begin(BOX)),
        ({"qa": P, "box": State.UNKNOWN}, Rest((), ("box",))),
        ({"qa": P, "box": State.FAILING}, RollBack(BOX)),
        ({"qa": P, "box": State.ROLLING_BACK}, Recover(BOX)),
        ({"qa": P, "box": P, "smoke": State.INTERRUPTED}, Begin(SMOKE)),
        ({"qa": P, "box": P, "smoke": P, "ask": State.WAITING}, Hear(ASK)),
        ({"qa": P, "box": P, "smoke": P, "ask": P, "prod": State.INTERRUPTED}, Doubt(PROD)),
        ({"qa": P, "box": P, "smoke": P, "ask": P, "prod": P, "eye": State.WATCHING}, Watch(EYE)),
        ({"qa": State.FAILED}, Skip(BOX, "qa: failed")),
    ],
)
def test_each_state_has_one_next_move(stands: dict[str, State], move: object) -> None:
    assert following(OUTER, at(**stands), {}) == move


@pytest.mark.parametrize(
    ("stands", "end"),
    [
        ({}, End.PASSED),
        ({"smoke": State.FAILED}, End.SENT_BACK),
        ({"prod": State.FAILED}, End.FAILED),
        ({"ask": State.REJECTED}, End.FAILED),
        ({"box": State.ROLLED_BACK, "smoke": State.FAILED}, End.ROLLED_BACK),
        ({"box": State.ROLLED_BACK, "prod": State.ROLLBACK_FAILED}, End.ROLLBACK_FAILED),
        ({"prod": State.SUPERSEDED}, End.SUPERSEDED),
    ],
)
def test_the_loudest_state_is_what_it_came_to(stands: dict[str, State], end: End) -> None:
    states: dict[str, Any] = {**dict.fromkeys([s.name for s in OUTER.stages], P), **stands}
    assert following(OUTER, at(**states), {}) == Finish(end)
    assert ended(OUTER, at(**states)) is end


def test_terminal_states_are_absorbing_and_the_others_lead_on() -> None:
    for state in State:
        assert bool(TABLE[state]) is (state not in TERMINAL)
        for heard in Heard:
            if state in TERMINAL:
                with pytest.raises(Impossible):
                    advance(state, heard)
    reached = {after for row in TABLE.values() for after in row.values()}
    assert reached == set(State) - {State.READY}


def test_what_is_left_out_holds_nothing_up_and_is_never_begun() -> None:
    left = {"qa": "--from box", "ask": "--only"}
    assert following(OUTER, {}, left) == Begin(BOX)
    assert following(OUTER, at(box=P, smoke=P), left) == Begin(PROD)


def test_what_waits_lets_others_go_on() -> None:
    side = Stage("side", Work(RUN), ())
    outer = Outer("o", (ASK._replace(needs=()), side))
    assert following(outer, at(ask=State.WAITING), {}, frozenset({"ask"})) == Begin(side)
    stands = at(ask=State.WAITING, side=P)
    assert following(outer, stands, {}, frozenset({"ask"})) == Rest(("ask",), ())


def test_a_stage_for_failures_runs_for_them_alone() -> None:
    tidy = Stage("tidy", Work(RUN), ("smoke",), when=When.FAILURE)
    always = Stage("always", Work(RUN), ("tidy",), when=When.ALWAYS)
    outer = Outer("o", (SMOKE._replace(needs=()), tidy, always))
    assert following(outer, at(smoke=State.FAILED), {}) == Begin(tidy)
    assert following(outer, at(smoke=P), {}) == Skip(tidy, "nothing before it failed")
    assert following(outer, at(smoke=State.FAILED, tidy=P), {}) == Begin(always)


def test_a_stage_for_failures_knows_of_one_elsewhere_that_let_nothing_go_on() -> None:
    other = SMOKE._replace(name="other", needs=())
    tell = Stage("tell", Work(RUN), ("smoke",), when=When.FAILURE)
    outer = Outer("o", (other, SMOKE._replace(needs=()), tell))
    stands = at(other=State.FAILED, smoke=State.SKIPPED)
    assert following(outer, stands, {}) == Begin(tell)
    assert following(outer, stands, {"smoke": "--only tell"}) == Skip(
        tell, "nothing before it failed"
    )
    # It was over before anything failed; and what is for failures is skipped where all is well.
    stands = at(other=State.FAILED, smoke=P)
    assert following(outer, stands, {}) == Skip(tell, "nothing before it failed")
    idle = SMOKE._replace(needs=(), when=When.FAILURE)
    outer = Outer("o", (other, idle, tell))
    stands = at(other=State.FAILED, smoke=State.SKIPPED)
    assert following(outer, stands, {}) == Skip(tell, "nothing before it failed")


def test_a_failure_anywhere_lets_nothing_new_begin() -> None:
    other = Stage("other", Work(RUN), ())
    outer = Outer("o", (SMOKE._replace(needs=()), other))
    assert following(outer, at(smoke=State.FAILED), {}) == Skip(other, "smoke: failed")


def test_retries_wait_longer_each_time_and_end() -> None:
    stage = SMOKE._replace(retry=Retry(2, (75,), delay=10.0, factor=3.0))
    assert [pause(stage, n) for n in (1, 2, 3)] == [10.0, 30.0, 90.0]
    assert failing(stage, 0, 75) is Heard.AGAIN
    assert failing(stage, 2, 75) is Heard.BADLY
    assert failing(stage, 0, 1) is Heard.BADLY
    assert failing(BOX, 0, 1) is Heard.TAKEN_BACK
    stands = {"qa": Standing(P), "box": Standing(P), "smoke": Standing(State.RETRYING, 1, 1, 75, 5)}
    assert following(Outer("o", (QA, BOX, stage)), stands, {}) == Begin(stage, 15.0)


def test_a_monitor_is_about_what_was_deployed_last() -> None:
    assert deployed(OUTER, EYE) == PROD
    assert deployed(OUTER, SMOKE) == BOX
    assert guarded(OUTER, ASK) == ("prod",)
    assert upstream(OUTER, "ask") == ("qa", "box", "smoke")


# -- any course at all ------------------------------------------------------------------------

HEARD = {
    Begin: (Heard.BEGUN,),
    Adopt: (Heard.WELL, Heard.BADLY, Heard.TAKEN_BACK, Heard.LOST, Heard.NEVER, Heard.DOUBTED),
    Probe: (Heard.WELL, Heard.ABSENT, Heard.DOUBTED),
    Doubt: (Heard.DOUBTED,),
    Skip: (Heard.LEFT,),
    Hear: (Heard.GRANTED, Heard.DENIED, Heard.LATE),
    Watch: (Heard.WELL, Heard.BADLY, Heard.TAKEN_BACK, Heard.DOUBTED),
    RollBack: (Heard.ROLLING, Heard.BADLY),
    Recover: (Heard.ROLLED, Heard.STUCK, Heard.NEVER),
}


@given(some.data())
def test_every_course_is_possible_and_nothing_deploys_before_what_it_needs(data: Any) -> None:
    stands: dict[str, Standing] = {}
    for _ in range(60):
        move = following(OUTER, stands, {})
        if isinstance(move, Finish):
            assert all(stands[s.name].state in TERMINAL for s in OUTER.stages)
            bad = any(stands[s.name].state in BAD for s in OUTER.stages)
            assert (move.end is End.PASSED) is not bad
            return
        if isinstance(move, Rest):
            assert {stands[name].state for name in move.doubtful} <= DOUBTFUL
            name = data.draw(some.sampled_from(move.doubtful))
            heard = data.draw(some.sampled_from(sorted(TABLE[stands[name].state])))
        else:
            name = move.stage.name
            heard = data.draw(some.sampled_from(HEARD[type(move)]))
            if isinstance(move, Begin):
                needs = [stands[one].state for one in move.stage.needs]
                assert all(state in PASSING for state in needs), (name, needs)
                asks, watches = move.stage.kind == "approve", move.stage.kind == "monitor"
                heard = Heard.ASKED if asks else Heard.WATCHED if watches else heard
        before = stands.get(name, Standing())
        stands[name] = before._replace(state=advance(before.state, heard), n=before.n + 1)
