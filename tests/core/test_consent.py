"""Whether people have said yes, and what a yes is about: values in, values out."""

from __future__ import annotations

import pytest

from innerloop.core.book import Answer, Attempt, Record, Ticket
from innerloop.core.command import parse
from innerloop.core.consent import barred
from innerloop.core.outer import Approve, Deploy, Environment, Outer, Review, Stage, When
from innerloop.core.states import State

PROD = Stage("prod", Deploy(parse("true"), "prod"), ("ask",))
YES = Answer("1", "ask", "it", yes=True, who="ada", source="github run 9", verified=True)


def run(
    ask: Stage | None,
    state: State,
    *answers: Answer,
    protected: bool = False,
    any_yes: bool = False,
) -> Record:
    stages = (ask, PROD) if ask else (PROD._replace(needs=()),)
    environment = Environment("prod", protected=protected, allow_unverified=any_yes)
    ticket = Ticket("1", 1, Outer("release", stages), (environment,), "a plan")
    asked = Attempt("1", "ask", 1, state, "1.ask.1", subject="it")
    return Record(ticket, (asked,), answers)


ASK = Stage("ask", Approve("go?"))


@pytest.mark.parametrize("state", [one for one in State if one is not State.PASSED])
def test_a_deploy_is_barred_by_whoever_did_not_say_yes(state: State) -> None:
    found = barred(run(ASK, state), PROD)
    assert found is not None
    assert found.asker == "ask"
    assert barred(run(ASK, State.PASSED), PROD) is None


@pytest.mark.parametrize(
    "answer",
    [
        YES._replace(verified=False),
        YES._replace(subject="another"),
        YES._replace(stage="another"),
        YES._replace(yes=False),
    ],
)
def test_what_is_protected_wants_the_forges_own_yes_to_just_this(answer: Answer) -> None:
    assert barred(run(ASK, State.PASSED, answer, protected=True), PROD)
    assert barred(run(ASK, State.PASSED, YES, protected=True), PROD) is None
    assert barred(run(ASK, State.PASSED, answer, protected=True, any_yes=True), PROD) is None


def test_what_is_protected_is_not_deployed_where_nobody_is_asked() -> None:
    late = ASK._replace(when=When.FAILURE)
    for ask, state in ((None, State.PASSED), (late, State.SKIPPED), (late, State.PASSED)):
        assert barred(run(ask, state, YES, protected=True), PROD)
    assert barred(run(late, State.SKIPPED), PROD) is None
    review = Stage("ask", Review("pull_request"))
    assert barred(run(review, State.PASSED, protected=True), PROD) is None
