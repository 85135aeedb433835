"""What is told of an attempt: which effect it is."""

from __future__ import annotations

import pytest

from innerloop.core.book import Act, Attempt, Record, Ticket
from innerloop.core.outer import Outer
from innerloop.core.states import State

LOST, UNDONE, AGAIN, NOW = State.INTERRUPTED, State.UNDONE, State.RETRYING, State.STARTED


def attempts(*states: State, act: Act = Act.DO) -> list[Attempt]:
    return [
        Attempt("run", "box", n, state, f"{act}{n}", act) for n, state in enumerate(states, start=1)
    ]


@pytest.mark.parametrize(
    ("states", "key"),
    [
        ((NOW,), "do1"),
        ((LOST, NOW), "do1"),
        ((LOST, LOST, NOW), "do1"),
        ((UNDONE, NOW), "do2"),
        ((AGAIN, NOW), "do2"),
        ((LOST, UNDONE, NOW), "do3"),
        ((LOST, AGAIN, LOST, NOW), "do3"),
        ((AGAIN, LOST, LOST), "do2"),
    ],
)
def test_what_may_be_one_effect_has_one_key(states: tuple[State, ...], key: str) -> None:
    mine = attempts(*states)
    others = [one._replace(stage="other") for one in attempts(LOST, LOST, LOST)]
    back = attempts(LOST, act=Act.ROLL_BACK)
    ticket = Ticket("run", 0, Outer("release", ()), (), "plan")
    record = Record(ticket, (*others, *mine[:-1], *back, *mine[-1:]))
    assert record.effect(mine[-1]) == key
    assert record.effect(mine[0]) == "do1"
    # Whoever is told of it before the journal is, is told the same.
    assert record._replace(attempts=(*others, *mine[:-1])).effect(mine[-1]) == key
