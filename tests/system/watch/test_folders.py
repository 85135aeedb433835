"""Folders that come, go, and are links; and what git does to many files at once."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from watches import Watch

from conftest import wait

if TYPE_CHECKING:
    from conftest import Maker, Project

LOOP = "unit: {run: mark unit, cycle: 1s, inputs: ['**/*.py']}"


def test_files_in_folders_made_at_once_are_saves(project: Maker) -> None:
    made = project(LOOP, {"a.py": ""}).commit()
    with Watch(made) as watch:
        for number in range(10):
            made.write({f"n{number}/deep/er/z.py": "1"})
            assert watch.until(f"n{number}/deep/er/z.py") == {f"n{number}/deep/er/z.py"}
        made.write({"n0/deep/er/z.py": "2"})
        assert watch.next().paths == ("n0/deep/er/z.py",)
        assert watch.true()


def test_a_folder_that_was_empty_is_watched(project: Maker) -> None:
    made = project(LOOP, {"a.py": ""}).commit()
    (made.root / "empty/deep").mkdir(parents=True)
    with Watch(made) as watch:
        made.write({"empty/deep/b.py": ""})
        assert watch.next().paths == ("empty/deep/b.py",)


def test_folders_moved_in_and_out_bring_and_take_their_files(project: Maker) -> None:
    made = project(LOOP, {"a.py": ""}).commit()
    away = made.place / "away"
    (away / "sub").mkdir(parents=True)
    for name in ("x.py", "sub/y.py", "sub/z.txt"):
        (away / name).write_text("")
    with Watch(made) as watch:
        away.rename(made.root / "in")
        assert watch.until("in/x.py", "in/sub/y.py") == {"in/x.py", "in/sub/y.py"}
        made.write({"in/sub/y.py": "2"})
        assert watch.next().paths == ("in/sub/y.py",)
        (made.root / "in").rename(made.root / "other")
        told = {f"{top}/{name}" for top in ("in", "other") for name in ("x.py", "sub/y.py")}
        assert watch.until(*told) == told
        (made.root / "other").rename(away)
        assert watch.until("other/x.py", "other/sub/y.py")
        (away / "x.py").write_text("nobody is to hear of it")
        assert watch.rest() == set()
        assert watch.true()


def test_a_folder_that_is_made_anew_is_watched_anew(project: Maker) -> None:
    made = project(LOOP, {"src/a.py": "1", "src/in/b.py": "1"}).commit()
    with Watch(made) as watch:
        for text in ("2", "3"):
            shutil.rmtree(made.root / "src")
            made.write({"src/a.py": text, "src/in/b.py": text})
            watch.until("src/a.py", "src/in/b.py")
            assert watch.rest() <= {"src/a.py", "src/in/b.py"}
            made.write({"src/in/b.py": "4"})
            assert watch.next().paths == ("src/in/b.py",)


def test_a_file_that_becomes_a_folder_and_one_that_becomes_a_file(project: Maker) -> None:
    made = project("unit: {run: mark unit, cycle: 1s}", {"a": "1", "d/b": "1"}).commit()
    with Watch(made) as watch:
        (made.root / "a").unlink()
        made.write({"a/inner": "1"})
        watch.until("a", "a/inner")
        shutil.rmtree(made.root / "d")
        made.write({"d": "1"})
        watch.until("d", "d/b")
        made.write({"a/inner": "2", "d": "2"})
        watch.until("a/inner", "d")
        assert watch.rest() == set()


def test_a_folder_nothing_counts_in_is_not_watched(project: Maker) -> None:
    loop = "unit: {run: mark unit, cycle: 1s, inputs: ['src/**/*.py', 'data/x.csv']}"
    made = project(loop, {"src/a.py": "", "docs/b.py": "", ".gitignore": "build/\n"})
    for name in ("build/deep", "src/__pycache__", ".venv/lib", "src/node_modules/x", "src/env/bin"):
        (made.root / name).mkdir(parents=True)
    (made.root / "src/build/in").mkdir(parents=True)
    (made.root / "src/env/pyvenv.cfg").write_text("")
    with Watch(made) as watch:
        folders = {name for names in watch.watcher._post.places.folders.values() for name in names}
        assert folders == {"", "src"}
        made.write({"data/x.csv": "1"})
        assert watch.next().paths == ("data/x.csv",)


def test_a_file_behind_a_link_is_one_wherever_it_lies(project: Maker) -> None:
    made = project(LOOP, {"a.py": ""})
    outside = made.place / "outside"
    (outside / "far").mkdir(parents=True)
    (outside / "one.txt").write_text("1")
    (outside / "far/two.py").write_text("1")
    (made.root / "file.py").symlink_to("../outside/hop")
    (outside / "hop").symlink_to("one.txt")
    with Watch(made) as watch:
        (outside / "one.txt").write_text("2")
        assert watch.next().paths == ("file.py",)
        (outside / "two.txt").write_text("3")
        (outside / "hop").unlink()
        (outside / "hop").symlink_to("two.txt")
        watch.until("file.py")
        watch.rest()
        (outside / "two.txt").write_text("4")
        assert watch.next().paths == ("file.py",)
        (outside / "one.txt").write_text("5")
        assert watch.rest() == set()


def linked(project: Maker) -> Project:
    made = project("unit: {run: mark unit, cycle: 1s}", {"real/r.py": "1", "a.py": ""})
    (made.place / "far/sub").mkdir(parents=True)
    (made.place / "far/sub/f.py").write_text("1")
    (made.root / "far").symlink_to("../far")
    (made.root / "lnk").symlink_to("real")
    (made.root / "round").symlink_to(".")
    (made.root / "real/up").symlink_to("..")
    return made


def test_a_file_behind_a_link_to_a_folder_is_told_by_every_way_to_it(project: Maker) -> None:
    made = linked(project)
    with Watch(made) as watch:
        inputs = watch.ground.inputs.of(watch.ground.config.loops[0])
        assert {"far/sub/f.py", "real/r.py"} <= {*inputs}
        (made.place / "far/sub/f.py").write_text("2")
        assert watch.next().paths == ("far/sub/f.py",)
        made.write({"real/r.py": "2"})
        ways = {path for path in inputs if path.endswith("r.py")}
        assert watch.until("real/r.py") == ways
        (made.place / "far/new.py").write_text("1")
        assert watch.next().paths == ("far/new.py",)
        assert watch.true()


def test_a_link_that_leads_elsewhere_brings_what_is_there(project: Maker) -> None:
    made = linked(project)
    (made.place / "other").mkdir()
    (made.place / "other/o.py").write_text("1")
    with Watch(made) as watch:
        (made.root / "far").unlink()
        (made.root / "far").symlink_to("../other")
        watch.until("far", "far/o.py", "far/sub/f.py")
        (made.place / "other/o.py").write_text("2")
        assert watch.until("far/o.py") == {"far/o.py"}
        assert watch.true()


def many(made: Project, count: int, text: str) -> None:
    made.write({f"src/p{n // 50}/m{n}.py": f"{text} {n}\n" for n in range(count)})


@pytest.mark.timeout(120)
def test_a_checkout_of_three_thousand_files_is_one_save(project: Maker) -> None:
    made = project(LOOP)
    many(made, 3000, "one")
    made.commit()
    made.git("checkout", "-qb", "other")
    many(made, 3000, "two")
    made.write({f"fresh{n}/in/z.py": "1" for n in range(30)})
    made.commit()
    made.git("checkout", "-q", "main")
    with Watch(made) as watch:
        made.git("checkout", "-q", "other")
        assert watch.next().everything
        while not watch.true():
            watch.next()
        made.write({"src/p7/m377.py": "by hand"})
        watch.until("src/p7/m377.py")
        made.write({"fresh7/in/z.py": "2"})
        assert watch.until("fresh7/in/z.py") == {"fresh7/in/z.py"}


@pytest.mark.timeout(120)
def test_a_rebase_is_followed_to_its_end(project: Maker) -> None:
    made = project(LOOP, {"a.py": ""}).commit()
    made.git("checkout", "-qb", "topic")
    for number in range(20):
        made.write({f"c{number}.py": "1", "a.py": f"{number}\n"}).commit()
    made.git("checkout", "-q", "main")
    made.write({"base.py": "1"}).commit()
    made.git("checkout", "-q", "topic")
    with Watch(made) as watch:
        made.git("rebase", "-q", "main")
        watch.until("base.py")
        told = 1
        while not watch.true():
            watch.next()
            told += 1
        assert told <= 5  # twenty commits are no twenty walks
        assert watch.rest() <= {"a.py", "base.py", *(f"c{n}.py" for n in range(20))}
        assert watch.true()


def test_a_stash_that_is_popped_at_once_is_nothing(project: Maker) -> None:
    made = project(LOOP, {"a.py": "1", "b.py": "1"}).commit()
    made.write({"a.py": "2", "b.py": "2"})
    with Watch(made) as watch:
        told: list[set[str]] = []
        for _ in range(3):
            made.git("stash", "-q")
            made.git("stash", "pop", "-q")
            told.append(watch.rest())
            assert watch.true()
        # Where this machine is slow, it may be seen between the two: then both ways.
        assert min(told) == set()


def test_a_folder_with_a_name_that_is_no_text_is_looked_at_in_turn(project: Maker) -> None:
    made = project(LOOP, {"a.py": ""})
    odd = os.fsencode(made.root) + b"/od\xff"
    os.mkdir(odd)
    with open(odd + b"/b.py", "wb") as file:
        file.write(b"1")
    with Watch(made) as watch:
        with open(odd + b"/b.py", "wb") as file:
            file.write(b"2")
        assert watch.next().paths == (os.fsdecode(b"od\xff/b.py"),)
        made.write({"a.py": "2"})
        assert watch.next().paths == ("a.py",)


def test_files_with_names_that_are_no_text_are_saves(project: Maker) -> None:
    made = project("unit: {run: mark unit, cycle: 1s}", {"a.py": ""})
    with Watch(made) as watch:
        for name in (b"new\nline", b"\xff\xfe", b"sp ace", "n\u00e4me".encode()):
            for text in (b"1", b"22"):
                with open(os.fsencode(made.root) + b"/" + name, "wb") as file:
                    file.write(text)
                assert watch.until(os.fsdecode(name)) == {os.fsdecode(name)}
        made.write({"a.py": "2"})
        assert watch.until("a.py") == {"a.py"}
        assert watch.true()


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read_is_no_end_of_the_watch(project: Maker) -> None:
    made = project(LOOP, {"a.py": "", "shut/b.py": ""}).commit()
    (made.root / "shut").chmod(0)
    try:
        with Watch(made) as watch:
            made.write({"a.py": "2"})
            assert watch.until("a.py")
            (made.root / "shut").chmod(0o755)
            made.write({"shut/b.py": "2"})
            assert watch.until("shut/b.py")
    finally:
        (made.root / "shut").chmod(0o755)


def test_a_link_that_is_no_input_itself_may_lead_elsewhere(project: Maker) -> None:
    made = project("unit: {run: mark unit, cycle: 1s, inputs: ['far/**/*.py']}")
    for name in ("one", "two"):
        (made.place / name).mkdir()
        (made.place / name / "f.py").write_text(name)
    (made.root / "far").symlink_to("../one")
    with Watch(made, aftermath=True) as watch:
        (made.root / "far").unlink()
        (made.root / "far").symlink_to("../two")
        wait(watch.true, "what is there to be known")
        (made.place / "two/f.py").write_text("2")
        wait(watch.true, "what is there to be known")
        (made.root / "far").unlink()
        wait(watch.true, "what is there to be known")
