"""loop watch, in real projects: saves, switches of branches, mistakes, and every way to end it."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest

from conftest import wait
from underway import Watching, descriptors, family, memory, threads

if TYPE_CHECKING:
    from conftest import Maker, Project

TWO = """\
lint: {run: mark lint, cycle: 1s, inputs: ["*.py"]}
unit: {run: mark unit, cycle: 10s, inputs: ["*.py", "*.csv"]}
"""


@pytest.fixture
def two(project: Maker) -> Project:
    return project(TWO, {"app.py": "x = 1\n", "data.csv": "1\n", "notes.md": "-\n"})


def test_a_save_runs_what_it_affects(two: Project) -> None:
    with Watching(two) as watching:
        watching.rested()
        assert two.ran() == ["lint", "unit"]
        two.write({"data.csv": "2\n"})
        assert watching.until("saved")["paths"] == ["data.csv"]
        rested = watching.rested()
        assert two.ran() == ["unit"]
        assert 0 < rested["answered"] < 5


@pytest.mark.parametrize("what", ["touch", "chmod", "same", "away", "notes"])
def test_what_changes_no_input_runs_nothing(two: Project, what: str) -> None:
    with Watching(two) as watching:
        watching.rested()
        two.ran()
        path = two.root / "app.py"
        if what == "touch":
            path.touch()
        elif what == "chmod":
            path.chmod(0o600)
        elif what == "same":
            path.write_text("x = 1\n")
        elif what == "away":
            (two.root / "app.py~").write_text("x = 1\n")
            path.rename(two.root / "other")
            path.write_text("x = 1\n")
            (two.root / "other").unlink()
        else:
            two.write({"notes.md": "new\n"})
        assert [one for one in watching.quiet() if one["type"] != "saved"] == []
        assert two.ran() == []
        two.write({"app.py": "x = 2\n"})
        watching.rested()
        assert two.ran() == ["lint", "unit"]


def test_a_save_during_a_walk_ends_the_step_and_nothing_is_lost(two: Project) -> None:
    with Watching(two) as watching:
        watching.rested()
        two.ran()
        two.hold("unit")
        two.write({"app.py": "x = 2\n"})
        two.underway("unit")
        two.ran()
        two.release("unit")
        two.hold("unit")
        two.write({"app.py": "x = 3\n"})
        assert watching.until("loop_finished", outcome="cancelled")["result"]["loop"] == "unit"
        two.release("unit")
        watching.rested()
    assert [one["result"]["outcome"] for one in watching.events if "result" in one].count(
        "failed"
    ) == 0
    two.run("history").ok().prints("interrupted")


def test_a_failure_is_answered_and_its_mending_too(two: Project) -> None:
    with Watching(two) as watching:
        watching.rested()
        two.breaks("lint")
        two.ran()
        two.write({"app.py": "x = 2\n"})
        watching.rested("red")
        assert two.ran() == ["lint"]
        two.mends("lint")
        two.write({"app.py": "x = 3\n"})
        watching.rested()
        assert two.ran() == ["lint", "unit"]


def test_new_folders_with_files_are_noticed(project: Maker) -> None:
    made = project("all: {run: mark all, cycle: 1s}", {"app.py": "1\n"})
    with Watching(made) as watching:
        watching.rested()
        made.ran()
        made.write({"a/b/c/deep.py": "1\n"})
        watching.rested()
        made.ran()
        made.write({"a/b/c/deep.py": "2\n"})
        assert "a/b/c/deep.py" in watching.until("saved")["paths"]
        watching.rested()
        assert made.ran() == ["all"]


def test_loops_yaml_is_taken_up_as_it_is_saved(two: Project) -> None:
    with Watching(two) as watching:
        watching.rested()
        two.ran()
        two.loops(TWO + "more: {run: mark more, cycle: 2s, inputs: ['*.py']}\n")
        assert watching.until("reconfigured")["loops"] == ["lint", "more", "unit"]
        watching.rested()
        assert two.ran() == ["more"]


def test_a_broken_loops_yaml_keeps_the_old_one_until_it_is_mended(two: Project) -> None:
    with Watching(two) as watching:
        watching.rested()
        two.ran()
        two.loops(TWO + "more: {run: mark more, cyle: 2s}\n")
        assert "cyle" in watching.until("reconfigured")["problems"]
        two.write({"app.py": "x = 2\n"})
        watching.rested()
        assert two.ran() == ["lint", "unit"]
        two.loops(TWO)
        assert watching.until("reconfigured")["problems"] == ""


def test_what_does_not_fit_the_budget_is_deferred_even_alone(project: Maker) -> None:
    made = project(
        """\
        version: 1
        watch: {budget: 30s}
        inner:
          lint: {run: mark lint, cycle: 1s, inputs: [app.py]}
          eval: {run: mark eval, cycle: 1h, inputs: [app.py, data.csv]}
        """,
        {"app.py": "1\n", "data.csv": "1\n"},
    )
    with Watching(made) as watching:
        event = watching.until("loop_finished", loop="eval")
        assert event["result"]["outcome"] == "deferred"
        watching.rested("partly green")
        made.write({"app.py": "2\n"})
        watching.until("rested")
        assert made.ran() == ["lint", "lint"]


def test_a_formatter_does_not_set_itself_off(project: Maker) -> None:
    made = project(
        """\
        format: {run: "sh tidy.sh", cycle: 1s, writes: true, inputs: ["*.py"]}
        unit: {run: mark unit, cycle: 10s, inputs: ["*.py"]}
        """,
        {"app.py": "x=1\n", "tidy.sh": "grep -q x= app.py && sed -i 's/=/ = /' app.py || true\n"},
    )
    with Watching(made) as watching:
        watching.rested()
        made.ran()
        made.write({"app.py": "x=2\n"})
        watching.rested()
        news = watching.quiet(1.0)
        assert [one for one in news if one["type"] in {"loop_started", "paused"}] == []
        assert made.ran() == ["unit"]
        assert (made.root / "app.py").read_text() == "x = 2\n"


def test_a_loop_that_sets_itself_off_pauses_the_watch(project: Maker) -> None:
    script = "sleep 0.2; date +%s%N > report.txt; sleep 0.2\n"
    made = project("unit: {run: sh it.sh, cycle: 1s}", {"it.sh": script, "report.txt": "-\n"})
    with Watching(made) as watching:
        reason = watching.until("paused")["reason"]
        assert "unit" in reason
        assert "report.txt" in reason
        assert [one for one in watching.quiet(1.0) if one["type"] == "loop_started"] == []


def test_a_watch_that_paused_goes_on_with_what_is_saved_next(project: Maker) -> None:
    script = "sleep 0.2; date +%s%N > report.txt; sleep 0.2\n"
    p = project("unit: {run: sh it.sh, cycle: 1s}", {"it.sh": script, "report.txt": "-\n"})
    with Watching(p) as watching:
        assert "unit" in watching.until("paused")["reason"]
        watching.rested("partly green")
        watching.quiet()
        p.write({"it.sh": "true\n"})
        assert watching.until("paused")["reason"] == ""
        watching.rested()


def test_two_saves_of_one_size_within_a_second_are_two(project: Maker) -> None:
    p = project(f"unit: {{run: '{sys.executable} check.py', cycle: 1s, warm: off}}")
    p.env.pop("PYTHONDONTWRITEBYTECODE", None)
    p.write({"check.py": "import app\nassert app.N % 2\n", "app.py": "N = 1\n"})
    with Watching(p) as watching:
        watching.rested()
        while time.time() % 1 > 0.2:
            time.sleep(0.01)
        for text, verdict in (("N = 2\n", "red"), ("N = 3\n", "green"), ("N = 4\n", "red")):
            p.write({"app.py": text})
            watching.rested(verdict)


def test_a_switch_of_branches_is_one_walk(project: Maker) -> None:
    made = project("all: {run: mark all, cycle: 1s}", {f"{n}.py": "1\n" for n in range(300)})
    made.commit()
    made.git("switch", "-qc", "other")
    made.write({f"{n}.py": "2\n" for n in range(300)} | {f"new/{n}.py": "" for n in range(30)})
    made.commit()
    with Watching(made) as watching:
        watching.rested()
        made.ran()
        made.git("switch", "-q", "main")
        watching.rested()
        watching.quiet(2.5)
        assert len(made.ran()) <= 2
        assert made.walked() == []


def test_a_save_while_nobody_watched_is_seen_at_the_start(two: Project) -> None:
    with Watching(two) as watching:
        watching.rested()
    two.ran()
    two.write({"data.csv": "2\n"})
    with Watching(two) as watching:
        watching.rested()
        assert two.ran() == ["unit"]


def test_two_watches_of_one_project_share_what_they_find(two: Project) -> None:
    with Watching(two) as one, Watching(two) as other:
        one.rested()
        other.rested()
        two.ran()
        two.write({"app.py": "x = 2\n"})
        one.rested()
        other.rested()
        assert sorted(two.ran()) == ["lint", "unit"]


def test_only_the_named_loops_are_watched(two: Project) -> None:
    with Watching(two, "lint") as watching:
        watching.rested()
        assert two.ran() == ["lint"]
    two.run("watch", "lnt").fails(2).warns("did you mean 'lint'?")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
@pytest.mark.parametrize("busy", [True, False])
def test_a_signal_ends_it_with_all_that_it_started(
    two: Project, number: int, code: int, *, busy: bool
) -> None:
    if busy:
        two.hold("unit")
    with Watching(two) as watching:
        if busy:
            two.underway("unit")
        else:
            watching.rested()
        started = family(watching.process.pid)
        assert watching.ends(number) == code
        wait(lambda: not any(map(_alive, started)), "everybody to be gone")


def test_killed_it_leaves_nobody_behind(two: Project) -> None:
    two.hold("unit")
    with Watching(two) as watching:
        two.underway("unit")
        started = family(watching.process.pid)
        watching.ends(signal.SIGKILL)
        wait(lambda: not any(map(_alive, started)), "everybody to be gone")


def test_a_thousand_saves_leave_it_as_it_was(project: Maker) -> None:
    made = project("lint: {run: 'true', cycle: 1s, inputs: [app.py]}", {"app.py": "-1\n"})
    with Watching(made) as watching:
        watching.rested()
        pid = watching.process.pid

        def saves(first: int, last: int) -> None:
            for n in range(first, last):
                made.write({"app.py": f"{n}\n"})
                watching.until("rested")

        saves(0, 100)
        time.sleep(0.5)  # what follows a verdict is part of no answer
        before = descriptors(pid), threads(pid), len(family(pid))
        held = memory(pid)
        saves(100, _MANY)
        time.sleep(0.5)
        assert (descriptors(pid), threads(pid), len(family(pid))) == before
        assert memory(pid) < held * 1.15 + (4 << 20)


_MANY = int(os.environ.get("LOOP_TEST_SAVES", "300"))


def _alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_mistake_in_an_environment_file_is_said_and_the_watch_goes_on(project: Maker) -> None:
    made = project(
        "version: 1\nenv_file: .env\ninner: {unit: {run: mark unit, cycle: 1s, inputs: [app.py]}}",
        {"app.py": "1\n", ".env": "A=1\n"},
    )
    with Watching(made) as watching:
        watching.rested()
        made.ran()
        made.write({".env": "what is this\n"})
        assert ".env:1" in watching.until("reconfigured")["problems"]
        made.write({".env": "A=2\n"})
        watching.rested()
        assert made.ran() == ["unit"]


def test_a_probe_is_asked_anew_in_each_walk(project: Maker) -> None:
    found = project(
        "unit: {run: mark unit, cycle: 1s, inputs: [app.py], probe: says}", {"app.py": "1\n"}
    )
    found.program("says", f"cat {found.place}/weather")
    (found.place / "weather").write_text("sun")
    with Watching(found) as watching:
        watching.rested()
        found.write({"app.py": "2\n"})
        watching.rested()
        assert found.ran() == ["unit", "unit"]
        (found.place / "weather").write_text("rain")
        # As it was at first, and passed: but for what the probe says.
        found.write({"app.py": "1\n"})
        watching.rested()
        assert found.ran() == ["unit"]


def test_another_baseline_is_judged_by_at_once_and_nothing_runs(project: Maker) -> None:
    found = project(
        """
        eval:
          run: 'mark eval && cp e.jsonl {out}'
          cycle: 1s
          inputs: [e.jsonl]
          results: "{out}/e.jsonl"
          gate: {metric: ok, no_worse_than: baseline}
        """,
        {"e.jsonl": '{"id": "a", "scores": {"ok": 1}}\n'},
    )
    found.run("inner").fails(5)
    found.run("accept", "eval", "-m", "first").ok()
    found.ran()
    with Watching(found) as watching:
        watching.rested()
        found.write({"baselines/eval.jsonl": "damaged\n"})
        watching.rested("inconclusive")
        assert found.ran() == []
