"""What is ordered, and what it costs."""

from __future__ import annotations

import pytest

from shop.orders import OrderError, Shop, total

SETTINGS = {"name": "a shop"}


def test_an_order_costs_what_its_things_cost() -> None:
    assert total({"shirt": 2, "socks": 1}) == 2750


@pytest.mark.parametrize("order", [{"boat": 1}, {}, {"hat": 0}, {"hat": "two"}])
def test_what_cannot_be_sold_is_refused(order: dict[str, int]) -> None:
    with pytest.raises(OrderError):
        total(order)


def test_a_receipt_says_who_took_the_order() -> None:
    assert Shop(SETTINGS).receipt({"hat": 1}) == {"shop": "a shop", "total": 800}
