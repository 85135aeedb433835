"""last.json and locations, as an editor reads them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from innerloop.config.compiled import load
from innerloop.core.events import LoopFinished, WalkFinished, WalkStarted
from innerloop.core.locations import Location
from innerloop.core.model import Outcome, Plan, Result, Run, Verdict
from innerloop.system import last
from innerloop.system.ground import Ground
from innerloop.system.last import Last

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOPS = """\
version: 1
inner:
  lint: {run: "true", cycle: 1s}
  unit: {run: "true", cycle: 2s, cwd: app}
"""
SAID = "\x1b[31mtest_a.py:3:5\x1b[0m: E1 bad\ntest_a.py:4: note: see there\n"


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    (tmp_path / "app").mkdir()
    (tmp_path / "loops.yaml").write_text(LOOPS)
    made = Ground(str(tmp_path), load(str(tmp_path), store=False).config, write=True)
    yield made
    made.store.close()


def ran(ground: Ground, loop: str, outcome: Outcome, said: str = "") -> Result:
    log = f".loop/{loop}.log"
    with open(f"{ground.root}/{log}", "w", encoding="utf-8") as file:
        file.write(said)
    reason = "" if outcome is Outcome.PASSED else "exit 1"
    return Result(loop, outcome, reason, 102.0, 0.25, exit_code=1, log=log, mode="warm")


def run(verdict: Verdict, *results: Result) -> Run:
    return Run("7", 100.0, 2.5, verdict, "loop watch", results)


def told(ground: Ground) -> tuple[dict[str, Any], str]:
    with open(f"{ground.state}/last.json", encoding="utf-8") as file:
        record = json.load(file)
    with open(f"{ground.state}/locations", encoding="utf-8") as file:
        return record, file.read()


def test_a_failure_is_told_with_its_places(ground: Ground) -> None:
    lint, unit = ran(ground, "lint", Outcome.PASSED), ran(ground, "unit", Outcome.FAILED, SAID)
    last.write(ground, run(Verdict.RED, lint, unit))
    record, lines = told(ground)
    assert lines == "app/test_a.py:3:5: E1 bad\n"
    assert [one.pop("name") for one in record["loops"]] == ["lint", "unit"]
    assert record["loops"][1] == {
        "outcome": "failed",
        "reason": "exit 1",
        "required": True,
        "seconds": 0.25,
        "exit_code": 1,
        "mode": "warm",
        "log": ".loop/unit.log",
    }
    place = {"loop": "unit", "path": "app/test_a.py", "line": 3, "column": 5, "kind": "error"}
    place |= {"message": "E1 bad", "tool": "", "at": 0}
    assert record.pop("locations")[0] == place
    record.pop("loops")
    assert record == {
        "version": 1,
        "run": 7,
        "finished": True,
        "verdict": "red",
        "at": 100.0,
        "seconds": 2.5,
    }


def test_green_leaves_no_place(ground: Ground) -> None:
    last.write(ground, run(Verdict.RED, ran(ground, "unit", Outcome.FAILED, SAID)))
    last.write(ground, run(Verdict.GREEN, ran(ground, "unit", Outcome.PASSED, SAID)))
    record, lines = told(ground)
    assert (lines, record["locations"], record["verdict"]) == ("", [], "green")


def test_the_first_failure_is_told_at_once_and_what_was_ended_early_never(ground: Ground) -> None:
    tell = Last()
    tell(ground, WalkStarted("7", Plan(()), 100.0))
    tell(ground, LoopFinished(ran(ground, "lint", Outcome.FAILED)._replace(required=False)))
    with pytest.raises(FileNotFoundError):
        told(ground)
    tell(ground, LoopFinished(ran(ground, "unit", Outcome.FAILED, SAID)))
    record, lines = told(ground)
    assert (record["finished"], record["verdict"], record["seconds"]) == (False, "red", 2.25)
    assert [one["name"] for one in record["loops"]] == ["lint", "unit"]
    assert lines == "app/test_a.py:3:5: E1 bad\n"

    done = run(Verdict.RED, ran(ground, "unit", Outcome.FAILED, SAID))
    tell(ground, WalkFinished(done))
    assert told(ground)[0]["finished"] is True

    tell(ground, WalkStarted("8", Plan(()), 200.0))
    tell(ground, LoopFinished(ran(ground, "unit", Outcome.CANCELLED, SAID)))
    tell(ground, WalkFinished(run(Verdict.INTERRUPTED)._replace(id="8")))
    assert told(ground)[0]["run"] == 7


def test_nobody_reads_half_of_it(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    last.write(ground, run(Verdict.GREEN))

    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="no space"):
        last.write(ground, run(Verdict.RED, ran(ground, "unit", Outcome.FAILED, SAID)))
    assert (told(ground)[0]["verdict"], told(ground)[1]) == ("green", "")


def test_a_long_log_is_read_from_its_end(ground: Ground) -> None:
    said = "test_a.py:1:1: E1 early\n" + "nothing here\n" * 200_000 + "test_a.py:2:1: E1 late\n"
    last.write(ground, run(Verdict.RED, ran(ground, "unit", Outcome.FAILED, said)))
    (place,) = told(ground)[0]["locations"]
    assert (place["line"], place["at"]) == (2, 200_001)


def test_a_log_that_is_gone_and_odd_names_are_borne(ground: Ground) -> None:
    gone = Result("unit", Outcome.FAILED, "exit 1", 1.0, log=".loop/gone.log")
    odd = ran(ground, "lint", Outcome.FAILED, "caf\u00e9 \u2603.py:1:2: E1 b\u00e4d\n")
    last.write(ground, run(Verdict.RED, gone, odd, gone._replace(log="")))
    assert told(ground)[1] == "caf\u00e9 \u2603.py:1:2: E1 b\u00e4d\n"


def test_all_green_needs_no_regular_expressions(ground: Ground) -> None:
    script = (
        "import sys\nfrom innerloop.core.model import Run, Verdict\n"
        "from innerloop.system import last\n"
        "class Ground: state = sys.argv[1]\n"
        "last.write(Ground(), Run('1', 0.0, 0.0, Verdict.GREEN, '', ()))\n"
        "print([name for name in sys.modules if 'locations' in name or 'reading' in name])\n"
    )
    argv = [sys.executable, "-c", script, ground.state]
    said = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"


# -- the guide for editors ------------------------------------------------------------------

GUIDE = Path(__file__).resolve().parents[2] / "docs/guide/editors.md"
PLACES = [("src/a b.py", 3, 14, "error: what: it says"), ("tests/test_a.py", 7, 1, "assert 1 == 2")]


def shown(beginning: str) -> str:
    """The block of the guide that begins so."""
    blocks = re.findall(r"^```text\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    return str(next(block for block in blocks if block.startswith(beginning)))


@pytest.fixture
def places(tmp_path: Path) -> Path:
    (tmp_path / ".loop").mkdir()
    lines = "".join(f"{Location(*place)}\n" for place in PLACES)
    (tmp_path / ".loop/locations").write_text(lines)
    return tmp_path


@pytest.mark.skipif(not shutil.which("vim"), reason="needs vim")
def test_vim_reads_them_as_errors(places: Path) -> None:
    (places / "vimrc").write_text(shown("set errorformat"))
    ask = "map(getqflist(), {_, e -> [bufname(e.bufnr), e.lnum, e.col, e.text]})"
    tell = f"call writefile([json_encode({ask})], 'told')"
    subprocess.run(
        ["vim", "-Nu", "vimrc", "-es", "-c", "doautocmd FocusGained", "-c", tell, "-c", "qa!"],
        cwd=places,
        stdin=subprocess.DEVNULL,
        check=True,
        timeout=30,
    )
    assert [tuple(one) for one in json.loads((places / "told").read_text())] == PLACES
