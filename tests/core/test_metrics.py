from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from measured import labelled, scored

from innerloop.core.metrics import (
    AUC,
    LABELLED,
    MOST_LABELS,
    column,
    computed,
    inside,
    metrics,
    point,
)
from innerloop.core.results import Example

TRUTH = ["a", "a", "a", "a", "b", "b", "b", "c", "c", "d"]
TAKEN = ["a", "a", "b", "c", "b", "b", "a", "c", "b", "a"]


def value(examples: tuple[Example, ...], name: str) -> float | None:
    found = column(examples, name)
    return point(found) if found else None


def test_the_mean_of_a_score() -> None:
    assert value(scored([1, 0, 1, 1]), "ok") == 0.75
    assert value(scored([0.5, 0.25], "judge"), "judge") == 0.375


def test_a_repeated_example_counts_once() -> None:
    often = [Example("a", (("ok", 1.0),), rep=rep) for rep in range(9)]
    assert value((*often, Example("b", (("ok", 0.0),))), "ok") == 0.5


@pytest.mark.parametrize(
    ("name", "expected"),
    # By hand: a 2 hit, 2 false, 2 missed; b 2, 2, 1; c 1, 1, 1; d 0, 0, 1.
    [
        ("accuracy", 0.5),
        ("precision_macro", (2 / 4 + 2 / 4 + 1 / 2 + 0) / 4),
        ("recall_macro", (2 / 4 + 2 / 3 + 1 / 2 + 0) / 4),
        ("f1_macro", (2 / 4 + 4 / 7 + 1 / 2 + 0) / 4),
        ("precision_micro", 0.5),
        ("recall_micro", 0.5),
        ("f1_micro", 0.5),
        ("f1", (2 / 4 + 4 / 7 + 1 / 2 + 0) / 4),
    ],
)
def test_metrics_of_classes(name: str, expected: float) -> None:
    assert value(labelled(TRUTH, TAKEN), name) == pytest.approx(expected)


@pytest.mark.parametrize("kind", [int, bool, float])
def test_of_zeros_and_ones_f1_is_that_of_the_ones(kind: type) -> None:
    truth, taken = [1, 1, 1, 0, 0, 0, 0, 0], [1, 1, 0, 1, 0, 0, 0, 0]
    examples = labelled(map(kind, truth), map(kind, taken))
    assert value(examples, "f1") == pytest.approx(2 / 3)
    assert value(examples, "precision") == pytest.approx(2 / 3)
    assert value(examples, "f1_macro") == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert value(examples, "accuracy") == 0.75


def test_the_area_under_the_curve() -> None:
    # The example of scikit-learn's roc_auc_score.
    assert value(labelled([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]), AUC) == 0.75
    assert value(labelled([0, 1, 1], [0.5, 0.5, 0.5]), AUC) == 0.5


@pytest.mark.parametrize(
    ("truth", "taken", "absent"),
    [
        ([1, 1], [0.2, 0.9], AUC),
        (["a", "b"], ["a", "a"], AUC),
        ([0, 0], [0, 0], "f1"),
        ([0, 1], [0.2, 0.9], "accuracy"),
        ([0.5, 1.5], [0.4, 1.4], "accuracy"),
        ([1, 2, 3], [1.2, 2.1, 2.9], "f1"),
    ],
)
def test_what_means_nothing_is_not_there(
    truth: list[float], taken: list[float], absent: str
) -> None:
    assert value(labelled(truth, taken), absent) is None
    assert absent not in [one.name for one in metrics(labelled(truth, taken))]


def test_answers_are_no_classes() -> None:
    many = [f"answer {n}" for n in range(MOST_LABELS + 1)]
    assert [one.name for one in metrics(labelled(many, many))] == ["accuracy"]


def test_a_score_is_taken_before_what_is_computed() -> None:
    examples = (Example("a", (("accuracy", 0.25),), y="x", pred="x"),)
    assert value(examples, "accuracy") == 0.25


def test_examples_of_another_kind_do_not_count() -> None:
    mixed = (*scored([1, 0], "hit"), Example("t", (("table", 1.0),)))
    assert [(one.name, one.n) for one in metrics(mixed)] == [("hit", 2), ("table", 1)]


def test_a_slice_is_every_dimension_of_it() -> None:
    one = Example("a", slice=(("lang", "da"), ("kind", "x")))
    two = Example("b", slice=(("lang", "da"),))
    assert inside((one, two), (("lang", "da"),)) == (one, two)
    assert inside((one, two), (("lang", "da"), ("kind", "x"))) == (one,)
    assert inside((one, two), ()) == (one, two)


PAIRS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=30)


@given(PAIRS)
def test_every_metric_of_labels_is_a_share(pairs: list[tuple[str, str]]) -> None:
    found = list(computed(labelled(*zip(*pairs, strict=True))))
    assert {name for name, _, _ in found} == set(LABELLED) - {AUC}
    assert all(0 <= value <= 1 for _, _, value in found)


@given(PAIRS, st.integers(2, 4))
def test_repetitions_that_say_the_same_change_nothing(
    pairs: list[tuple[str, str]], times: int
) -> None:
    once = labelled(*zip(*pairs, strict=True))
    often = tuple(one._replace(rep=rep) for rep in range(times) for one in once)
    found = {one.name: one for one in metrics(often)}
    for one in metrics(once):
        assert found[one.name].value == pytest.approx(one.value)
        assert found[one.name].n == one.n


@pytest.mark.parametrize("name", ["accuracy", "f1_micro", "precision_micro", "auc"])
def test_an_example_that_was_tried_more_often_weighs_no_more(name: str) -> None:
    if name == "auc":
        often = labelled([0] * 3, [0.9] * 3)
        rest = labelled([0, 0, 0, 0, 1], [0.0, 0.0, 0.0, 0.1, 0.5])[3:]
        expected = 0.5
    else:
        often, rest, expected = labelled("aaa", "bbb"), labelled("ccccb", "ccccb")[3:4], 0.5
    repeated = tuple(one._replace(id="q0", rep=rep) for rep, one in enumerate(often))
    assert value((*repeated, *rest), name) == expected
