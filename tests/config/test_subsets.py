"""Data and rungs in loops.yaml: what is read, what is refused, and what comes of a ladder."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import jsonschema
import pytest
import yaml

from innerloop.config.build import build
from innerloop.config.schema import json_schema
from innerloop.core.errors import ConfigError
from innerloop.core.sampling import ALL, Amount, Rule

if TYPE_CHECKING:
    from innerloop.core.model import Config, Loop

LADDER = """
data:
  run: prepare {data.train} {out}
  data: {train: {path: data/train.csv, by: label, key: id, group: user, seed: 7, trust: stat}}
  rungs: [{rows: 200, cycle: 15s}, {fraction: 0.1, cycle: 1m}, {rows: all, cycle: 20m}]
eval: {run: "eval {out.data}", cycle: 1h, after: "data@10%"}
"""


def whole(inner: str, top: str = "") -> str:
    return f"version: 1\n{top}\ninner:\n{textwrap.indent(textwrap.dedent(inner), '  ')}"


def built(inner: str, top: str = "", own: str | None = None) -> Config:
    config, warnings = build(whole(inner, top).encode(), own.encode() if own else None)
    assert warnings == ()
    return config


def loops(inner: str, top: str = "", own: str | None = None) -> dict[str, Loop]:
    return {loop.name: loop for loop in built(inner, top, own).loops}


def problems(inner: str, top: str = "", own: str | None = None) -> list[str]:
    with pytest.raises(ConfigError) as found:
        build(whole(inner, top).encode(), own.encode() if own else None)
    return [f"{one.message}{f' ({one.hint})' * bool(one.hint)}" for one in found.value.problems]


def in_loop(line: str) -> list[str]:
    return problems(f"unit: {{run: 'x {{data.a}}', cycle: 1s, {line}}}")


def test_a_ladder_is_a_loop_for_each_rung_behind_the_one_below() -> None:
    found = loops(LADDER)

    assert list(found) == ["data@200", "data@10%", "data@all", "eval"]
    assert [loop.cycle for loop in found.values()] == [15.0, 60.0, 1200.0, 3600.0]
    assert [loop.timeout for loop in found.values()] == [150.0, 600.0, 3600.0, 10800.0]
    assert [loop.after for loop in found.values()] == [
        (),
        ("data@200",),
        ("data@10%",),
        ("data@10%",),
    ]
    rule = Rule(Amount(200), ("id",), ("label",), ("user",), 7)
    (data,) = found["data@200"].data
    assert (data.name, data.path, data.rule, data.trust) == ("train", "data/train.csv", rule, True)
    assert data.glob is not None
    assert data.glob.literal == "data/train.csv"
    assert found["data@10%"].data[0].rule.amount == Amount(None, "0.1")
    assert found["data@all"].data[0].rule.amount == ALL
    assert not any(loop.rungs for loop in found.values())


@pytest.mark.parametrize(
    ("written", "after"),
    [
        ("run: eval, after: data", ("data@all",)),
        ("run: eval, after: 'data@200'", ("data@200",)),
        ("run: 'eval {out.data}'", ("data@all",)),
        ("run: 'eval {out.data@10%}'", ("data@10%",)),
        ("run: 'eval {out.data} {out.data@200}', after: 'data@200'", ("data@200",)),
    ],
)
def test_what_comes_after_a_ladder_comes_after_its_highest_rung(
    written: str, after: tuple[str, ...]
) -> None:
    ladder = LADDER.partition("eval:")[0]
    assert loops(f"{ladder}\neval: {{{written}, cycle: 1h}}")["eval"].after == after


def test_what_a_ladder_comes_after_its_rungs_come_after() -> None:
    text = LADDER.replace("  rungs:", "  after: unit\n  rungs:") + "unit: {run: x, cycle: 1s}\n"
    found = loops(text)
    assert found["data@200"].after == ("unit",)
    assert found["data@all"].after == ("unit", "data@10%")


def test_hooks_take_ladders() -> None:
    hook = "hook: {pre-commit: {always: 'data@10%'}, pre-push: {always: data}}"
    found = built(LADDER, hook)
    assert (found.pre_commit.always, found.pre_push.always) == (("data@10%",), ("data@all",))
    assert problems(LADDER, "hook: {pre-push: {always: 'data@5'}}") == [
        "'data' has no rung '5' (there are: 200, 10%, all)"
    ]


def test_rungs_have_cycles_of_their_own_on_this_machine() -> None:
    own = "inner: {'data@10%': {cycle: 2m}, eval: {cycle: 2h}}"
    found = loops(LADDER, own=own)
    assert (found["data@10%"].cycle, found["data@10%"].timeout) == (120.0, 360.0)
    assert found["eval"].cycle == 7200.0
    assert problems(LADDER, own="inner: {data: {cycle: 2m}}") == [
        "'data' has a cycle for each rung (write 'data@200')"
    ]
    assert problems(LADDER, own="inner: {'data@11%': {cycle: 2m}}") == [
        "there is no loop 'data@11%' (did you mean 'data@10%'?)"
    ]


def test_a_timeout_that_is_written_is_that_of_every_rung() -> None:
    found = loops(LADDER.replace("  rungs:", "  timeout: 2m\n  rungs:"))
    assert {found[name].timeout for name in list(found)[:3]} == {120.0}


def test_data_without_rungs_has_an_amount_of_its_own() -> None:
    text = "unit: {run: 'x {data.a} {data.b} {data.c}', cycle: 1s, data: {a: {path: a.csv}, "
    found = loops(f"{text} b: {{path: b.csv, rows: 5}}, c: {{path: c, fraction: .25}}}}}}")
    amounts = [one.rule.amount for one in found["unit"].data]
    assert amounts == [ALL, Amount(5), Amount(None, ".25")]


def test_data_with_an_amount_of_its_own_is_the_same_on_every_rung() -> None:
    text = LADDER.replace("trust: stat}}", "trust: stat}, test: {path: t.csv, rows: all}}")
    found = loops(text.replace("{out}", "{out} {data.test}"))
    assert [str(one.rule.amount) for one in found["data@200"].data] == ["200", "all"]


@pytest.mark.parametrize(
    ("path", "literal", "fits", "not_"),
    [
        ("data/a.csv", "data/a.csv", "data/a.csv", "x/data/a.csv"),
        ("a.csv", "a.csv", "a.csv", "x/a.csv"),
        ("data", "data", "data/x/a.csv", "x/data/a.csv"),
        ("data/*.csv", "", "data/a.csv", "data/x/a.csv"),
        ("data/**/*.csv", "", "data/x/y/a.csv", "a.csv"),
        ("*.csv", "", "a.csv", "x/a.csv"),
    ],
)
def test_a_path_is_a_file_a_folder_or_a_glob(path: str, literal: str, fits: str, not_: str) -> None:
    from innerloop.core.globs import matcher  # noqa: PLC0415 - here alone

    (data,) = loops(f"u: {{run: '{{data.a}}', cycle: 1s, data: {{a: {{path: '{path}'}}}}}}")[
        "u"
    ].data
    assert data.glob is not None
    assert (data.path, data.glob.literal) == (path, literal)
    assert matcher((data.glob,))(fits)
    assert not matcher((data.glob,))(not_)


@pytest.mark.parametrize("path", ["/mnt/a.csv", "~/a.csv", "../a.csv", "../../data"])
def test_data_may_lie_outside_the_project(path: str) -> None:
    (data,) = loops(f"u: {{run: '{{data.a}}', cycle: 1s, data: {{a: {{path: {path}}}}}}}")["u"].data
    assert (data.path, data.glob) == (path, None)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("data: {a: {}}", ["'path' is missing in data 'a'"]),
        ("data: {a: a.csv}", ["data 'a' must be a mapping, not 'a.csv'"]),
        (
            "data: {a: {path: a.csv, row: 5}}",
            ["unknown key 'row' in data 'a' (did you mean 'rows'?)"],
        ),
        (
            "data: {a: {path: a.csv, rows: 5, fraction: 0.1}}",
            ["'rows' and 'fraction' both say how much (take the one or the other out)"],
        ),
        (
            "data: {a: {path: a.csv, rows: 0}}",
            ["'rows' must be a whole number from 1, or all, not '0'"],
        ),
        (
            "data: {a: {path: a.csv, fraction: 10%}}",
            ["'fraction' must be a part: above 0 and at most 1, such as 0.1, not '10%'"],
        ),
        ("data: {a: {path: a.csv, trust: size}}", ["'trust' must be stat, not 'size'"]),
        (
            "data: {a: {path: '/mnt/*.csv'}}",
            ["'/mnt/*.csv' lies outside the project (name a file or a folder there)"],
        ),
        (
            "fix: '{data.aa}', data: {a: {path: a.csv}}",
            ["'{data.aa}' names no data of 'unit' (did you mean '{data.a}'?)"],
        ),
        (
            "data: {a: {path: a.csv}, 'b c': {path: b.csv}}",
            ["'b c' cannot name data (use letters, digits, '_', '.' and '-')"],
        ),
    ],
)
def test_what_is_wrong_with_data(line: str, expected: list[str]) -> None:
    assert in_loop(line) == expected


def ladder(rungs: str, more: str = "") -> list[str]:
    return problems(
        f"unit: {{run: 'x {{data.a}}', data: {{a: {{path: a.csv}}}}, rungs: {rungs}{more}}}"
    )


@pytest.mark.parametrize(
    ("rungs", "expected"),
    [
        ("[]", ["'rungs' is empty"]),
        ("5", ["'rungs' must be a list of mappings, not '5'"]),
        ("[5]", ["'rungs' must be a list of mappings, not '5'"]),
        ("[{rows: 5}]", ["'cycle' is missing in 'rungs' in loop 'unit'"]),
        ("[{cycle: 1s}]", ["a rung needs 'rows' or 'fraction' (rows: all is the last)"]),
        (
            "[{rows: 5, fraction: 0.1, cycle: 1s}]",
            ["'rows' and 'fraction' both say how much (take the one or the other out)"],
        ),
        (
            "[{rows: 5, cycle: 1s}, {rows: 5, cycle: 2s}]",
            ["there are two rungs of 5 (take one out)"],
        ),
        (
            "[{rows: 9, cycle: 1s}, {rows: 5, cycle: 2s}]",
            ["the rung of 5 stands above a larger one (write the smallest first)"],
        ),
        (
            "[{rows: all, cycle: 1s}, {fraction: 0.5, cycle: 2s}]",
            ["the rung of 50% stands above a larger one (write the smallest first)"],
        ),
        (
            "[{fraction: 0.5, cycle: 1s}, {fraction: 0.25, cycle: 2s}]",
            ["the rung of 25% stands above a larger one (write the smallest first)"],
        ),
    ],
)
def test_what_is_wrong_with_rungs(rungs: str, expected: list[str]) -> None:
    assert ladder(rungs) == expected


def test_what_rungs_and_other_keys_need_of_one_another() -> None:
    rungs = "[{rows: 5, cycle: 1s}]"
    assert ladder(rungs, ", cycle: 1s") == [
        "'cycle' says nothing beside 'rungs' (take it out: each rung has its own)"
    ]
    (said,) = problems(f"unit: {{run: x, rungs: {rungs}}}")
    assert said.startswith("'rungs' needs 'data' that has no 'rows' or 'fraction' of its own (")
    assert problems("unit: {run: x}") == ["'cycle' is missing in loop 'unit'"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("after: 'data@5'", "'data' has no rung '5' (there are: 200, 10%, all)"),
        ("after: 'dat@200'", "there is no loop 'dat' (did you mean 'data'?)"),
        ("fix: 'x {out.data@5%}'", "'data' has no rung '5%' (there are: 200, 10%, all)"),
        ("after: 'unit@5'", "'unit' has no rungs (write 'unit')"),
    ],
)
def test_rungs_that_are_not_there(line: str, expected: str) -> None:
    text = LADDER + f"unit: {{run: x, cycle: 1s, {line}}}\n"
    assert problems(text)[0] == expected


def test_circles_through_rungs_are_found() -> None:
    text = LADDER.replace("  rungs:", "  after: eval\n  rungs:")
    assert problems(text) == ["loops wait for each other: data -> eval -> data"]


def test_data_that_no_command_is_handed_is_a_warning() -> None:
    text = "u: {run: x, cycle: 1s, data: {a: {path: a.csv}}}"
    _, warnings = build(whole(text).encode(), None)
    assert [one.message for one in warnings] == ["no command of 'u' is handed 'a'"]


def test_a_near_miss_is_told() -> None:
    text = "u: {run: 'x {data.a} {Data.a}', cycle: 1s, data: {a: {path: a.csv}}}"
    _, warnings = build(whole(text).encode(), None)
    assert [one.hint for one in warnings] == ["did you mean {data.NAME}?"]


def test_the_schema_for_editors_says_the_same() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    valid = jsonschema.Draft202012Validator(schema)
    assert valid.is_valid(yaml.safe_load(whole(LADDER)))
    for wrong in (
        LADDER.replace("rows: 200, ", "rows: many, "),
        LADDER.replace("fraction: 0.1", "fraction: 2"),
        LADDER.replace("trust: stat", "trust: me"),
        "u: {run: x}",
    ):
        assert not valid.is_valid(yaml.safe_load(whole(wrong)))
