from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from innerloop.core.reading.results import read
from innerloop.core.results import Example, Measured, Metric

if TYPE_CHECKING:
    from collections.abc import Mapping


def metrics(name: str, text: str) -> Mapping[str, float]:
    found = read(name, text.encode())
    assert not found.problems
    return {one.name: one.value for one in found.metrics}


def wrong(name: str, text: str | bytes) -> str:
    found = read(name, text if isinstance(text, bytes) else text.encode())
    assert len(found.problems) == 1, found.problems
    return found.problems[0].removeprefix(f"{name}: ")


# -- metrics.json ----------------------------------------------------------------------------


def test_numbers_flat_or_nested_by_their_dotted_names() -> None:
    text = '{"f1": 0.9, "dev": {"loss": 1, "by": {"da": 2e-1}}, "model": "x", "ok": true, "l": [1]}'
    assert metrics("m.json", text) == {"f1": 0.9, "dev.loss": 1.0, "dev.by.da": 0.2}


def test_cost_and_params_are_no_metrics() -> None:
    text = '{"f1": 1, "cost": 0.25, "params": {"lr": 0.1, "opt": {"name": "adam", "on": true}}}'
    found = read("m.json", text.encode())
    assert found == Measured(
        (Metric("f1", 1.0),), (), (("lr", "0.1"), ("opt.name", "adam"), ("opt.on", "true")), 0.25
    )
    assert metrics("m.json", '{"dev": {"cost": 1}}') == {"dev.cost": 1.0}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"f1": NaN}', "'f1' is NaN"),
        ('{"f1": -Infinity}', "'f1' is infinite"),
        ('{"f1": 1e999}', "'f1' is infinite"),
        (f'{{"f1": {"9" * 400}}}', "'f1' is infinite"),
        ('{"f1": "nan"}', "'f1' is nan"),
        ('{"f1": "Infinity"}', "'f1' is Infinity"),
        ('{"dev": {"f1": null}}', "'dev.f1' is null: it was not measured"),
        ('{"f1": 1, "f1": 2}', "'f1' stands in it twice"),
        ('{"a.b": 1, "a": {"b": 2}}', "'a.b' stands in it twice"),
        ('{"f1": 1, "cost": -1}', "'cost' is less than nothing"),
        ('{"f1": 1, "cost": NaN}', "'cost' is NaN"),
        ('{"f1": 1, "cost": "much"}', "'cost' is no number"),
        ("{}", "there is no number in it"),
        ('{"model": "x"}', "there is no number in it"),
        ("[1, 2]", "it is no table of numbers"),
        ('{"f1": 0.9', "it is no JSON: expecting ',' delimiter at line 1 column 11"),
        ("", "it is empty"),
        (" \n ", "it is empty"),
        (b'{"f1": "\xff"}', "it is no UTF-8, from byte 8 on"),
        ("[" * 100_000, "it is nested too deeply"),
        (f'{{"f1": {"9" * 5000}}}', "it is no JSON that can be read"),
    ],
)
def test_what_is_wrong_with_numbers_is_said(text: str | bytes, said: str) -> None:
    assert wrong("m.json", text).startswith(said)


def test_many_problems_are_not_all_repeated() -> None:
    found = read("m.json", json.dumps({f"m{n}": None for n in range(20)}).encode())
    assert len(found.problems) == 6
    assert found.problems[-1] == "m.json: and 15 more like that"


def test_a_mark_of_the_byte_order_is_no_part_of_it() -> None:
    assert metrics("m.json", "\ufeff" + '{"f1": 1}') == {"f1": 1.0}


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)


@given(st.sampled_from(["m.json", "e.jsonl", "m.yaml", "m.toml", "j.xml"]), JSON)
def test_whatever_stands_in_a_file_every_number_is_one_or_it_is_a_problem(
    name: str, value: Any
) -> None:
    found = read(name, json.dumps(value).encode())
    numbers = [one.value for one in found.metrics]
    numbers += [score for one in found.examples for _, score in one.scores]
    assert all(abs(one) < float("inf") for one in numbers)
    assert numbers or found.problems or found.cost is not None or found.params or found.examples


