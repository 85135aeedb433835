"""Behavioural loops: what is said of their cases, and how a found one becomes one."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Maker, Project

TRY = """
import json, os, sys
out = sys.argv[1]
cases = [json.loads(line) for line in open("cases.jsonl") if line.strip()]
broken = os.path.exists("broken")
with open(f"{out}/examples.jsonl", "w") as file:
    for case in cases:
        well = not broken or case["id"] != "b"
        file.write(json.dumps({
            "id": case["id"], "scores": {"ok": int(well)},
            "y": "here", "pred": "here" if well else "",
            "slice": {"capability": "finding", "test": case.get("test", "MFT")},
        }) + "\\n")
"""
EVAL = """
import json, sys
with open(f"{sys.argv[1]}/examples.jsonl", "w") as file:
    for name, score in (("q1", 1), ("q2", 0)):
        file.write(json.dumps({
            "id": name, "scores": {"ok": score}, "pred": "x", "y": "w", "rep": 0,
            "question": f"What of {name}?",
            **({"case": {"asked": name, "test": "INV"}} if name == "q1" else {}),
        }) + "\\n")
"""
LOOPS = f"""
version: 1
inner:
  behaviour:
    run: "{sys.executable} try.py {{out}}"
    debug: "echo looking at {{case}}"
    cycle: 1s
    results: "{{out}}/examples.jsonl"
    cases: cases.jsonl
    gate: {{metric: ok, min: 0.9}}
  eval:
    run: "{sys.executable} evaluate.py {{out}}"
    cycle: 2s
    inputs: [evaluate.py]
    results: "{{out}}/examples.jsonl"
"""
CASES = '{"id": "a"}\n{"id": "b", "test": "INV"}\n'


@pytest.fixture
def tried(project: Maker) -> Project:
    files = {"try.py": TRY, "evaluate.py": EVAL, "cases.jsonl": CASES}
    return project(LOOPS, files).commit()


def test_a_gate_that_fails_shows_each_ability_and_the_cases(tried: Project) -> None:
    tried.write({"broken": ""})

    done = tried.run("inner").fails(1)

    done.prints("minimum functionality", "invariance", "finding")
    done.prints("1 case failing, worst first:", "nothing instead of here")
    tried.run("show", "1/behaviour").ok().prints("1.00 (1/1, 0.21..1.00)", "0.00 (0/1, 0.00..0.79)")
    assert "invariance" not in tried.run("show", "1").ok().out


def test_debug_is_handed_the_case_that_failed_worst(tried: Project) -> None:
    tried.write({"broken": ""})
    tried.run("inner").fails(1)
    tried.run("debug", "behaviour").ok().prints("looking at b")
    (tried.root / "broken").unlink()
    tried.run("inner", "behaviour").ok()

    tried.run("debug", "behaviour").fails(2).warns("no case of 'behaviour' failed")


def test_a_failing_example_becomes_a_case_that_is_tried(tried: Project) -> None:
    tried.run("inner").ok()

    words = ("case", "add", "eval", "q2", "--to", "behaviour", "-m", "seen in May")
    assert "did not fail" not in tried.run(*words).ok().err
    tried.run("show", "eval").ok().prints("run      #1")
    tried.run("show", "baseline/eval").fails(2).warns("a baseline is no run")

    *_, line = (tried.root / "cases.jsonl").read_text().splitlines()
    said = {"id": "q2", "y": "w", "question": "What of q2?"}
    assert json.loads(line) == said | {"from": "eval #1", "why": "seen in May"}
    tried.run("inner").ok()
    tried.run("show", "2/behaviour").ok().prints("(2/2")


def test_an_example_may_say_what_its_case_is(tried: Project) -> None:
    tried.run("inner").ok()
    tried.write({"cases.jsonl": CASES.rstrip("\n")})

    added = tried.run("case", "add", "1/eval", "q1", "--to", "behaviour").ok().prints("added q1")
    added.warns("'q1' did not fail in eval #1")
    tried.run("case", "add", "#1/eval", "q1", "--to", "behaviour").ok().prints("already")

    assert (tried.root / "cases.jsonl").read_text() == (
        CASES + '{"id": "q1", "asked": "q1", "test": "INV", "from": "eval #1"}\n'
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("1", "q1", "--to", "behaviour"), "several loops of run 1 have results"),
        (("1/eval", "q9", "--to", "behaviour"), "there are 2, in .loop/runs/1/eval/out"),
        (("1/evil", "q1", "--to", "behaviour"), "loop 'evil' is not in run 1"),
        (("9/eval", "q1", "--to", "behaviour"), "9"),
        (("1/eval", "q1", "--to", "eval"), "loop 'eval' names no file of cases"),
        (("1/eval", "q1", "--to", "behavior"), "did you mean 'behaviour'?"),
    ],
)
def test_what_cannot_be_found_is_named(tried: Project, words: tuple[str, ...], said: str) -> None:
    tried.run("inner").ok()

    tried.run("case", "add", *words).fails(2).warns(said)

    assert (tried.root / "cases.jsonl").read_text() == CASES


def test_a_case_with_an_id_of_its_own_is_added_once(tried: Project) -> None:
    own = EVAL.replace('"asked": name', '"id": f"case-{name}"')
    tried.write({"evaluate.py": own}).run("inner").ok()

    tried.run("case", "add", "1/eval", "q1", "--to", "behaviour").ok().prints("added case-q1")
    tried.run("case", "add", "1/eval", "q1", "--to", "behaviour").ok().prints("case-q1 is a case")

    assert (tried.root / "cases.jsonl").read_text().count("case-q1") == 1


@pytest.mark.parametrize(
    ("left", "into", "said"),
    [
        ("{out}/examples.NDJSON", "{out}/examples.NDJSON", ""),
        ("examples.jsonl", "examples.jsonl", "examples.jsonl may be of another run by now"),
        ("{out}/scores.json", "{out}/scores.json", "left no lines of JSON in that run"),
    ],
)
def test_a_case_is_of_the_run_that_is_named(
    tried: Project, left: str, into: str, said: str
) -> None:
    text = 'echo "{\\"id\\": \\"x\\", \\"scores\\": {\\"ok\\": 0}}" > "$1"\n'
    if left.endswith(".json"):
        text = 'echo "{\\"ok\\": 0}" > "$1"\n'
    loops = LOOPS.partition("  eval:")[0]
    loops += f"  eval: {{run: 'sh e.sh {into}', cycle: 1s, inputs: [e.sh], results: '{left}'}}\n"
    tried.loops(loops).write({"e.sh": text}).run("inner").ok()

    done = tried.run("case", "add", "1/eval", "x", "--to", "behaviour")

    if said:
        done.fails(2).warns(said)
    else:
        done.ok().prints("added x")


def test_a_broken_file_of_cases_is_left_as_it_is(tried: Project) -> None:
    tried.run("inner").ok()
    tried.write({"cases.jsonl": '{"id": "a"}\nno case\n'})

    tried.run("case", "add", "1/eval", "q1", "--to", "behaviour").fails(2).warns(
        "line 2 of cases.jsonl is no case"
    )

    assert (tried.root / "cases.jsonl").read_text() == '{"id": "a"}\nno case\n'


def test_a_case_is_for_debug_alone(project: Maker) -> None:
    project("a: {run: 'echo {case}', cycle: 1s}").run("check").fails(2).warns(
        "is for 'debug' alone"
    )
