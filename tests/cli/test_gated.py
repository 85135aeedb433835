"""Loops with gates, from the numbers a command leaves to the exit code."""

from __future__ import annotations

import json
import sqlite3
import textwrap
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conftest import Done, Maker, Project

LOOPS = """
unit: {run: mark unit, cycle: 1s, inputs: [unit.py]}
eval:
  run: mark eval && sh eval.sh {out}
  cycle: 2s
  inputs: [eval.sh, "data/*"]
  results: ["{out}/examples.jsonl", "{out}/metrics.json"]
  gate: GATE
last: {run: mark last, cycle: 3s, inputs: [unit.py]}
"""
EVAL = 'cp data/examples.jsonl data/metrics.json "$1"\n'
FLOOR = "[{metric: ok, min: 0.7}]"
COMPARED = "[{metric: ok, no_worse_than: baseline, margin: 0.05}]"


def rows(right: Iterable[bool], **more: Any) -> str:
    return "".join(
        json.dumps({"id": f"q{at}", "scores": {"ok": int(one)}} | more) + "\n"
        for at, one in enumerate(right)
    )


def some(hits: int, n: int) -> str:
    return rows([at < hits for at in range(n)])


@pytest.fixture
def evaluated(project: Maker) -> Project:
    """A project whose evaluation leaves what stands in `data`."""
    return project(
        LOOPS.replace("GATE", FLOOR),
        {
            "eval.sh": EVAL,
            "unit.py": "",
            "data/examples.jsonl": some(160, 200),
            "data/metrics.json": '{"loss": 0.25, "cost": 1.5}',
        },
    )


def gate(p: Project, text: str) -> Project:
    return p.loops(LOOPS.replace("GATE", text))


def walk(p: Project, *words: str) -> Done:
    return p.run("inner", "--format", "plain", *words)


def line(done: Done) -> str:
    return next(one for one in done.out.splitlines() if one.startswith("eval"))


def test_a_gate_that_passes_has_its_numbers_in_the_line(evaluated: Project) -> None:
    done = walk(evaluated).ok().quiet()
    assert line(done).endswith("ok 0.8 (n=200, 0.739..0.85)")
    assert evaluated.ran() == ["unit", "eval", "last"]
    walk(evaluated).ok().prints("3 loops passed before")
    assert evaluated.ran() == []


def test_a_gate_that_fails_stops_the_walk(evaluated: Project) -> None:
    gate(evaluated, "[{metric: ok, min: 0.9}, {metric: loss, max: 1}]")
    done = walk(evaluated).fails(1)
    done.prints("eval      FAILED", "ok 0.8 (n=200, 0.739..0.85) is below 0.9", "red: eval failed")
    done.prints("  FAIL          ok 0.8", "  pass          loss 0.25 (no interval available)")
    assert evaluated.ran() == ["unit", "eval"]


def test_what_is_inconclusive_asks_a_person(evaluated: Project) -> None:
    gate(evaluated, "[{metric: ok, min: 0.77, confidence: 0.95}]")
    done = walk(evaluated).fails(5)
    done.prints("INCONCLUSIVE", "on neither side of 0.77", "a person has to decide")
    assert evaluated.ran() == ["unit", "eval"]
    walk(evaluated, "--keep-going").fails(5)
    assert evaluated.ran() == ["eval", "last"]
    evaluated.run("run", "eval").fails(5).warns("inconclusive: ok 0.8")


