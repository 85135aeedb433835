"""Data subsets and ladders in walks, and in every command that names a loop."""

from __future__ import annotations

import json
import os
import random
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from conftest import ended, wait
from underway import Watching

if TYPE_CHECKING:
    from conftest import Maker, Project

LOOPS = """
data:
  run: prepare {data.train} {out}/rows.csv
  inputs: [prepare.cfg]
  data: {train: {path: data/train.csv, by: label, key: id, seed: 7}}
  rungs: [{rows: 20, cycle: 2s}, {fraction: 0.5, cycle: 3s}, {rows: all, cycle: 20s}]
eval: {run: "evaluate {out.data}/rows.csv", inputs: [eval.cfg], cycle: 1m, after: "data@50%"}
"""
RUNGS = ["data@20", "data@50%", "data@all"]
PREPARE = """\
mark prepare-$(grep -c . "$1")
if grep -n postive "$1"; then exit 1; fi
cp "$1" "$2"
"""


def table(rows: int = 400) -> str:
    chance = random.Random(3)
    labels = chance.choices(["positive", "negative", "rare"], [80, 19, 1], k=rows)
    lines = (f"r{n},{label},text {n}\n" for n, label in enumerate(labels))
    return f"id,label,text\n{''.join(lines)}"


def test_data_that_is_not_there_and_data_without_a_byte_are_told(project: Maker) -> None:
    loop = "a: {run: 'wc -l {data.t}', cycle: 1s, data: {t: {path: data, rows: 1}}}"
    made = project(loop, files={"b": ""})
    (made.root / "data").mkdir()
    made.run("inner").fails(1).prints("data is a folder without data")
    made.write({"data/one.csv": "id\n1\n2\n", "data/two.csv": ""})
    made.run("inner").ok().warns("data/two.csv is empty (0 bytes): no row comes from there")


@pytest.fixture
def found(project: Maker) -> Project:
    files = {"data/train.csv": table(), ".gitignore": "data/\n", "prepare.cfg": "", "eval.cfg": ""}
    made = project(LOOPS, files)
    made.program("prepare", PREPARE)
    made.program("evaluate", 'mark evaluate-$(grep -c . "$1")')
    return made


def samples(found: Project) -> list[str]:
    return sorted(path.read_text() for path in (found.root / ".loop/samples").glob("*.csv"))


def edited(found: Project, old: str, new: str, name: str = "data/train.csv") -> None:
    path = found.root / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_a_walk_climbs_from_the_lowest_rung_to_the_source_itself(found: Project) -> None:
    found.run("inner").ok().prints("data@20 ", "data@50% ", "data@all ", "4 loops passed")

    assert found.ran() == ["prepare-21", "prepare-201", "prepare-401", "evaluate-401"]
    assert [text.count("\n") for text in samples(found)] == [201, 21]
    low, high = sorted(samples(found), key=len)
    assert set(low.splitlines()) < set(high.splitlines())
    assert "rare" in low
    assert found.walked() == []


def test_a_wrong_label_is_caught_on_the_lowest_rung_and_stops_the_climb(found: Project) -> None:
    edited(found, ",positive,text 300\n", ",postive,text 300\n")
    done = found.run("inner").fails(1)

    # No other row has this label, so it is one of those of which every sample has a row.
    done.prints("data@20 ", "FAILED", ":r300,postive", "data@50%  skipped", "data@20 failed")
    assert found.ran() == ["prepare-21"]


def test_what_is_changed_above_leaves_what_is_below(found: Project) -> None:
    found.walked()
    found.ran()
    edited(found, "seed: 7", "seed: 8", "loops.yaml")

    found.run("why", "data@20").ok().prints("would run: last passed", "  data train: seed changed")
    # All rows are all rows, whatever the seed.
    found.run("why", "data@all").ok().prints("would not run: passed")
    assert found.walked() == ["prepare-21", "prepare-201"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("by: label, ", "", "data train: by changed"),
        ("key: id", "key: text", "data train: key changed"),
        ("key: id", "key: id, group: text", "data train: group changed"),
        ("key: id", "key: id, trust: stat", "data train: data/train.csv changed"),
    ],
)
def test_whatever_decides_which_rows_they_are_is_looked_at(
    found: Project, old: str, new: str, said: str
) -> None:
    found.walked()
    edited(found, old, new, "loops.yaml")

    found.run("why", "data@20").ok().prints(said)


