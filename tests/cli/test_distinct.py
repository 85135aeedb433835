"""`distinct_from`: nothing is measured on what another loop has seen, whatever it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Maker, Project

LOOPS = """
train: {run: "cat {data.train}", inputs: [], data: {train: {path: train.csv, key: id}}, cycle: 1s}
eval:
  run: "cat {data.test} && cp m.json {out}"
  inputs: [m.json]
  data: {test: {path: test.csv}}
  results: "{out}/m.json"
  gate: {distinct_from: train}
  cycle: 2s
"""
ROWS = [f"{n},{'ab'[n % 2]}" for n in range(60)]


def table(rows: list[str]) -> str:
    return "\n".join(["id,label", *rows, ""])


@pytest.fixture
def apart(project: Maker) -> Project:
    """Training on fifty rows, an evaluation on ten others."""
    return project(
        LOOPS,
        {"m.json": '{"ok": 1}', "train.csv": table(ROWS[:50]), "test.csv": table(ROWS[50:])},
    )


def test_other_rows_are_distinct(apart: Project) -> None:
    apart.run("inner").ok()
    apart.run("show").ok().prints("no row of its data is in that of 'train'")


@pytest.mark.parametrize(
    ("test", "why"),
    [
        (table(ROWS[:50]), "test.csv is the same as train.csv, data of 'train'"),
        (
            table(ROWS[:50][::-1]),
            "test.csv: row 1 (line 2) is also train.csv: row 50 (line 51), data of 'train'",
        ),
        (
            table(ROWS[49:]),
            "test.csv: row 1 (line 2) is also train.csv: row 50 (line 51), data of 'train'",
        ),
        (
            "label,id\nz,7\n",
            "test.csv: row 1 (line 2) is also train.csv: row 8 (line 9), data of 'train'",
        ),
    ],
)
def test_a_row_that_was_trained_on_fails(apart: Project, test: str, why: str) -> None:
    apart.write({"test.csv": test})
    apart.run("inner").fails(1).prints(why)


@pytest.mark.parametrize(
    "data", ["{train: {path: train.csv}}", "{test: {path: train.csv, rows: 5, by: label}}"]
)
def test_the_same_file_is_never_distinct_whatever_is_taken_of_it(apart: Project, data: str) -> None:
    name = data[1:].partition(":")[0]
    text = LOOPS.replace("{test: {path: test.csv}}", data).replace(
        "{data.test}", f"{{data.{name}}}"
    )
    apart.loops(text).run("inner").fails(1).prints("train.csv is data of 'train'")


def test_what_is_learned_from_anothers_work_counts_and_a_ladder_too(apart: Project) -> None:
    split = """
split:
  run: "cp {data.all} {out}"
  inputs: []
  data: {all: {path: train.csv}}
  rungs: [{rows: 5, cycle: 100ms}, {rows: all, cycle: 200ms}]
train: {run: "ls {out.split}", inputs: [], cycle: 1s}
"""
    rest = LOOPS[LOOPS.index("eval:") :]
    apart.loops(split + rest).run("inner").ok()
    apart.write({"test.csv": table(ROWS[3:4])})
    row = "test.csv: row 1 (line 2) is also train.csv: row 4 (line 5), data of"
    apart.run("inner").fails(1).prints(f"{row} 'train'")
    for name in ("split", "split@5"):
        text = (split + rest).replace("distinct_from: train", f"distinct_from: {name}")
        apart.loops(text).run("inner").fails(1).prints(f"{row} '{name}'")


def test_a_pass_is_judged_again_when_the_other_loop_is_handed_its_rows(apart: Project) -> None:
    apart.run("inner").ok()
    apart.write({"train.csv": table(ROWS)})
    apart.run("inner").fails(1).prints(
        "test.csv: row 1 (line 2) is also train.csv: row 51 (line 52)"
    )


def test_a_loop_without_data_may_have_seen_it(apart: Project) -> None:
    text = LOOPS.replace(", data: {train: {path: train.csv, key: id}}", "")
    apart.loops(text.replace("cat {data.train}", "true"))
    apart.run("inner").fails(5).prints("'train' declares no data, so it may be the same")


def test_rows_that_cannot_be_compared_are_said_to_be_so(apart: Project) -> None:
    big = table([f"{n},{'x' * 1000}" for n in range(40_000)])
    apart.write({"train.csv": big})
    apart.run("inner").ok()
    apart.run("show").ok().prints("(no rows were compared: there are too many)")


def test_rows_that_have_no_key_to_be_known_by_may_be_the_same(apart: Project) -> None:
    apart.write({"test.csv": "label,text\na,x\n"})
    apart.run("inner").fails(5).prints("nobody can tell whether its rows are those of 'train'")