@pytest.mark.parametrize(("unsure", "code"), [("pass", 0), ("fail", 1)])
def test_or_is_decided_as_was_said(evaluated: Project, unsure: str, code: int) -> None:
    text = f"[{{metric: ok, min: 0.77, confidence: 0.95, on_inconclusive: {unsure}}}]"
    walk(gate(evaluated, text)).fails(code)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("examples.jsonl", "{", "line 1: it is no JSON"),
        ("examples.jsonl", '{"id": "a", "scores": {"ok": NaN}}', "its score 'ok' is NaN"),
        ("examples.jsonl", "", "it is empty"),
        ("examples.jsonl", rows([True]) * 2, "'q0' stands in lines 1 and 2"),
        ("metrics.json", '{"loss": null}', "'loss' is null: it was not measured"),
        ("metrics.json", '{"loss": Infinity}', "'loss' is infinite"),
    ],
)
@pytest.mark.parametrize("gated", [FLOOR, "[]"])
def test_results_that_mean_nothing_fail_whatever_the_command_ended_with(
    evaluated: Project, name: str, text: str, said: str, gated: str
) -> None:
    gate(evaluated, gated).write({f"data/{name}": text})
    done = walk(evaluated).fails(1)
    assert "unmeasured: {out}/" in line(done)
    assert said in line(done)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ('cp data/metrics.json "$1"', "{out}/examples.jsonl: it was not left"),
        ('mkfifo "$1/examples.jsonl"; cp data/metrics.json "$1"', "it is no file"),
        ('ln -s /nowhere "$1/examples.jsonl"; cp data/metrics.json "$1"', "it was not left"),
    ],
)
def test_results_that_are_not_there_fail(evaluated: Project, script: str, said: str) -> None:
    evaluated.write({"eval.sh": f"{script}\n"})
    assert said in line(walk(evaluated).fails(1))


def test_a_metric_that_is_gone_says_what_there_is(evaluated: Project) -> None:
    gate(evaluated, "[{metric: okay, min: 0.1}]")
    assert "there is no metric 'okay': did you mean 'ok'?" in line(walk(evaluated).fails(1))


def test_numbers_of_an_earlier_run_are_not_this_ones(evaluated: Project) -> None:
    evaluated.write({"report.json": '{"f1": 0.9}', ".gitignore": "report.json\n"})
    evaluated.loops("""
        eval:
          run: mark eval
          cycle: 1s
          results: report.json
          gate: {metric: f1, min: 0.5}
    """)
    assert "report.json: it is from before this run" in line(walk(evaluated).fails(1))


def test_a_command_that_fails_is_no_evaluation(evaluated: Project) -> None:
    evaluated.write({"eval.sh": f"{EVAL}exit 3\n"})
    assert line(walk(evaluated).fails(1)).endswith("exit 3")
    assert (
        evaluated.run("accept", "eval", "-m", "x")
        .fails(2)
        .err.startswith("error: the latest run of 'eval' on what stands here failed")
    )


def test_what_was_written_before_it_timed_out_was_not_measured(evaluated: Project) -> None:
    text = LOOPS.replace("GATE", FLOOR).replace("  cycle: 2s", "  cycle: 0.5s\n  timeout: 1s")
    evaluated.loops(text).write({"eval.sh": f"{EVAL}sleep 30\n"})
    assert "TIMED OUT" in line(walk(evaluated).fails(1))
    with closing(sqlite3.connect(evaluated.root / ".loop/history.db")) as history:
        assert history.execute("SELECT COUNT(*) FROM measures").fetchone() == (0,)


# -- judged again ----------------------------------------------------------------------------


def test_where_only_gates_change_nothing_runs_again(evaluated: Project) -> None:
    walk(evaluated).ok()
    evaluated.ran()
    gate(evaluated, "[{metric: ok, min: 0.79}]")
    evaluated.run("plan").ok().prints("its gates changed: judged again on what #1 measured")
    evaluated.run("why", "eval").ok().prints("would not run: its gates changed")
    walk(evaluated).ok()
    evaluated.run("show").ok().prints("cached             judged again on what #1 measured")
    gate(evaluated, "[{metric: ok, min: 0.9}]")
    done = walk(evaluated).fails(1)
    assert "is below 0.9 (judged again on what #1 measured" in line(done)
    gate(evaluated, "[{metric: ok, min: 0.77, confidence: 0.95}]")
    walk(evaluated).fails(5).prints("INCONCLUSIVE")
    assert "eval" not in evaluated.ran()


def test_what_was_judged_again_stays_so(evaluated: Project) -> None:
    walk(evaluated).ok()
    evaluated.ran()
    gate(evaluated, "[{metric: ok, min: 0.79}]").sealed()
    assert "eval" not in evaluated.ran()
    # Failed by these gates, it runs again, like whatever failed on just this.
    gate(evaluated, "[{metric: ok, min: 0.9}]")
    walk(evaluated).fails(1)
    assert "eval" not in evaluated.ran()
    walk(evaluated).fails(1)
    assert "eval" in evaluated.ran()


def test_a_change_of_anything_else_runs_it(evaluated: Project) -> None:
    walk(evaluated).ok()
    evaluated.ran()
    gate(evaluated, "[{metric: ok, min: 0.79}]").write({"data/new": ""})
    walk(evaluated).ok()
    assert "eval" in evaluated.ran()


