from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measured import BOTH, labelled, ones, run, says, scored

from innerloop.core.gates import Beside, Overlap, Reference, judge
from innerloop.core.judgement import BASELINE, Decision, Gate, worst
from innerloop.core.pooled import again
from innerloop.core.results import Example, Measured, Metric

PASS, FAIL, UNSURE = Decision.PASS, Decision.FAIL, Decision.INCONCLUSIVE
NO_WORSE = Gate("ok", no_worse_than=BASELINE, margin=0.05)
WRITTEN = Measured((Metric("loss", 0.3), Metric("f1", 0.912)))


def test_a_point_is_held_against_its_bounds() -> None:
    found = says(Gate("ok", min=0.9), run(*ones(95, 100)))
    assert (found.verdict, found.value, found.n, found.bound) == (PASS, 0.95, 100, 0.9)
    assert found.said == "ok 0.95 (n=100, 0.888..0.978) is at least 0.9"
    assert says(Gate("ok", min=0.95), run(*ones(95, 100))).verdict is PASS
    assert says(Gate("ok", min=0.96), run(*ones(95, 100))).verdict is FAIL
    assert says(Gate("ok", max=0.95), run(*ones(95, 100))).verdict is PASS
    assert says(Gate("ok", max=0.94), run(*ones(95, 100))).said == (
        "ok 0.95 (n=100, 0.888..0.978) is above 0.94"
    )


def test_a_metric_without_examples_has_no_interval_and_says_so() -> None:
    found = says(Gate("loss", max=0.5), WRITTEN)
    assert (found.verdict, found.low) == (PASS, None)
    assert found.said == "loss 0.3 (no interval available) is at most 0.5"


def test_a_bound_that_looks_the_same_is_shown_whole() -> None:
    found = says(Gate("x", min=0.91234), Measured((Metric("x", 0.91233),)))
    assert found.said == "x 0.91233 (no interval available) is below 0.91234"


@pytest.mark.parametrize(
    ("low", "verdict", "said"),
    [
        (0.85, PASS, "is at least 0.85 with 0.95 confidence"),
        (0.99, FAIL, "is below 0.99 with 0.95 confidence"),
        (0.93, UNSURE, "is on neither side of 0.93 with 0.95 confidence: about 860 more examples"),
    ],
)
def test_with_a_confidence_the_end_of_the_interval_is(
    low: float, verdict: Decision, said: str
) -> None:
    found = says(Gate("ok", min=low, confidence=0.95), run(*ones(95, 100)))
    assert found.verdict is verdict
    assert said in found.said


def test_a_maximum_with_a_confidence_is_held_against_the_upper_end() -> None:
    assert says(Gate("ok", max=0.2, confidence=0.95), run(*ones(5, 100))).verdict is PASS
    assert says(Gate("ok", max=0.06, confidence=0.95), run(*ones(5, 100))).verdict is UNSURE
    assert says(Gate("ok", max=0.02, confidence=0.95), run(*ones(20, 100))).verdict is FAIL


def test_without_examples_a_confidence_decides_nothing() -> None:
    found = says(Gate("loss", max=0.5, confidence=0.95), WRITTEN)
    assert found.verdict is UNSURE
    assert "no examples were left, so no interval is available" in found.said
    assert says(Gate("ok", min=0.1, confidence=0.95), run(*scored([0.5]))).verdict is UNSURE


ARC = Measured((Metric("arc.acc", 0.6, 100, 0.58, 0.62, error=0.0102),))


@pytest.mark.parametrize(
    ("sure", "low", "verdict", "said"),
    [
        (0.95, 0.55, PASS, "(n=100, 0.58..0.62 by its standard error) is at least 0.55 with 0.95"),
        (0.99, 0.55, PASS, "(n=100, 0.574..0.626 by its standard error) is at least 0.55 with 0.9"),
        (0.99, 0.575, UNSURE, "is on neither side of 0.575 with 0.99 confidence: about"),
        (0.95, 0.65, FAIL, "is below 0.65 with 0.95 confidence"),
        (None, 0.55, PASS, "(n=100, 0.58..0.62 by its standard error) is at least 0.55"),
    ],
)
def test_the_standard_error_that_a_tool_has_written_makes_an_interval(
    sure: float | None, low: float, verdict: Decision, said: str
) -> None:
    found = says(Gate("arc.acc", min=low, confidence=sure), ARC)
    assert found.verdict is verdict
    assert found.said.startswith("arc.acc 0.6 ")
    assert said in found.said


