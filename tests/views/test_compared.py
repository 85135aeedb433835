from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from noted_runs import AFTER, BEFORE, FILES, ORIGIN, POINTS
from shown import RUN, golden

from innerloop.core.compared import Comparison, File, Pair, code, compared
from innerloop.core.results import Measured, Metric
from innerloop.core.trend import Point, headline, row, values
from innerloop.views import origin, trend
from innerloop.views.compared import page
from innerloop.views.numbers import difference, metric
from innerloop.views.spark import BLOCKS, PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _in_copenhagen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def whole() -> Comparison:
    return compared(BEFORE, AFTER, code(BEFORE, AFTER, FILES))


def test_a_comparison() -> None:
    golden("compare.txt", page(whole(), 3, colour=False))


def test_a_comparison_in_colour() -> None:
    golden("compare.colour.txt", page(whole(), 3, colour=True))


def test_a_result_and_itself() -> None:
    same = compared(BEFORE, BEFORE, ())

    assert same.same
    assert page(same, 3, colour=False).endswith("nothing that it depends on differs\n")


def test_what_is_not_known_is_never_the_same() -> None:
    bare = BEFORE._replace(ingredients=None, lineage=None, measured=None)

    found = compared(bare, bare, ())

    assert not found.same
    assert "not known   #41: its inputs are not known any more" in page(found, 3, colour=False)


def test_a_metric_that_one_side_lacks_has_no_difference() -> None:
    (lost,) = [one for one in whole().metrics if one.name == "vanished"]

    assert (lost.after, lost.difference) == (None, None)


def test_nothing_that_is_compared_is_obeyed() -> None:
    evil = "\x1b[2Jx\r"
    pair = Pair(evil, evil, f"{evil}2")
    found = Comparison(evil, evil, evil, pair, pair, (File(evil, "changed"),), (pair,), (pair,))
    text = page(found._replace(unknown=(evil,)), 9, colour=False)

    assert text.replace("\n", "").isprintable()


def test_numbers_are_shown_with_how_sure_they_are() -> None:
    assert metric(Metric("f1", 0.84213, 400, 0.81, 0.87)) == "0.842 (n=400, 0.81..0.87)"
    assert metric(Metric("loss", 12345.6)) == "12346"
    assert metric(None) == "-"
    assert difference(Metric("f1", 0.5)) == "+0.5"
    assert difference(Metric("f1", -0.5, 3, -1, 0)) == "-0.5 (-1..0)"
    assert difference(None) == ""


def test_a_difference_has_the_interval_that_it_can_be_given() -> None:
    def between(before: Measured, after: Measured, name: str) -> Metric | None:
        assert (before, after) == (BEFORE.measured, AFTER.measured)
        return Metric(name, 0.5, 9, 0.25, 0.75) if name == "f1" else None

    found = {one.name: one.difference for one in compared(BEFORE, AFTER, (), between).metrics}

    assert found["f1"] == Metric("f1", 0.5, 9, 0.25, 0.75)
    assert found["accuracy"] == Metric("accuracy", 0)
    assert found["vanished"] is None


# -- a loop over its runs, and one of them ----------------------------------------------------


def test_a_trend() -> None:
    golden("trend.txt", trend.table(POINTS, "f1", BLOCKS, colour=False))


def test_a_trend_without_numbers_is_of_seconds() -> None:
    points = tuple(point._replace(metric=None) for point in POINTS)

    head = trend.table(points, "", PLAIN, colour=False).splitlines()[0]

    assert head == "seconds  .#_  3.0s to 1.2s in 3 runs, lowest 1.2s, highest 9.9s"


def test_a_trend_for_a_spreadsheet() -> None:
    golden("trend.csv", trend.csv(POINTS))
    golden("history.csv", trend.csv((), (RUN,)))
    assert trend.csv(()).startswith("run,at,loop,outcome,")


def test_no_trend() -> None:
    assert trend.table((), "", BLOCKS, colour=True) == "it has not run here yet\n"


def test_what_is_drawn_has_gaps_and_the_newest_last() -> None:
    assert values(POINTS) == (0.7, None, 0.842)
    assert row(POINTS[1]).value is None
    assert row(Point(*POINTS[0])).low == 0.81


def test_the_headline_is_the_first_metric_or_the_one_that_is_asked_for() -> None:
    assert headline(BEFORE.measured) == "f1"
    assert headline(BEFORE.measured, "accuracy") == "accuracy"
    assert headline(BEFORE.measured, "nope") == ""
    assert headline(None) == ""


def test_what_a_loop_is_judged_by_is_what_it_is_followed_by() -> None:
    assert headline(BEFORE.measured, "", ("nope", "accuracy")) == "accuracy"
    assert headline(BEFORE.measured, "f1", ("accuracy",)) == "f1"


def test_where_a_result_came_from() -> None:
    facts = (*origin.numbers(AFTER.measured, 2), *origin.facts(ORIGIN, RUN))

    golden("origin.txt", "\n".join(origin.shown(facts)) + "\n")