@given(st.sampled_from(["m.json", "e.jsonl", "m.yaml", "m.toml", "j.xml"]), st.binary(max_size=40))
def test_no_bytes_are_too_strange(name: str, data: bytes) -> None:
    read(name, data)


# -- DVC -------------------------------------------------------------------------------------


def test_dvc_has_its_metrics_in_three_languages() -> None:
    assert metrics("m.yaml", "auc: 0.9\ndev:\n  loss: 1\n") == {"auc": 0.9, "dev.loss": 1.0}
    assert metrics("m.toml", "auc = 0.9\n[dev]\nloss = 1\n") == {"auc": 0.9, "dev.loss": 1.0}
    assert wrong("m.yaml", "auc: .nan") == "'auc' is NaN"
    assert wrong("m.toml", "auc = inf") == "'auc' is infinite"
    assert wrong("m.yaml", "a: [1").startswith("it is no YAML: ")
    assert wrong("m.toml", "a = ").startswith("it is no TOML: ")
    assert wrong("m.yaml", "auc: 0.1\nauc: 0.9\n") == "'auc' stands in it twice"
    assert wrong("m.yaml", "dev: [{a: 1, a: 2}]\nb: 1") == "'a' stands in it twice"
    assert metrics("m.yaml", "a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  x: 3\nc: *a\n") == {
        "a.x": 1.0,
        "a.y": 2.0,
        "b.x": 3.0,
        "b.y": 2.0,
        "c.x": 1.0,
        "c.y": 2.0,
    }
    assert wrong("m.yaml", "!!python/object:os.system x").startswith("it is no YAML")


@pytest.mark.parametrize("revision", ["", "workspace"])
def test_what_dvc_shows_of_the_work_tree(revision: str) -> None:
    one = {"m.json": {"data": {"auc": 0.9, "dev": {"loss": 1}}}}
    shown = {revision: {"data": one}, "main": {"data": {"m.json": {"data": {"auc": 0.1}}}}}
    assert metrics("dvc.json", json.dumps(shown)) == {"auc": 0.9, "dev.loss": 1.0}
    two = {"a.json": {"data": {"auc": 1}}, "b.json": {"data": {"auc": 2}}}
    assert metrics("dvc.json", json.dumps({revision: {"data": two}})) == {
        "a.json.auc": 1.0,
        "b.json.auc": 2.0,
    }


def test_a_file_that_dvc_could_not_read_is_a_problem() -> None:
    two = {"a.json": {"data": {"auc": 1}}, "b.json": {"error": {"type": "FileNotFoundError"}}}
    said = wrong("dvc.json", json.dumps({"": {"data": two}}))
    assert said == "'b.json' is null: it was not measured"


# -- examples.jsonl --------------------------------------------------------------------------


def line(**row: Any) -> str:
    return json.dumps({"id": "a"} | row) + "\n"