def test_no_interval_is_shown_that_is_then_denied() -> None:
    found = says(Gate("arc.acc", no_worse_than=BASELINE), ARC, run(*ones(9, 10)))
    assert found.said.endswith("no examples were left, so there is nothing to compare one by one")
    sure = Measured((Metric("arc.acc", 1.0, 5, error=0.0),))
    found = says(Gate("arc.acc", min=0.9, confidence=0.95), sure)
    assert found.verdict is UNSURE
    assert found.said == (
        "arc.acc 1 (n=5): its standard error is 0, which says nothing of how sure it is"
    )
    nobody = Measured((ARC.metrics[0]._replace(n=None),))
    found = says(Gate("arc.acc", min=0.59, confidence=0.95), nobody)
    assert found.said.endswith("is on neither side of 0.59 with 0.95 confidence")


# -- what was not measured -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gate", "measured", "said"),
    [
        (Gate("f11", min=0), WRITTEN, "there is no metric 'f11': did you mean 'f1'?"),
        (Gate("zzz", max=9), WRITTEN, "there is no metric 'zzz': there are: loss, f1"),
        (Gate("ok", min=0), Measured(), "there is no metric 'ok': there are: none"),
        (
            Gate("ok", min=0, slice=(("lang", "dk"),)),
            run(*scored([1], lang="da")),
            "no example is of the slice [lang=dk]: did you mean lang=da?",
        ),
        (
            Gate("loss", max=1, slice=(("lang", "da"),)),
            WRITTEN,
            "no example was measured, so there is no slice [lang=da]",
        ),
        (
            Gate("loss", max=1, slice=(("lang", "da"),)),
            run(*scored([1], lang="da"), metrics=(Metric("loss", 0.3),)),
            "there is no metric 'loss' [lang=da]: there are: ok",
        ),
        (
            Gate("auc", min=0),
            run(*labelled(["a", "b"], ["a", "b"])),
            "'auc' means nothing of these y and pred",
        ),
        (
            Gate("ok", min=0),
            run(*ones(9, 10), metrics=(Metric("ok", 0.5),)),
            "ok is 0.5 as it is written, and 0.9 by its examples: rename one of them",
        ),
        (NO_WORSE, WRITTEN, "there is no metric 'ok'"),
        (Gate("ok", pinned=("q1",)), WRITTEN, "there is no metric 'ok'"),
    ],
)
def test_what_was_not_measured_never_passes_and_says_what_there_is(
    gate: Gate, measured: Measured, said: str
) -> None:
    found = says(gate, measured, run(*ones(9, 10)))
    assert found.verdict is FAIL
    assert found.said.startswith("unmeasured: ")
    assert said in found.said


def test_where_anything_is_wrong_with_the_results_no_gate_is_asked() -> None:
    broken = run(*ones(9, 10))._replace(problems=("m.json: 'f1' is NaN", "and another"))
    found = says(Gate("ok", min=0), broken)
    assert (found.rule, found.verdict) == ("results", FAIL)
    assert found.said == "unmeasured: m.json: 'f1' is NaN (and more)"


def test_without_gates_what_is_wrong_is_told_all_the_same() -> None:
    beside = Beside(Reference, lambda _: BOTH)
    assert judge((), run(*ones(1, 2)), beside) == ()
    (found,) = judge((), Measured(problems=("x: it is empty",)), beside)
    assert found.verdict is FAIL