def test_a_change_of_the_data_is_a_change_though_git_ignores_it(found: Project) -> None:
    found.sealed()
    edited(found, "text 399", "text x399")

    found.run("why", "data@20").ok().prints("  data train: data/train.csv changed")
    found.run("plan").ok().prints("data train: data/train.csv changed")
    assert found.walked() == ["prepare-21", "prepare-201", "prepare-401", "evaluate-401"]


def test_every_command_takes_a_rung_and_a_ladder(found: Project) -> None:
    assert found.walked("data@20") == ["prepare-21"]
    assert found.walked("data") == ["prepare-201", "prepare-401"]
    assert found.walked("--until", "data@50%", "--force") == ["prepare-21", "prepare-201"]

    found.run("run", "data@50%").ok()
    found.run("run", "data").ok().warns("data: data@20, its lowest rung")
    assert found.ran() == ["prepare-201", "prepare-21"]
    found.run("why", "data").ok().prints(*(f"{name}: would not run" for name in RUNGS))
    found.run("history", "data").ok().prints("loop run data@50%", "loop run data@20")
    found.run("history", "data@50%").ok()
    found.run("inner", "data@5").fails(2).warns("no loop called 'data@5'", ", ".join(RUNGS))
    said = json.loads(found.run("why", "data", "--json").ok().out)
    assert (said["loop"], [one["loop"] for one in said["rungs"]]) == ("data@all", RUNGS)


def test_what_is_mended_is_the_rung_that_failed(found: Project) -> None:
    commands = "fix: mend {data.train}\n  debug: look {data.train}\n  rungs"
    found.loops(LOOPS.replace("rungs", commands))
    found.program("mend", 'mark mend-$(grep -c . "$1")')
    found.program("look", 'mark look-$(grep -c . "$1")')
    found.walked("data@50%")
    low, high = sorted(samples(found), key=len)
    line = next(line for line in high.splitlines() if line not in low)
    found.ran()
    # Bad, but not in its label, and not one of the twenty rows.
    edited(found, line, f"{line} postive")

    found.run("inner").fails(1).prints("next: loop fix data@50% or loop debug data@50%")
    assert found.ran() == ["prepare-21", "prepare-201"]
    found.run("debug", "data").warns("data: data@50%, which failed last")
    assert found.ran() == ["look-201"]
    found.run("fix", "data").fails(1)
    found.run("fix").fails(1)
    assert [one for one in found.ran() if "mend" in one] == ["mend-201"] * 2


def test_another_loop_takes_the_highest_rung_that_passed(found: Project) -> None:
    assert found.walked("eval") == ["prepare-21", "prepare-201", "evaluate-201"]
    # The whole came later: what is judged is another question now.
    assert found.walked() == ["prepare-401", "evaluate-401"]
    found.run("why", "eval").ok().prints("would not run")
    edited(found, "{out.data}", "{out.data@20}", "loops.yaml")
    assert found.walked() == ["evaluate-21"]


def test_a_rung_that_passes_meanwhile_changes_nothing_for_who_reads_another(
    found: Project,
) -> None:
    edited(found, "cycle: 1m", "cycle: 4s", "loops.yaml")
    found.hold("evaluate-201")
    process = found.start("inner", "-j", "2")
    found.underway("evaluate-201")

    def passed() -> bool:
        with closing(sqlite3.connect(found.root / ".loop/history.db")) as history:
            asked = "SELECT COUNT(*) FROM results WHERE loop = 'data@all'"
            return bool(history.execute(asked).fetchone()[0])

    wait(passed, "the highest rung to pass")
    found.release("evaluate-201")
    ended(process, "inner", "-j", "2").ok().prints("green: 4 loops passed").quiet()
    found.ran()
    # It was remembered; and now the whole has passed, which asks another question.
    assert found.walked() == ["evaluate-401"]


def test_a_budget_defers_the_rungs_that_do_not_fit(found: Project) -> None:
    done = found.run("inner", "--budget", "6s").ok()
    done.prints("data@all  deferred", "eval      deferred", "partly green")
    assert found.ran() == ["prepare-21", "prepare-201"]