def test_an_example_a_line() -> None:
    text = (
        '{"id": "a", "scores": {"ok": 1, "judge": 0.5}, "slice": {"lang": "da", "n": 2},"rep": 1}\n'
        "\n"
        '{"id": 7, "y": "cat", "pred": "dog", "text": "whatever", "scores": {"ok": true}}\r\n'
        '{"id": "c", "y": 1, "pred": 0.25}\n'
    )
    assert read("e.jsonl", text.encode()) == Measured(
        examples=(
            Example(
                "a", (("ok", 1.0), ("judge", 0.5)), None, None, (("lang", "da"), ("n", "2")), 1
            ),
            Example("7", (("ok", 1.0),), "cat", "dog"),
            Example("c", (), 1, 0.25),
        )
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (line(scores={"ok": float("nan")}), "line 1: its score 'ok' is NaN"),
        (line(scores={"ok": float("inf")}), "line 1: its score 'ok' is infinite"),
        (line(scores={"ok": "NaN"}), "line 1: its score 'ok' is NaN"),
        (line(scores={"ok": None}), "line 1: its score 'ok' is null: it was not measured"),
        (line(scores={"ok": "good"}), "line 1: its score 'ok' is no number"),
        (line(scores=[1]), "line 1: its 'scores' are no object"),
        (
            line(scores={}),
            "line 1: 'a' was not measured: it has neither 'scores' nor 'y' and 'pred'",
        ),
        (line(y=1), "line 1: 'a' has 'y' and no 'pred'"),
        (line(pred=1, scores={"ok": 1}), "line 1: 'a' has 'pred' and no 'y'"),
        (line(y=1, pred=None), "line 1: 'a' has 'y' and no 'pred'"),
        (line(y=1, pred=float("nan")), "line 1: its 'pred' is NaN"),
        (line(y=[1], pred=1), "line 1: its 'y' is neither a text nor a number"),
        (line(scores={"ok": 1}, rep=-1), "line 1: its 'rep' is no whole number from 0"),
        (line(scores={"ok": 1}, rep=True), "line 1: its 'rep' is no whole number from 0"),
        (line(scores={"ok": 1}, slice="da"), "line 1: its 'slice' is no object"),
        (line(scores={"ok": 1}, slice={"l": [1]}), "line 1: its slice 'l' is neither a text nor"),
        ('{"scores": {"ok": 1}}', "line 1: it has no 'id'"),
        ('{"id": 1.5, "scores": {"ok": 1}}', "line 1: its 'id' is neither a text nor a whole"),
        ('{"id": "", "scores": {"ok": 1}}', "line 1: its 'id' is neither"),
        ('{"id": true, "scores": {"ok": 1}}', "line 1: its 'id' is neither"),
        ('"a"', "line 1: it is no object"),
        (line(scores={"ok": 1}) + "{", "line 2: it is no JSON: "),
        (
            line(scores={"ok": 1}) + line(scores={"ok": 0}),
            "'a' stands in lines 1 and 2: a repetition has a 'rep' of its own",
        ),
        ('{"id": 1, "y": 1, "pred": 1}\n{"id": "1", "y": 1, "pred": 1}', "'1' stands in lines"),
        ("\n\n", "it is empty"),
    ],
)
def test_what_is_wrong_with_an_example_is_said_with_its_line(text: str, said: str) -> None:
    assert wrong("e.jsonl", text).startswith(said)


def test_repetitions_have_a_number_of_their_own() -> None:
    text = "".join(line(scores={"ok": 1}, rep=rep) for rep in range(3))
    assert [one.rep for one in read("e.jsonl", text.encode()).examples] == [0, 1, 2]


# -- JUnit -----------------------------------------------------------------------------------

SUITE = """<testsuite>
<testcase classname="t" name="a"/>
<testcase classname="t" name="b"><failure message="no"/></testcase>
<testcase classname="t" name="c"><skipped/></testcase>
<testcase classname="t" name="d"/>
<testcase classname="t" name="d"><error/></testcase>
</testsuite>"""


@pytest.mark.parametrize("name", ["junit.xml", "report"])
def test_tests_are_examples_that_passed_or_did_not(name: str) -> None:
    found = read(name, SUITE.encode())
    assert [(one.id, dict(one.scores)["passed"]) for one in found.examples] == [
        ("t::a", 1.0),
        ("t::b", 0.0),
        ("t::d", 0.0),
    ]
    whole = read(name, f"<testsuites>{SUITE}</testsuites>".encode())
    assert whole == found


@pytest.mark.parametrize("coding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_in_any_coding(coding: str) -> None:
    text = f"<?xml version='1.0' encoding='{coding}'?><!DOCTYPE t [<!ENTITY a 'x'>]>{SUITE}"
    assert wrong("j.xml", text.encode(coding)) == "it declares a document type"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<testsuite/>", "no test in it was run"),
        ("<html/>", "no test in it was run"),
        (
            '<testsuite><testcase name="a"><skipped/></testcase></testsuite>',
            "no test in it was run",
        ),
        ("<testsuite>", "no element found"),
        (
            '<testsuite name="s"><error message="no\nway"/><testcase name="a"/></testsuite>',
            "s, outside of any test: no",
        ),
    ],
)
def test_a_report_without_tests_is_a_problem(text: str, said: str) -> None:
    assert wrong("j.xml", text).startswith(said)


