from __future__ import annotations

from textwrap import dedent

import jsonschema
import pytest
import yaml
from test_schema import problems, read

from innerloop.config.schema import json_schema
from innerloop.core.judgement import Gate


def gated(*gates: str, results: str = '"{out}/e.jsonl"', more: str = "") -> str:
    rows = "\n".join(f"      - {one}" for one in gates)
    return (
        f"version: 1\ninner:\n  other: {{run: a, cycle: 1s}}\n  eval:\n    run: b {{out}}\n"
        f"    cycle: 1s\n{more}    results: {results}\n    gate:\n{rows}\n"
    )


def test_a_gate_and_the_results_it_is_over() -> None:
    whole = gated(
        "{metric: f1, min: 0.8, max: 1e-1, confidence: 0.9}",
        "{metric: f1, no_worse_than: baseline, margin: .01, better: lower}",
        '{metric: f1, no_worse_than: "#12", slice: {lang: da, n: 1}, pinned: [a, 7]}',
        "{distinct_from: other, on_inconclusive: fail}",
        results='["{out}/e.jsonl", reports/m.json]',
    ).replace("max: 1e-1", "max: 9e-1")
    loop = read(whole).loops[1]
    assert loop.gate == (
        Gate("f1", min=0.8, max=0.9, confidence=0.9),
        Gate("f1", no_worse_than="baseline", margin=0.01, lower=True),
        Gate("f1", no_worse_than="12", slice=(("lang", "da"), ("n", "1")), pinned=("a", "7")),
        Gate(distinct_from="other", on_inconclusive="fail"),
    )
    assert loop.results == ("{out}/e.jsonl", "reports/m.json")
    assert loop.repeat == 1


def test_what_it_leaves_outside_its_folder_is_an_output_and_no_input() -> None:
    loop = read(gated("{metric: f1, min: 1}", results="reports/m.json")).loops[1]
    assert [glob.literal for glob in loop.outputs] == ["reports/m.json"]


def test_one_gate_needs_no_list() -> None:
    text = (
        "version: 1\ninner:\n  a: {run: a, cycle: 1s, results: m.json, gate: {metric: x, min: 1}}"
    )
    assert read(text).loops[0].gate == (Gate("x", min=1.0),)