def test_other_results_are_another_question(evaluated: Project) -> None:
    walk(evaluated).ok()
    evaluated.ran()
    evaluated.loops(LOOPS.replace("GATE", FLOOR).replace(', "{out}/metrics.json"', ""))
    walk(evaluated).ok()
    assert "eval" in evaluated.ran()


def test_nobody_reruns_until_lucky(evaluated: Project) -> None:
    count = evaluated.place / "count"
    evaluated.write(
        {
            "eval.sh": f"echo >> {count}; [ $(wc -l < {count}) -lt 3 ] && f=bad || f=good\n"
            'cp data/metrics.json "$1"; cp data/$f "$1/examples.jsonl"\n',
            "data/bad": some(120, 200),
            "data/good": some(150, 200),
        }
    )
    walk(evaluated).fails(1)
    walk(evaluated).fails(1)
    # By itself it would pass: 0.75. With the two before it, it is 0.65.
    done = walk(evaluated).fails(1)
    assert "ok 0.65 (n=200" in line(done)


def test_repeat_runs_it_several_times_in_one_step(evaluated: Project) -> None:
    text = LOOPS.replace("GATE", FLOOR).replace("cycle: 2s", "cycle: 2s\n  repeat: 3")
    done = evaluated.loops(text).run("inner", "--format", "plain").ok()
    assert evaluated.ran() == ["unit", "eval", "eval", "eval", "last"]
    assert line(done).endswith("ok 0.8 (n=200, 0.739..0.85)")
    # One repetition that fails is no evaluation at all.
    evaluated.write({"eval.sh": f'{EVAL}case "$1" in *.2) exit 4;; esac\n'})
    assert line(walk(evaluated).fails(1)).endswith("exit 4")
    assert evaluated.ran() == ["eval", "eval"]


def test_a_repetition_is_told_its_number_and_that_is_in_no_fingerprint(evaluated: Project) -> None:
    text = LOOPS.replace("GATE", FLOOR).replace("cycle: 2s", "cycle: 2s\n  repeat: 3")
    evaluated.write({"eval.sh": f'{EVAL}mark "number-$LOOP_REPETITION"\n'})
    evaluated.loops(text).run("inner", "eval").ok()
    numbers = ["number-1", "number-2", "number-3"]
    assert [one for one in evaluated.ran() if one != "eval"] == numbers
    evaluated.run("inner", "eval", env={"LOOP_REPETITION": "7"}).ok().prints("passed before")
    assert evaluated.ran() == []
    evaluated.run("run", "eval").ok()
    assert [one for one in evaluated.ran() if one != "eval"] == numbers


# -- baselines -------------------------------------------------------------------------------


@pytest.fixture
def compared(evaluated: Project) -> Project:
    gate(evaluated, COMPARED).commit()
    return evaluated


def test_without_a_baseline_it_says_how_to_pin_one(compared: Project) -> None:
    done = walk(compared).fails(5)
    assert "there is no baseline yet: pin one with `loop accept eval -m WHY`" in line(done)


def test_a_baseline_is_pinned_with_a_reason_and_judged_by_without_running(
    compared: Project,
) -> None:
    compared.run("accept", "eval", "-m", "first").fails(2).warns(
        "has measured nothing", "loop inner"
    )
    walk(compared).fails(5)
    compared.run("accept", "eval").fails(2).warns("is pinned with a reason")
    done = compared.run("accept", "eval", "-m", "the first model").ok()
    done.prints("pinned baselines/eval.jsonl: 200 examples of #1, ok 0.8 (n=200", "commit it")
    compared.ran()
    walk(compared).ok()
    assert compared.ran() == ["last"]
    head = json.loads((compared.root / "baselines/eval.jsonl").read_text().splitlines()[0])
    assert (head["who"], head["why"]) == ("Ada <ada@example.org>", "the first model")
    assert (head["commit"], head["dirty"]) == (compared.git("rev-parse", "HEAD"), False)
    compared.commit()
    assert "eval" not in compared.sealed()


def pinned(p: Project) -> Project:
    walk(p).fails(5)
    p.run("accept", "eval", "-m", "first").ok()
    walk(p).ok()
    p.ran()
    return p.commit()


