"""The watcher itself: what it holds, what it survives, what it says when something is wrong."""

from __future__ import annotations

import gc
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
from watches import Watch, descriptors, ground

from conftest import wait
from innerloop.core.events import Saved
from innerloop.system.watch.bell import Bell, Deaf, Garbled
from innerloop.system.watch.post import Post

if TYPE_CHECKING:
    from conftest import Maker

LOOP = "unit: {run: mark unit, cycle: 1s, inputs: ['**/*.py']}"
GONE = "the project's folder is gone"


def test_nothing_is_left_when_it_is_closed(project: Maker) -> None:
    made = project(LOOP, {"a.py": ""})
    with Watch(made):
        pass  # what is loaded the first time stays
    time.sleep(0.1)
    before = (threading.active_count(), descriptors())
    with Watch(made) as watch:
        made.write({"a.py": "2", "new/b.py": "2"})
        watch.until("a.py", "new/b.py")
    # The kernel's side of it is closed by a thread of its own.
    wait(lambda: (threading.active_count(), descriptors()) == before, "all to be closed")


@pytest.mark.timeout(180)
def test_a_thousand_saves_leave_nothing_behind(project: Maker) -> None:
    made = project(LOOP, {"a.py": ""})

    def saves(watch: Watch, count: int) -> None:
        for number in range(count):
            temporary = made.root / f"a.py.{number}"
            temporary.write_text(f"{time.time_ns()}")
            temporary.replace(made.root / "a.py")
            assert watch.next().paths == ("a.py",)

    with Watch(made) as watch:
        saves(watch, 100)
        gc.collect()
        before = (threading.active_count(), descriptors())
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        saves(watch, 1000)
        assert (threading.active_count(), descriptors()) == before
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
        assert grown < 4_000 * (1024 if sys.platform == "darwin" else 1)
        assert watch.true()


def test_looking_again_finds_what_the_kernel_did_not_tell(project: Maker) -> None:
    made = project(LOOP, {"a.py": "", "sub/b.py": "", "gone.py": ""}).commit()
    with Watch(made) as watch:
        watch.watcher.reconcile()
        with watch.watcher._lock:
            watch.watcher._post.close()  # from now on it is deaf, and does not know
        made.write({"sub/new.py": ""})
        watch.watcher.reconcile()
        assert watch.next().paths == ("sub/new.py",)
        made.write({"a.py": "2", "sub/b.py": "2"})
        (made.root / "gone.py").unlink()
        watch.watcher.reconcile()
        told = {"a.py", "sub/b.py", "gone.py"}
        assert watch.until(*told) == told
        made.write({"very/new/c.py": ""})
        watch.watcher.reconcile()
        assert watch.next().paths == ("very/new/c.py",)
        watch.watcher.reconcile()
        assert watch.quiet()
        assert watch.true()


def test_it_looks_again_by_itself_when_all_is_quiet(project: Maker) -> None:
    made = project(LOOP, {"a.py": "", "sub/b.py": ""})
    with Watch(made, aftermath=True) as watch:
        made.write({"a.py": "2"})
        assert watch.next().paths == ("a.py",)
        with watch.watcher._lock:
            watch.watcher._post.close()
        made.write({"sub/b.py": "2"})
        assert watch.next().paths == ("sub/b.py",)


def test_what_git_tracks_by_force_is_found(project: Maker) -> None:
    made = project(LOOP, {"a.py": "", "kept/x.py": "1", ".gitignore": "kept/\n"}).commit()
    with Watch(made) as watch:
        made.write({"kept/x.py": "2"})
        assert watch.rest() == set()
        watch.watcher.reconcile()
        made.git("add", "-f", "kept/x.py")
        watch.watcher.reconcile()
        assert watch.until("kept/x.py") == {"kept/x.py"}
        made.write({"kept/x.py": "3"})
        assert watch.until("kept/x.py") == {"kept/x.py"}