def test_rungs_share_what_they_keep(found: Project) -> None:
    edited(found, "{out}/rows.csv", "{out}/rows.csv {cache}", "loops.yaml")
    found.program(
        "prepare", f'{PREPARE}\nif [ -e "$3/known" ]; then mark again; fi\ntouch "$3/known"'
    )
    assert found.walked().count("again") == 2


def test_hooks_check_ladders(found: Project) -> None:
    found.loops(LOOPS + "quick: {run: mark quick, cycle: 1s}\n")
    text = (found.root / "loops.yaml").read_text()
    hook = "hook: {pre-commit: {budget: 2s, always: 'data@20'}}\n"
    (found.root / "loops.yaml").write_text(text.replace("inner:", f"{hook}inner:"))
    found.run("hook", "install").ok()
    found.git("add", "-A")
    found.git("commit", "-qm", "one")
    assert sorted(found.ran()) == ["prepare-21", "quick"]


def test_names_are_completed(found: Project) -> None:
    env = {"_LOOP_COMPLETE": "complete_bash", "COMP_WORDS": "loop inner da", "COMP_CWORD": "2"}
    assert found.run(env=env).out.split() == ["data", *RUNGS]


def test_a_report_takes_the_names_of_rungs(found: Project) -> None:
    edited(found, "text 3\n", "postive\n")
    done = found.run("inner", "--keep-going", "--junit", "report.xml", "--format", "github")
    done.fails(1)
    assert 'name="data@50%"' in (found.root / "report.xml").read_text()
    assert "data@50%" in done.out


# -- samples as they are kept ----------------------------------------------------------------


def notes(found: Project) -> list[os.DirEntry[str]]:
    return list(os.scandir(found.root / ".loop/samples"))


def test_a_sample_is_cut_once_and_a_damaged_one_anew(found: Project) -> None:
    found.walked("data@20")
    (path,) = (found.root / ".loop/samples").glob("*.csv")
    before = path.stat().st_mtime_ns
    assert path.stat().st_mode & 0o777 == 0o400
    found.walked("data@20", "--force")
    assert path.stat().st_mtime_ns == before

    text = path.read_text()
    path.chmod(0o600)
    path.write_text(text.replace("r", "x"))
    found.walked("data@20", "--force")
    assert path.read_text() == text
    path.unlink()
    found.walked("data@20", "--force")
    assert path.read_text() == text
    assert len(notes(found)) == 2


def test_a_loop_that_changes_its_sample_is_told_and_not_remembered(found: Project) -> None:
    found.program("prepare", f'chmod u+w "$1"; echo more >> "$1"\n{PREPARE}')
    done = found.run("inner", "data@20").ok()
    done.warns("data@20: .loop/samples/", "a sample is only read, so write to {out} instead")
    assert found.walked("data@20")[-1] == "prepare-22"


def test_a_source_that_changes_meanwhile_is_not_remembered(found: Project) -> None:
    found.hold("prepare-21")
    process = found.start("inner", "data@20")
    found.underway("prepare-21")
    edited(found, "text 0", "text 00")
    found.release("prepare-21")
    done = ended(process, "inner", "data@20").ok()
    done.warns("data/train.csv changed while it ran, so this is not remembered")
    found.ran()
    assert found.walked("data@20") == ["prepare-21"]


def test_two_walks_at_once_cut_one_sample(found: Project) -> None:
    processes = [found.start("inner", "data@20", "--force") for _ in range(3)]
    for process in processes:
        ended(process, "inner").ok()
    assert len(notes(found)) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,label\nr1,x,3\n", "data/train.csv: row 1 (line 2) has 3 values, and the header 2"),
        ("id,lable\nr1,x\n", "data/train.csv has no column 'label': did you mean 'lable'?"),
        ("id,label\nr1,x\nr1,x\n", "have the same 'id': r1: name a key that no two rows share"),
        ("id,label\n", "data/train.csv has no rows, so there is nothing to sample"),
        ("", "data/train.csv has no rows, so there is nothing to sample"),
    ],
)
def test_data_that_is_not_what_it_has_to_be_fails_its_loop(
    found: Project, text: str, said: str
) -> None:
    (found.root / "data/train.csv").write_text(text)
    done = found.run("inner").fails(1)
    done.prints("data@20 ", "FAILED", said, "data@50%  skipped")
    assert found.ran() == []