def test_a_fresh_clone_compares_with_it(compared: Project) -> None:
    pinned(compared)
    clone = compared.place / "clone"
    compared.git("clone", "-q", str(compared.root), str(clone))
    done = compared.run("inner", "--format", "plain", cwd=clone).ok()
    assert "ok 0.8 (n=200" in line(done)
    (clone / "data/examples.jsonl").write_text(some(120, 200))
    done = compared.run("inner", "--format", "plain", cwd=clone).fails(1)
    assert "the baseline 0.8: -0.2 (n=200" in line(done)


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (some(160, 200), 0, ""),
        (some(120, 200), 1, "worse by more than 0.05"),
        (some(152, 200), 5, "which may be worse by more than 0.05 or not: about"),
        (some(160, 201), 5, "not comparable with the baseline: its examples are not the same"),
        (some(199, 199), 5, "1 are gone"),
    ],
)
def test_a_run_against_its_baseline(compared: Project, text: str, code: int, said: str) -> None:
    pinned(compared).write({"data/examples.jsonl": text, "data/new": ""})
    assert said in line(walk(compared).fails(code))


def test_a_pin_is_no_input_and_is_noticed_all_the_same(compared: Project) -> None:
    compared.loops(LOOPS.replace("GATE", COMPARED).replace("inputs: [unit.py]", "ignore: [x]"))
    walk(compared).fails(5)
    assert compared.ran() == ["unit", "eval"]
    compared.run("accept", "eval", "-m", "first").ok()
    assert compared.sealed() == ["last"]
    place = compared.root / "baselines/eval.jsonl"
    whole = place.read_text()
    # A receipt must not answer for another baseline than the one it saw.
    place.write_text(whole.replace('"ok": 1.0', '"ok": 0.0', 1))
    done = walk(compared).fails(5)
    assert "it is not as it was pinned: something in it was changed. Restore it" in line(done)
    place.unlink()
    assert "there is no baseline yet" in line(walk(compared).fails(5))
    place.write_text(whole)
    walk(compared).ok()
    assert "unit" not in compared.ran()


def test_a_baseline_of_another_loop_is_none(project: Maker) -> None:
    both = "".join(
        f"{name}: {{run: 'cp e.jsonl {{out}}', cycle: 1s, results: '{{out}}/e.jsonl', "
        "gate: {metric: ok, no_worse_than: baseline}}\n"
        for name in "ab"
    )
    found = project(both, {"e.jsonl": rows([True])})
    found.run("inner", "a").fails(5)
    found.run("accept", "a", "-m", "first").ok()
    pin = (found.root / "baselines/a.jsonl").read_text()
    found.write({"baselines/b.jsonl": pin})
    found.run("inner", "b").fails(5).prints("baselines/b.jsonl is one of the loop 'a'")


def test_it_is_never_moved_by_passing(compared: Project) -> None:
    pinned(compared)
    before = (compared.root / "baselines/eval.jsonl").read_bytes()
    compared.write({"data/examples.jsonl": some(159, 200)})
    walk(compared).ok()
    assert (compared.root / "baselines/eval.jsonl").read_bytes() == before


def test_what_is_pinned_against_a_gate_or_over_another_is_said_and_kept(compared: Project) -> None:
    compared.run("inner").fails(5)
    compared.run("accept", "eval", "-m", "first").ok()
    pinned = (compared.root / "baselines/eval.jsonl").read_text()
    compared.write({"data/examples.jsonl": some(100, 200)})
    gate(compared, "[{metric: ok, min: 0.7}]")
    walk(compared).fails(1)
    done = compared.run("accept", "eval", "-m", "worse").ok()
    done.warns("is below 0.7: pinned all the same", "is not committed, is in .loop/replaced/")
    (copy,) = (compared.root / ".loop/replaced").rglob("eval.jsonl")
    assert copy.read_text() == pinned


def test_a_drop_can_be_accepted_with_a_reason(compared: Project) -> None:
    pinned(compared).write({"data/examples.jsonl": some(120, 200)})
    walk(compared).fails(1)
    compared.run("accept", "eval", "-m", "half the price").ok().warns("that no commit has")
    walk(compared).ok()