def test_other_loops_are_followed_and_what_changed_meanwhile_is_told(project: Maker) -> None:
    made = project(LOOP, {"a.py": "1", "b.txt": "1", "data/c.csv": "1"})
    with Watch(made) as watch:
        made.write({"data/c.csv": "2"})
        assert watch.rest() == set()
        with watch.watcher._lock:
            made.loops("unit: {run: mark unit, cycle: 1s, inputs: ['*.py', '*.txt', 'data/*']}")
            made.write({"a.py": "2"})
            other = ground(made)
            watch.watcher.follow(other, other.config.loops)
        assert "a.py" in watch.until("a.py", "loops.yaml")
        for name in ("b.txt", "data/c.csv", "data/d.csv"):
            made.write({name: "3"})
            assert watch.until(name) <= {name, "b.txt", "data/c.csv"}
        other.store.close()


def test_a_root_that_is_gone_is_waited_for(project: Maker) -> None:
    made = project(LOOP, {"a.py": "1"}).commit()
    keep = made.place / "keep"
    shutil.copytree(made.root, keep, ignore=shutil.ignore_patterns(".loop"))
    with Watch(made) as watch:
        for _ in range(2):
            shutil.rmtree(made.root)
            watch.noted(GONE)
            keep.rename(made.root)
            wait(lambda: watch.next().everything, "everything to be new")
            assert watch.notes[-1] == ""
            watch.notes.clear()
            made.write({"a.py": f"{time.time_ns()}"})
            assert watch.until("a.py")
            shutil.copytree(made.root, keep, ignore=shutil.ignore_patterns(".loop"))


def test_a_root_that_is_replaced_at_once_is_watched(project: Maker) -> None:
    made = project(LOOP, {"a.py": "1"}).commit()
    other = made.place / "other"
    shutil.copytree(made.root, other)
    (other / "a.py").write_text("2")
    with Watch(made) as watch:
        made.root.rename(made.place / "old")
        other.rename(made.root)
        assert watch.until("a.py")
        made.write({"a.py": "3"})
        assert watch.until("a.py")
        (made.place / "old/a.py").write_text("4")
        assert watch.rest() == set()