def test_all_of_a_file_without_a_row_is_nothing(found: Project) -> None:
    found.loops("u: {run: 'prepare {data.a} x', cycle: 1s, data: {a: {path: data/train.csv}}}")
    (found.root / "data/train.csv").write_text("id,label\n")
    found.run("inner").fails(1).prints("data/train.csv has no rows")


def test_data_that_is_not_there_is_said_before_and_when_it_runs(found: Project) -> None:
    os.unlink(found.root / "data/train.csv")
    found.run("check").ok().warns("data@20: data train: there is no data/train.csv")
    found.run("plan").ok().prints("data train: there is no data/train.csv")
    found.run("inner").fails(1).prints("FAILED", "there is no data/train.csv")


# -- folders, globs, and what is known by stat -----------------------------------------------

PARTS = "u: {run: 'prepare {data.a} {out}/x', cycle: 1s, data: {a: {path: PATH, key: id, ROWS}}}"


def parts(found: Project, path: str, rows: str) -> Project:
    for n in range(3):
        rows_ = "".join(f"r{n}-{m},x\n" for m in range(10))
        found.write({f"data/parts/part-{n}.csv": f"id,label\n{rows_}"})
    found.write({"data/parts/_SUCCESS": "", "data/parts/notes.md": "", "data/parts/.x.csv": ""})
    return found.loops(PARTS.replace("PATH", path).replace("ROWS", rows))


@pytest.mark.parametrize(
    "path", ["data/parts", "data/parts/", "'data/parts/*.csv'", "'data/**/p*'"]
)
@pytest.mark.parametrize(("rows", "lines"), [("rows: 6", 7), ("rows: all", 31)])
def test_a_folder_or_a_glob_is_one_source(found: Project, path: str, rows: str, lines: int) -> None:
    assert parts(found, path, rows).walked() == [f"prepare-{lines}"]
    assert found.walked() == []
    found.write({"data/parts/part-3.csv": "id,label\nr3,x\n"})
    found.run("why", "u").ok().prints("data a: data/parts/part-3.csv added")
    assert found.walked() == [f"prepare-{lines + (rows == 'rows: all')}"]


def test_a_receipt_sees_a_file_come_to_a_folder_of_data(found: Project) -> None:
    parts(found, "data/parts", "rows: all").sealed()
    found.write({"data/parts/part-3.csv": "id,label\nr3,x\n"})
    assert found.walked() == ["prepare-32"]


def test_data_outside_the_project_counts_as_any_other(found: Project) -> None:
    outside = found.place / "lake"
    outside.mkdir()
    (outside / "a.csv").write_text("id,label\nr1,x\nr2,x\n")
    found.loops(PARTS.replace("PATH", "../lake/a.csv").replace("ROWS", "rows: 1"))
    assert found.sealed() == ["prepare-2"]
    (outside / "a.csv").write_text("id,label\nr1,x\nr3,x\n")
    assert found.walked() == ["prepare-2"]
    assert found.walked() == []


def trusting(found: Project) -> Project:
    return found.loops(LOOPS.replace("seed: 7", "seed: 7, trust: stat"))


def test_what_is_trusted_by_stat_is_said_with_every_verdict(found: Project) -> None:
    said = "trusted by its times"
    trusting(found).run("inner", "data@20").ok().prints("data@20   passed  ", said)
    found.run("inner", "data@50%").ok().prints("cached", "(#1), data/train.csv " + said)
    assert said in (found.root / ".loop/handoff.json").read_text()
    found.run("inner", "data@20").ok().prints("green: 1 loop passed before, data ", said)


def test_what_is_trusted_by_stat_is_another_one_when_it_is_touched(found: Project) -> None:
    trusting(found).walked("data@20")
    assert found.walked("data@20") == []
    os.utime(found.root / "data/train.csv")
    found.run("why", "data@20").ok().prints("data train: data/train.csv changed")
    assert found.walked("data@20") == ["prepare-21"]


def test_a_receipt_holds_for_what_is_trusted_by_stat_too(found: Project) -> None:
    trusting(found).sealed("data@20")
    before = os.stat(found.root / "data/train.csv")
    edited(found, "text 399", "text 39x")
    os.utime(found.root / "data/train.csv", ns=(before.st_atime_ns, before.st_mtime_ns))
    # Its bytes are not read, but nobody sets back when it was changed.
    assert found.walked("data@20") == ["prepare-21"]


