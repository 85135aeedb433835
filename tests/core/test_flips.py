"""Examples that flipped between two results."""

from __future__ import annotations

from innerloop.core.flips import TAKEN, Flip, flips
from innerloop.core.results import Example, Measured


def of(*examples: Example) -> Measured:
    return Measured(examples=examples)


def scored(name: str, value: float, rep: int = 0) -> Example:
    return Example(name, (("ok", value),), rep=rep)


def test_lost_and_won_what_fell_furthest_first() -> None:
    before = of(scored("a", 1), scored("b", 0.6), scored("c", 0), scored("d", 1))
    after = of(scored("a", 0), scored("b", 0.4), scored("c", 1), scored("d", 1))

    found = flips(before, after)

    assert found is not None
    assert [(one.id, one.before, one.after) for one in found.lost] == [("a", 1, 0), ("b", 0.6, 0.4)]
    assert [one.id for one in found.won] == ["c"]
    assert (found.both, found.only_before, found.only_after) == (4, 0, 0)


def test_only_what_both_have_is_compared() -> None:
    found = flips(of(scored("a", 1), scored("b", 1)), of(scored("b", 1), scored("c", 0)))

    assert found is not None
    assert (found.lost, found.both, found.only_before, found.only_after) == ((), 1, 1, 1)


def test_repetitions_are_one_example_by_their_mean() -> None:
    before = of(*(scored("a", 1, rep) for rep in range(3)))
    after = of(scored("a", 1), scored("a", 0, 1), scored("a", 0, 2))

    found = flips(before, after)

    assert found is not None
    assert found.lost == (Flip("a", "ok", 1, 1 / 3),)


def test_what_was_taken_for_what_it_is_was_right_where_nothing_else_is_told() -> None:
    before = of(Example("a", y="cat", pred="cat"), Example("b", y=1, pred=0))
    after = of(Example("a", y="cat", pred="dog"), Example("b", y=1, pred=1))

    found = flips(before, after)

    assert found is not None
    assert found.lost == (Flip("a", TAKEN, 1, 0),)
    assert [one.id for one in found.won] == ["b"]


def test_a_score_that_is_no_share_has_no_right_and_wrong() -> None:
    found = flips(of(scored("a", 7), scored("b", 1)), of(scored("a", 3), scored("b", 0)))

    assert found is not None
    assert not found.lost


def test_without_examples_there_is_nothing_to_say() -> None:
    assert flips(None, of(scored("a", 1))) is None
    assert flips(of(), of(scored("a", 1))) is None
