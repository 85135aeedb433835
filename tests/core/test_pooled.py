from __future__ import annotations

from measured import ones, run, scored

from innerloop.core.figures import Spread, apart, figure, told
from innerloop.core.pooled import again, joined, spread, together
from innerloop.core.results import Example, Measured, Metric


def test_files_of_one_run_are_put_together() -> None:
    found = together(
        (
            Measured(examples=ones(1, 2), cost=0.5),
            Measured((Metric("loss", 1.0),), params=(("lr", "0.1"),), cost=0.25),
        )
    )
    assert (found.metrics, len(found.examples)) == ((Metric("loss", 1.0),), 2)
    assert (found.params, found.cost, found.problems) == ((("lr", "0.1"),), 0.75, ())


def test_what_stands_in_two_files_is_a_problem() -> None:
    twice = together((Measured(examples=ones(1, 1)), Measured(examples=ones(1, 1))))
    assert twice.problems == ("the example 'q0' stands in two of the files",)
    both = together((Measured((Metric("f1", 1.0),)), Measured((Metric("f1", 1.0),))))
    assert both.problems == ("'f1' stands in two of the files",)


def test_what_is_wrong_with_a_part_is_wrong_with_the_whole() -> None:
    assert together((Measured(problems=("x",)), run(*ones(1, 2)))).problems == ("x",)
    assert again((Measured(problems=("x",)), Measured())).problems == ("x",)


def test_runs_of_the_same_are_repetitions_of_its_examples() -> None:
    first = Measured((Metric("loss", 1.0),), scored([1, 0]), cost=1.0)
    second = Measured((Metric("loss", 2.0),), scored([1, 1]), cost=0.5)
    found = spread(again((first, second)))
    assert [one.rep for one in found.examples] == [0, 0, 1, 1]
    assert {one.name: (one.value, one.n) for one in found.metrics} == {
        "ok": (0.75, 2),
        "loss": (1.5, None),
    }
    assert found.cost == 1.5
    assert not found.problems


def test_repetitions_within_a_run_stay_apart_from_those_of_another() -> None:
    twice = Measured(examples=(Example("a", rep=0), Example("a", rep=3)))
    found = again((twice, twice))
    assert [one.rep for one in found.examples] == [0, 3, 4, 7]


def test_repetitions_of_other_examples_are_a_problem() -> None:
    found = again((Measured(examples=ones(1, 2)), Measured(examples=ones(1, 3))))
    assert found.problems == ("its repetitions are not of the same examples",)
    gone = again((Measured((Metric("loss", 1.0),)), Measured()))
    assert gone.problems == ("'loss' was not measured in every repetition",)


def test_earlier_runs_count_unless_they_were_cut_short() -> None:
    bad, good = run(*ones(0, 2)), run(*ones(2, 2))
    assert [one.rep for one in joined(good, (bad,)).examples] == [0, 0, 1, 1]
    assert joined(good, (run(*ones(1, 1)), run())) == good


def test_examples_that_chance_has_left_out_are_a_problem() -> None:
    found = joined(run(*ones(1, 1)), (run(*ones(0, 3)), run(*ones(1, 1))))
    (said,) = found.problems
    assert said.startswith("2 examples that it measured before on the same content, such as 'q1'")
    assert joined(run(), (run(*ones(1, 1)),)).problems


def test_one_run_is_what_it_is() -> None:
    assert again((run(*ones(1, 2)),)) == run(*ones(1, 2))


def test_a_written_metric_stands_aside_where_its_examples_say_the_same() -> None:
    found = run(*ones(9, 10), metrics=(Metric("ok", 0.9001), Metric("loss", 1.0)))
    assert [(one.name, one.n) for one in found.metrics] == [("ok", 10), ("loss", None)]
    other = run(*ones(9, 10), metrics=(Metric("ok", 0.5),))
    assert [(one.value, one.n) for one in other.metrics] == [(0.9, 10), (0.5, None)]


# -- as people are told ----------------------------------------------------------------------


def test_figures_have_the_digits_that_say_something() -> None:
    shown = [figure(one) for one in (0.0, 0.9123, 0.5, -0.00312, 12.345, 1234.5, 1e-9, 1.0)]
    assert shown == ["0", "0.912", "0.5", "-0.00312", "12.3", "1234", "1e-09", "1"]
    assert [figure(one, sign=True) for one in (0.5, -0.5, 0.0)] == ["+0.5", "-0.5", "0"]


def test_two_figures_never_look_alike_unless_they_are() -> None:
    assert apart(0.9, 0.95) == ("0.9", "0.95")
    assert apart(0.91234, 0.91233) == ("0.91234", "0.91233")
    assert apart(0.9, 0.9) == ("0.9", "0.9")


def test_a_metric_is_told_with_all_that_is_known_of_it() -> None:
    assert told(Metric("f1", 0.912, 500, 0.89, 0.93)) == "f1 0.912 (n=500, 0.89..0.93)"
    assert told(Metric("f1", 0.912, 500)) == "f1 0.912 (n=500)"
    assert told(Metric("loss", 0.3)) == "loss 0.3"
    assert str(Spread(None, None, None)) == "(no interval available)"
