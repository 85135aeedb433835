"""The shop in the environment it was just deployed to, as a customer sees it."""

from __future__ import annotations

import os

import pytest
from ops.place import OpsError, Place


@pytest.fixture(scope="module")
def place() -> Place:
    return Place(os.environ.get("LOOP_ENVIRONMENT") or "sandbox")


def test_it_is_well(place: Place) -> None:
    assert place.ask("/health") == {"status": "ok"}


def test_it_is_the_version_that_is_tested(place: Place) -> None:
    assert place.live() == os.environ.get("LOOP_VERSION", place.live())


def test_it_sells(place: Place) -> None:
    assert place.ask("/orders", {"shirt": 2, "socks": 1})["total"] == 2750


def test_it_refuses_what_it_does_not_sell(place: Place) -> None:
    with pytest.raises(OpsError, match="400"):
        place.ask("/orders", {"boat": 1})
