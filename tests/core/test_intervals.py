from __future__ import annotations

import builtins
import random
import time
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measured import labelled, ones, scored

from innerloop.core.metrics import LABELLED, MEAN, Column, column, point
from innerloop.core.statistics import (
    Missing,
    bootstrap,
    interval,
    normal,
    numpy,
    present,
    statistic,
    wilson,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from innerloop.core.results import Example


def of(examples: Sequence[Example], name: str = "ok") -> Any:
    found = column(tuple(examples), name)
    assert found is not None
    return interval(found)


@pytest.mark.parametrize(
    # As scipy's binomtest has them, with the method "wilson".
    ("hits", "n", "low", "high"),
    [(18, 20, 0.699, 0.9721), (45, 50, 0.7864, 0.9565), (900, 1000, 0.8798, 0.9171)],
)
def test_wilsons_interval_is_scipys(hits: int, n: int, low: float, high: float) -> None:
    assert wilson(hits, n) == pytest.approx((low, high), abs=5e-5)


def test_at_the_ends_it_stays_on_the_scale() -> None:
    assert wilson(0, 10).low == 0
    assert wilson(10, 10).high == 1
    assert wilson(1, 1) == pytest.approx((0.2065, 1.0), abs=1e-4)


def test_deviations_of_a_normal_distribution() -> None:
    assert normal(0.95) == pytest.approx(1.959964, abs=1e-6)
    assert normal(0.9) == pytest.approx(1.644854, abs=1e-6)


def test_binary_scores_have_wilsons_and_repeated_ones_while_they_agree() -> None:
    assert of(ones(18, 20)) == wilson(18, 20)
    assert of((*ones(18, 20), *(one._replace(rep=1) for one in ones(18, 20)))) == wilson(18, 20)


def test_one_example_says_nothing_of_others() -> None:
    assert of(scored([0.5])) is None


def test_what_is_the_same_everywhere_has_no_width() -> None:
    assert of(scored([0.5] * 30)) == (0.5, 0.5)


def test_the_same_numbers_have_the_same_interval() -> None:
    values = [random.Random(1).random() for _ in range(50)]
    assert of(scored(values)) == of(scored(values))


def test_of_few_examples_it_is_as_wide_as_students() -> None:
    # Mean 0.5, standard error 0.1291, t(0.975, 5) = 2.571: 0.168 to 0.832.
    low, high = of(scored([0.1, 0.3, 0.4, 0.6, 0.7, 0.9]))
    assert low == pytest.approx(0.168, abs=0.05)
    assert high == pytest.approx(0.832, abs=0.05)


def test_a_statistic_that_is_seldom_there_has_none() -> None:
    # One positive among fifty is missing from a third of the resamples.
    truth = [1, *[0] * 49]
    assert of(labelled(truth, [n / 50 for n in range(50)]), "auc") is None


@pytest.mark.parametrize("name", LABELLED)
def test_each_statistic_is_the_metric_where_all_weigh_the_same(name: str) -> None:
    drawn = random.Random(2)
    truth = [drawn.random() < 0.4 for _ in range(60)]
    taken: list[Any] = [drawn.random() if name == "auc" else drawn.random() < 0.5 for _ in truth]
    once = labelled(truth, taken)
    again = tuple(one._replace(rep=1, pred=one.y) for one in once[:20] if name != "auc")
    found = column((*once, *again), name)
    assert found is not None
    np = numpy()
    (value,) = statistic(found.kind, found.cells)(np.ones((len(found.cells), 1)))
    assert value == pytest.approx(point(found))


def test_ties_are_half_a_win_in_every_resample() -> None:
    np = numpy()
    found = column(labelled([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.9]), "auc")
    assert found is not None
    weights = np.array([[1, 2], [1, 1], [1, 0], [1, 1]], dtype=float)
    assert statistic(found.kind, found.cells)(weights) == pytest.approx([0.75, 0.75])


@given(st.lists(st.floats(0, 1), min_size=2, max_size=40))
@settings(max_examples=30, deadline=None)
def test_an_interval_is_within_what_was_seen(values: list[float]) -> None:
    found = bootstrap(
        Column(MEAN, (), tuple((one,) for one in values)).cells, lambda k: statistic(MEAN, k)
    )
    assert found is not None
    assert min(values) - 1e-9 <= found.low <= found.high <= max(values) + 1e-9


@pytest.mark.parametrize("name", ["ok", "f1", "auc"])
def test_ten_thousand_examples_take_a_second_and_little_memory(name: str) -> None:
    drawn = random.Random(3)
    truth = [drawn.random() < 0.4 for _ in range(10_000)]
    examples = {
        "ok": lambda: scored([drawn.random() for _ in truth]),
        "f1": lambda: labelled(truth, [drawn.random() < 0.5 for _ in truth]),
        "auc": lambda: labelled(truth, [drawn.random() for _ in truth]),
    }[name]()
    of(examples[:100], name)  # the extra is loaded
    best = 9.0
    for _ in range(4):
        began = time.process_time()
        of(examples, name)
        best = min(best, time.process_time() - began)
    assert best < 2.0, "a second, on a machine that has nothing else to do"
    tracemalloc.start()
    of(examples, name)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200_000_000


def test_without_the_extra_shares_have_an_interval_and_the_rest_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hide(monkeypatch)
    assert of(ones(18, 20)) == wilson(18, 20)
    with pytest.raises(Missing, match="intervals need scipy") as missing:
        of(scored([0.25, 0.5]))
    assert missing.value.hint == "pip install 'innerloop[eval]'"


def hide(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the extra were not installed."""
    real = builtins.__import__

    def absent(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] in {"numpy", "scipy"}:
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", absent)


def test_whether_the_extra_is_there_is_seen_without_loading_it() -> None:
    assert present()
