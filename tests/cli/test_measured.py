"""Loops that leave numbers, over their runs: followed, compared, and made again on their data."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Maker, Project

EVAL = """\
eval:
  run: python3 evaluate.py {data.train} {out}
  cycle: 1s
  data: {train: {path: data/train.csv, rows: 40, key: id, seed: 7}}
  results: ["{out}/examples.jsonl", "{out}/metrics.json"]
"""
SCRIPT = """\
import csv, json, sys
wrong = set(open("wrong.txt").read().split())
with open(sys.argv[1]) as file:
    ids = [row["id"] for row in csv.DictReader(file)]
with open(sys.argv[2] + "/examples.jsonl", "w") as file:
    for id_ in ids:
        file.write(json.dumps({"id": id_, "scores": {"ok": int(id_ not in wrong)}}) + "\\n")
with open(sys.argv[2] + "/metrics.json", "w") as file:
    json.dump({"size": len(ids)}, file)
"""


@pytest.fixture
def one(project: Maker) -> Project:
    """Run 1 had two wrong, run 2 three; the data is ignored by git."""
    found = project(EVAL, {"evaluate.py": SCRIPT, ".gitignore": "data/\n", "wrong.txt": "1 2\n"})
    (found.bin / "python3").unlink()
    (found.bin / "python3").symlink_to(str(shutil.which("python3")))
    found.write({"data/train.csv": "id\n" + "".join(f"{n}\n" for n in range(40))})
    found.commit()
    found.run("inner").ok()
    found.write({"wrong.txt": "2 3 4\n"})
    found.run("inner", "-m", "another way").ok()
    return found


def compared(found: Project, *words: str) -> Any:
    return json.loads(found.run("compare", *words, "--json").ok().out)["comparison"]


def test_a_short_loop_that_leaves_numbers_is_noted(one: Project) -> None:
    said = json.loads(one.run("show", "--json").ok().out)

    assert [lineage["loop"] for lineage in said["lineages"]] == ["eval"]
    assert said["examples"] == {"eval": 40}
    assert {metric["name"]: metric["value"] for metric in said["measured"]["eval"]["metrics"]} == {
        "ok": 0.925,
        "size": 40,
    }
    one.run("show").ok().prints(
        "ok       0.925 (n=40, ",
        "data     train: ",
        "rows 40",
        "key id",
        "seed 7",
        "why      another",
    )


def test_a_metric_over_the_runs(one: Project) -> None:
    head, *lines = one.run("history", "eval").ok().out.splitlines()
    assert head == "ok  █▁  0.95 to 0.925 in 2 runs, lowest 0.925, highest 0.95"
    assert "0.925 (n=40, " in lines[0]
    assert "(another way)" in lines[0]
    one.run("history", "eval", "--metric", "size").ok().prints("size  ▅▅  40 to 40")
    one.run("history", "eval", "--metric", "f1").fails(2).warns(
        "'eval' has no metric called 'f1'", "it has ok, size"
    )
    said = one.run("history", "eval", env={"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}).ok()
    assert said.out.startswith("ok  #_  ")


def test_a_metric_for_programs(one: Project) -> None:
    rows = one.run("history", "eval", "--format", "csv").ok().out.splitlines()
    assert ",eval,passed," in rows[1]
    assert ",ok,0.925,40,0." in rows[1]
    said = json.loads(one.run("history", "eval", "--json").ok().out)
    assert said["metric"] == "ok"
    assert [point["value"] for point in said["points"]] == [0.925, 0.95]


def test_examples_that_flipped_and_a_difference_with_its_interval(one: Project) -> None:
    found = compared(one, "1", "2")

    assert [flip["id"] for flip in found["examples"]["lost"]] == ["3", "4"]
    assert [flip["id"] for flip in found["examples"]["won"]] == ["1"]
    difference = found["metrics"][0]["difference"]
    assert difference["value"] == pytest.approx(-0.025)
    assert difference["n"] == 40
    assert difference["low"] < -0.025 < difference["high"]
    one.run("compare", "1", "2").ok().prints(
        "examples    2 lost, 1 won of 40", "lost  3  ok 1 -> 0", "won   1  ok 0 -> 1", "wrong.txt"
    )


def test_what_is_pinned_and_what_it_was_of(one: Project) -> None:
    one.run("compare", "baseline", "eval").fails(2).warns("nothing is pinned for 'eval'")
    one.run("accept", "eval", "-m", "it will do").ok()
    one.write({"wrong.txt": "2\n"})
    one.run("inner").ok()

    found = compared(one, "baseline", "eval")

    assert (found["before"], found["after"]) == ("baseline (#2)", "#3")
    assert [f["path"] for f in found["code"]] == ["wrong.txt"]
    assert [flip["id"] for flip in found["examples"]["won"]] == ["3", "4"]
    # Elsewhere, nothing is known of the run but what was pinned.
    shutil.rmtree(one.root / ".loop")
    one.run("inner").ok()
    found = compared(one, "baseline/eval", "1")
    assert len(found["examples"]["won"]) == 2
    assert "it was measured elsewhere" in found["unknown"][0]
    one.write({"baselines/eval.jsonl": "nonsense\n"})
    one.run("compare", "baseline", "eval").fails(2).warns("cannot be read")


def test_the_work_tree_has_no_numbers_yet(one: Project) -> None:
    found = compared(one, "eval")

    assert found["metrics"] == []
    assert found["examples"] is None


def test_on_its_data_again(one: Project) -> None:
    one.run("run", "eval", "--at", "1").ok()

    assert compared(one, "1", "3")["metrics"][0]["difference"]["value"] == 0
    assert compared(one, "1", "3")["data"] == []
    # As of long ago, whenever that was.
    assert compared(one, "eval")["before"] == "#2"


def test_data_that_is_another_now_is_named(one: Project) -> None:
    with open(one.root / "data/train.csv", "a") as file:
        file.write("40\n")

    one.run("run", "eval", "--at", "1").fails(2).warns(
        "run 1 cannot be made again: nobody has the content any more of data/train.csv"
    )
    found = compared(one, "eval")
    assert [pair["name"] for pair in found["data"]] == ["train: data/train.csv"]


def test_data_that_is_known_by_its_times_is_taken_if_these_are_the_same(one: Project) -> None:
    one.loops(EVAL.replace("seed: 7}", "seed: 7, trust: stat}"))
    one.run("inner").ok()

    one.run("run", "eval", "--at", "3").ok()
    os.utime(one.root / "data/train.csv", (1, 1))
    one.run("run", "eval", "--at", "3").fails(2).warns("data/train.csv")


def test_data_that_git_has_is_in_no_patch(one: Project) -> None:
    (one.root / ".gitignore").unlink()
    one.commit()
    with open(one.root / "data/train.csv", "a") as file:
        file.write("40\n")
    one.run("inner").ok()

    said = one.run("show", "--patch").ok().out

    assert '# left out: ["data/train.csv", "100644 ' in said
    assert '"data"]' in said
    assert "+40" not in said
    one.run("run", "eval", "--at", "3").ok()
    one.git("checkout", "-q", "data")
    one.run("run", "eval", "--at", "3").fails(2).warns("data/train.csv (data)")


def test_data_that_was_changed_while_it_ran(one: Project) -> None:
    slow = SCRIPT + f'open({str(one.root / "data/train.csv")!r}, "a").write("99\\n")\n'
    one.write({"evaluate.py": slow})
    one.run("inner")

    (lineage,) = json.loads(one.run("show", "--json").ok().out)["lineages"]

    assert lineage["moved"] == ["data/train.csv"]
    assert lineage["inputs"] == lineage["after"]


def test_of_a_ladder_the_rung_that_ran_last(one: Project) -> None:
    ladder = EVAL.replace("rows: 40, ", "").replace(
        "cycle: 1s", "rungs: [{rows: 9, cycle: 1s}, {rows: 20, cycle: 2s}]"
    )
    one.loops(ladder)
    one.run("inner").ok()
    one.write({"wrong.txt": "0\n"})

    assert compared(one, "eval")["loop"] == "eval@20"
    assert compared(one, "eval@9")["loop"] == "eval@9"
    one.run("run", "eval", "--at", "3").ok().warns("eval@20 as of #3")
