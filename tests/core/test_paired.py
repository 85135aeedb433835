from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measured import labelled, ones, scored

from innerloop.core.paired import Difference, Unlike, certain, difference, more, scaled, tango
from innerloop.core.results import Example

SCORES = st.lists(st.floats(0, 1), min_size=1, max_size=25)
BITS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40)


def compared(before: tuple[Example, ...], after: tuple[Example, ...], **how: object) -> Difference:
    found = difference(before, after, "ok", **how)  # type: ignore[arg-type]
    assert isinstance(found, Difference)
    return found


def test_another_truth_is_another_example() -> None:
    before = tuple(Example(f"q{at}", y="ab"[at % 2], pred="a") for at in range(20))
    after = (*before[:18], *(one._replace(y="c") for one in before[18:]))
    told = difference(before, after, "accuracy")
    assert told == Unlike("what is right is another thing for 2 examples, such as 'q18'")
    untold = tuple(one._replace(scores=(("ok", 1.0),), y=None) for one in before)
    labelled_now = tuple(one._replace(y="a") for one in untold)
    assert isinstance(difference(untold, labelled_now, "ok"), Difference)


@pytest.mark.parametrize(
    ("better", "worse", "n", "low", "high"),
    [
        # Fagerland, Lydersen and Laake (2014): Cavo et al. (2012), Bentur et al. (2009).
        (6, 16, 161, -0.1240, -0.0054),
        (1, 7, 21, -0.5172, -0.0260),
        # No discordant pair: z2 / (n + z2) to each side.
        (0, 0, 44, -0.0803, 0.0803),
        (0, 0, 1, -0.7935, 0.7935),
        (1, 0, 1, -0.5869, 1.0),
        (0, 1, 1, -1.0, 0.5869),
    ],
)
def test_tangos_interval_is_the_published_one(
    better: int, worse: int, n: int, low: float, high: float
) -> None:
    assert tango(better, worse, n) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 200))
def test_it_is_symmetric_and_holds_the_difference(better: int, worse: int, alike: int) -> None:
    n = max(better + worse + alike, 1)
    low, high = tango(better, worse, n)
    assert -1 <= low <= (better - worse) / n <= high <= 1
    assert tango(worse, better, n) == pytest.approx((-high, -low), abs=1e-9)


@pytest.mark.parametrize(
    ("differ", "worse", "sure"),
    [(5, 5, False), (6, 6, True), (6, 5, False), (0, 0, False), (9, 8, True), (10, 8, False)],
)
def test_fewer_than_six_pairs_are_never_sure_enough(differ: int, worse: int, sure: bool) -> None:  # noqa: FBT001 - a table
    assert certain(differ, worse, 0.95) is sure


def test_binary_scores_have_the_score_interval() -> None:
    found = compared(scored([1, 1, 0, 0, 1]), scored([1, 0, 1, 0, 0]))
    assert found.table == (1, 2)
    assert (found.low, found.high) == tango(1, 2, 5)
    assert found.value == pytest.approx(-0.2)


def test_where_less_is_better_it_is_the_other_way_round() -> None:
    found = compared(scored([1, 1, 0, 0, 1]), scored([1, 0, 1, 0, 0]), lower=True)
    assert found.table == (2, 1)
    assert found.value == pytest.approx(0.2)


@given(SCORES)
@settings(max_examples=30, deadline=None)
def test_identical_runs_differ_by_just_nothing(values: list[float]) -> None:
    found = compared(scored(values), scored(values))
    assert (found.value, found.low, found.high, found.same) == (0.0, 0.0, 0.0, True)


@given(BITS)
@settings(max_examples=30, deadline=None)
def test_the_other_way_round_is_the_other_way_round(pairs: list[tuple[bool, bool]]) -> None:
    before, after = (scored(map(float, side)) for side in zip(*pairs, strict=True))
    there, back = compared(before, after), compared(after, before)
    assert there.value == pytest.approx(-back.value)
    assert None not in {there.low, back.high}
    assert (there.low, there.high) == pytest.approx((-(back.high or 0), -(back.low or 0)))


