"""loop compare: all that differs between two results of a loop, or one and the work tree."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Maker, Project

TWO = """\
lint: {run: mark lint, cycle: 1s}
unit: {run: mark unit, cycle: 10s, ignore: [loops.yaml]}
"""


@pytest.fixture
def one(project: Maker) -> Project:
    """Run 1 of the commit, run 2 of changes, and more changes since."""
    found = project(TWO, {"a.txt": "one\ntwo\n", "old.txt": "moved\n" * 20}).commit()
    found.run("inner").ok()
    found.write({"a.txt": "one\nthree\nfour\n", "new.txt": "new\n"})
    (found.root / "old.txt").rename(found.root / "moved.txt")
    found.run("inner").ok()
    found.write({"a.txt": "one\n"})
    return found


def compared(found: Project, *words: str) -> Any:
    said = json.loads(found.run("compare", *words, "--json").ok().out)
    assert said["version"] == 1
    return said["comparison"]


def test_two_runs(one: Project) -> None:
    said = one.run("compare", "1", "2").ok()

    head = one.git("rev-parse", "HEAD")[:12]
    assert said.out.splitlines() == [
        "unit: #1 -> #2",
        "verdict     passed",
        f"commit      {head} -> {head} with changes",
        "code        3 files",
        "  a.txt                 changed  +2 -1",
        "  old.txt => moved.txt  moved    +0 -0",
        "  new.txt               added    +1 -0",
    ]


def test_a_run_and_the_work_tree_as_it_stands(one: Project) -> None:
    for words in (("2",), ("unit",), ("2/unit",), ("#2",)):
        found = compared(one, *words)
        assert (found["loop"], found["before"], found["after"]) == ("unit", "#2", "now")
        assert [(f["path"], f["added"], f["removed"]) for f in found["code"]] == [("a.txt", 0, 2)]
        assert found["verdicts"]["after"] == "not run"


def test_a_work_tree_that_has_passed_says_so_with_its_run(one: Project) -> None:
    one.write({"a.txt": "one\nthree\nfour\n"})

    assert compared(one, "1")["verdicts"]["after"] == "passed on this very content, in #2"


def test_the_other_way_round(one: Project) -> None:
    found = compared(one, "2", "1")

    assert [(f["path"], f["change"]) for f in found["code"]] == [
        ("a.txt", "changed"),
        ("new.txt", "removed"),
        ("old.txt", "moved"),
    ]


def test_how_the_files_differ(one: Project) -> None:
    said = one.run("compare", "1", "2", "--diff").ok().out

    assert "-two\n+three\n+four\n" in said
    assert "rename from old.txt" in said
    assert "\x1b" not in said


def test_nothing_is_left_behind_and_nothing_written(one: Project) -> None:
    before = sorted(str(path) for path in one.root.rglob("*"))
    one.run("compare", "1", "2").ok()
    one.run("compare", "2", "--diff").ok()

    assert sorted(str(path) for path in one.root.rglob("*")) == before


def test_a_verdict_from_before_leads_to_the_run_it_was_of(one: Project) -> None:
    one.write({"a.txt": "one\nthree\nfour\n"})
    one.run("inner").ok()

    found = compared(one, "1", "3")

    assert found["after"] == "#3 (#2)"
    assert len(found["code"]) == 3


def test_a_shorter_loop_is_compared_by_what_the_ledger_has(one: Project) -> None:
    found = compared(one, "1/lint", "2")

    # What the longer loop of that run was noted with is known of the shorter one as well.
    assert [f["path"] for f in found["code"]] == ["a.txt", "moved.txt", "new.txt"]
    assert found["code"][0]["added"] == 2
    assert found["verdicts"]["before"] == "passed"


def test_what_nobody_has_any_more_is_told_by_name_and_not_counted(one: Project) -> None:
    for path in (one.root / ".loop/patches").iterdir():
        path.unlink()

    found = compared(one, "1", "2")

    assert {f["path"]: f["added"] for f in found["code"]}["a.txt"] is None
    assert "is gone" in found["unknown"][0]
    one.run("compare", "1", "2").ok().prints("not known", "a.txt")


def test_environment_settings_and_command(project: Maker) -> None:
    found = project("unit: {run: mark unit, cycle: 10s, env_inputs: [MODE]}", {"a.txt": "a\n"})
    package = found.place / "lib/python3.11/site-packages/thing-1.0.dist-info"
    package.mkdir(parents=True)
    (package / "RECORD").write_text("1\n")
    found.write({"uv.lock": "1\n"}).commit()
    env = {"MODE": "fast", "VIRTUAL_ENV": str(found.place)}
    found.run("inner", env=env).ok()
    package.rename(package.with_name("thing-2.0.dist-info"))
    found.write({"uv.lock": "2\n"})
    found.loops("unit: {run: mark  unit, cycle: 10s, env_inputs: [MODE, MORE]}")
    found.run("inner", env=env | {"MODE": "slow"}).ok()

    said = compared(found, "1", "2")

    environment = {one["name"]: (one["before"], one["after"]) for one in said["environment"]}
    settings = {one["name"]: one["after"] for one in said["settings"]}
    assert environment["thing"] == ("1.0", "2.0")
    assert "uv.lock" in environment
    assert settings["command"] == "mark  unit"
    assert settings["MODE"].startswith("value ")
    assert settings["MORE"] == "not set"
    found.run("compare", "1", "2").ok().prints(
        "  thing: 1.0 -> 2.0", "  command: mark unit -> mark  unit", "  MORE: none -> not set"
    )


def test_outside_git_the_files_are_known_by_name(project: Maker) -> None:
    found = project(TWO, {"a.txt": "a\n"}, git=False)
    found.run("inner").ok()
    found.write({"a.txt": "b\n", "b.txt": "b\n"})

    found.run("compare", "1").ok().prints("a.txt  changed", "b.txt  added")
    found.run("compare", "1", "--diff").fails(2).warns("outside git only digests are kept")


def test_files_that_are_no_text_and_links_and_names_that_are_not_utf8(project: Maker) -> None:
    found = project("unit: {run: mark unit, cycle: 10s}", {"a.bin": "\0a"})
    (found.root / "link").symlink_to("a.bin")
    found.commit()
    found.run("inner").ok()
    (found.root / "a.bin").write_bytes(b"\0b")
    (found.root / "link").unlink()
    (found.root / "link").symlink_to("elsewhere")
    with open(bytes(found.root) + b"/n\xffme", "wb") as file:
        file.write(b"x\n")

    said = {one["path"]: one["added"] for one in compared(found, "1")["code"]}

    assert said == {"a.bin": None, "link": 1, "n\udcffme": 1}
    found.run("compare", "1").ok().prints(r"n\udcffme")


def test_what_is_asked_for_and_is_not_there(one: Project) -> None:
    one.run("compare", "9").fails(2).warns("there is no run 9")
    one.run("compare", "nope").fails(2).warns("no loop called 'nope'")
    one.run("compare", "1/nope").fails(2).warns("run 1 has no verdict on 'nope'", "lint, unit")
    one.run("compare", "baseline/nope").fails(2).warns("no loop called 'nope'")
    one.run("compare", "1/lint", "2/unit").fails(2).warns("are different loops")
    one.run("compare", "baseline").fails(2).warns("which loop's baseline?")
    one.run("compare", "baseline", "unit").fails(2).warns("nothing is pinned for 'unit'")


def test_a_loop_that_is_no_more(one: Project) -> None:
    one.loops("lint: {run: mark lint, cycle: 1s}")

    assert compared(one, "1/unit", "2")["loop"] == "unit"
    one.run("compare", "2/unit").fails(2).warns("no loop called 'unit'")


def test_loops_that_have_no_verdict_there(one: Project) -> None:
    one.breaks("lint")
    one.write({"a.txt": "more\n"})
    one.run("inner").fails(1)

    one.run("compare", "1/unit", "3").fails(2).warns("run 3 has no verdict on 'unit'", "lint")
    assert compared(one, "1", "3")["loop"] == "lint"


def test_a_loop_that_has_not_run(project: Maker) -> None:
    found = project(TWO)

    found.run("compare", "unit").fails(2).warns("'unit' has not run here yet")
    assert not (found.root / ".loop").exists()


def test_one_that_is_never_cached_has_no_inputs_to_compare(project: Maker) -> None:
    found = project("unit: {run: mark unit, cycle: 10s, cache: false}").commit()
    found.run("inner").ok()

    found.run("compare", "1").ok().prints("not known   #1: its inputs are not known")
