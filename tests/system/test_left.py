from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from innerloop.core.command import parse
from innerloop.core.model import Loop
from innerloop.core.reading.strict import Unreadable
from innerloop.core.results import Metric
from innerloop.system.left import content, measured

if TYPE_CHECKING:
    from pathlib import Path

GOOD = '{"f1": 0.9}'
ONE = '{"id": "a", "scores": {"ok": 1}}\n'


def loop(*results: str, cwd: str = "") -> Loop:
    return Loop("eval", parse("x {out}"), 1.0, cwd=cwd, results=results)


def put(root: Path, name: str, text: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_files_of_the_folder_and_of_the_project(tmp_path: Path) -> None:
    put(tmp_path, "runs/out/e.jsonl", ONE)
    put(tmp_path, "sub/m.json", GOOD)
    found = measured(str(tmp_path), loop("{out}/e.jsonl", "m.json", cwd="sub"), ["runs/out"], 0)
    assert (found.metrics, found.examples[0].id, found.problems) == ((Metric("f1", 0.9),), "a", ())


def test_a_pattern_stands_for_all_that_it_matches(tmp_path: Path) -> None:
    put(tmp_path, "o/a/results_1.json", GOOD)
    put(tmp_path, "o/b/results_[2].json", '{"loss": 1}')
    put(tmp_path, "o/other.json", "no")
    found = measured(str(tmp_path), loop("{out}/**/results_*.json"), ["o"], 0)
    assert {one.name for one in found.metrics} == {"f1", "loss"}
    none = measured(str(tmp_path), loop("{out}/**/nothing_*.json"), ["o"], 0)
    assert none.problems == ("{out}/**/nothing_*.json: no file of such a name was left",)


def test_each_repetition_has_a_folder_of_its_own(tmp_path: Path) -> None:
    for out in ("o", "o.2"):
        put(tmp_path, f"{out}/e.jsonl", ONE)
    found = measured(str(tmp_path), loop("{out}/e.jsonl"), ["o", "o.2"], 0)
    assert [(one.id, one.rep) for one in found.examples] == [("a", 0), ("a", 1)]
    missing = measured(str(tmp_path), loop("{out}/e.jsonl"), ["o", "o.2", "o.3"], 0)
    assert "{out}/e.jsonl: it was not left" in missing.problems


def wrong(root: Path, name: str = "m.json", since: int = 0) -> str:
    (said,) = measured(str(root), loop(name), [], since).problems
    return said


def test_what_is_not_there_or_no_file_is_a_problem(tmp_path: Path) -> None:
    assert wrong(tmp_path) == "m.json: it was not left"
    (tmp_path / "m.json").mkdir()
    assert wrong(tmp_path) == "m.json: it cannot be read: is a directory"
    os.mkfifo(tmp_path / "pipe.json")
    assert wrong(tmp_path, "pipe.json") == "pipe.json: it is no file"
    (tmp_path / "loop.json").symlink_to("loop.json")
    assert "it cannot be read: " in wrong(tmp_path, "loop.json")


def test_a_file_from_before_the_run_is_of_another_run(tmp_path: Path) -> None:
    path = put(tmp_path, "m.json", GOOD)
    os.utime(path, (time.time() + 99, time.time() + 99))  # which a copy may have kept
    after = path.stat().st_ctime_ns + 1
    assert wrong(tmp_path, since=after) == "m.json: it is from before this run, which left none"
    assert measured(str(tmp_path), loop("m.json"), [], after - 1).problems == ()


def test_no_file_is_read_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("innerloop.system.left._LARGEST", 1 << 20)
    with open(tmp_path / "m.json", "wb") as file:
        file.truncate((1 << 20) + 1)
    assert wrong(tmp_path) == "m.json: it has more than 1 MiB"
    with pytest.raises(Unreadable):
        content(str(tmp_path / "m.json"))