def test_no_discordant_pair_is_not_the_same_run() -> None:
    more = (("seconds", 2.0),)
    after = tuple(one._replace(scores=(*one.scores, *more)) for one in ones(90, 100))
    found = compared(ones(90, 100), after)
    assert (found.value, found.same, found.differ) == (0.0, False, 0)
    assert (found.low, found.high) == tango(0, 0, 100)


def test_one_example_has_a_score_interval_and_no_bootstrap() -> None:
    assert compared(scored([1]), scored([0])).low == -1.0
    assert compared(scored([0.5]), scored([0.4])).low is None


def test_repetitions_do_not_make_more_of_the_examples() -> None:
    drawn = random.Random(4)
    before = [drawn.random() < 0.8 for _ in range(60)]
    after = [drawn.random() < 0.8 for _ in range(60)]
    once = compared(scored(before), scored(after))
    often = compared(
        tuple(one for rep in range(5) for one in scored(before, rep=rep)),
        tuple(one for rep in range(5) for one in scored(after, rep=rep)),
    )
    assert (often.n, often.low, often.high) == (once.n, once.low, once.high)


def test_the_order_of_examples_makes_no_difference() -> None:
    before, after = scored([1, 0, 1, 1, 0, 1]), scored([0, 0, 1, 0, 0, 1])
    assert compared(before, after) == compared(before, after[::-1])


def test_a_difference_that_is_there_is_seen() -> None:
    drawn = random.Random(5)
    before = [drawn.random() for _ in range(300)]
    found = compared(scored(before), scored([one - 0.1 for one in before]))
    assert found.value == pytest.approx(-0.1)
    assert (found.low, found.high) == pytest.approx((-0.1, -0.1))


@pytest.mark.parametrize("name", ["f1", "f1_macro", "precision", "auc"])
def test_statistics_of_labels_are_paired_too(name: str) -> None:
    drawn = random.Random(6)
    truth = [drawn.random() < 0.4 for _ in range(400)]
    before: list[float] = [0.7 if y is (drawn.random() < 0.8) else 0.3 for y in truth]
    if name != "auc":
        before = [one > 0.5 for one in before]
    after = [
        y if at % 7 == 0 else one for at, (y, one) in enumerate(zip(truth, before, strict=True))
    ]
    found = difference(labelled(truth, before), labelled(truth, after), name)
    assert isinstance(found, Difference)
    assert found.low is not None
    assert 0 < found.low < found.value < (found.high or 0)
    # Two runs that share most of what they get right are compared far more surely than strangers.
    assert (found.high or 0) - found.low < 0.1


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (scored([1, 0, 1]), "1 are new"),
        (scored([1]), "1 are gone"),
        ((), "one of them does not have the metric ok"),
        (
            (Example("q0", (("ok", 1.0),)), Example("x", (("ok", 1.0),))),
            "1 are new and 1 are gone",
        ),
    ],
)
def test_other_examples_are_not_compared(after: tuple[Example, ...], why: str) -> None:
    found = difference(scored([1, 0]), after, "ok")
    assert isinstance(found, Unlike)
    assert why in found.why


def test_other_labels_are_not_compared() -> None:
    found = difference(labelled([0, 1], [0, 1]), labelled([0, 1], [0, "x"]), "f1")
    assert found == Unlike("f1 is computed of other labels")


# -- how many more ---------------------------------------------------------------------------


def test_as_many_more_as_it_says_do_settle_it() -> None:
    found = compared(ones(170, 200), scored([1] * 166 + [0] * 4 + [1] * 2 + [0] * 28))
    assert found.table == (2, 4)
    extra = more(found, -0.03)
    assert extra is not None
    times = (200 + extra) / 200
    assert tango(2 * times, 4 * times, 200 * times).low >= -0.03
    less = (200 + extra * 0.8) / 200
    assert tango(2 * less, 4 * less, 200 * less).low < -0.03


def test_on_the_bound_no_number_settles_it() -> None:
    found = Difference(-0.01, 100, 30, 0.5, 0.49, -0.05, 0.03)
    assert more(found, -0.01) is None
    assert scaled(100, 0.1, 0.0) is None


def test_it_goes_with_the_root() -> None:
    assert scaled(100, 0.1, 0.05) == 300
    assert scaled(100, 0.1, 0.1) == 1