# -- promptfoo -------------------------------------------------------------------------------


def case(success: bool = True, **more: Any) -> dict[str, Any]:  # noqa: FBT001, FBT002 - a row
    return {
        "promptIdx": 0,
        "success": success,
        "score": float(success),
        "namedScores": {"tone": 0.5},
        "vars": {"q": "hi"},
        "provider": {"id": "openai:x", "label": ""},
        "cost": 0.25,
        "failureReason": 0 if success else 1,
        "error": None if success else "Expected output to contain 'x'",
        "gradingResult": {"pass": success},
        "testCase": {"description": "greets", "metadata": {"lang": "da", "deep": {}}},
    } | more


def foo(*rows: Any, **stats: Any) -> Measured:
    table = {
        "evalId": "e",
        "results": {"version": 3, "results": rows, "stats": stats},
        "config": {},
    }
    return read("results.json", json.dumps(table).encode())


def test_promptfoos_tests_are_examples() -> None:
    found = foo(case(), case(False, vars={"q": "bye"}))
    assert not found.problems
    assert found.cost == 0.5
    first, second = found.examples
    assert first.id.startswith("greets ")
    assert first.id != second.id
    assert dict(first.scores) == {"success": 1.0, "score": 1.0, "tone": 0.5}
    assert dict(second.scores)["success"] == 0.0
    assert first.slice == (("provider", "openai:x"), ("lang", "da"))


def test_a_test_keeps_its_name_wherever_it_stands() -> None:
    other = case(vars={"q": "new"}, testIdx=0)
    assert foo(case(testIdx=0)).examples[0] == foo(other, case(testIdx=1)).examples[1]


def test_prompts_and_providers_are_told_apart_where_there_are_several() -> None:
    found = foo(case(), case(promptIdx=1), case(provider={"id": "b"}))
    assert [one.id.partition(" @ ")[2] for one in found.examples] == [
        "openai:x/0",
        "openai:x/1",
        "b/0",
    ]
    assert [one.rep for one in found.examples] == [0, 0, 0]


def test_what_promptfoo_repeats_are_repetitions() -> None:
    assert [one.rep for one in foo(case(), case(), case()).examples] == [0, 1, 2]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (case(False, failureReason=2, error="429 Too Many"), "test 1: it was not judged: 429"),
        (case(False, failureReason=None, gradingResult=None, error="boom"), "it was not judged"),
        (case() | {"success": None}, "test 1: it does not say whether it succeeded"),
        (case(namedScores={"tone": float("nan")}), "test 1: its score 'tone' is NaN"),
        (case(namedScores={"tone": None}), "its score 'tone' is missing or null: it was not"),
        (case(score=None), "its score 'score' is missing or null: it was not measured"),
        (
            {name: part for name, part in case().items() if name != "score"},
            "its score 'score' is missing or null: it was not measured",
        ),
        (case(score="good"), "its score 'score' is no number"),
        ("x", "test 1: it does not say whether it succeeded"),
    ],
)
def test_what_promptfoo_did_not_judge_is_a_problem(row: Any, said: str) -> None:
    (problem,) = foo(row).problems
    assert said in problem


def test_promptfoos_counts_are_those_of_its_tests() -> None:
    assert not foo(case(), case(False), successes=1, failures=1, errors=0).problems
    assert not foo(case(), case(False), successes=1, failures=1).problems
    (said,) = foo(case(), successes=1, failures=3, errors=1).problems
    assert said.endswith("its 'stats' tell of 5 tests, and 1 stand in it")
    (said,) = foo(case(), successes=0, failures=1, errors=0).problems
    assert said.endswith("its 'stats' tell of 0 successes, and 1 stand in it")
    (said,) = foo(case(), successes=None).problems
    assert said.endswith("a count in its 'stats' is no whole number")


