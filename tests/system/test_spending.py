"""What was spent, and who may still spend."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from innerloop.core.command import parse
from innerloop.core.errors import LoopError
from innerloop.core.model import Loop
from innerloop.core.money import Spend
from innerloop.system.history import spending
from innerloop.system.history.store import Store

if TYPE_CHECKING:
    from pathlib import Path

PAID = Loop("eval", parse("eval"), 1.0, cost=0.5)


def test_two_walks_cannot_both_have_the_last_of_it(tmp_path: Path) -> None:
    """Each had a purse with enough in it when it was planned."""
    path, spend, now = str(tmp_path / "history.db"), Spend(day=0.7, unit="USD"), time.time()
    with closing(Store(path, write=True)) as one, closing(Store(path, write=True)) as two:
        with one.transaction() as connection:
            spending.reserve(connection, "", PAID, spend, now)
        with (
            pytest.raises(LoopError, match=r"0\.50 USD of 0\.70 USD is spent today"),
            two.transaction() as connection,
        ):
            spending.reserve(connection, "", PAID, spend, now)
        assert spending.since(one, 0.0) == (0.5, 1)
