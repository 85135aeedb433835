"""Benchmarks of an outer loop: they only grow, and have no row of what a loop is measured on."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from targets import Target, inside, target

from innerloop.config.compiled import load
from innerloop.core.errors import ConfigError
from innerloop.core.sampling import DataError, Rule
from innerloop.system.benchmarks import noted, shared, shrunk

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Maker

pytestmark = pytest.mark.timeout(120)

LOOPS = """\
version: 1
inner:
  subset: {run: "mark subset {data.rows} {out}", data: {rows: {path: data/rows.csv}}, cycle: 1s}
  eval: {run: "mark eval {out.subset}", cycle: 1s}
  unit: {run: mark unit, cycle: 1s}
outer:
  release:
    evaluation: {%s, benchmark: "benchmark/*.csv", distinct_from: eval, back_to: unit}
"""
JUDGE = "#!/bin/sh\necho judged >> ../judged\n[ ! -e ../fail ]\n"


def bench(project: Maker, kind: str = "run: ./judge.sh") -> Target:
    found = target(project, LOOPS % kind)
    (found.project.place / "ran").touch()
    found.project.program("judge.sh", JUDGE.removeprefix("#!/bin/sh\n"), found.project.root)
    found.project.write(
        {"data/rows.csv": "label,x\na,1\nb,2\nc,3\n", "benchmark/v1.csv": "label,x\na,9\nb,8\n"}
    )
    found.project.commit()
    return found


def judged(found: Target) -> int:
    path = found.project.place / "judged"
    return len(path.read_text().splitlines()) if path.exists() else 0


def test_a_row_that_a_loop_is_measured_on_is_refused_before_anything_runs(project: Maker) -> None:
    found = bench(project)
    # The same row, however its columns stand.
    found.project.write({"benchmark/v2.csv": "x,label\n7,a\n2,b\n"})
    found.project.commit()

    done = found.go().fails(1)

    done.prints(
        "benchmark/v2.csv", "row 2", "data/rows.csv", "which eval is measured on", "back to unit"
    )
    assert judged(found) == 0


@pytest.mark.parametrize("name", ["subset", "eval"])
def test_the_data_of_a_ladder_counts_as_a_whole(project: Maker, name: str) -> None:
    found = bench(project)
    text = (LOOPS % "run: ./judge.sh").replace("out.subset", "out.subset@1")
    text = text.replace("cycle: 1s", "rungs: [{rows: 1, cycle: 1s}]", 1)
    text = text.replace("distinct_from: eval", f"distinct_from: {name}")
    found.project.write({"loops.yaml": text, "benchmark/v2.csv": "label,x\nc,3\n"})
    found.project.commit()
    found.go().fails(1).prints(f"which {name} is measured on")


def test_a_walk_of_loops_is_refused_as_well(project: Maker) -> None:
    found = bench(project, "loops: unit")
    found.project.write({"benchmark/v2.csv": "label,x\nc,3\n"})
    found.project.commit()
    found.go().fails(1).prints("which eval is measured on")
    assert "unit" not in (found.project.place / "ran").read_text()


def test_a_benchmark_may_grow_and_have_new_versions(project: Maker) -> None:
    found = bench(project)
    found.go().ok()
    assert judged(found) == 1
    with (found.project.root / "benchmark/v1.csv").open("a") as file:
        file.write("c,7\n")
    found.project.write({"benchmark/v2.csv": "label,x,who\na,4,ada\n"})
    found.project.commit()
    found.go().ok()
    assert judged(found) == 2


def test_what_was_measured_on_is_not_rewritten_above_all_not_after_it_failed(
    project: Maker,
) -> None:
    found = bench(project)
    (found.project.place / "fail").touch()
    found.go().fails(1)
    found.project.write({"benchmark/v1.csv": "label,x\na,9\n"})
    found.project.commit()

    found.go().fails(1).prints("'benchmark/v1.csv' was changed since it was measured on")

    assert judged(found) == 1
    assert "benchmark" not in str(found.status()["run"]["artifacts"])


def test_what_a_branch_measured_on_is_a_draft_elsewhere(
    project: Maker, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    found = inside(bench(project), monkeypatch, capfd)
    v1 = found.project.root / "benchmark/v1.csv"
    was = v1.read_text()
    found.go().ok()
    main = found.git("symbolic-ref", "--short", "HEAD")
    found.git("checkout", "-qb", "feature")
    v1.write_text(f"{was}c,7\n")
    found.project.commit()
    found.go().ok()
    found.git("checkout", "-q", main)
    found.go().ok()
    # It is none of the branch's either, which did not lead here.
    found.git("checkout", "-qb", "other")
    v1.write_text(f"{was}d,6\n")
    found.project.commit()
    found.go().ok()
    # On one line it is, whatever was measured on since anywhere else.
    found.git("checkout", "-q", "feature")
    v1.write_text(was)
    found.project.commit()
    found.go().fails(1).prints("'benchmark/v1.csv' was changed since it was measured on by run ")
    v1.write_text(f"{was}c,7\n")
    found.project.commit()
    # Both that were merged cannot be what it begins with.
    found.git("merge", "-q", "-s", "ours", "other")
    v1.write_text(f"{was}c,7\nd,6\n")
    found.project.commit()
    found.go().ok()
    # What a merge has kept binds, on the branch that it went to as well.
    found.git("checkout", "-q", main)
    found.git("merge", "-q", "--no-ff", "-m", "merged", "feature")
    v1.write_text(f"{was}d,6\nc,7\n")
    found.project.commit()
    found.go().fails(1).prints("'benchmark/v1.csv' was changed since it was measured on by run ")


def test_what_nobody_has_committed_was_a_draft(
    project: Maker, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    found = inside(bench(project), monkeypatch, capfd)
    v1 = found.project.root / "benchmark/v1.csv"
    was = v1.read_text()
    v1.write_text(f"{was}c,7\n")
    found.go().ok()
    v1.write_text(f"{was}c,8\n")
    found.project.commit()
    found.go().ok()
    v1.write_text(was)
    done = found.go().fails(1)
    done.prints("put back what it held; new rows go below that, or into a new file")


def test_where_there_is_no_history_all_that_was_measured_on_binds(
    project: Maker, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    found = inside(bench(project), monkeypatch, capfd)
    shutil.rmtree(found.project.root / ".git")
    found.go().ok()
    found.project.write({"benchmark/v1.csv": "label,x\na,9\n"})
    found.go().fails(1).prints("'benchmark/v1.csv' was changed since it was measured on by run ")


def test_no_benchmark_at_all_is_nothing_to_be_measured_on(project: Maker) -> None:
    found = bench(project)
    (found.project.root / "benchmark/v1.csv").unlink()
    found.project.commit()
    found.go().fails(1).prints("there is no benchmark")


def test_a_benchmark_that_git_does_not_have_is_one_all_the_same(project: Maker) -> None:
    found = bench(project)
    found.project.write({".gitignore": "benchmark/\n"})
    found.git("rm", "-rq", "--cached", "benchmark")
    found.project.commit()
    found.go().ok()
    found.project.write({"benchmark/v1.csv": "label,x\na,9\n"})
    found.go().fails(1).prints("'benchmark/v1.csv' was changed since it was measured on")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("run: x, distinct_from: eval", "there is nothing that is distinct"),
        ("run: x, benchmark: b.csv, distinct_from: evla", "did you mean 'eval'?"),
        ("run: x, benchmark: b.csv, distinct_from: unit", "loop 'unit' has no data"),
        ("approve: ok, benchmark: b.csv", "'benchmark' means nothing in a stage of kind 'approve'"),
    ],
)
def test_what_cannot_be_meant_is_said_in_the_configuration(
    tmp_path: Path, more: str, said: str
) -> None:
    head = LOOPS.split("    evaluation:", maxsplit=1)[0]
    (tmp_path / "loops.yaml").write_text(f"{head}    evaluation: {{{more}}}\n")
    with pytest.raises(ConfigError) as caught:
        load(str(tmp_path), store=False)
    assert said in str([(one.message, one.hint) for one in caught.value.problems])


# -- the rules --------------------------------------------------------------------------------


@pytest.mark.parametrize("now", ["label,x\nb,8\n", "label,x\n", "", None, "label,x\na,91\n"])
def test_a_file_begins_with_what_it_held(tmp_path: Path, now: str | None) -> None:
    path = tmp_path / "v1.csv"
    path.write_text("label,x\na,9\n")
    before = noted(str(tmp_path), "evaluation", ["v1.csv"])
    assert shrunk(str(tmp_path), before) == ""
    if now is None:
        path.unlink()
    else:
        path.write_text(now)
    assert "'v1.csv'" in shrunk(str(tmp_path), before)


def test_a_last_row_that_goes_on_is_another_row(tmp_path: Path) -> None:
    path = tmp_path / "v1.csv"
    path.write_text("label,x\na,1")
    before = noted(str(tmp_path), "evaluation", ["v1.csv"])
    path.write_text("label,x\na,1\nb,2\n")
    assert shrunk(str(tmp_path), before) == ""
    path.write_text("label,x\na,12\n")
    assert "changed" in shrunk(str(tmp_path), before)


def test_rows_are_the_same_by_the_key_of_the_data(tmp_path: Path) -> None:
    (tmp_path / "data.jsonl").write_text('{"id": 1, "text": "one"}\n{"id": 2, "text": "two"}\n')
    (tmp_path / "v1.jsonl").write_text('{"id": 3, "text": "one"}\n{"id": 2, "text": "deux"}\n')
    rows = ["v1.jsonl"], ["data.jsonl"]
    assert shared(str(tmp_path), *rows, Rule(), "data") == ""
    assert "v1.jsonl" in shared(str(tmp_path), *rows, Rule(key=("id",)), "data")


def test_what_cannot_be_read_is_not_taken_for_distinct(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("id\n1\n")
    (tmp_path / "v1.csv").write_text("name\none\n")
    with pytest.raises(DataError):
        shared(str(tmp_path), ["v1.csv"], ["data.csv"], Rule(key=("id",)), "data")