def test_what_is_pinned_is_what_all_runs_on_the_content_measured(compared: Project) -> None:
    walk(compared).fails(5)
    walk(compared).fails(5)
    compared.run("accept", "eval", "-m", "x").ok().prints("200 examples of #2")
    text = (compared.root / "baselines/eval.jsonl").read_text()
    assert text.count('"rep": 1') == 200


@pytest.mark.parametrize(
    ("loops", "said"),
    [
        ("unit: {run: mark unit, cycle: 1s}", "loop 'unit' has no snapshots"),
        (
            "unit: {run: 'mark unit && echo 1 > m.json', cycle: 1s, cache: false, results: m.json}",
            "cannot be recognised again: never cached (cache: false)",
        ),
        (
            "unit: {run: 'echo {} > m.json', cycle: 1s, results: m.json}",
            "means nothing: unmeasured: m.json: there is no number in it",
        ),
        (
            """unit: {run: 'echo "{\\"f1\\": 1}" > m.json', cycle: 1s, results: m.json}""",
            "left no examples, so nothing can be compared",
        ),
    ],
)
def test_what_cannot_be_compared_with_is_not_pinned(project: Maker, loops: str, said: str) -> None:
    found = project(loops)
    found.run("inner")
    found.run("accept", "unit", "-m", "x").fails(2).warns(said)
    assert not (found.root / "baselines").exists()


def test_a_run_may_be_compared_with_another(evaluated: Project) -> None:
    walk(evaluated).ok()
    evaluated.write({"data/examples.jsonl": some(120, 200)})
    gate(evaluated, "[{metric: ok, no_worse_than: 1, margin: 0.05}]")
    assert "ok 0.6, run #1 0.8: -0.2" in line(walk(evaluated).fails(1))
    gate(evaluated, "[{metric: ok, no_worse_than: 99, margin: 0.05}]")
    assert "run #99 has no measurements of 'eval'" in line(walk(evaluated).fails(5))


# -- as it is kept, and shown ----------------------------------------------------------------


def test_show_has_every_gate_with_its_numbers(evaluated: Project) -> None:
    walk(evaluated).ok()
    evaluated.run("show").ok().prints("pass          ok 0.8 (n=200, 0.739..0.85) is at least 0.7")
    found = json.loads(evaluated.run("show", "--json").ok().out)
    (one,) = [row for row in found["run"]["results"] if row["loop"] == "eval"]
    assert one["gates"][0] | {"said": ""} == {
        "rule": "min",
        "metric": "ok",
        "verdict": "pass",
        "said": "",
        "value": 0.8,
        "n": 200,
        "low": pytest.approx(0.7391, abs=1e-4),
        "high": pytest.approx(0.8495, abs=1e-4),
        "bound": 0.7,
    }


def test_what_nobody_is_to_read_is_in_no_sentence(evaluated: Project) -> None:
    text = LOOPS.replace("GATE", FLOOR)
    evaluated.loops(f"version: 1\nsecrets: [TOKEN]\ninner:\n{textwrap.indent(text, '  ')}")
    evaluated.env["TOKEN"] = "hunter2hunter2"
    evaluated.write({"data/examples.jsonl": rows([True]).replace("q0", "hunter2hunter2") * 2})
    assert "'***' stands in lines 1 and 2" in line(walk(evaluated).fails(1))
    evaluated.run("show", "--json").ok().prints("***")
    assert b"hunter2hunter2" not in (evaluated.root / ".loop/history.db").read_bytes()


def test_a_hook_stops_at_what_is_inconclusive(compared: Project) -> None:
    compared.run("hook", "run", "pre-commit").fails(5)
    pinned(compared)
    compared.run("hook", "run", "pre-commit").ok()


def test_without_the_extra_floors_work_and_comparisons_say_what_is_missing(
    compared: Project,
) -> None:
    pinned(compared)
    hidden = "import sys\nsys.modules['scipy'] = sys.modules['numpy'] = None\n"
    (compared.place / "hidden").mkdir()
    (compared.place / "hidden/sitecustomize.py").write_text(hidden)
    env = {"PYTHONPATH": str(compared.place / "hidden")}
    compared.write({"data/examples.jsonl": some(159, 200)})
    done = compared.run("inner", "--format", "plain", env=env).fails(5)
    assert "intervals need scipy: pip install 'innerloop[eval]'" in line(done)
    gate(compared, FLOOR)
    assert "ok 0.795 (n=200" in line(compared.run("inner", "--format", "plain", env=env).ok())