def test_where_baselines_are() -> None:
    top = "version: 1\nbaselines: {}\ninner: {{a: {{run: a, cycle: 1s}}}}"
    assert read(top.format("evals/baselines")).baselines == "evals/baselines"
    assert read("version: 1\ninner: {a: {run: a, cycle: 1s}}").baselines == "baselines"
    assert "must be relative" in problems(top.format("/x"))[0]
    assert "leaves the project's folder" in problems(top.format("../x"))[0]


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        ("{metric: f1}", "9:10 a gate needs 'min', 'max', 'no_worse_than', 'pinned' or"),
        ("{}", "9:9 a gate needs 'min', 'max', 'no_worse_than', 'pinned' or 'distinct_from'"),
        ("{min: 1}", "9:10 'min' needs 'metric'"),
        ("{pinned: [a]}", "9:10 'pinned' needs 'metric'"),
        ("{metric: f1, min: high}", "9:27 'min' must be a number, not 'high'"),
        ("{metric: f1, min: .nan}", "9:27 'min' must be a number"),
        ("{metric: f1, min: '1'}", "9:27 'min' must be a number"),
        ("{metric: f1, min: 1e999}", "9:27 'min' must be a number"),
        ("{metric: f1, min: 2, max: 1}", "9:22 'min' is above 'max', so nothing passes"),
        ("{metric: f1, min: 1, margin: 0.1}", "9:30 'margin' is of 'no_worse_than'"),
        ("{metric: f1, distinct_from: other}", "9:10 'metric' is of 'min', 'max', 'no_worse_than'"),
        ("{slice: {a: b}, distinct_from: other}", "9:10 'slice' is of 'min', 'max', 'no_worse_th"),
        ("{better: lower, distinct_from: other}", "9:10 'better' is of 'min', 'max', 'no_worse_t"),
        ("{confidence: 0.9, distinct_from: other}", "9:10 'confidence' is of 'min', 'max', 'no"),
        ("{metric: f1, max: 1, better: lower}", "9:30 'better' is of 'no_worse_than' or 'pinned'"),
        ("{metric: f1, pinned: [a], confidence: 0.9}", "9:35 'confidence' is of 'no_worse_than'"),
        ("{metric: f1, min: 1, on_inconclusive: pass}", "9:30 'on_inconclusive' is of what may be"),
        ("{metric: f1, pinned: [a], on_inconclusive: ask}", "9:35 'on_inconclusive' is of what"),
        ("{distinct_from: other, on_inconclusive: pass}", "9:32 'on_inconclusive' is of what may"),
        (
            "{metric: f1, no_worse_than: baselin}",
            "9:37 'no_worse_than' must be 'baseline', or the number of a run (did you mean",
        ),
        ("{metric: f1, no_worse_than: [1]}", "9:37 'no_worse_than' must be 'baseline', or the"),
        ("{metric: f1, no_worse_than: 3, margin: -1}", "9:48 'margin' is less than nothing"),
        ("{metric: f1, min: 1, confidence: 95}", "9:42 'confidence' must be between 0.5 and 1"),
        ("{metric: f1, min: 1, confidence: 1}", "9:42 'confidence' must be between 0.5 and 1"),
        ("{metric: f1, pinned: [1], better: less}", "9:43 'better' must be higher or lower"),
        ("{metric: f1, min: 1, slice: da}", "9:37 'slice' must be a mapping, such as {lang: da}"),
        ("{metric: f1, min: 1, slice: {lang: [a]}}", "9:44 'lang' must be a text, not a list"),
        ("{distinct_from: othr}", "9:25 there is no loop 'othr' (did you mean 'other'?)"),
        ("{distinct_from: eval}", "9:25 its data is always that of itself"),
        (
            "{metric: f1, no_worse_than: 3, on_inconclusive: hope}",
            "9:57 'on_inconclusive' must be ask, pass",
        ),
        ("{metric: f1, mim: 1, max: 2}", "9:22 unknown key 'mim' in 'gate' in loop 'eval'"),
        ("f1 > 0.8", "9:9 'gate' must be a mapping, or a list of them, not 'f1 > 0.8'"),
    ],
)
def test_what_is_wrong_with_a_gate_is_said_where_it_is(gate: str, said: str) -> None:
    (found,) = problems(gated(gate))
    assert found.startswith(said)


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ('"{out}/../x"', "leaves the project's folder"),
        ("/tmp/x", "leaves the project's folder"),
        ("~/x", "leaves the project's folder"),
        ('"{cache}/x"', "only {out} stands for something here"),
        ('"x/{out}"', "only {out} stands for something here"),
        ("reports/", "names a folder"),
        ("[a, [b]]", "must be a text"),
    ],
)
def test_results_are_files_of_the_project(results: str, said: str) -> None:
    (found,) = problems(gated("{metric: f1, min: 1}", results=results))
    assert said in found


def text(**keys: str) -> str:
    rest = "".join(f"    {key}: {value}\n" for key, value in keys.items())
    return f"version: 1\ninner:\n  a:\n    cycle: 1s\n{rest}"


def alone(**keys: str) -> list[str]:
    return problems(text(**keys))


def test_what_results_and_gates_need_of_the_rest() -> None:
    gate = "{metric: f1, min: 1}"
    assert "'gate' of 'a' needs 'results'" in alone(run="b", gate=gate)[0]
    assert "the command is not handed {out}" in alone(run="b", results='"{out}/m.json"')[0]
    assert (
        "would be tried until it is lucky"
        in alone(run="b", results="m.json", gate=gate, retries="1")[0]
    )
    read(text(run="b", results="m.json", retries="1"))
    assert "'repeat' of 'a' needs 'results'" in alone(run="b", repeat="3")[0]
    assert "written over by each" in alone(run="b {out}", results="m.json", repeat="3")[0]
    read(text(run="b {out}", results='"{out}/m.json"', repeat="3"))
    assert "from 1 to 100" in alone(run="b {out}", results='"{out}/m.json"', repeat="0")[0]


def test_the_schema_for_editors_knows_gates() -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    good = gated("{metric: f1, min: 0.8, slice: {lang: da}}", "{distinct_from: other}")
    assert list(validator.iter_errors(yaml.safe_load(dedent(good)))) == []
    for bad in ("{metric: f1, min: x}", "{metric: f1, better: less}", "1", "{confidence: 2}"):
        assert list(validator.iter_errors(yaml.safe_load(gated(bad)))), bad