GATES = st.builds(
    Gate,
    metric=st.sampled_from(["ok", "f1", "gone"]),
    min=st.none() | st.just(0.0),
    max=st.none() | st.just(1.0),
    no_worse_than=st.sampled_from(["", BASELINE]),
    margin=st.sampled_from([0.0, 1.0]),
    confidence=st.none() | st.just(0.9),
    pinned=st.sampled_from([(), ("q0",)]),
    on_inconclusive=st.sampled_from(["ask", "pass", "fail"]),
)
UNMEASURED = (
    Measured(),
    Measured(problems=("x: it is empty",)),
    run(*ones(9, 10))._replace(problems=("x: NaN",)),
    run(*scored([1] * 10, "other")),
)


@given(GATES, st.sampled_from(UNMEASURED), st.sampled_from([None, run(*ones(9, 10))]))
@settings(max_examples=150, deadline=None)
def test_nothing_passes_that_was_not_measured(
    gate: Gate, measured: Measured, before: Measured | None
) -> None:
    beside = Beside(
        lambda _: Reference("the baseline", before, "none"), lambda _: BOTH._replace(mine=False)
    )
    assert not [one for one in judge((gate,), measured, beside) if one.verdict is PASS]


# -- compared --------------------------------------------------------------------------------


def test_the_same_run_passes_whatever_the_margin() -> None:
    for count in (1, 20):
        found = says(Gate("ok", no_worse_than=BASELINE), run(*ones(1, count)), run(*ones(1, count)))
        assert (found.verdict, found.value, found.low, found.high) == (PASS, 0, 0, 0)
    assert found.said == "ok 0.05, the baseline 0.05: the same on each of 20 examples"


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_identical_runs_pass_for_every_margin(values: list[float], margin: float) -> None:
    gate = Gate("ok", no_worse_than=BASELINE, margin=margin)
    found = says(gate, run(*scored(values)), run(*scored(values)))
    assert (found.verdict, found.value) == (PASS, 0.0)


def turned(n: int, better: int, worse: int) -> tuple[Measured, Measured]:
    """Two runs over n examples, of which so many became right and so many wrong."""
    rest = n - better - worse
    before = [0] * better + [1] * worse + [1] * rest
    after = [1] * better + [0] * worse + [1] * rest
    return run(*scored(before)), run(*scored(after))


@pytest.mark.parametrize(
    ("n", "better", "worse", "margin", "verdict"),
    [
        (500, 5, 5, 0.05, PASS),
        (500, 5, 60, 0.05, FAIL),
        (500, 5, 25, 0.05, UNSURE),
        (100, 0, 5, 0.0, UNSURE),
        (100, 0, 6, 0.0, FAIL),
        (100, 20, 3, 0.0, PASS),
        (100, 5, 5, 0.0, UNSURE),
        (1, 0, 1, 0.0, UNSURE),
        (1, 0, 1, 1.0, PASS),
    ],
)
def test_a_paired_difference_against_the_margin(
    n: int, better: int, worse: int, margin: float, verdict: Decision
) -> None:
    before, after = turned(n, better, worse)
    found = says(Gate("ok", no_worse_than=BASELINE, margin=margin), after, before)
    assert found.verdict is verdict
    assert (found.n, found.bound) == (n, -margin)


def test_inconclusive_says_how_many_more_would_settle_it() -> None:
    before, after = turned(500, 5, 25)
    found = says(NO_WORSE, after, before)
    assert found.said == (
        "ok 0.95, the baseline 0.99: -0.04 (n=500, -0.064..-0.0199), which may be worse by more "
        "than 0.05 or not: about 2000 more examples would settle it, if it stays as it is"
    )


def test_where_it_is_just_the_margin_nothing_settles_it() -> None:
    before, after = turned(100, 0, 5)
    found = says(NO_WORSE, after, before)
    assert found.verdict is UNSURE
    assert "no number of examples would settle it" in found.said


def test_where_less_is_better_more_is_worse() -> None:
    before, after = turned(500, 60, 5)
    gate = Gate("ok", no_worse_than=BASELINE, margin=0.05, lower=True)
    assert says(gate, after, before).verdict is FAIL
    assert says(gate, before, after).verdict is PASS


