from __future__ import annotations

import pytest

from innerloop.core.command import parse
from innerloop.core.errors import LoopError
from innerloop.core.ladder import base, feeding, named, rung
from innerloop.core.model import Loop
from innerloop.core.plan import Choice, chosen, held_back, narrowed
from innerloop.core.sampling import ALL, Amount

RUN = parse("run {out}")
UNIT = Loop("unit", RUN, 1.0)
LOW = Loop("data@200", RUN, 2.0, after=("unit",))
TENTH = Loop("data@10%", RUN, 3.0, after=("unit", "data@200"))
TOP = Loop("data@all", RUN, 9.0, after=("unit", "data@10%"))
EVAL = Loop("eval", parse("eval {out.data}"), 60.0, after=("data@10%",))
LOOPS = (UNIT, LOW, TENTH, TOP, EVAL)


def test_a_rung_has_the_name_of_its_ladder_in_it() -> None:
    assert [rung("data", one) for one in (Amount(200), Amount(None, "0.1"), ALL)] == [
        one.name for one in (LOW, TENTH, TOP)
    ]
    assert [base(one.name) for one in LOOPS] == ["unit", "data", "data", "data", "eval"]


def test_a_ladder_names_its_rungs() -> None:
    assert named(LOOPS, "data") == (LOW, TENTH, TOP)
    assert named(LOOPS, "data@10%") == (TENTH,)
    assert named(LOOPS, "unit") == (UNIT,)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("dta", "did you mean 'data'?"),
        ("data@5", "there are: data@200, data@10%, data@all"),
        ("zzzz", "there are: unit, data@200, data@10%, data@all, eval"),
    ],
)
def test_a_name_that_is_not_there(name: str, hint: str) -> None:
    with pytest.raises(LoopError, match=f"no loop called '{name}'") as found:
        named(LOOPS, name)
    assert found.value.hint == hint


def test_a_folder_is_that_of_the_highest_rung_and_of_none_below_the_one_that_is_named() -> None:
    assert feeding(LOOPS, EVAL, "data") == ("data@all", "data@10%")
    assert feeding(LOOPS, EVAL._replace(after=("data@all",)), "data") == ("data@all",)
    assert feeding(LOOPS, EVAL, "data@200") == ("data@200",)
    assert feeding(LOOPS, EVAL, "unit") == ("unit",)


def names(choice: Choice) -> list[str]:
    return [loop.name for loop in chosen(LOOPS, choice)]


def test_the_command_line_takes_ladders_and_rungs() -> None:
    assert names(Choice(("data",))) == ["unit", "data@200", "data@10%", "data@all"]
    assert names(Choice(("data@10%",))) == ["unit", "data@200", "data@10%"]
    assert names(Choice(("eval",))) == ["unit", "data@200", "data@10%", "eval"]
    assert names(Choice((), "data@200")) == ["unit", "data@200"]
    assert names(Choice((), "data")) == ["unit", "data@200", "data@10%", "data@all"]


def test_whoever_names_a_rung_asks_for_those_below_it() -> None:
    quiet = [loop._replace(auto=False) for loop in LOOPS]
    asked = Choice(("data@10%",))
    assert [held_back(loop, asked) for loop in quiet] == [True, False, False, False, True]


def test_what_feeds_on_a_ladder_is_affected_by_its_rungs() -> None:
    kept, left = narrowed(LOOPS, lambda loop: loop.name == "data@all", "main")
    assert "eval" in [loop.name for loop in kept]
    assert not left
    kept, left = narrowed(LOOPS, lambda loop: loop.name == "data@200", "main")
    assert set(left) == {"data@10%", "data@all", "eval"}
