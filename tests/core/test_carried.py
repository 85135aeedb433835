"""Which examples a metric may be without, from the numbers to what a gate says of them."""

from __future__ import annotations

from typing import Any

import pytest
from measured import run, says

from innerloop.core.carried import carried
from innerloop.core.judgement import BASELINE, Decision, Gate
from innerloop.core.results import Example

OK = Gate("ok", min=0.5)


def some(n: int, name: str = "ok", head: str = "c", rep: int = 0, **slice_: str) -> tuple[Any, ...]:
    """Examples that carry a score; `y` gives them labels instead."""
    given = {"y": 1, "pred": 1} if name == "y" else {"scores": ((name, 1.0),)}
    part = tuple(slice_.items())
    return tuple(Example(f"{head}{at}", slice=part, rep=rep, **given) for at in range(n))


@pytest.mark.parametrize(
    ("examples", "gate", "said"),
    [
        (
            some(1, head="a") + some(20, "other"),
            OK,
            "of 21 examples 20 lack 'ok': c0, c1, c2, c3, c4 and 15 more",
        ),
        (
            some(1, "y", "a") + some(20, "other"),
            Gate("accuracy", min=0.5),
            "of 21 examples 20 lack 'y' and 'pred': c0, c1, c2, c3, c4 and 15 more",
        ),
        (
            some(1, "y", "a") + some(20, "other"),
            Gate("f1", min=0.5),
            "of 21 examples 20 lack 'y' and 'pred': c0, c1, c2, c3, c4 and 15 more",
        ),
        (
            some(2, head="a", lang="da") + some(1, "other", lang="da") + some(1, head="b"),
            OK._replace(slice=(("lang", "da"),)),
            "of 3 examples 1 lacks 'ok': c0",
        ),
        (
            some(3) + some(2, rep=1) + some(3, "other", rep=2)[2:],
            OK,
            "of 3 examples 1 lacks 'ok': c2 (rep 2)",
        ),
        (
            some(3, head="a", capability="x") + some(1, "other", capability="x"),
            OK,
            "of 4 examples 1 lacks 'ok': c0",
        ),
        (
            some(3, head="a", capability="x") + some(2, "other"),
            OK,
            "of 5 examples 2 lack 'ok': c0, c1; all of capability=x have it",
        ),
        (
            some(3, head="a", suite="x") + some(2, "other", suite="z"),
            OK,
            "of 5 examples 2 lack 'ok': c0, c1; all of suite=x have it",
        ),
        (
            some(3, head="a", document="x") + some(2, "other"),
            OK._replace(min=None, no_worse_than=BASELINE),
            "of 5 examples 2 lack 'ok': c0, c1; all of document=x have it",
        ),
        (
            some(3, head="a") + some(2, "other"),
            Gate("ok", pinned=("a0",)),
            "of 5 examples 2 lack 'ok': c0, c1",
        ),
    ],
)
def test_a_metric_that_some_examples_lack_is_unmeasured(
    examples: tuple[Example, ...], gate: Gate, said: str
) -> None:
    found = says(gate, run(*examples), run(*examples))
    assert (found.verdict, found.said) == (Decision.FAIL, f"unmeasured: {said}")


SUITE = some(3, head="a", capability="x", lang="da") + some(2, "other", capability="z")


def test_whole_capabilities_may_lack_it_and_the_verdict_says_of_how_many() -> None:
    found = says(OK, run(*SUITE))
    assert (found.verdict, found.n) == (Decision.PASS, 3)
    assert found.said == "ok 1 (n=3 of 5, 0.439..1) is at least 0.5"
    compared = Gate("ok", no_worse_than=BASELINE)
    assert says(compared, run(*SUITE), run(*SUITE)).said == (
        "ok 1, the baseline 1: the same on each of 3 examples of 5"
    )


def test_a_slice_that_all_have_it_in_is_whole() -> None:
    mixed = some(3, head="a", suite="x") + some(2, "other", suite="z")
    found = says(OK._replace(slice=(("suite", "x"),)), run(*mixed))
    assert found.verdict is Decision.PASS
    assert found.said == "ok [suite=x] 1 (n=3, 0.439..1) is at least 0.5"


def test_without_a_gate_it_is_told_of_how_many() -> None:
    (ok, other) = run(*some(1, head="a"), *some(20, "other")).metrics
    assert (ok.n, ok.of) == (1, 21)
    assert (other.n, other.of) == (20, 21)


def test_where_all_carry_it_nothing_is_said() -> None:
    assert carried(some(3), "ok").why == ""
    assert run(*some(3)).metrics[0].of is None