# -- the watch -------------------------------------------------------------------------------

WATCHED = "watch: {budget: none}\n"


@pytest.mark.parametrize("trust", ["", ", trust: stat"])
def test_the_watch_looks_at_data_that_git_ignores(found: Project, trust: str) -> None:
    found.loops(LOOPS.replace("seed: 7", f"seed: 7{trust}"))
    text = (found.root / "loops.yaml").read_text()
    (found.root / "loops.yaml").write_text(text.replace("inner:", f"{WATCHED}inner:"))
    with Watching(found, "data@50%") as watching:
        watching.rested()
        assert found.ran() == ["prepare-21", "prepare-201"]
        edited(found, "text 399", "text x399")
        assert watching.until("saved")["paths"] == ["data/train.csv"]
        watching.rested()
        assert found.ran() == ["prepare-21", "prepare-201"]


def test_the_watch_sees_a_file_come_to_a_folder_of_data(found: Project) -> None:
    parts(found, "data/parts", "rows: all")
    with Watching(found) as watching:
        watching.rested()
        found.ran()
        found.write({"data/parts/part-3.csv": "id,label\nr3,x\n"})
        watching.until("saved")
        watching.rested()
        assert found.ran() == ["prepare-32"]


def test_the_watch_sees_data_come_that_was_not_there(found: Project) -> None:
    found.loops(PARTS.replace("PATH", "data/new/*.csv").replace("ROWS", "rows: all"))
    with Watching(found) as watching:
        watching.rested("red")
        found.write({"data/new/a.csv": "id,label\nr3,x\n"})
        watching.until("saved")
        watching.rested()
        assert found.ran() == ["prepare-2"]


def test_the_watch_looks_at_data_outside_the_project(found: Project) -> None:
    outside = found.place / "lake"
    outside.mkdir()
    (outside / "a.csv").write_text("id,label\nr1,x\nr2,x\n")
    found.loops(PARTS.replace("PATH", "../lake/a.csv").replace("ROWS", "rows: 1"))
    with Watching(found) as watching:
        watching.rested()
        found.ran()
        (outside / "a.csv").write_text("id,label\nr1,x\nr3,x\n")
        watching.until("saved")
        watching.rested()
        assert found.ran() == ["prepare-2"]


# -- where else loops run --------------------------------------------------------------------


def test_what_is_staged_is_checked_on_the_data_that_is_there(found: Project) -> None:
    """In the shadow: git has neither the data in the project nor that beside it."""
    lake = found.place / "lake"
    lake.mkdir()
    (lake / "b.csv").write_text("id\nr1\nr2\n")
    more = LOOPS.replace("{train:", "{lake: {path: ../lake/b.csv, rows: 1}, train:")
    found.loops(more.replace("run: prepare", "run: cat {data.lake} && prepare"))
    found.write({"tracked.py": "1\n", "prepare.cfg": "staged\n"})
    found.run("hook", "install").ok()
    found.git("add", "-A")
    found.write({"prepare.cfg": "not staged\n"})
    found.git("commit", "-qm", "one")
    assert found.ran() == ["prepare-21", "prepare-201"]
    found.git("stash", "-q")
    found.git("stash", "pop", "-q")
    assert len(list((found.root / ".loop/samples").glob("*.csv"))) == 3


def test_tools_for_ai_take_ladders(found: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    from innerloop.cli import served  # noqa: PLC0415 - the server's own

    found.walked("data@20")
    monkeypatch.chdir(found.root)
    assert served.why("data").loop in RUNGS
    assert served.why("data@50%").reason == "never passed here"
    assert [one.loop for one in served.metrics(["data"]).loops] == RUNGS
    assert len(served.history("data", 9).runs) == 1
    asked = served.flags(["data"], keep_going=False, force=False)
    assert [one.loop for one in served.planned(asked).steps] == RUNGS


def test_only_what_is_affected_is_walked_since_a_commit(found: Project) -> None:
    (found.root / ".gitignore").unlink()
    found.commit()
    edited(found, "text 399", "text x399")
    found.run("inner", "--since", "HEAD", "--plan").ok().prints(*RUNGS, "eval")
    found.git("checkout", "-q", ".")
    found.write({"eval.cfg": "new"})
    found.run("inner", "--since", "HEAD", "--plan").ok().prints("eval", "left out: data@all")
