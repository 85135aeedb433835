"""Whether people have said yes, and what a yes is about: values in, values out."""

from __future__ import annotations

import pytest

from innerloop.core.book import Answer, Attempt, Kept, Record, Ticket
from innerloop.core.command import parse
from innerloop.core.consent import barred, consent, may, people, subject
from innerloop.core.outer import Approve, Deploy, Environment, Outer, Review, Stage, When
from innerloop.core.states import Heard, State

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


@pytest.mark.parametrize("by", ["Ada <ada@example.org>", "ADA@example.org", "ada", "ada-gh"])
def test_who_may_answer_is_named_by_login_address_or_both(by: str) -> None:
    ask = Approve("go?", by=(by,))
    assert not may(ask, "Ada <ada@example.org> (ada-gh)", "")
    assert may(ask, "Bob <bob@example.org>", "")


def test_a_name_beside_an_address_is_nobodys_leave_to_answer() -> None:
    ask = Approve("go?", by=("Ada <ada@example.org>",))
    assert may(ask, "Ada <ada@elsewhere.org>", "")


def test_what_is_protected_is_not_deployed_where_nobody_is_asked() -> None:
    late = ASK._replace(when=When.FAILURE)
    for ask, state in ((None, State.PASSED), (late, State.SKIPPED), (late, State.PASSED)):
        assert barred(run(ask, state, YES, protected=True), PROD)
    assert barred(run(late, State.SKIPPED), PROD) is None
    review = Stage("ask", Review("pull_request"))
    assert barred(run(review, State.PASSED, protected=True), PROD) is None


@pytest.mark.parametrize(
    "author",
    [
        "Ada Lovelace <1234+ada-gh@users.noreply.github.com>",
        "Ada Lovelace <1234-ada-gh@users.noreply.gitlab.com>",
        "Ada Lovelace <ada-gh@users.noreply.github.com>",
    ],
)
def test_the_author_is_known_by_the_address_that_a_forge_made_up(author: str) -> None:
    assert may(Approve("go?", not_author=True), "ada-gh", author)
    assert not may(Approve("go?", not_author=True), "grace", author)


def test_nobody_is_somebody_else_by_an_address_of_their_own() -> None:
    ask = Approve("go?", by=("ada",))
    assert may(ask, "Mallory <1+ada@example.org>", "")
    assert not may(ask, "Ada L <ada@example.org>", "")


def test_one_person_is_counted_once_whatever_they_are_called() -> None:
    here = YES._replace(who="Ada <ada@example.org> (ada-gh)", source="local", verified=False)
    there = YES._replace(who="ada-gh")
    two = Approve("go?", needed=2)
    assert consent(two, (here, there), "", verified=False).heard is None
    other = YES._replace(who="grace")
    assert consent(two, (here, there, other), "", verified=False).heard is Heard.GRANTED
    assert people(["a <x@e>", "b <y@e>", "a <y@e>"]) == 1, "the third is both"


def test_who_may_not_answer_is_not_heard() -> None:
    ask = Approve("go?", by=("grace",))
    no = YES._replace(yes=False)
    assert consent(ask, (YES,), "", verified=True).heard is None
    assert consent(ask, (no,), "", verified=True).heard is None
    assert consent(ask, (no._replace(who="grace"),), "", verified=True).heard is Heard.DENIED
    author = consent(Approve("go?", not_author=True), (YES,), "Ada <ada@e>", verified=True)
    assert author.heard is None


def test_a_yes_is_to_one_plan_commit_content_stage_and_artifacts() -> None:
    record = run(ASK, State.WAITING)
    ticket = record.ticket
    kept = Kept("build", "dist/app", "a" * 64)
    others = [
        record._replace(ticket=ticket._replace(plan="another")),
        record._replace(ticket=ticket._replace(commit="c" * 40)),
        record._replace(ticket=ticket._replace(content="changed")),
        record._replace(kept=(kept,)),
        record._replace(kept=(kept._replace(digest="b" * 64),)),
        record._replace(kept=(kept._replace(path="dist/other"),)),
    ]
    digests = [subject(one, ASK) for one in (record, *others)]
    digests.append(subject(record, PROD._replace(name="another", needs=("ask",))))
    assert len(set(digests)) == len(digests)
    assert subject(record, ASK) == digests[0]