def test_no_test_is_a_problem() -> None:
    assert foo().problems == ("results.json: there is no test in it",)


# -- lm-evaluation-harness -------------------------------------------------------------------


def harness(**results: Any) -> Measured:
    table = {
        "results": results,
        "versions": {},
        "configs": {},
        "n-samples": {"gsm8k": {"original": 1319, "effective": 200}},
    }
    return read("results_2026.json", json.dumps(table).encode())


def test_a_tasks_metrics_with_n_and_the_interval_of_their_error() -> None:
    found = harness(
        gsm8k={
            "alias": "gsm8k",
            "exact_match,strict-match": 0.5,
            "exact_match_stderr,strict-match": 0.1,
            "acc,none": 0.25,
            "acc_stderr,none": "N/A",
            "sample_len": 200,
        }
    )
    assert not found.problems
    strict, plain = found.metrics
    assert (strict.name, strict.value, strict.n) == ("gsm8k.exact_match,strict-match", 0.5, 200)
    assert (strict.low, strict.high) == pytest.approx((0.304, 0.696), abs=1e-3)
    assert plain == Metric("gsm8k.acc", 0.25, 200)
    assert strict.error == 0.1


def test_without_n_and_error_a_tasks_metric_has_the_same_name() -> None:
    bare = {"results": {"arc": {"alias": "arc", "acc,none": 0.6}}}
    assert metrics("results.json", json.dumps(bare)) == {"arc.acc": 0.6}
    assert metrics("m.json", '{"results": {"arc": {"acc": 0.6}}}') == {"results.arc.acc": 0.6}


def test_an_error_of_nothing_is_no_interval_and_one_of_less_a_problem() -> None:
    (found,) = harness(gsm8k={"acc,none": 1.0, "acc_stderr,none": 0.0}).metrics
    assert found == Metric("gsm8k.acc", 1.0, 200, error=0.0)
    (said,) = harness(gsm8k={"acc,none": 1.0, "acc_stderr,none": -1.0}).problems
    assert said.endswith("'gsm8k.acc' has a standard error that is less than nothing")


def test_a_task_that_was_not_measured_is_a_problem() -> None:
    (said,) = harness(t={"acc,none": float("nan")}).problems
    assert said.endswith("'t.acc' is NaN")
    (said,) = harness(t={"acc,none": "N/A"}).problems
    assert said.endswith("'t.acc' was not measured")
    (said,) = harness(t={"alias": "t"}).problems
    assert said.endswith("no task in it has a metric")


def sample(doc: int, **more: Any) -> str:
    row = {
        "doc_id": doc,
        "doc": {},
        "target": "4",
        "resps": [["4"]],
        "filtered_resps": ["4"],
        "filter": "none",
        "metrics": ["acc"],
        "acc": 1.0,
    }
    return json.dumps(row | more) + "\n"


def test_samples_are_examples_with_the_scores_of_all_filters() -> None:
    text = sample(0) + sample(0, filter="strict", acc=0.0) + sample(1, acc=False)
    found = read("samples_t.jsonl", text.encode())
    assert not found.problems
    assert found.examples == (
        Example("0", (("acc", 1.0), ("acc,strict", 0.0))),
        Example("1", (("acc", 0.0),)),
    )
    older = {"doc_id": 3, "resps": [], "target": 2, "acc": 1, "doc_hash": "x"}
    assert read("s.jsonl", json.dumps(older).encode()).examples == (Example("3", (("acc", 1.0),)),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (sample(0) + sample(0), "line 2: document 0 has 'acc' twice"),
        (sample(0, acc=float("nan")), "line 1: 'acc' is NaN"),
        (sample(0) + "{", "line 2: it is no JSON"),
        (sample(0) + '{"id": "a"}', "line 2: it is no sample, as the first one is"),
        (sample(0, acc=[1, 2]), "document 0 has no score"),
    ],
)
def test_what_is_wrong_with_samples_is_said(text: str, said: str) -> None:
    assert said in wrong("s.jsonl", text)
