"""What is a save, and what is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from watches import Watch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Maker

LOOP = "unit: {run: mark unit, cycle: 1s, inputs: ['**/*.py', '**/*.txt']}"
TEXT = "one = 1\n"
OTHER = "one = 2\n"


def written(root: Path) -> None:
    (root / "a.py").write_text(OTHER)


def renamed(root: Path) -> None:
    (root / "a.py.tmp").write_text(OTHER)
    (root / "a.py.tmp").replace(root / "a.py")


def like_vim(root: Path) -> None:
    (root / ".a.py.swp").write_text("swap")
    (root / "4913").write_text("")
    (root / "4913").unlink()
    (root / "a.py").rename(root / "a.py~")
    with (root / "a.py").open("w") as file:
        file.write(OTHER)
        file.flush()
        os.fsync(file.fileno())
    (root / "a.py~").unlink()
    (root / ".a.py.swp").unlink()


def like_emacs(root: Path) -> None:
    (root / ".#a.py").symlink_to("ada@machine.1234:5678")
    (root / "#a.py#").write_text(OTHER)
    shutil.copy2(root / "a.py", root / "a.py~")
    written(root)
    (root / "#a.py#").unlink()
    (root / ".#a.py").unlink()


def like_vs_code(root: Path) -> None:
    # Its safe write: the old one is truncated in place, and flushed.
    with (root / "a.py").open("r+") as file:
        file.truncate(0)
        file.flush()
        time.sleep(0.005)
        file.write(OTHER)
        file.flush()
        os.fsync(file.fileno())


def like_pycharm(root: Path) -> None:
    (root / "a.py___jb_tmp___").write_text(OTHER)
    (root / "a.py").rename(root / "a.py___jb_old___")
    (root / "a.py___jb_tmp___").rename(root / "a.py")
    (root / "a.py___jb_old___").unlink()


def with_vim(root: Path) -> None:
    if not shutil.which("vim"):
        pytest.skip("vim is not installed")
    words = ["vim", "-Nu", "NONE", "-es", "-c", "set backup writebackup backupcopy=no"]
    subprocess.run([*words, "-c", "%s/1/2/", "-c", "wq", "a.py"], cwd=root, check=True, timeout=30)


@pytest.mark.parametrize(
    "save", [written, renamed, like_vim, like_emacs, like_vs_code, like_pycharm, with_vim]
)
def test_a_save_is_one_however_the_editor_does_it(
    project: Maker, save: Callable[[Path], None]
) -> None:
    made = project(LOOP, {"a.py": TEXT}).commit()
    with Watch(made) as watch:
        save(made.root)
        saved = watch.next()

        assert saved.paths == ("a.py",)
        assert watch.seen("a.py")
        assert abs(saved.at - time.time()) < 5
        assert watch.rest() == set()
        assert watch.true()


def test_a_file_that_is_gone_for_a_moment_is_not_told_to_be(project: Maker) -> None:
    made = project(LOOP, {"a.py": TEXT})
    rounds = 20
    with Watch(made) as watch:
        for number in range(rounds):
            (made.root / "a.py").unlink()
            time.sleep(0.008)
            made.write({"a.py": f"{number} anew"})
            watch.until("a.py")
            time.sleep(0.03)  # until whatever else is told of it must have been
        watch.rest()
    # Where the machine is busy, some moments are long.
    assert len(watch.told) < rounds * 1.5


def touched(path: Path) -> None:
    os.utime(path)


def executable(path: Path) -> None:
    path.chmod(0o755)


def same(path: Path) -> None:
    path.write_text(TEXT)


def same_renamed(path: Path) -> None:
    path.with_suffix(".new").write_text(TEXT)
    path.with_suffix(".new").replace(path)


def read(path: Path) -> None:
    path.read_text()


def back_and_forth(path: Path) -> None:
    path.rename(path.with_suffix(".away"))
    path.with_suffix(".away").rename(path)


@pytest.mark.parametrize("deed", [touched, executable, same, same_renamed, read, back_and_forth])
def test_what_leaves_the_content_is_no_save(project: Maker, deed: Callable[[Path], None]) -> None:
    made = project(LOOP, {"a.py": TEXT}).commit()
    with Watch(made) as watch:
        deed(made.root / "a.py")

        assert watch.rest() == set()
        # A walk compares times, too: it must not take the old ones for true.
        assert watch.seen("a.py")


@pytest.mark.parametrize(
    "name",
    [
        "4913",
        "a.py~",
        ".a.py.swp",
        ".#a.py",
        "#a.py#",
        "__pycache__/a.py",
        ".venv/lib/a.py",
        "node_modules/a.py",
        ".loop/cache/a.py",
        "docs.md",
        "new/docs.md",
        "left.txt",
        "build/x.py",
    ],
)
def test_what_is_no_input_is_no_save(project: Maker, name: str) -> None:
    made = project(LOOP, {"a.py": TEXT, ".gitignore": "build/\nleft.txt\n"}).commit()
    with Watch(made) as watch:
        made.write({name: "1"})
        assert watch.rest() == set()
        made.write({name: "2"})
        assert watch.rest() == set()
        assert watch.true()


def test_a_probe_of_vims_is_none_even_where_everything_counts(project: Maker) -> None:
    made = project(files={"a.py": TEXT})
    with Watch(made) as watch:
        made.write({"4913": "", "4914": ""})
        assert watch.until("4914") == {"4914"}


def test_an_edit_of_the_same_size_that_keeps_its_time_is_a_save(project: Maker) -> None:
    made = project(LOOP, {"a.py": TEXT})
    path = made.root / "a.py"
    os.utime(path, (1_000_000_000, 1_000_000_000))
    with Watch(made) as watch:
        for text in (OTHER, TEXT, OTHER):
            path.write_text(text)
            os.utime(path, (1_000_000_000, 1_000_000_000))
            assert watch.next().paths == ("a.py",)
        os.utime(path, (4_000_000_000, 4_000_000_000))
        assert watch.rest() == set()
        path.write_text(TEXT)
        os.utime(path, (4_000_000_000, 4_000_000_000))
        saved = watch.next()
        assert saved.paths == ("a.py",)
        assert abs(saved.at - time.time()) < 5


def test_a_second_write_within_a_tick_is_not_taken_for_the_first(project: Maker) -> None:
    made = project(LOOP, {"a.py": TEXT})
    with Watch(made) as watch:
        for number in range(200):
            (made.root / "a.py").write_text(f"{number:04}")
        while not watch.true():
            watch.next()
        assert watch.rest() <= {"a.py"}


def test_a_deletion_is_a_save_and_so_is_its_undoing(project: Maker) -> None:
    made = project(LOOP, {"a.py": TEXT, "new.py": TEXT}).commit()
    made.write({"loose.py": TEXT})
    with Watch(made) as watch:
        for name in ("a.py", "loose.py"):
            (made.root / name).unlink()
            saved = watch.next()
            assert saved.paths == (name,)
            assert abs(saved.at - time.time()) < 5
            assert watch.true()
            made.write({name: TEXT})
            assert watch.next().paths == (name,)
            assert watch.true()


def test_what_a_walk_has_seen_is_a_save_all_the_same(project: Maker) -> None:
    made = project(LOOP, {"a.py": TEXT})
    with Watch(made) as watch:
        with watch.watcher._lock:
            written(made.root)
            # A walk lists and looks before the watcher comes to it.
            watch.ground.tree.stale()
            assert watch.ground.tree.look("a.py")
        assert watch.next().paths == ("a.py",)


def test_settings_are_told_though_no_loop_depends_on_them(project: Maker) -> None:
    text = "version: 1\nenv_file: .env\ninner: {unit: {run: mark unit, cycle: 1s, inputs: [src]}}"
    made = project(text, {"src/a.py": TEXT, ".gitignore": "*.local.yaml\n.env\n"})
    with Watch(made) as watch:
        for name in ("loops.yaml", "loops.local.yaml", ".env"):
            made.write({name: "#\n"})
            assert watch.next().paths == (name,)


def test_other_rules_of_what_is_ignored_are_other_inputs(project: Maker) -> None:
    made = project(LOOP, {"a.py": TEXT, "gen/deep/b.py": TEXT, ".gitignore": "gen/\n"})
    with Watch(made) as watch:
        made.write({"gen/deep/b.py": OTHER})
        assert watch.rest() == set()
        made.write({".gitignore": "#\n"})
        assert watch.next().paths == ("gen/deep/b.py",)
        made.write({"gen/deep/b.py": TEXT})
        assert watch.next().paths == ("gen/deep/b.py",)
        made.write({".gitignore": "gen/\n"})
        assert watch.next().paths == ("gen/deep/b.py",)
        assert watch.true()


def test_what_was_no_input_is_one_when_the_rules_say_so(project: Maker) -> None:
    made = project(LOOP, {"a.py": TEXT, ".gitignore": "out.py\n"})
    with Watch(made) as watch:
        made.write({"out.py": "1"})
        assert watch.rest() == set()
        (made.root / "out.py").unlink()
        made.write({".gitignore": "#\n"})
        assert watch.rest() == set()
        made.write({"out.py": "2"})
        assert watch.next().paths == ("out.py",)


def test_ignored_files_that_are_named_count(project: Maker) -> None:
    loop = "unit: {run: mark unit, cycle: 1s, inputs: ['data/**/*.csv', 'one/x.bin', '*.py']}"
    files = {"data/a.csv": "1", "one/x.bin": "1", ".gitignore": "data/\none/\n"}
    made = project(loop, files)
    with Watch(made) as watch:
        for name in ("data/a.csv", "one/x.bin", "data/b.csv", "data/new/c.csv", "data/new/c.csv"):
            made.write({name: f"{time.time()}"})
            assert watch.next().paths == (name,)
        made.write({"data/no.txt": "1", "one/y.bin": "1"})
        assert watch.rest() == set()
        assert watch.true()


def test_what_is_there_for_a_moment_only_is_nothing(project: Maker) -> None:
    made = project("unit: {run: mark unit, cycle: 1s}", {"a.py": TEXT})
    rounds = 20
    with Watch(made) as watch:
        for number in range(rounds):
            made.write({f"a.py.{number}": f"{number} anew"})
            time.sleep(0.008)
            (made.root / f"a.py.{number}").replace(made.root / "a.py")
            watch.until("a.py")
        watch.rest()
    passing = {path for saved in watch.told for path in saved.paths if path.startswith("a.py.")}
    # Where the machine is busy, some moments are long.
    assert len(passing) < rounds / 2
