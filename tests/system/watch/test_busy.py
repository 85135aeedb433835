"""What git, or anything, writes in one go is taken as one."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from watches import Watch

from innerloop.system.watch.busy import Busy
from innerloop.system.watch.watcher import Watcher

if TYPE_CHECKING:
    from conftest import Maker, Project

LOOP = "unit: {run: mark unit, cycle: 1s, inputs: ['**/*.py']}"


def aged(made: Project) -> None:
    """As if git had last written its index long ago."""
    os.utime(made.root / ".git/index", (1_000_000_000, 1_000_000_000))


def test_git_that_holds_its_lock_is_waited_for(project: Maker) -> None:
    made = project(LOOP, {"a.py": "1", "b.py": "1"}).commit()
    aged(made)
    with Watch(made) as watch:
        lock = made.root / ".git/index.lock"
        lock.touch()
        made.write({"a.py": "2"})
        assert watch.noted("git is busy")
        assert watch.quiet()
        made.write({"b.py": "2"})
        lock.unlink()
        assert watch.next().paths == ("a.py", "b.py")
        assert watch.notes[-1] == ""


def test_a_lock_that_was_left_is_not_waited_for_for_ever(project: Maker) -> None:
    made = project(LOOP, {"a.py": "1"}).commit()
    aged(made)
    with Watch(made) as watch:
        (made.root / ".git/index.lock").touch()
        begin = time.monotonic()
        made.write({"a.py": "2"})
        assert watch.next().paths == ("a.py",)
        assert 1.5 < time.monotonic() - begin < 10


def test_who_resolves_a_conflict_does_not_wait(project: Maker) -> None:
    made = project(LOOP, {"a.py": "1"}).commit()
    busy = Busy(str(made.root))
    (made.root / ".git/rebase-merge").mkdir()
    assert busy
    aged(made)
    assert not busy
    (made.root / ".git/rebase-merge").rmdir()
    os.utime(made.root / ".git/index", (time.time() - 0.3, time.time() - 0.3))
    assert not busy
    (made.root / ".git/MERGE_HEAD").touch()
    assert busy


def test_an_index_from_the_future_is_no_sign_of_git(project: Maker) -> None:
    made = project(LOOP, {"a.py": "1"}).commit()
    os.utime(made.root / ".git/index", (4_000_000_000, 4_000_000_000))
    assert not Busy(str(made.root))


def test_a_worktree_has_an_index_of_its_own(project: Maker) -> None:
    made = project(LOOP, {"a.py": "1"}).commit()
    made.git("worktree", "add", "-q", "../tree")
    tree = made.place / "tree"
    busy = Busy(str(tree))
    (made.root / ".git/index.lock").touch()
    os.utime(made.root / ".git/worktrees/tree/index", (1_000_000_000, 1_000_000_000))
    assert not busy
    (made.root / ".git/worktrees/tree/index.lock").touch()
    assert busy


def test_outside_a_repository_nobody_is_busy(project: Maker) -> None:
    made = project(LOOP, git=False)
    assert not Busy(str(made.root))


def test_many_files_are_told_as_one(project: Maker) -> None:
    made = project(LOOP, {f"m{n}.py": "1" for n in range(200)}, git=False)
    with Watch(made) as watch:
        made.write({f"m{n}.py": "2" for n in range(200)})
        told = watch.until(*(f"m{n}.py" for n in range(200)))
        assert len(told) == 200
        # Not two hundred times; but whoever writes them may be kept waiting again and again.
        assert len(watch.told) <= 50


@pytest.mark.parametrize(("count", "everything"), [(500, False), (501, True)])
def test_too_many_to_tell_are_everything(
    project: Maker,
    count: int,
    *,
    everything: bool,
) -> None:
    made = project(LOOP, {f"m{n}.py": "1" for n in range(count)}, git=False)
    with Watch(made) as watch:
        epoch = watch.ground.tree.epoch
        with watch.watcher._lock:
            made.write({f"m{n}.py": "2" for n in range(count)})
            Watcher.reconcile(watch.watcher)
        saved = watch.next()
        assert saved.everything is everything
        assert len(saved.paths) == (0 if everything else count)
        assert watch.ground.tree.epoch > epoch
        assert watch.ground.tree.look("m7.py")
        assert watch.seen("m7.py")
        assert watch.true()
