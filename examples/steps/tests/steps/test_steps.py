"""Each step, from what the step before it was last accepted to make: a mistake fails one test.

Nothing here says what is right: `__snapshots__` does, and somebody has looked at it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from snappylapy import configure_snappylapy

from rides.clean import clean
from rides.features import features
from rides.load import load
from rides.summary import summary

if TYPE_CHECKING:
    from snappylapy import Expect, LoadSnapshot

RAW = Path(__file__).with_name("rides.csv")


def test_load(expect: Expect) -> None:
    expect(load(RAW.read_text(encoding="utf-8"))).to_match_snapshot()


@configure_snappylapy(depends=[test_load])
def test_clean(load_snapshot: LoadSnapshot, expect: Expect) -> None:
    expect(clean(load_snapshot.list())).to_match_snapshot()


@configure_snappylapy(depends=[test_clean])
def test_features(load_snapshot: LoadSnapshot, expect: Expect) -> None:
    expect(features(load_snapshot.dict()["rides"])).to_match_snapshot()


@configure_snappylapy(depends=[test_features])
def test_summary(load_snapshot: LoadSnapshot, expect: Expect) -> None:
    expect(summary(load_snapshot.list())).to_match_snapshot()
