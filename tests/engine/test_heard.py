"""What an environment says of itself: within two minutes, and not as it is ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from innerloop.core.hands import Errand, Said, Site
from innerloop.engine.cancel import Cancel
from innerloop.engine.probing import ABSENT, LIVE, heard

if TYPE_CHECKING:
    from innerloop.core.world import Stoppable


class Asked:
    """A site that says one thing, and notes how long it was given."""

    def __init__(self, said: Said) -> None:
        self.said = said
        self.limit = 0.0

    def ask(self, errand: Errand, _stop: Stoppable) -> Said:
        self.limit = errand.timeout
        return self.said


@pytest.mark.parametrize(("given", "limit"), [(1800.0, 120.0), (5.0, 5.0)])
def test_a_verify_has_two_minutes_and_no_more_than_its_stage(given: float, limit: float) -> None:
    site = Asked(Said(LIVE))
    assert heard(cast("Site", site), Errand((), "", {}, given), Cancel()) == site.said
    assert site.limit == limit


@pytest.mark.parametrize("code", [LIVE, ABSENT])
def test_a_verify_that_had_to_be_ended_has_said_nothing(code: int) -> None:
    site = cast("Site", Asked(Said(code, timed_out=True)))
    assert heard(site, Errand((), "", {}, 1.0), Cancel()).rc not in {LIVE, ABSENT}