def test_a_sum_of_floats_on_the_margin_is_not_beyond_it() -> None:
    values = [random.Random(at).random() for at in range(50)]
    gate = Gate("ok", no_worse_than=BASELINE, margin=0.1)
    found = says(gate, run(*scored([one - 0.1 for one in values])), run(*scored(values)))
    assert found.verdict is PASS


def test_f1_is_compared_by_the_bootstrap() -> None:
    drawn = random.Random(7)
    truth = [drawn.random() < 0.4 for _ in range(600)]
    before = [y if drawn.random() < 0.9 else not y for y in truth]
    worse = [one if drawn.random() < 0.7 else not one for one in before]
    gate = Gate("f1", no_worse_than=BASELINE, margin=0.02)
    good, bad = run(*labelled(truth, before)), run(*labelled(truth, worse))
    assert says(gate, bad, good).verdict is FAIL
    assert says(gate, good, bad).verdict is PASS


@pytest.mark.parametrize("count", [5, 6])
def test_five_differing_examples_are_not_enough_to_fail(count: int) -> None:
    before = run(*scored([0.5] * 40))
    after = run(*scored([0.1] * count + [0.5] * (40 - count)))
    found = says(Gate("ok", no_worse_than=BASELINE), after, before)
    assert found.verdict is (FAIL if count == 6 else UNSURE)


def test_repetitions_say_no_more_than_their_examples() -> None:
    before, after = turned(500, 5, 25)
    often = [again([one] * 4) for one in (before, after)]
    found, once = says(NO_WORSE, often[1], often[0]), says(NO_WORSE, after, before)
    assert (found.verdict, found.n) == (UNSURE, 500)
    assert (found.low, found.high) == (once.low, once.high)


def test_a_slice_is_compared_by_itself() -> None:
    def parts(danish: int) -> Measured:
        return run(
            *scored([1] * danish + [0] * (100 - danish), lang="da"),
            *(one._replace(id=f"e{one.id}") for one in scored([1] * 900, lang="en")),
        )

    whole, part = NO_WORSE, NO_WORSE._replace(slice=(("lang", "da"),))
    assert says(whole, parts(80), parts(95)).verdict is PASS
    found = says(part, parts(80), parts(95))
    assert (found.verdict, found.n, found.metric) == (FAIL, 100, "ok [lang=da]")


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (None, "there is no baseline yet"),
        (run(*ones(9, 11)), "not comparable with the baseline: its examples are not the same ones"),
        (run(*ones(9, 10), data="other"), "it was measured on other data"),
        (run(*scored([1] * 10, "hit")), "one of them does not have the metric ok"),
        (WRITTEN, "one of them does not have the metric ok"),
    ],
)
@pytest.mark.parametrize("unsure", ["ask", "pass", "fail"])
def test_what_cannot_be_compared_is_never_a_pass(
    before: Measured | None, said: str, unsure: str
) -> None:
    found = says(NO_WORSE._replace(on_inconclusive=unsure), run(*ones(9, 10)), before)
    assert found.verdict is (FAIL if unsure == "fail" else UNSURE)
    assert said in found.said
    assert found.said.startswith("ok 0.9 (n=10, 0.596..0.982): ")


def test_without_examples_there_is_nothing_to_compare() -> None:
    found = says(Gate("loss", no_worse_than=BASELINE), WRITTEN, WRITTEN)
    assert (found.verdict, "no examples were left" in found.said) == (UNSURE, True)


@pytest.mark.parametrize(("unsure", "verdict"), [("ask", UNSURE), ("pass", PASS), ("fail", FAIL)])
def test_what_the_numbers_leave_open_is_decided_as_was_said(unsure: str, verdict: Decision) -> None:
    before, after = turned(500, 5, 25)
    found = says(NO_WORSE._replace(on_inconclusive=unsure), after, before)
    assert found.verdict is verdict
    assert found.said.endswith(f"(on_inconclusive: {unsure})") is (unsure != "ask")
    bound = Gate("ok", min=0.93, confidence=0.95, on_inconclusive=unsure)
    assert says(bound, run(*ones(95, 100))).verdict is verdict


