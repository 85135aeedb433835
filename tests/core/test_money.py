from __future__ import annotations

import pytest

from innerloop.core.command import parse
from innerloop.core.model import Loop
from innerloop.core.money import Purse, Spend, amount, left, refused

PAID = Loop("eval", parse("eval"), 1.0, cost=0.1)


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "0.00 USD"), (0.5, "0.50 USD"), (0.004, "0.004 USD"), (1234.5, "1234.50 USD")],
)
def test_amounts_in_words(value: float, said: str) -> None:
    assert amount(value, "USD") == said


def test_what_costs_nothing_is_never_refused() -> None:
    assert refused(Purse(left=0.0), PAID._replace(cost=0.0), 9.0) == ""


def test_what_costs_needs_somebodys_consent() -> None:
    assert refused(Purse(unit="EUR"), PAID, 0.0) == "costs 0.10 EUR: name it to run it"
    assert refused(Purse(frozenset({"eval"})), PAID, 0.0) == ""


def test_the_last_of_it_can_be_spent_and_no_more() -> None:
    purse = Purse(frozenset({"eval"}), left=0.3)
    assert refused(purse, PAID, 0.1 + 0.1) == "", "0.1 three times is more than 0.3, but for dust"
    assert refused(purse, PAID, 0.25) == "costs 0.10, and 0.05 is left of 'spend'"


def test_a_walk_has_the_lesser_of_what_it_and_the_day_may_spend() -> None:
    assert left(Spend(), 5.0) is None
    assert left(Spend(walk=2.0), 5.0) == 2.0
    assert left(Spend(walk=2.0, day=6.0), 5.0) == 1.0
    assert left(Spend(day=6.0), 7.0) == 0.0
