"""What goes wrong around a walk: streams, state, turns and clocks that are not as meant."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conftest import LOOP, Done, Project, ended, wait
from innerloop import receipt

if TYPE_CHECKING:
    from conftest import Maker

BIN = Path(__file__).parents[2] / "bin/loop"
TICK = 0.06
"""seconds after which times are believed"""
LONG = "m" * 300
ODD = "gpu:0/../../x"
IN_PROCESS = """
import sys
from innerloop.__main__ import main
sys.exit(main(["inner", "--until", "unit"]))
"""
ENTRY = """
import sys
from innerloop.__main__ import main
print("in", flush=True)
sys.exit(main())
"""


def shelled(p: Project, end: str, *words: str) -> Done:
    """`loop` as a shell starts it, with its streams redirected by what stands at the end."""
    return ended(
        subprocess.Popen(
            ["sh", "-c", f"exec {shlex.join([*LOOP, *words])} {end}"],
            cwd=p.root,
            env=p.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ),
        *words,
        end,
    )


def handed(p: Project) -> dict[str, object]:
    said = json.loads((p.root / ".loop/handoff.json").read_text())
    assert isinstance(said, dict)
    return said


@pytest.mark.parametrize(
    "words", [["inner"], ["inner", "--format", "jsonl"], ["history"]], ids=" ".join
)
def test_a_closed_stdout_is_no_failure(project: Maker, words: list[str]) -> None:
    shelled(project(), ">&-", *words).ok().quiet()


def test_a_closed_stdout_hides_no_failure(project: Maker) -> None:
    found = project()
    found.breaks("unit")

    shelled(found, ">&-", "inner").fails(1).quiet()


def test_a_receipt_is_said_to_nobody(project: Maker) -> None:
    found = project()
    found.sealed()
    walks = found.runs()

    shelled(found, ">&-", "inner").ok().quiet()

    assert found.runs() == walks, "the receipt did not answer"


@pytest.mark.parametrize("sealed", [False, True], ids=["walked", "receipt"])
@pytest.mark.parametrize("form", ["", "jsonl"])
def test_what_cannot_be_written_is_told(
    project: Maker,
    sealed: bool,  # noqa: FBT001 - a parameter of the test
    form: str,
) -> None:
    found = project()
    if sealed:
        found.sealed()
    words = ["--format", form] if form else []

    done = shelled(found, ">/dev/full", "inner", *words).fails(2)

    done.warns("cannot write what there is to say: No space left on device")
    assert "Traceback" not in done.err
    assert "Exception ignored" not in done.err


def test_a_loop_that_removes_the_state_folder_ends_the_walk(project: Maker) -> None:
    found = project("clean: {run: rm -rf .loop, cycle: 1s}\nunit: {run: mark unit, cycle: 2s}")

    done = found.run("inner").fails(2)

    done.warns("history.db was removed while a loop ran", "git clean -e .loop")
    assert "Traceback" not in done.err
    assert found.ran() == []


def test_words_given_in_process_are_those_that_count(project: Maker) -> None:
    found = project()
    words = ["inner", "--until", "unit"]
    place = found.root / ".loop/receipts" / receipt.key(str(found.root), words)

    def written() -> bool:
        other = [sys.executable, "-P", "-c", IN_PROCESS, "plan", "--json"]
        subprocess.run(other, cwd=found.root, env=found.env, check=True, capture_output=True)
        return place.exists()

    wait(written, "the receipt for the words that were given")

    assert found.receipts() == [place]
    found.run("show", "1").ok().prints("loop inner --until unit")


@pytest.mark.parametrize("mutex", [LONG, ODD], ids=["long", "odd"])
def test_a_mutex_may_have_any_name(project: Maker, mutex: str) -> None:
    found = project(f"unit: {{run: mark unit, cycle: 1s, mutex: '{mutex}'}}")

    assert found.walked() == ["unit"]


@pytest.mark.parametrize("mutex", [LONG, ODD], ids=["long", "odd"])
@pytest.mark.parametrize(
    ("name", "told"),
    [("unit", "'unit' was started by itself"), ("other", "started by a loop that has its turn")],
)
def test_a_loop_that_waits_for_itself_is_told(
    project: Maker, mutex: str, name: str, told: str
) -> None:
    found = project(
        f"""
        unit: {{run: loop inner {name}, cycle: 1s, mutex: '{mutex}', cache: false}}
        other: {{run: mark other, cycle: 2s, mutex: '{mutex}', auto: false}}
        """
    )
    found.program("loop", f'exec {shlex.join(LOOP)} "$@"')

    found.run("inner").fails(1).prints(told)

    assert found.ran() == []


def test_what_a_formatter_changed_is_handed_over_as_dirty(project: Maker) -> None:
    found = project("format: {run: tidy, cycle: 1s, writes: true}", {"x.py": "b\n"}).commit()
    found.program("tidy", "! grep -q b x.py || sed -i s/b/a/ x.py")

    found.run("inner").ok()

    assert (found.root / "x.py").read_text() == "a\n"
    assert handed(found)["dirty"] is True


def test_what_a_loop_committed_is_what_is_handed_over(project: Maker) -> None:
    found = project("stamp: {run: git commit -q --allow-empty -m more, cycle: 1s}").commit()
    before = found.git("rev-parse", "HEAD")

    found.run("inner").ok()

    assert handed(found)["commit"] == found.git("rev-parse", "HEAD") != before
    assert handed(found)["dirty"] is False


def test_a_loop_that_is_never_cached_and_changes_its_input_is_partly_green(project: Maker) -> None:
    found = project(
        "count: {run: 'echo more >> a.py', cycle: 1s, cache: false, inputs: [a.py]}", {"a.py": ""}
    )

    found.run("inner").ok().prints("partly green", "files changed meanwhile")

    assert handed(found)["complete"] is False


def test_where_nothing_was_checked_nothing_is_handed_over(project: Maker) -> None:
    found = project(
        "lint: {run: 'mark lint {changed}', cycle: 1s, files: ['*.rs']}", {"src/a.py": ""}
    )

    done = found.run("inner").ok().prints("no file to hand over")

    assert "Ready for the outer loop" not in done.out
    assert handed(found)["complete"] is False


def test_the_last_line_names_the_log_that_was_shown(project: Maker) -> None:
    found = project("a: {run: mark a, cycle: 1s}\nb: {run: mark b, cycle: 2s}")
    found.breaks("a")
    found.breaks("b")
    found.hold("a")
    process = found.start("inner", "-j", "2", "--keep-going")
    assert process.stdout
    found.underway("a")
    assert "b is broken" in "".join(process.stdout.readline() for _ in range(3))
    found.release("a")

    done = ended(process).fails(1)

    assert "a is broken" not in done.out
    assert done.out.splitlines()[-1].endswith("Log: .loop/runs/1/b/output.log")


def test_a_fix_leaves_no_receipt(project: Maker) -> None:
    found = project("lint: {run: mark lint, fix: mark fix, cycle: 1s}")
    found.sealed()
    for path in found.receipts():
        path.unlink()

    for _ in range(2):
        time.sleep(TICK)
        found.run("fix", "lint").ok().prints("green")

    assert found.receipts() == []
    assert "fix" in found.ran()


@pytest.mark.parametrize("way", [[str(BIN)], ["-c", ENTRY]], ids=["bin", "entry point"])
@pytest.mark.parametrize("word", ["inner", "plan"])
def test_an_interruption_at_any_moment_is_no_bug(project: Maker, way: list[str], word: str) -> None:
    found = project("unit: {run: sleep 5, cycle: 1s}")
    for moment in range(10):
        process = subprocess.Popen(
            [sys.executable, "-P", *way, word],
            cwd=found.root,
            env=found.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        if way[0] == "-c":
            assert process.stdout
            assert process.stdout.readline() == "in\n"
        time.sleep(0.015 * moment if way[0] != "-c" else 0.006 * (moment + 1))
        process.send_signal(signal.SIGINT)
        done = ended(process, word)
        # The interpreter's own start-up may still have it: that is not ours to mend.
        assert "Traceback" not in done.err or "innerloop" not in done.err, done.err


def test_an_interruption_before_anybody_hears_it_is_no_bug(project: Maker) -> None:
    found = project()
    found.write({"fake/innerloop/__init__.py": "raise KeyboardInterrupt\n"})

    done = subprocess.run(
        [sys.executable, "-P", str(BIN), "inner"],
        cwd=found.root,
        env={**found.env, "PYTHONPATH": str(found.root / "fake")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