def test_without_the_extra_comparisons_are_inconclusive_and_name_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("innerloop.core.paired.present", lambda: False)
    found = says(NO_WORSE._replace(on_inconclusive="pass"), run(*ones(9, 10)), run(*ones(9, 10)))
    assert found.verdict is UNSURE
    assert "intervals need scipy: pip install 'innerloop[eval]'" in found.said


# -- pinned, and data ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gate", "verdict", "said"),
    [
        (Gate("ok", pinned=("q0", "q1")), PASS, "all of 2 pinned examples hold"),
        (Gate("ok", pinned=("q0", "q9", "q8")), FAIL, "pinned and failed: q9, q8"),
        (Gate("ok", pinned=("q0", "zz")), FAIL, "pinned and not among the examples: zz"),
    ],
)
def test_pinned_examples_never_fail(gate: Gate, verdict: Decision, said: str) -> None:
    found = says(gate, run(*ones(5, 10)))
    assert found.verdict is verdict
    assert said in found.said


def test_a_pinned_example_holds_in_each_of_its_repetitions() -> None:
    again = Example("q0", (("ok", 0.0),), rep=1)
    assert says(Gate("ok", pinned=("q0",)), run(*ones(5, 10), again)).verdict is FAIL


def test_what_a_pinned_example_has_to_reach() -> None:
    measured = run(*scored([0.7, 0.2]))
    beside = Beside(Reference, lambda _: BOTH)

    def pinned(**keys: Any) -> Decision:
        return judge((Gate("ok", pinned=("q0",), **keys),), measured, beside)[-1].verdict

    assert pinned() is FAIL
    assert pinned(min=0.6) is PASS
    assert pinned(lower=True, max=0.8) is PASS
    assert pinned(lower=True) is FAIL
    labels = run(*labelled(["a", "b"], ["a", "a"]))
    assert says(Gate("f1", pinned=("q0",)), labels).verdict is PASS
    assert says(Gate("f1", pinned=("q1",)), labels).verdict is FAIL
    ranked = run(*labelled([0, 1], [0.1, 0.9]))
    assert "says nothing of a single example" in says(Gate("auc", pinned=("q0",)), ranked).said


@pytest.mark.parametrize(
    ("overlap", "verdict"),
    [
        (BOTH, PASS),
        (BOTH._replace(unread="there are too many"), PASS),
        (BOTH._replace(unknown="there is no column 'id'"), UNSURE),
        (BOTH._replace(same="row 1 of a.csv is also row 2 of b.csv, data"), FAIL),
        (BOTH._replace(mine=False), UNSURE),
        (BOTH._replace(theirs=False), UNSURE),
        (Overlap(mine=False, theirs=False), UNSURE),
    ],
)
def test_data_that_is_not_known_to_be_another_is_no_pass(
    overlap: Overlap, verdict: Decision
) -> None:
    gate = Gate(distinct_from="inner")
    found = says(gate, run(*ones(1, 2)), overlap=overlap)
    assert found.verdict is verdict
    assert overlap.same in found.said
    assert overlap.unread in found.said
    assert overlap.unknown in found.said
    softened = gate._replace(on_inconclusive="pass")
    assert says(softened, run(), overlap=overlap).verdict is verdict


def test_every_rule_of_a_gate_is_judged_by_itself() -> None:
    gate = Gate("ok", min=0.5, max=0.6, no_worse_than=BASELINE, pinned=("q0",))
    beside = Beside(lambda _: Reference("the baseline", run(*ones(9, 10))), lambda _: BOTH)
    found = judge((gate,), run(*ones(9, 10)), beside)
    assert [(one.rule, one.verdict) for one in found] == [
        ("min", PASS),
        ("max", FAIL),
        ("no_worse_than", PASS),
        ("pinned", PASS),
    ]
    assert worst(found) is found[1]
    assert worst(found[2:]) is None