def test_what_goes_wrong_is_said_and_it_goes_on(
    project: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = project(LOOP, {"a.py": "1"})
    with Watch(made) as watch:
        with monkeypatch.context() as patch:

            def broken(_: Post) -> None:
                raise ValueError("of no account")

            patch.setattr(Post, "news", broken)
            assert "of no account" in watch.noted("watching failed")
        wait(lambda: watch.next().everything, "it to begin again")
        made.write({"a.py": "2"})
        assert watch.until("a.py")
        assert watch.notes[-1] == ""


def test_a_repository_that_breaks_is_said_and_mended_is_watched(project: Maker) -> None:
    made = project(LOOP, {"a.py": "1"}).commit()
    index = (made.root / ".git/index").read_bytes()
    with Watch(made) as watch:
        (made.root / ".git/index").write_bytes(b"nonsense")
        made.write({"new.py": "1"})
        watch.noted("git ls-files failed")
        (made.root / ".git/index").write_bytes(index)
        wait(lambda: watch.next().everything, "it to begin again")
        made.write({"new.py": "2"})
        assert watch.until("new.py")


def test_who_asks_to_look_again_is_not_told_of_git_by_an_exception(project: Maker) -> None:
    made = project(LOOP, {"a.py": "1"}).commit()
    with Watch(made) as watch:
        (made.root / ".git/index").write_bytes(b"nonsense")
        watch.watcher.reconcile()
        watch.noted("git ls-files failed")


def test_what_cannot_be_named_makes_it_look_at_everything(
    project: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = project(LOOP, {"a.py": "1"})
    heard = Bell.heard
    garbled = [True]

    def once(self: Bell) -> set[tuple[int, str]]:
        found = heard(self)
        if found and garbled.pop():
            raise Garbled("no text")
        return found

    with Watch(made) as watch:
        monkeypatch.setattr(Bell, "heard", once)
        made.write({"a.py": "2"})
        assert watch.until("a.py") == {"a.py"}
        monkeypatch.undo()
        made.write({"a.py": "3"})
        assert watch.until("a.py") == {"a.py"}


def test_two_watches_of_one_project_both_hear(project: Maker) -> None:
    made = project(LOOP, {"a.py": "1"})
    with Watch(made) as one, Watch(made) as other:
        for number in range(5):
            made.write({"a.py": f"{number} again"})
            assert one.next().paths == other.next().paths == ("a.py",)
    assert one.quiet()
    assert other.quiet()


# -- limits ----------------------------------------------------------------------------------


SCRIPT = """
import os, sys
sys.path[:0] = {path!r}
from watches import Watch
from conftest import Project
from pathlib import Path
place = Path({place!r})
made = Project(place, place / "project")
with Watch(made) as watch:
    print(watch.noted("looked at in turn"), flush=True)
    made.write({{"deep/er/a.py": "2", "more/new.py": "1"}})
    print(sorted(watch.until("deep/er/a.py", "more/new.py")), flush=True)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="inotify is Linux's")
@pytest.mark.parametrize(
    ("limit", "advice"),
    [("max_inotify_watches", "max_user_watches="), ("max_inotify_instances", "max_user_instances")],
)
def test_a_limit_of_the_system_is_named_and_files_are_looked_at_in_turn(
    project: Maker, limit: str, advice: str
) -> None:
    made = project(LOOP, {"deep/er/a.py": "1"})
    script = SCRIPT.format(path=sys.path, place=str(made.place))
    low = f"echo 1 > /proc/sys/user/{limit} && exec {sys.executable} -"
    if limit.endswith("instances"):
        low = low.replace("echo 1", "echo 0")
    words = ["unshare", "-Ur", "sh", "-c"]
    if subprocess.run([*words, low.split(" && ")[0]], check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody lower its limits")
    done = subprocess.run(
        [*words, low], input=script, capture_output=True, text=True, timeout=50, check=False
    )
    assert advice in done.stdout, done.stderr
    assert "['deep/er/a.py', 'more/new.py']" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("OS file watch limit reached. about [...]", "fs.inotify.max_user_watches=524288"),
        ("No space left on device (os error 28)", "fs.inotify.max_user_watches=524288"),
        ("Too many open files (os error 24)", "fs.inotify.max_user_instances=1024"),
        ("something else", "something else"),
    ],
)
def test_every_refusal_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, said: str, advice: str
) -> None:
    import watchfiles._rust_notify  # noqa: PLC0415 - the seam

    def refuse(*_: object) -> None:
        raise OSError(said)

    monkeypatch.setattr(watchfiles._rust_notify, "RustNotify", refuse)
    with pytest.raises(Deaf, match=advice):
        Bell(["/"])


def test_without_the_kernels_help_files_are_looked_at_in_turn(
    project: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHFILES_FORCE_POLLING", "true")
    monkeypatch.setenv("WATCHFILES_POLL_DELAY_MS", "50")
    made = project(LOOP, {"a.py": "1", "sub/b.py": "1"})
    with Watch(made) as watch:
        assert watch.watcher._post._bell is None
        for name in ("a.py", "sub/b.py", "sub/c.py", "new/deep/d.py", "new/deep/d.py"):
            made.write({name: f"{time.time_ns()}"})
            assert watch.next().paths == (name,)
        (made.root / "a.py").unlink()
        assert watch.next().paths == ("a.py",)
        os.utime(made.root / "sub/b.py")
        assert watch.rest() == set()
        shutil.rmtree(made.root)
        watch.noted(GONE)


def test_a_bell_says_what_was_missed_and_nothing_twice(project: Maker) -> None:
    made = project(LOOP)
    bell = Bell([str(made.root)])
    try:
        assert bell.heard() == set()
        made.write({"x": "1", "y": "1"})
        found: set[str] = set()

        def both() -> bool:
            found.update(path for _, path in bell.heard())
            return found == {f"{made.root}/x", f"{made.root}/y"}

        wait(both, "both to be heard of")
        time.sleep(0.05)
        bell.heard()
        assert bell.heard() == set()
    finally:
        bell.close()


def test_it_says_when_it_was_saved(project: Maker) -> None:
    made = project(LOOP, {"a.py": "1"})
    with Watch(made) as watch:
        made.write({"a.py": "2"})
        written = (made.root / "a.py").stat().st_ctime
        assert isinstance(saved := watch.next(), Saved)
        assert saved.at == pytest.approx(written, abs=0.001)
